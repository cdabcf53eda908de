"""Cohorts of a unit: whose first act was in one month, and how many of them were active in each month after."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from advocacy.measurement import pages
from advocacy.measurement.disclosure import hidden_overlapping, protect
from advocacy.measurement.participation.months import all_of, days_of_ever, ends_of_months, part_of
from advocacy.measurement.rollups import last_of_month

PAIR = 2


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

    A cohort, and a cell of it, is hidden where fewer than a smallest group are in it, or would be left over of a unit
    above it; a cell also where as few were not active. Whoever leaves out of a hidden cell, or a hidden cohort out of
    all who ever acted, finds another beside it hidden as well.
    """
    parents = pages.family(connection, unit_key=unit_key, day=last)
    if unit_key not in parents:
        return []  # younger than the last month that is counted
    rows = connection.execute(
        text(
            "SELECT page.unit_key, page.day, page.cohort, page.people, page.active_people FROM page_cohorts AS page "
            "WHERE page.unit_key = ANY (:units) AND page.day <= :last AND page.cohort > :first "
            "ORDER BY page.cohort, page.day"
        ),
        {"units": sorted(parents), "last": last, "first": _months_before(last, months)},
    )
    by_cohort: dict[date, dict[int, list[tuple[date, int, int]]]] = {}
    for row in rows:
        if row.day == last_of_month(row.day):
            of_unit = by_cohort.setdefault(row.cohort, {}).setdefault(row.unit_key, [])
            of_unit.append((row.day, row.people, row.active_people))
    ends = days_of_ever(connection, unit_key=unit_key, smallest_group=smallest_group)
    hidden = _hidden(_sizes(connection, parents), ends, parents, smallest_group)[unit_key]
    return [
        Cohort(month, None, ()) if month in hidden else _cohort(month, found, unit_key, parents, last, smallest_group)
        for month, found in sorted(by_cohort.items())
        if unit_key in found
    ]


def _sizes(connection: Connection, units: Mapping[int, int | None]) -> dict[date, dict[int, int]]:
    """Return how many are in each cohort by now. What is hidden hangs on no question, so on no day of one either."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT ON (page.unit_key, page.cohort) page.unit_key, page.cohort, page.people "
            "FROM page_cohorts AS page WHERE page.unit_key = ANY (:units) AND EXTRACT(DAY FROM page.day + 1) = 1 "
            "ORDER BY page.unit_key, page.cohort, page.day DESC"
        ),
        {"units": sorted(units)},
    )
    found: dict[date, dict[int, int]] = {}
    for row in rows:
        found.setdefault(row.cohort, {})[row.unit_key] = row.people
    return found


def _hidden(
    sizes: Mapping[date, Mapping[int, int]],
    ends: Mapping[int, list[date]],
    parents: Mapping[int, int | None],
    group: int,
) -> dict[int, set[date]]:
    """Return which cohorts of each unit are hidden.

    How many ever acted is told on some days (`ends`), and grows from one to the next by the cohorts in between. Of
    those none is hidden, or at least two in which there is a smallest group. Where another is hidden for that, it is
    in all units of the family: the unit above would else give it away.
    """
    hidden: dict[int, set[date]] = {key: set() for key in parents}
    for month, of_unit in sizes.items():
        shown = protect({key: {"people": all_of(people)} for key, people in of_unit.items()}, parents, group)
        for key, values in shown.items():
            if values["people"] is None:
                hidden[key].add(month)
    families: dict[int | None, list[int]] = {}
    for key, parent in parents.items():
        families.setdefault(parent if parent in parents else None, []).append(key)
    waiting: list[int | None] = [None]
    while waiting:
        above = waiting.pop()
        members = families.get(above, [])
        waiting += members
        also = set(hidden[above]) if above is not None else set()
        while True:
            for key in members:
                hidden[key] |= {month for month in also if key in sizes.get(month, {})}
            also = {month for key in members for month in _needed(key, sizes, ends.get(key, []), hidden[key], group)}
            if not also:
                break
    return hidden


def _needed(
    key: int, sizes: Mapping[date, Mapping[int, int]], ends: list[date], hidden: set[date], group: int
) -> set[date]:
    """Return the smallest shown cohort of each stretch between two told days that gives a hidden one away."""
    found = set()
    stretches: dict[int, list[date]] = {}
    for month, of_unit in sizes.items():
        place = bisect_left(ends, month)
        if key in of_unit and place < len(ends):
            stretches.setdefault(place, []).append(month)
    for months in stretches.values():
        out = [month for month in months if month in hidden]
        shown = [month for month in months if month not in hidden]
        if out and shown and (len(out) < PAIR or sum(sizes[month][key] for month in out) < group):
            found.add(min(shown, key=lambda month: (sizes[month][key], month)))
    return found


def _cohort(
    month: date,
    found: Mapping[int, list[tuple[date, int, int]]],
    unit_key: int,
    parents: Mapping[int, int | None],
    last: date,
    group: int,
) -> Cohort:
    people = {key: told[-1][1] for key, told in found.items()}
    shown = protect({key: {"people": all_of(heads)} for key, heads in people.items()}, parents, group)
    if shown[unit_key]["people"] is None:
        return Cohort(month, None, ())
    days = ends_of_months(month, last)
    active = {key: {day: acted for day, _people, acted in told} for key, told in found.items()}
    cells = {
        key: {str(place): part_of(min(active[key].get(day, 0), heads), heads) for place, day in enumerate(days)}
        for key, heads in people.items()
    }
    beside = protect(cells, parents, group)[unit_key]
    hidden = hidden_overlapping({place: cells[unit_key][str(place)] for place in range(len(days))}, group)
    told = (None if place in hidden else beside[str(place)] for place in range(len(days)))
    return Cohort(month, people[unit_key], tuple(told))


def _months_before(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 - months
    return last_of_month(date(total // 12, total % 12 + 1, 1))
