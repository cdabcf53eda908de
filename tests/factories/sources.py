"""Sources and entries of the inbox, for tests."""

import itertools
from typing import Any

from advocacy.content.sources.addresses import canonical, fingerprint
from advocacy.content.sources.models import SourceEntry, SourceFeed
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session
from advocacy.people.models import OrgUnit
from advocacy.people.queries import root_unit
from tests.factories.content import HOST, make_actor, make_host
from tests.factories.naming import lettered
from tests.factories.people import make_unit

_numbers = itertools.count(1)


def make_source(unit: OrgUnit | None = None, **fields: Any) -> SourceFeed:
    """Return a source that was read and found well."""
    number = next(_numbers)
    home = unit or root_unit() or make_unit("Meridian Works")
    values = {
        "unit_key": home.key,
        "url": f"https://{HOST}/feeds/{number}.xml",
        "title": f"Feed {lettered(number)}",
        "kind": "rss",
        "added_by": make_actor(Role.CURATOR).account_id,
        "next_poll_at": clock.now(),
        "polled_at": clock.now(),
        "ok_at": clock.now(),
    }
    source = SourceFeed(**(values | fields))
    session.add(source)
    session.flush()
    return source


def make_entry(source: SourceFeed | None = None, unit: OrgUnit | None = None, **fields: Any) -> SourceEntry:
    """Return an entry nobody decided about, on a host that links may lead to."""
    make_host()
    number = next(_numbers)
    home = unit or root_unit() or make_unit("Meridian Works")
    url = fields.pop("url", f"https://{HOST}/news/{number}")
    values = {
        "unit_key": source.unit_key if source is not None else home.key,
        "source_key": source.key if source is not None else None,
        "guid_hash": fingerprint(url) if source is not None else None,
        "page_hash": fingerprint(canonical(url)),
        "url": url,
        "title": f"News number {lettered(number)}",
        "summary": "What happened, in a sentence.",
        "language": "en",
        "sorted_at": clock.now(),
        "seen_at": clock.now(),
    }
    entry = SourceEntry(**(values | fields))
    session.add(entry)
    session.flush()
    return entry
