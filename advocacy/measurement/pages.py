"""Reading `page_*` tables: complete families of units, protected, before anything leaves."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from advocacy.foundation import clock, preferences
from advocacy.measurement.catalogue import Metric
from advocacy.measurement.disclosure import Figure, Told, protect_over_time

# How far back the days, and then the weeks, are told one by one.
DAILY, WEEKLY = 35, 371
SUNDAY = 7

# Every family on the way from the root down to the unit, and the unit's own children: what a decision about
# hiding depends on. Which units those are is settled first, so that the page is asked by its key and never scanned,
# also when nobody has told the planner yet how large it became. The pages' names are declared in the catalogue.
_FAMILIES = """
WITH above AS MATERIALIZED (
    SELECT ancestry.ancestor_key, ancestry.valid_during
    FROM unit_ancestry AS ancestry
    WHERE ancestry.unit_key = :unit_key AND ancestry.valid_during && daterange(:first, :last, '[]')
),
family AS MATERIALIZED (
    SELECT placement.unit_key, placement.parent_key, placement.valid_during * above.valid_during AS valid_during
    FROM above
    JOIN unit_placement AS placement
        ON placement.parent_key = above.ancestor_key AND placement.valid_during && above.valid_during
    UNION
    SELECT placement.unit_key, placement.parent_key, placement.valid_during * above.valid_during
    FROM above
    JOIN unit_placement AS placement
        ON placement.unit_key = above.ancestor_key AND placement.valid_during && above.valid_during
)
SELECT DISTINCT ON (page.day, page.unit_key)
    {columns}, family.parent_key, unit.id AS unit_id, unit.name AS unit_name
FROM family
JOIN {table} AS page
    ON page.unit_key = family.unit_key
    AND page.day = ANY (CAST(:days AS date[]))
    AND family.valid_during @> page.day
JOIN org_unit AS unit ON unit.key = page.unit_key
ORDER BY page.day, page.unit_key
"""


@dataclass(frozen=True, slots=True)
class UnitDay:
    """What may be shown about one unit on one day. `values` has None for what is hidden.

    `told_on` names the day a value is really of, where that is not the day itself: too few people came or went since.
    `figures` are the values with the people who make them up; they stay inside.
    """

    day: date
    unit_key: int
    unit_id: UUID
    unit_name: str
    parent_key: int | None
    values: Mapping[str, int | None]
    told_on: Mapping[str, date]
    figures: Mapping[str, Figure]

    def told(self, name: str) -> Told | None:
        """Return a value with the people behind it and the day it is of; None where it is hidden."""
        figure = self.figures.get(name)
        return None if figure is None else Told(figure, self.told_on.get(name, self.day))


def read(
    connection: Connection,
    metrics: Iterable[Metric],
    *,
    unit_key: int,
    days: Collection[date],
    smallest_group: int,
) -> dict[date, dict[int, UnitDay]]:
    """Return protected values by day and unit: of the unit, what is above it and beside that, and its children.

    The answer for a day is the same whatever else is asked with it. A day on which nothing was counted has none.
    """
    declared = [metric for metric in metrics if metric.page is not None]
    (table,) = {str(metric.page) for metric in declared}
    told = days_told(connection, table)
    if not told or not days:
        return {}
    only_newest = set(days) == {told[-1]}
    wanted = {told[-1]} if only_newest else {*told, *days}
    columns = sorted({"employed"} | {column for metric in declared for column in _columns(metric)})
    rows = families(connection, table, unit_key=unit_key, days=wanted, columns=columns)
    counted = {day: rows[day] for day in told if day in rows}
    shown = {
        metric.short: _over_time(
            {day: {row["unit_key"]: figure_of(metric, row) for row in of_day} for day, of_day in counted.items()},
            counted,
            smallest_group,
            metric.window_days,
        )
        for metric in declared
    }
    rounded = frozenset(metric.short for metric in declared if metric.privacy == "k10r")
    found: dict[date, dict[int, UnitDay]] = {}
    for day in days:
        if day not in rows:
            continue
        told_as = max((one for one in counted if one <= day), default=None)
        found[day] = {
            row["unit_key"]: _unit_day(
                row,
                {name: by_day[told_as].get(row["unit_key"]) if told_as else None for name, by_day in shown.items()},
                rounded,
            )
            for row in rows[day]
        }
    return found


def days_told(connection: Connection, table: str) -> list[date]:
    """Return the days whose numbers are shown, ascending: what any other day shows is the number of one before it.

    Every day of the last five weeks, every week of a year, every month before: two numbers of neighbouring days are
    worth looking at while they are new, and every day shown is one more that the others are weighed against.
    """
    first, newest = connection.execute(
        text(
            "SELECT min(day), max(day) FILTER (WHERE filled_at IS NOT NULL AND day <= :today) "
            "FROM rollup_fill WHERE rollup = :table"
        ),
        {"table": table, "today": clock.day_of(clock.now(), preferences.zone())},
    ).one()
    if newest is None:
        return []
    days = {first, newest}
    for back in range((newest - first).days):
        day = newest - timedelta(days=back)
        if back < DAILY or (back < WEEKLY and day.isoweekday() == SUNDAY) or (day + timedelta(days=1)).day == 1:
            days.add(day)
    return sorted(days)


def _over_time(
    figures: Mapping[date, Mapping[int, Figure]],
    rows: Mapping[date, list[Mapping[str, Any]]],
    smallest_group: int,
    window_days: int | None,
) -> dict[date, dict[int, Told | None]]:
    parents = {day: {row["unit_key"]: row["parent_key"] for row in of_day} for day, of_day in rows.items()}
    return protect_over_time(
        {day: (of_day, parents[day]) for day, of_day in figures.items()}, smallest_group, window_days
    )


def _unit_day(row: Mapping[str, Any], told: Mapping[str, Told | None], rounded: frozenset[str]) -> UnitDay:
    return UnitDay(
        day=row["day"],
        unit_key=row["unit_key"],
        unit_id=row["unit_id"],
        unit_name=row["unit_name"],
        parent_key=row["parent_key"],
        values={name: None if one is None else one.shown(is_rounded=name in rounded) for name, one in told.items()},
        told_on={name: one.day for name, one in told.items() if one is not None and one.day != row["day"] and one.day},
        figures={name: one.figure for name, one in told.items() if one is not None},
    )


def families(
    connection: Connection, relation: str, *, unit_key: int, days: Collection[date], columns: Collection[str] = ()
) -> dict[date, list[Mapping[str, Any]]]:
    """Return the unprotected rows of those units by day, for whoever protects other figures than columns.

    `relation` is the name of a page or a query over one, and `columns` are of it, all where none are named; both are
    written in the program and never taken from anybody.
    """
    rows: dict[date, list[Mapping[str, Any]]] = {}
    listed = ", ".join(f"page.{column}" for column in ("day", "unit_key", *columns)) if columns else "page.*"
    found = connection.execute(
        text(_FAMILIES.format(table=relation, columns=listed)),
        {"unit_key": unit_key, "first": min(days), "last": max(days), "days": sorted(days)},
    )
    for row in found.mappings():
        rows.setdefault(row["day"], []).append(dict(row))
    return rows


def family(connection: Connection, *, unit_key: int, day: date) -> dict[int, int | None]:
    """Return the units above one, beside those and below it, with the unit each hangs below, on a day."""
    found = connection.execute(
        text(
            "SELECT placement.unit_key, placement.parent_key FROM unit_ancestry AS above "
            "JOIN unit_placement AS placement "
            "ON above.ancestor_key IN (placement.unit_key, placement.parent_key) AND placement.valid_during @> :day "
            "WHERE above.unit_key = :unit_key AND above.valid_during @> :day"
        ),
        {"unit_key": unit_key, "day": day},
    )
    return {row.unit_key: row.parent_key for row in found}


def _columns(metric: Metric) -> tuple[str, ...]:
    return (str(metric.value), str(metric.behind), *metric.shares_of)


def figure_of(metric: Metric, row: Mapping[str, Any]) -> Figure:
    """Return a metric's figure in a row of its page. Everybody employed in the unit is whom it could be about."""
    assert metric.value is not None  # noqa: S101 - the catalogue is validated
    assert metric.behind is not None  # noqa: S101
    behind = int(row[metric.behind])
    return Figure(
        value=int(row[metric.value]),
        behind=behind,
        among=int(row["employed"]),
        others=tuple(int(row[whole]) - behind for whole in metric.shares_of),
    )


def as_of(connection: Connection, tables: Iterable[str], day: date) -> datetime | None:
    """Return how old the oldest of these roll-ups is for a day, or None when one was never filled."""
    wanted = list(tables)
    filled, oldest = connection.execute(
        text(
            "SELECT count(*), min(filled_at) FROM rollup_fill "
            "WHERE rollup = ANY (:tables) AND day = :day AND filled_at IS NOT NULL"
        ),
        {"tables": wanted, "day": day},
    ).one()
    return oldest if filled == len(wanted) else None
