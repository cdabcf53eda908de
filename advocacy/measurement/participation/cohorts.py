"""Cohorts of a unit: whose first act was in one month, and how many of them were active in each month after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from advocacy.measurement.disclosure import hidden_overlapping, protect
from advocacy.measurement.participation.months import ends_of_months, ever_told, part_of
from advocacy.measurement.participation.sizes import Sizes, Told, Tree, told
from advocacy.measurement.rollups import last_of_month


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
    all who ever acted, finds another beside it hidden as well. Of an earlier month a cohort is hidden, too, where
    fewer than a smallest group moved into or out of the unit between it and another month that is told.
    """
    ever = ever_told(connection, unit_key=unit_key, smallest_group=smallest_group)
    tree = ever.trees.get(last, {})
    if unit_key not in tree:
        return []  # younger than the last month that is counted
    sizes, active = _counted(connection, ever.trees)
    shown = told(sizes, ever.trees, ever.days, smallest_group)
    first = _months_before(last, months)
    return [
        _Triangle(month, sizes, active, unit_key, tree, last, smallest_group).told(shown)
        for month in sorted(sizes)
        if first < month <= last and any(unit_key in of for day, of in sizes[month].items() if day <= last)
    ]


def _counted(connection: Connection, trees: Mapping[date, Tree]) -> tuple[Sizes, Sizes]:
    """Return how many are in each cohort, and how many of them were active, of every month that was counted.

    What is hidden hangs on no question, so on no day of one either.
    """
    rows = connection.execute(
        text(
            "SELECT page.unit_key, page.day, page.cohort, page.people, page.active_people FROM page_cohorts AS page "
            "WHERE page.unit_key = ANY (:units) AND page.day = ANY (:days)"
        ),
        {"units": sorted({key for tree in trees.values() for key in tree}), "days": sorted(trees)},
    )
    sizes: dict[date, dict[date, dict[int, int]]] = {}
    active: dict[date, dict[date, dict[int, int]]] = {}
    for row in rows:
        sizes.setdefault(row.cohort, {}).setdefault(row.day, {})[row.unit_key] = row.people
        active.setdefault(row.cohort, {}).setdefault(row.day, {})[row.unit_key] = row.active_people
    return sizes, active


@dataclass(frozen=True, slots=True)
class _Triangle:
    """One row of the triangle of a unit, as of the `last` month."""

    month: date
    sizes: Sizes
    active: Sizes
    unit_key: int
    tree: Tree
    last: date
    group: int

    def told(self, shown: Told) -> Cohort:
        people = shown.people(self.month, self.unit_key, self.last)
        if not people:
            return Cohort(self.month, None, ())
        days = ends_of_months(self.month, self.last)
        heads = {key: count for key, count in self.sizes[self.month].get(self.last, {}).items() if key in self.tree}
        active = self.active[self.month]
        cells = {
            key: {
                str(place): part_of(min(active.get(day, {}).get(key, 0), count), count)
                for place, day in enumerate(days)
            }
            for key, count in heads.items()
        }
        beside = protect(cells, self.tree, self.group)[self.unit_key]
        hidden = set(
            hidden_overlapping({place: cells[self.unit_key][str(place)] for place in range(len(days))}, self.group)
        )
        # All of them were active in the month they began in: that cell is how many there were then.
        if shown.people(self.month, self.unit_key, days[0]) is None:
            hidden.add(0)
        return Cohort(
            self.month, people, tuple(None if place in hidden else beside[str(place)] for place in range(len(days)))
        )


def _months_before(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 - months
    return last_of_month(date(total // 12, total % 12 + 1, 1))
