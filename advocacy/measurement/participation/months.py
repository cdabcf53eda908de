"""Participation and retention of a unit by whole months and weeks: protected, as pages and the API read them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from advocacy.measurement import pages
from advocacy.measurement.disclosure import Figure, Told, protect, protect_over_time
from advocacy.measurement.models import Period
from advocacy.measurement.participation.concentration import Loads, acts_of_busiest, at_or_above, busiest, quantile
from advocacy.measurement.participation.sizes import all_of, without_moves
from advocacy.measurement.participation.survival import Lives, Median, Step, grouped, kaplan_meier, median
from advocacy.measurement.rollups import last_of_month, last_of_week
from advocacy.people.queries import today

# Fewer lives or loads than these say nothing about how people stay or how work is spread.
LEAST_PEOPLE = 30
NINE_TENTHS, TENTH = Fraction(9, 10), Fraction(1, 10)
_OF_PERIOD = "(SELECT part.* FROM page_participation AS part WHERE part.period = {period})"
# Two numbers that are shown together are told of the same day, as one: the larger times this, plus the smaller.
_TOGETHER = 2**32


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """What may be shown of one unit and day; None for what is hidden. Raw rows stay behind `row`.

    `told_on` names the day a value is really of, where too few people came or went since. `ever_row` is the raw row
    of the day of `ever`, for what is worked out from all lives.
    """

    unit_key: int
    unit_id: UUID
    unit_name: str
    parent_key: int | None
    values: Mapping[str, int | None]
    told_on: Mapping[str, date]
    row: Mapping[str, Any]
    ever_row: Mapping[str, Any]


def newest_month(connection: Connection, on: date) -> date | None:
    """Return the last day of the newest month, over by a day, that was counted; None before there is one."""
    day: date | None = connection.execute(
        text(
            "SELECT max(day) FROM rollup_fill WHERE rollup = 'page_retention' AND filled_at IS NOT NULL AND day <= :day"
        ),
        {"day": on},
    ).scalar()
    return day


def ends_of_months(first: date, last: date) -> list[date]:
    """Return the last days of the months that end within a range."""
    found, day = [], last_of_month(first)
    while day <= last:
        found.append(day)
        day = last_of_month(day + timedelta(days=1))
    return found


def participation(
    connection: Connection, period: Period, days: Iterable[date], *, unit_key: int, smallest_group: int
) -> dict[date, list[UnitFigures]]:
    """Return who was active in the weeks or months that end on these days, for a unit, its family and its children."""
    relation = _OF_PERIOD.format(period=int(period))
    end_of = last_of_week if period is Period.WEEK else last_of_month
    return _Read(connection, relation, "page_participation", end_of, unit_key, smallest_group).figures(
        days, PARTICIPATION_OVER_TIME, _of_participation
    )


def retention(
    connection: Connection, days: Iterable[date], *, unit_key: int, smallest_group: int
) -> dict[date, list[UnitFigures]]:
    """Return who stays, of the months that end on these days, for a unit, its family and its children."""
    return _Read(connection, "page_retention", "page_retention", last_of_month, unit_key, smallest_group).figures(
        days, RETENTION_OVER_TIME, _of_retention
    )


@dataclass(frozen=True, slots=True)
class EverTold:
    """On which month's ends it is told of a unit, its family and its children how many ever acted, with the trees."""

    trees: Mapping[date, Mapping[int, int | None]]
    days: Mapping[int, list[date]]


def is_past_being_counted(connection: Connection) -> bool:
    """Return whether days of earlier months wait to be counted: who began and who stayed is not all known yet."""
    running = today().replace(day=1)
    return bool(connection.execute(text(_PAST_WAITS), {"reads": [*READ_FOR_LIVES], "running": running}).scalar())


def ever_told(connection: Connection, *, unit_key: int, smallest_group: int) -> EverTold:
    """Return which of these numbers are told as they are; every month that was counted is weighed."""
    read = _Read(connection, "page_retention", "page_retention", last_of_month, unit_key, smallest_group)
    only_ever = {"ever": RETENTION_OVER_TIME["ever"]}
    rows = read.rows_over_time(only_ever)
    found: dict[int, list[date]] = {}
    for day, of_day in sorted(read.over_time(only_ever, rows).items()):
        for key, one in of_day["ever"].items():
            if one is not None and one.day == day:
                found.setdefault(key, []).append(day)
    return EverTold({day: _tree(of_day) for day, of_day in rows.items()}, found)


def _tree(rows: Iterable[Mapping[str, Any]]) -> dict[int, int | None]:
    return {row["unit_key"]: row["parent_key"] for row in rows}


def _changed_cohorts(
    connection: Connection, trees: Mapping[date, Mapping[int, int | None]]
) -> dict[int, dict[date, dict[date, dict[int, int]]]]:
    """Return by unit those cohorts that did not stay as large as they began: few do not, in few units."""
    rows = connection.execute(
        text(_CHANGED), {"days": sorted(trees), "units": sorted({key for tree in trees.values() for key in tree})}
    )
    found: dict[int, dict[date, dict[date, dict[int, int]]]] = {}
    for row in rows:
        of_days = found.setdefault(row.unit_key, {}).setdefault(row.cohort, {})
        of_days.setdefault(row.day, {})[row.unit_key] = row.people
    return found


READ_FOR_LIVES = ("daily_shares_by_person", "daily_activity_by_person", "monthly_acts_by_person")
_PAST_WAITS = """
SELECT EXISTS (
    SELECT FROM rollup_touch WHERE rollup = ANY (:reads) AND day < :running
)
"""
_CHANGED = """
WITH changed AS (
    SELECT page.unit_key, page.cohort
    FROM page_cohorts AS page
    WHERE page.unit_key = ANY (:units) AND page.day = ANY (:days)
    GROUP BY page.unit_key, page.cohort
    HAVING min(page.people) <> max(page.people) OR count(*) < (
        SELECT count(*) FROM unnest(CAST(:days AS date[])) AS counted (day) WHERE counted.day >= page.cohort
    )
)
SELECT page.unit_key, page.cohort, page.day, page.people
FROM changed
JOIN page_cohorts AS page ON page.unit_key = changed.unit_key AND page.cohort = changed.cohort
WHERE page.day = ANY (:days)
"""


@dataclass(frozen=True, slots=True)
class _Read:
    connection: Connection
    relation: str
    table: str
    end_of: Callable[[date], date]
    unit_key: int
    group: int

    def figures(self, days: Iterable[date], over_time: Any, figures_of: Any) -> dict[date, list[UnitFigures]]:
        wanted = sorted(days)
        if not wanted:
            return {}
        told = self.over_time(over_time)
        older = {one.day for of_day in told.values() for one in of_day.get("ever", {}).values() if one and one.day}
        rows = self._families({*wanted, *(older if "ever" in over_time else ())})
        found: dict[date, list[UnitFigures]] = {}
        for day in wanted:
            of_day = rows.get(day, [])
            shown = protect({row["unit_key"]: figures_of(row) for row in of_day}, _tree(of_day), self.group)
            found[day] = [self._unit(row, shown[row["unit_key"]], told.get(day, {}), rows) for row in of_day]
        return found

    def rows_over_time(self, over_time: Any) -> dict[date, list[Mapping[str, Any]]]:
        """Return the raw rows of every period that was counted, with what those figures are reckoned from."""
        return self._families(
            self._counted(), sorted({name for columns, _figure in over_time.values() for name in columns})
        )

    def over_time(
        self, over_time: Any, rows: Mapping[date, list[Mapping[str, Any]]] | None = None
    ) -> dict[date, dict[str, dict[int, Told | None]]]:
        """Return what may be told by day and name of those figures that are about the same people month after month."""
        rows = self.rows_over_time(over_time) if rows is None else rows
        trees = {day: _tree(of_day) for day, of_day in rows.items()}
        found: dict[date, dict[str, dict[int, Told | None]]] = {}
        for name, (_columns, figure) in over_time.items():
            days = {day: ({row["unit_key"]: figure(row) for row in of_day}, trees[day]) for day, of_day in rows.items()}
            shown = protect_over_time(days, self.group, None)
            if name == "ever":
                shown = without_moves(shown, _changed_cohorts(self.connection, trees), trees, self.group)
            for day, told in shown.items():
                found.setdefault(day, {})[name] = told
        return found

    def _counted(self) -> list[date]:
        days = self.connection.execute(
            text("SELECT day FROM rollup_fill WHERE rollup = :table AND row_count > 0 ORDER BY day"),
            {"table": self.table},
        ).scalars()
        return [day for day in days if day == self.end_of(day)]

    def _families(self, days: Collection[date], columns: Collection[str] = ()) -> dict[date, list[Mapping[str, Any]]]:
        if not days:
            return {}
        return pages.families(self.connection, self.relation, unit_key=self.unit_key, days=days, columns=columns)

    def _unit(
        self,
        row: Mapping[str, Any],
        shown: Mapping[str, int | None],
        told: Mapping[str, Mapping[int, Told | None]],
        rows: Mapping[date, list[Mapping[str, Any]]],
    ) -> UnitFigures:
        key, day = row["unit_key"], row["day"]
        values, told_on, ever_row = dict(shown), {}, row
        for name, by_unit in told.items():
            one = by_unit.get(key)
            if one is None or one.day is None:
                values |= dict.fromkeys(name.split("/"), None)
                continue
            numbers = divmod(one.figure.value, _TOGETHER) if "/" in name else (one.figure.value,)
            for part, number in zip(name.split("/"), numbers, strict=True):
                # What may not be shown beside today's other numbers is not shown because it is older either.
                values[part] = None if part in shown and shown[part] is None else number
                if one.day != day:
                    told_on[part] = one.day
            if name == "ever" and one.day != day:
                ever_row = next((old for old in rows.get(one.day, ()) if old["unit_key"] == key), row)
        return UnitFigures(key, row["unit_id"], row["unit_name"], row["parent_key"], values, told_on, row, ever_row)


def part_of(part: int, *wholes: int) -> Figure:
    """Return people who are part of larger groups shown beside them, the smallest of which is whom it is about."""
    return Figure(part, part, min(wholes), tuple(whole - part for whole in wholes))


def _pair(whole: int, part: int, among: int) -> Figure:
    """Return two numbers shown together: neither they nor who is in the whole and not in the part tell of a few."""
    return Figure(whole * _TOGETHER + part, whole, among, (part, whole - part))


def _of_participation(row: Mapping[str, Any]) -> dict[str, Figure]:
    return {
        "active": part_of(row["active_people"], row["employed"], row["taking_part"]),
        "acts": Figure(row["acts"], row["act_people"], row["employed"]),
        "shares": Figure(row["shares"], row["share_people"], row["employed"]),
        "eligible": all_of(average_eligible(row)),
    }


def _of_retention(row: Mapping[str, Any]) -> dict[str, Figure]:
    return {
        "active": part_of(row["active_people"], row["employed"], row["taking_part"]),
        "settled": part_of(row["settled_people"], row["employed"], row["taking_part"]),
        "sustained": part_of(row["sustained_people"], row["settled_people"]),
        "mature": part_of(row["mature_people"], row["ever_people"]),
        "one_day": part_of(row["one_day_people"], row["mature_people"]),
        "ever": all_of(row["ever_people"]),
        # Less the whole weeks, which stickiness tells, it is about who left or acted in a week at the month's ends.
        "weeks": Figure(
            row["given_weeks"] or 0, row["given_people"] or 0, row["employed"], (row["beyond_people"] or 0,)
        ),
    }


# What is about much the same people in each period, with the columns it is reckoned from.
PARTICIPATION_OVER_TIME = {
    "eligible": (("eligible_days", "counted_days"), lambda row: all_of(average_eligible(row))),
}
RETENTION_OVER_TIME = {
    "settled/sustained": (
        ("settled_people", "sustained_people", "taking_part"),
        lambda row: _pair(row["settled_people"], row["sustained_people"], row["taking_part"]),
    ),
    "mature/one_day": (
        ("mature_people", "one_day_people", "ever_people"),
        lambda row: _pair(row["mature_people"], row["one_day_people"], row["ever_people"]),
    ),
    "ever": (("ever_people",), lambda row: all_of(row["ever_people"])),
}


def average_eligible(row: Mapping[str, Any]) -> int:
    """Return the people employed on an average day of the period, rounded to whole people."""
    days = row["counted_days"]
    return int(Fraction(row["eligible_days"], days) + Fraction(1, 2)) if days else 0


def whole_weeks(month_end: date) -> int:
    """Return how many ISO weeks lie wholly within the month that ends on a day."""
    first = month_end.replace(day=1)
    return sum((first + timedelta(days=ahead)).isoweekday() == 7 for ahead in range(6, month_end.day))


# --- How work is spread, and how long people stay. Not sums, so they are hidden by their own rule.


@dataclass(frozen=True, slots=True)
class Load:
    """How acts of a month are spread over active people: None where too few stand behind a number."""

    people: int
    nine_tenths_at_most: int | None
    busiest_tenth_share: Fraction | None


def load_of(unit: UnitFigures, smallest_group: int) -> Load | None:
    """Return the spread of a unit's acts, or None where it may not be shown or means nothing."""
    loads = Loads(unit.row["act_counts"], unit.row["act_count_people"])
    heads = loads.head_count
    if unit.values["active"] is None or heads < max(LEAST_PEOPLE, smallest_group):
        return None
    at_most = quantile(loads, NINE_TENTHS)
    if at_most is not None and at_or_above(loads, at_most) < smallest_group:
        at_most = None
    few = busiest(heads, TENTH)
    share = Fraction(acts_of_busiest(loads, few), loads.total) if few >= smallest_group and loads.total else None
    return Load(heads, at_most, share)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a unit's people stay, with the curve and what it was read from."""

    people: int
    steps: tuple[Step, ...]
    median: Median


def stay_of(unit: UnitFigures, smallest_group: int) -> Stay | None:
    """Return how long people stay, or None where too few began. No step of the curve tells of fewer than a group."""
    row = unit.ever_row
    lives = Lives(row["life_days"], row["life_churned"], row["life_left"], row["life_active"])
    if unit.values["ever"] is None or lives.people < max(LEAST_PEOPLE, smallest_group):
        return None
    steps = kaplan_meier(grouped(lives, smallest_group))
    return Stay(lives.people, steps, median(steps))


def filled_at(connection: Connection, table: str, day: date) -> datetime | None:
    """Return when a day of a roll-up was counted."""
    return pages.as_of(connection, (table,), day)
