"""Remembering sketches of what is shared, and comparing the words of whoever is writing with them.

Only the writer is told, only that words are much alike and which of theirs: not whose, not how many, not when. And
only what a smallest group of others wrote: whoever pastes one colleague's caption learns nothing. The text that is
compared is neither stored nor logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer

from advocacy.foundation import clock, preferences
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
    SELECT employee_key, sketch FROM post_sketch
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


def remember(share: Share, added: str, suggested: Sequence[str]) -> None:
    """Keep a sketch of a shared text without the line that was added to it, which everybody's has.

    Of words that are still much like one of the suggested ones nothing is kept: one person was given them.
    """
    sketched = sketch_of(share.text.replace(added, " ") if added else share.text)
    if sketched is not None and _find_alike(sketched, suggested) is None:
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
    """Return where somebody's words are much like suggested ones, or like what a group shared there lately, or None.

    A run of words is told only where at least a smallest group of others has it, in posts that are much like these.
    """
    mine = sketch_of(words)
    if mine is None:
        return None
    theirs = _find_alike(mine, suggested)
    if theirs is not None:
        return _place(mine, mine.places == theirs.places, is_suggested=True)
    found = session.execute(
        _CANDIDATES,
        {
            "bands": list(mine.bands),
            "network": network.number,
            "employee_key": require_self(actor),
            "since": clock.now() - timedelta(days=DAYS),
            "most": MOST_COMPARED,
        },
    ).all()
    by_person: dict[int, NDArray[np.bool_]] = {}
    for employee_key, sketch in found:
        same = mine.places == np.frombuffer(bytes(sketch), dtype="<u4")
        if _share_of(same) >= MUCH:
            by_person[employee_key] = same | by_person.get(employee_key, same)
    if not by_person:
        return None
    people_by_place = np.sum(list(by_person.values()), axis=0)
    return _place(mine, people_by_place >= preferences.smallest_group(), is_suggested=False)


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


def _find_alike(mine: Sketched, suggested: Sequence[str]) -> Sketched | None:
    """Return the sketch of the first suggestion that a text is much like, or None."""
    for suggestion in suggested:
        theirs = sketch_of(suggestion)
        if theirs is not None and _share_of(mine.places == theirs.places) >= MUCH:
            return theirs
    return None


def _share_of(same: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(same)) / PLACES


def _place(mine: Sketched, same: NDArray[np.bool_], *, is_suggested: bool) -> Likeness | None:
    """Return the longest stretch of the writer's words whose runs are the same, or None where none is."""
    runs = sorted({mine.runs[place] for place in np.flatnonzero(same)})
    if not runs:
        return None
    longest = stretch = runs[0]
    for start, end in runs[1:]:
        stretch = (stretch[0], max(stretch[1], end)) if start <= stretch[1] else (start, end)
        longest = max(longest, stretch, key=lambda one: one[1] - one[0])
    return Likeness(*longest, is_suggested=is_suggested)
