"""What may be told of what was known earlier: one version of a number, and that only where nobody can be worked out.

An earlier number beside today's tells of those who came in between, and any two earlier ones do. So there is one for
each quarter: that of its last day, as it was known when the quarter ended. The windows of two such days have no day in
common, and each is weighed against everything that is told today, whichever unit is asked about.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Connection

from advocacy.foundation import clock, preferences
from advocacy.foundation.errors import Invalid
from advocacy.measurement import pages, queries
from advocacy.measurement.catalogue import Metric
from advocacy.measurement.disclosure import Told, are_apart
from advocacy.measurement.pages import UnitDay
from advocacy.measurement.reading import Asked

MONTHS_OF_A_QUARTER = 3


def last_day_known(at: datetime) -> date:
    """Return the last day of the quarter that ended at an instant. Raises Invalid where none that is over did."""
    zone, now = preferences.zone(), clock.now()
    today = clock.day_of(now, zone)
    begun = today.replace(month=today.month - (today.month - 1) % MONTHS_OF_A_QUARTER, day=1)
    # Years at the ends of the calendar are no instants that could be reckoned with.
    if queries.EARLIEST.year <= at.year <= today.year + 1:
        first = clock.day_of(at, zone)
        is_first = first.day == 1 and (first.month - 1) % MONTHS_OF_A_QUARTER == 0
        if is_first and first <= begun and at == clock.day_bounds(first, zone)[0]:
            return first - timedelta(days=1)
    newest = datetime.combine(begun, time.min, tzinfo=zone)
    raise Invalid.field(
        "as_known_at", _("Choose the end of a quarter that is over, such as %(instant)s.", instant=newest.isoformat())
    )


# By the short name of a column: a day's units, as they were known.
Then = Mapping[str, Mapping[int, UnitDay]]


def read_then(earlier: Connection, columns: Iterable[Metric], asked: Asked) -> Then:
    """Return what was known of columns, of a unit and those around it; `earlier` is a connection that knows no more."""
    return {column.short: _read(earlier, column, asked, {asked.last}).get(asked.last, {}) for column in columns}


def units_told(connection: Connection, columns: Iterable[Metric], then: Then, asked: Asked) -> dict[UUID, bool]:
    """Return of each unit whether what was known of all columns may be told beside what is told today."""
    found: dict[UUID, bool] = {}
    for column in columns:
        days = {*pages.days_told(connection, str(column.page)), asked.last}
        now = _read(connection, column, asked, days)
        known = then[column.short]
        may_be = _Weighed(column, asked.last, asked.smallest_group, now, known).units()
        for key, unit in known.items():
            found[unit.unit_id] = found.get(unit.unit_id, True) and key in may_be
    return found


def _read(connection: Connection, column: Metric, asked: Asked, days: set[date]) -> dict[date, dict[int, UnitDay]]:
    return pages.read(connection, [column], unit_key=asked.unit_key, days=days, smallest_group=asked.smallest_group)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """One column of units: what was known `then` of a day beside all that is told `now`, by day."""

    metric: Metric
    day: date
    smallest_group: int
    now: Mapping[date, Mapping[int, UnitDay]]
    then: Mapping[int, UnitDay]

    def units(self) -> set[int]:
        """Return the units of which it may be told, from above: below one of which it may not, nothing is."""
        found = {key for key, unit in self.then.items() if unit.parent_key not in self.then and self._is_apart(key)}
        waiting = sorted(found)
        while waiting:
            above = waiting.pop()
            below = self._below(self.then, above)
            is_same_family = below == self._below(self.now.get(self.day, {}), above)
            if below and is_same_family and all(map(self._is_apart, below)) and self._is_apart(above, is_rest=True):
                found |= below
                waiting += sorted(below)
        return found

    def _below(self, units: Mapping[int, UnitDay], above: int) -> set[int]:
        """Return the units below one of which something is told."""
        return {key for key, unit in units.items() if unit.parent_key == above and self.metric.short in unit.figures}

    def _is_apart(self, key: int, *, is_rest: bool = False) -> bool:
        """Return whether what was known is what is told today, or apart from everything told today of the same.

        With `is_rest` it is what is left over of a unit without those told below it.
        """
        then, now = self._told(self.then, key, is_rest), self._told(self.now.get(self.day, {}), key, is_rest)
        if then is None or now is None or now.day != self.day:
            return False
        if then.figure.value == now.figure.value:
            return True
        # What is about the same people for ever has one version: quarters would tell of those who came in between.
        if self.metric.window_days is None:
            return False
        others = (self._told(units, key, is_rest) for units in self.now.values())
        return all(
            other is None or are_apart(then, other, self.smallest_group, self.metric.window_days) for other in others
        )

    def _told(self, units: Mapping[int, UnitDay], key: int, is_rest: bool) -> Told | None:
        told = units[key].told(self.metric.short) if key in units else None
        if told is None or not is_rest:
            return told
        parts = [part for below in self._below(units, key) if (part := units[below].told(self.metric.short))]
        is_of_one_day = all(part.day == told.day for part in parts)
        return Told(told.figure.without(part.figure for part in parts), told.day if is_of_one_day else None)
