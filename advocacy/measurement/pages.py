"""Reading `page_*` tables: complete families of units, protected, before anything leaves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from advocacy.measurement.catalogue import Metric
from advocacy.measurement.disclosure import Figure, protect

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
SELECT DISTINCT ON (page.day, page.unit_key) page.*, family.parent_key, unit.id AS unit_id, unit.name AS unit_name
FROM family
JOIN {table} AS page
    ON page.unit_key = family.unit_key
    AND page.day BETWEEN :first AND :last
    AND family.valid_during @> page.day
JOIN org_unit AS unit ON unit.key = page.unit_key
ORDER BY page.day, page.unit_key
"""


@dataclass(frozen=True, slots=True)
class UnitDay:
    """What may be shown about one unit on one day. `values` has None for what is hidden."""

    day: date
    unit_key: int
    unit_id: UUID
    unit_name: str
    parent_key: int | None
    values: Mapping[str, int | None]


def read(
    connection: Connection,
    metrics: Iterable[Metric],
    *,
    unit_key: int,
    first: date,
    last: date,
    smallest_group: int,
) -> dict[date, dict[int, UnitDay]]:
    """Return protected values by day and unit: of the unit, what is above it and beside that, and its children."""
    declared = [metric for metric in metrics if metric.page is not None]
    (table,) = {str(metric.page) for metric in declared}
    rows = families(connection, table, unit_key=unit_key, first=first, last=last)
    return {day: _protected(day, declared, of_day, smallest_group) for day, of_day in rows.items()}


def families(
    connection: Connection, relation: str, *, unit_key: int, first: date, last: date
) -> dict[date, list[Mapping[str, Any]]]:
    """Return the unprotected rows of those units by day, for whoever protects other figures than columns.

    `relation` is the name of a page or a query over one, written in the program and never taken from anybody.
    """
    rows: dict[date, list[Mapping[str, Any]]] = {}
    found = connection.execute(
        text(_FAMILIES.format(table=relation)), {"unit_key": unit_key, "first": first, "last": last}
    )
    for row in found.mappings():
        rows.setdefault(row["day"], []).append(dict(row))
    return rows


def _protected(
    day: date, metrics: list[Metric], rows: list[Mapping[str, Any]], smallest_group: int
) -> dict[int, UnitDay]:
    figures = {row["unit_key"]: {metric.short: figure_of(metric, row) for metric in metrics} for row in rows}
    parents: dict[int, int | None] = {row["unit_key"]: row["parent_key"] for row in rows}
    shown = protect(figures, parents, smallest_group)
    return {
        row["unit_key"]: UnitDay(
            day=day,
            unit_key=row["unit_key"],
            unit_id=row["unit_id"],
            unit_name=row["unit_name"],
            parent_key=row["parent_key"],
            values=shown[row["unit_key"]],
        )
        for row in rows
    }


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
