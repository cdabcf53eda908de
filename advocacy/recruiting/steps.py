"""What the steps of one application come to, in whatever order we hear of them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from advocacy.recruiting.models import STAGE_NUMBERS, Stage


class Step(NamedTuple):
    """A step as we were told of it. Most of them do not name the link."""

    occurred_at: datetime
    stage: Stage
    link_key: int | None = None


class Entry(NamedTuple):
    """A row of the ledger."""

    occurred_at: datetime
    stage: Stage
    link_key: int


def stage_of(steps: Collection[Step]) -> Stage:
    """Return where an application stands: its latest step by the time it happened, whenever we heard of it.

    Of steps at the same instant the one further along counts. A hire stands until it is undone, whatever else is told
    of the application. Raises ValueError without any step.
    """
    hiring = [step for step in steps if step.stage in {Stage.HIRED, Stage.UNHIRED}]
    if hiring and max(hiring, key=_place).stage is Stage.HIRED:
        return Stage.HIRED
    return max(steps, key=_place).stage


def link_of(steps: Iterable[Step]) -> int | None:
    """Return the link an application came through: the first one by the time of the step that names it."""
    named = [(step.occurred_at, step.link_key) for step in steps if step.link_key is not None]
    return min(named)[1] if named else None


def entries_of(steps: Collection[Step]) -> set[Entry]:
    """Return what an application is in the ledger: its first entry into each stage. Nothing while no link is known.

    Being hired may begin more than once, after it was undone. What undoes a hire stands at the time of that hire, so
    that every window of days holds both or neither; where nobody was hired it undoes nothing.
    """
    link_key = link_of(steps)
    if link_key is None:
        return set()
    first: dict[Stage, datetime] = {}
    found: set[Entry] = set()
    hired_at: datetime | None = None
    for step in sorted(steps, key=_place):
        if step.stage is Stage.HIRED:
            if hired_at is None:
                hired_at = step.occurred_at
                found.add(Entry(hired_at, Stage.HIRED, link_key))
        elif step.stage is Stage.UNHIRED:
            if hired_at is not None:
                found.add(Entry(hired_at, Stage.UNHIRED, link_key))
                hired_at = None
        else:
            first.setdefault(step.stage, step.occurred_at)
    return found | {Entry(at, stage, link_key) for stage, at in first.items()}


def _place(step: Step) -> tuple[datetime, int]:
    return step.occurred_at, STAGE_NUMBERS[step.stage]
