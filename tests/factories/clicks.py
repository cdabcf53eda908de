"""Clicks for tests, as the redirect delivers them: links, frames of a journal, segments."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session

from advocacy.activity.kinds import Kind
from advocacy.activity.models import ActivityEvent
from advocacy.foundation.columns import new_id
from advocacy.sharing.clicks import journal
from advocacy.sharing.codes import new_code
from advocacy.sharing.models import ClickSegment, Link, Share, ShareState
from tests.factories.content import make_live_item
from tests.factories.people import make_advocate

Ambient = scoped_session[Session]
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def make_link(session: Ambient, share: Share | None = None) -> Link:
    """Return a link: of a share, or of nobody (the brand's own)."""
    link = Link(code=new_code(), destination="https://www.meridian.example/")
    if share is not None:
        link.share_key, link.employee_key, link.item_key = share.key, share.employee_key, share.item_key
        link.network = share.network
    session.add(link)
    session.flush()
    return link


def make_share(session: Ambient, state: ShareState = ShareState.OPENED) -> Share:
    """Return a share that somebody who takes part opened forty days before `AT`."""
    item = make_live_item()
    share = Share(
        employee_key=make_advocate(at=AT - timedelta(days=60)).key,
        item_key=item.key,
        version_id=item.live_version_id,
        network=1,
        text="In my own words",
        disclosure={},
        state=state,
        opened_at=AT - timedelta(days=40),
    )
    session.add(share)
    session.flush()
    return share


def frame(
    link: int,
    at: datetime = AT,
    *,
    visitor_key: int = 7,
    agent: bytes = FIREFOX,
    referrer: bytes = b"",
    flags: int = 0,
) -> bytes:
    """Return one click as the journal holds it."""
    microseconds = int(at.timestamp() * 1_000_000)
    return journal.frame(new_id().bytes, microseconds, link, visitor_key, flags, agent, referrer)


def deliver(session: Ambient, name: str, *frames: bytes, tail: bytes = b"") -> str:
    """Put a segment of these clicks where importers find it, and return its name."""
    session.add(ClickSegment(name=name, body=journal.MAGIC + b"".join(frames) + tail))
    session.flush()
    return name


def clicks(session: Ambient) -> list[ActivityEvent]:
    """Return the ledger's clicks as they stand, oldest first; of one instant, the one that was made first."""
    query = select(ActivityEvent).where(ActivityEvent.kind == Kind.LINK_CLICKED)
    ordered = query.order_by(ActivityEvent.occurred_at, ActivityEvent.event_id)
    return list(session.scalars(ordered.execution_options(populate_existing=True)))
