"""Participation and retention of a unit by whole months and weeks: protected, as pages and the API read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from advocacy.measurement import pages
from advocacy.measurement.disclosure import Figure, hidden_overlapping, protect
from advocacy.measurement.models import Period
from advocacy.measurement.participation.concentration import Loads, acts_of_busiest, at_or_above, busiest, quantile
from advocacy.measurement.participation.survival import Lives, Median, Step, grouped, kaplan_meier, median
from advocacy.measurement.rollups import last_of_month

# Fewer lives or loads than these say nothing about how people stay or how work is spread.
LEAST_PEOPLE = 30
NINE_TENTHS, TENTH = Fraction(9, 10), Fraction(1, 10)
_OF_PERIOD = "(SELECT part.* FROM page_participation AS part WHERE part.period = {period})"


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """What may be shown of one unit and one day; None for what is hidden. Raw rows stay behind `row`."""

    unit_key: int
    unit_id: UUID
    unit_name: str
    parent_key: int | None
    values: Mapping[str, int | None]
    row: Mapping[str, Any]


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
    return _protected(connection, relation, days, unit_key, smallest_group, _of_participation)


def retention(
    connection: Connection, days: Iterable[date], *, unit_key: int, smallest_group: int
) -> dict[date, list[UnitFigures]]:
    """Return who stays, of the months that end on these days, for a unit, its family and its children."""
    return _protected(connection, "page_retention", days, unit_key, smallest_group, _of_retention)


def _protected(
    connection: Connection, relation: str, days: Iterable[date], unit_key: int, group: int, figures_of: Any
) -> dict[date, list[UnitFigures]]:
    wanted = sorted(days)
    found: dict[date, list[UnitFigures]] = {}
    for day in wanted:
        rows = pages.families(connection, relation, unit_key=unit_key, first=day, last=day).get(day, [])
        parents: dict[int, int | None] = {row["unit_key"]: row["parent_key"] for row in rows}
        shown = protect({row["unit_key"]: figures_of(row) for row in rows}, parents, group)
        found[day] = [
            UnitFigures(
                row["unit_key"], row["unit_id"], row["unit_name"], row["parent_key"], shown[row["unit_key"]], row
            )
            for row in rows
        ]
    return found


def _part(part: int, *wholes: int) -> Figure:
    """Return people who are part of larger groups shown beside them, the smallest of which is whom it is about."""
    return Figure(part, part, min(wholes), tuple(whole - part for whole in wholes))


def _of_participation(row: Mapping[str, Any]) -> dict[str, Figure]:
    return {
        "active": _part(row["active_people"], row["employed"], row["taking_part"]),
        "acts": Figure(row["acts"], row["act_people"], row["employed"]),
        "shares": Figure(row["shares"], row["share_people"], row["employed"]),
    }


def _of_retention(row: Mapping[str, Any]) -> dict[str, Figure]:
    return {
        "active": _part(row["active_people"], row["employed"], row["taking_part"]),
        "settled": _part(row["settled_people"], row["employed"], row["taking_part"]),
        "sustained": _part(row["sustained_people"], row["settled_people"]),
        "mature": _part(row["mature_people"], row["ever_people"]),
        "one_day": _part(row["one_day_people"], row["mature_people"]),
        "ever": Figure(row["ever_people"], row["ever_people"], row["ever_people"]),
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
    row = unit.row
    lives = Lives(row["life_days"], row["life_churned"], row["life_left"], row["life_active"])
    if unit.values["ever"] is None or lives.people < max(LEAST_PEOPLE, smallest_group):
        return None
    steps = kaplan_meier(grouped(lives, smallest_group))
    return Stay(lives.people, steps, median(steps))


# --- Cohorts.


@dataclass(frozen=True, slots=True)
class Cohort:
    """People whose first act was in one month, and how many were active in each month after; None where hidden.

    `people` are those of the newest month told: somebody who withdrew is in none of it.
    """

    month: date
    people: int | None
    active: tuple[int | None, ...]


def cohorts(connection: Connection, *, unit_key: int, last: date, months: int, smallest_group: int) -> list[Cohort]:
    """Return the triangle of the newest `months` cohorts of a unit, oldest first.

    A cell is hidden where fewer than a smallest group were active, or were not. Whoever leaves out of a hidden cell
    finds another beside it hidden as well.
    """
    rows = connection.execute(
        text(
            "SELECT page.day, page.cohort, page.people, page.active_people FROM page_cohorts AS page "
            "WHERE page.unit_key = :unit AND page.day <= :last AND page.cohort > :first "
            "ORDER BY page.cohort, page.day"
        ),
        {"unit": unit_key, "last": last, "first": _months_before(last, months)},
    )
    by_cohort: dict[date, list[tuple[date, int, int]]] = {}
    for row in rows:
        if row.day == last_of_month(row.day):
            by_cohort.setdefault(row.cohort, []).append((row.day, row.people, row.active_people))
    return [_cohort(month, found, last, smallest_group) for month, found in sorted(by_cohort.items())]


def _cohort(month: date, found: list[tuple[date, int, int]], last: date, group: int) -> Cohort:
    people = found[-1][1]
    if people < group:
        return Cohort(month, None, ())
    known = {day: active for day, _people, active in found}
    days = ends_of_months(month, last)
    figures = {place: _part(min(known.get(day, 0), people), people) for place, day in enumerate(days)}
    hidden = hidden_overlapping(figures, group)
    return Cohort(month, people, tuple(None if place in hidden else figures[place].value for place in range(len(days))))


def _months_before(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 - months
    return last_of_month(date(total // 12, total % 12 + 1, 1))


def filled_at(connection: Connection, table: str, day: date) -> datetime | None:
    """Return when a day of a roll-up was counted."""
    return pages.as_of(connection, (table,), day)
