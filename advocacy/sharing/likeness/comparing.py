"""Remembering sketches of what is shared, and comparing the words of whoever is writing with them.

Only the writer is told, only that words are much alike and which of theirs: not whose, not how many, not when. The
text that is compared is neither stored nor logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer

from advocacy.foundation import clock
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.sharing.likeness.sketching import PLACES, Sketched, sketch_of
from advocacy.sharing.models import Share
from advocacy.sharing.sketch_models import PostSketch
from config.networks import Network

DAYS = 30
MOST_COMPARED = 100
MUCH = 0.5
MOST_FORGOTTEN = 10_000

# Alike posts of others on one network. The index on bands answers; what it finds is compared place by place.
_CANDIDATES = text(
    """
    SELECT sketch FROM post_sketch
    WHERE bands && :bands AND network = :network AND employee_key <> :employee_key AND shared_at > :since
    LIMIT :most
    """
).bindparams(bindparam("bands", type_=ARRAY(Integer)))


@dataclass(frozen=True, slots=True)
class Likeness:
    """Words that are much like others': the place of the writer's own words that are the most so."""

    start: int
    end: int
    is_suggested: bool


def remember(share: Share, added: str) -> None:
    """Keep a sketch of a shared text without the line that was added to it, which everybody's has."""
    sketched = sketch_of(share.text.replace(added, " ") if added else share.text)
    if sketched is not None:
        session.add(
            PostSketch(
                share_key=share.key,
                employee_key=share.employee_key,
                network=share.network,
                shared_at=share.opened_at,
                sketch=sketched.sketch,
                bands=list(sketched.bands),
            )
        )


def likeness_of(actor: Actor, words: str, network: Network, suggested: Sequence[str] = ()) -> Likeness | None:
    """Return where somebody's words are much like suggested ones, or like what others shared there lately, or None."""
    mine = sketch_of(words)
    if mine is None:
        return None
    for suggestion in suggested:
        theirs = sketch_of(suggestion)
        if theirs is not None and _alike(mine, theirs.sketch) >= MUCH:
            return _place(mine, [theirs.sketch], is_suggested=True)
    found = session.scalars(
        _CANDIDATES,
        {
            "bands": list(mine.bands),
            "network": network.number,
            "employee_key": require_self(actor),
            "since": clock.now() - timedelta(days=DAYS),
            "most": MOST_COMPARED,
        },
    ).all()
    close = [bytes(sketch) for sketch in found if _alike(mine, bytes(sketch)) >= MUCH]
    return _place(mine, close, is_suggested=False) if close else None


def forget_sketches() -> int:
    """Forget sketches that are too old to compare with; return how many."""
    old = (
        select(PostSketch.share_key)
        .where(PostSketch.shared_at <= clock.now() - timedelta(days=DAYS))
        .order_by(PostSketch.shared_at)
        .limit(MOST_FORGOTTEN)
    )
    gone = session.execute(delete(PostSketch).where(PostSketch.share_key.in_(old)))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _alike(mine: Sketched, theirs: bytes) -> float:
    return float(np.count_nonzero(mine.places == np.frombuffer(theirs, dtype="<u4"))) / PLACES


def _place(mine: Sketched, close: Sequence[bytes], *, is_suggested: bool) -> Likeness:
    """Return the longest stretch of the writer's words whose runs stand in the others' sketches."""
    shared = np.zeros(PLACES, dtype=bool)
    for theirs in close:
        shared |= mine.places == np.frombuffer(theirs, dtype="<u4")
    runs = sorted({mine.runs[place] for place in np.flatnonzero(shared)})
    longest = stretch = runs[0]
    for start, end in runs[1:]:
        stretch = (stretch[0], max(stretch[1], end)) if start <= stretch[1] else (start, end)
        longest = max(longest, stretch, key=lambda one: one[1] - one[0])
    return Likeness(*longest, is_suggested=is_suggested)
