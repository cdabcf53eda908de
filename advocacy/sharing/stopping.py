"""Links that stop, because what they lead to was withdrawn: the redirect then shows a page that says so."""

from sqlalchemy import update

from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.sharing.models import Link


def stop_links(item_key: int) -> int:
    """Take all links of an item out of use; return how many. Doing it twice changes nothing."""
    stopped = session.execute(
        update(Link).where(Link.item_key == item_key, Link.revoked_at.is_(None)).values(revoked_at=clock.now())
    )
    return int(stopped.rowcount)  # type: ignore[attr-defined]
