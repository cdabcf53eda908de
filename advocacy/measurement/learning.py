"""How many people passed each lesson: in full groups only, and never who, nor who did not."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.learning.queries import count_passes
from advocacy.measurement.disclosure import Figure, protect
from advocacy.people.models import Consent, Purpose


@dataclass(frozen=True, slots=True)
class LessonPasses:
    """Of the people who take part, how many passed a lesson, by its key; None where too few stand behind it."""

    passed: dict[int, int | None]
    smallest_group: int
    as_of: datetime


def lesson_passes(actor: Actor, lesson_keys: list[int]) -> LessonPasses:
    """Return how many people passed lessons, for their authors. Raises NotPermitted.

    Rounded down to full groups: who looks twice would else see one person pass in the difference, and who knows how
    many take part would see how few did not. Fewer than a group is not told apart from nobody.
    """
    require(actor, Permission.CONTENT_READ)
    smallest, counted = preferences.smallest_group(), count_passes()
    among = session.scalars(select(func.count()).where(Consent.purpose == Purpose.TAKE_PART)).one()
    full = {key: counted.get(key, 0) - counted.get(key, 0) % smallest for key in lesson_keys}
    figures = {key: {"passed": Figure(told, told, among)} for key, told in full.items()}
    shown = protect(figures, dict.fromkeys(lesson_keys), smallest)
    return LessonPasses({key: named["passed"] or None for key, named in shown.items()}, smallest, clock.now())
