"""What somebody took back of recognition, also on disk: a copy that is put back must not show it again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.people import tombstones
from advocacy.programme.recognition.models import Highlight, Thanks

HIDDEN, THANKS_GONE = "highlight_hidden", "thanks_gone"


def keep_hidden(highlight: Highlight) -> None:
    """Put on disk that somebody took a highlight back."""
    tombstones.keep(HIDDEN, highlight.employee_key, clock.now(), {"highlight": str(highlight.id)})


def keep_thanks_gone(highlight_id: UUID, giver_key: int) -> None:
    """Put on disk that somebody's thanks are gone, whichever of the two wanted it so."""
    tombstones.keep(THANKS_GONE, giver_key, clock.now(), {"highlight": str(highlight_id)})


def reapply_stops() -> dict[str, int]:
    """After a restore: take back again what was taken back; return how many of each changed something.

    Belongs after people's own tombstones.
    """
    again = {HIDDEN: _hide_again, THANKS_GONE: _remove_again}
    return tombstones.say_again(again, action="recognition.stops_reapplied")


def _hide_again(employee_key: int, entry: Mapping[str, Any]) -> int:
    gone = session.execute(
        delete(Highlight)
        .where(Highlight.id == UUID(entry["highlight"]), Highlight.employee_key == employee_key)
        .returning(Highlight.id)
    )
    return len(gone.all())


def _remove_again(employee_key: int, entry: Mapping[str, Any]) -> int:
    gone = session.execute(
        delete(Thanks)
        .where(
            Thanks.highlight_id == UUID(entry["highlight"]),
            Thanks.employee_key == employee_key,
            Thanks.given_at <= tombstones.instant(entry),
        )
        .returning(Thanks.highlight_id)
    )
    return len(gone.all())
