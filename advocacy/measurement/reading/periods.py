"""The days at which numbers are read: a window ends on each, so points over time are never added up."""

from collections.abc import Iterator
from datetime import date, timedelta

from flask_babel import gettext as _

from advocacy.foundation.errors import Invalid
from advocacy.measurement.catalogue.metric import Dimension

MOST_POINTS = {"day": 92, "week": 106, "month": 60}


def reading_days(first: date, last: date, by: Dimension | None, *, at_most: int | None = None) -> list[date]:
    """Return the last day of each ISO week or month (or every day), the running one cut at `last`.

    Raises Invalid when there would be more than one answer holds; `at_most` overrides how many that is.
    """
    if by not in MOST_POINTS:
        return [last]
    most = at_most or MOST_POINTS[by]
    days = list(_ends(first, last, by, most + 1))
    if len(days) > most:
        raise Invalid.field(
            "from", _("That would be more than %(most)s points. Choose a later day or larger steps.", most=most)
        )
    return days


def _ends(first: date, last: date, by: Dimension, most: int) -> Iterator[date]:
    day = first
    for _step in range(most):
        if day > last:
            return
        end = _end_of(day, by)
        yield min(end, last)
        day = end + timedelta(days=1)


def _end_of(day: date, by: Dimension) -> date:
    if by == "week":
        return day + timedelta(days=7 - day.isoweekday())
    if by == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return day
