"""Which rules judge clicks: everything that can change a verdict, as data with a hash, kept for good.

A set of rules gets its key the first time it judges something. Each click keeps the key of the rules that gave its
class, so that a count can say which rules made it. The same rules have the same hash on every host and at any time.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.sharing.clicks import classify, local_agents
from advocacy.sharing.models import ClickRules, ClickRulesInstalled, InternalRange

Parts = Mapping[str, Any]

# The redirect compares addresses and keeps only the answer, so a new range cannot judge what was clicked before it.
ONLY_FROM_NOW_ON = frozenset({"ranges"})


@dataclass(frozen=True, slots=True)
class HeldRules:
    """The rules that judge: their key, since when, and which parts differ from the rules before.

    `is_ours` is false while this process has other rules, which judged nothing yet: a release is being changed.
    """

    key: int
    version: int
    digest: str
    parts: Parts
    installed_at: datetime
    changed: tuple[str, ...]
    is_ours: bool


def in_code() -> Parts:
    """Return every part of the rules that comes with the release: our own code and lists, and the kept lists."""
    return {
        "cascade": classify.RULES_VERSION,
        "behaviour": {
            "links_a_minute": classify.LINKS_A_MINUTE_OF_A_SCANNER,
            "most_clicks_a_minute": classify.MOST_CLICKS_A_MINUTE,
            "minute_us": classify.MINUTE_US,
            "pair_us": classify.SCANNER_PAIR_US,
            "gateways": list(classify.SCANNER_REFERRERS),
        },
        "own_lists": {
            "previews": list(local_agents.LOCAL_PREVIEWS),
            "bots": list(local_agents.LOCAL_BOTS),
            "browsers": list(local_agents.LOCAL_BROWSERS),
        },
        **_kept_lists(),
    }


def current_parts() -> Parts:
    """Return all parts of the rules that hold in this process now, the organisation's own addresses among them."""
    ranges = sorted(str(found) for found in session.scalars(select(InternalRange.range)))
    return {**in_code(), "ranges": {"count": len(ranges), "sha256": _digest(ranges).hex()}}


def key_in_force() -> int:
    """Return the key of the rules that hold now. Rules that never held before are written down and noted as new."""
    parts = current_parts()
    digest = _digest(parts)
    known = session.scalar(select(ClickRules.key).where(ClickRules.sha256 == digest))
    if known is not None:
        return known
    session.execute(
        insert(ClickRules)
        .values(version=classify.RULES_VERSION, sha256=digest, parts=parts)
        .on_conflict_do_nothing(index_elements=[ClickRules.sha256])
    )
    key = session.scalars(select(ClickRules.key).where(ClickRules.sha256 == digest)).one()
    note_installation(key, parts)
    return key


def note_installation(key: int, parts: Parts) -> None:
    """Write down that these rules hold from now on, and what they change, unless they held already."""
    latest = _latest()
    if latest is not None and latest[1].key == key:
        return
    changed = sorted(parts) if latest is None else differing_parts(latest[1].parts, parts)
    session.add(ClickRulesInstalled(rules_key=key, installed_at=clock.now(), changed=changed))
    session.flush()


def in_force() -> HeldRules | None:
    """Return the rules installed last, or None before anything was judged. Writes nothing."""
    latest = _latest()
    if latest is None:
        return None
    noted, found = latest
    return HeldRules(
        found.key,
        found.version,
        found.sha256.hex(),
        found.parts,
        noted.installed_at,
        tuple(noted.changed),
        is_ours=found.sha256 == _digest(current_parts()),
    )


def judging_alike(key: int) -> set[int]:
    """Return the keys of all rules that would judge a kept click as the rules with this key do."""
    rules = {row.key: row.parts for row in session.scalars(select(ClickRules))}
    return {other for other, parts in rules.items() if not set(differing_parts(parts, rules[key])) - ONLY_FROM_NOW_ON}


def differing_parts(before: Parts, after: Parts) -> list[str]:
    """Return the names of the parts in which two sets of rules differ."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _latest() -> tuple[ClickRulesInstalled, ClickRules] | None:
    row = session.execute(
        select(ClickRulesInstalled, ClickRules)
        .join(ClickRules, ClickRules.key == ClickRulesInstalled.rules_key)
        .order_by(ClickRulesInstalled.key.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


@cache
def _kept_lists() -> Parts:
    """Return version and hash of the lists of agents that others keep: their patterns count, not only their names."""
    import crawlerdetect.providers.crawlers
    import crawlerdetect.providers.exclusions
    import crawleruseragents

    detected = [list(crawlerdetect.providers.crawlers.data), list(crawlerdetect.providers.exclusions.data)]
    listed = [[entry["pattern"], sorted(entry.get("tags", ()))] for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA]
    return {
        "crawlerdetect": {"version": version("crawlerdetect"), "sha256": _digest(detected).hex()},
        "crawler-user-agents": {"version": version("crawler-user-agents"), "sha256": _digest(listed).hex()},
    }


def _digest(value: Any) -> bytes:
    """Return the SHA-256 of canonical JSON: sorted keys, compact, UTF-8."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).digest()
