"""How unevenly network sizes are spread: Gini's index of a unit at the end of a month."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from advocacy.measurement import pages
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.participation.months import ends_of_months
from advocacy.measurement.reading.points import Asked, Piece, Point

TABLE = "page_concentration"
# Whether a unit's spread may be told is decided on the sum that it is the spread of.
_SUM = replace(BY_KEY["amp.concentration"], page=TABLE, value="audience", behind="people")
_SUMS = ("networks", "audience", "weighted_audience")


def gini(networks: int, audience: int, weighted_audience: int) -> Fraction:
    """Return Gini's index of sizes from their number, their sum and the sum of sizes times their rank from below.

    0 where all are equal, below 1 always. Raises ZeroDivisionError where there is nothing to spread.
    """
    return Fraction(2 * weighted_audience, networks * audience) - Fraction(networks + 1, networks)


def read_concentration(connection: Connection, asked: Asked) -> list[Point]:
    """Return the index of a unit at the end of each month that is asked for, else of the newest one counted."""
    days = _days(connection, asked)
    if not days:
        return [Point(asked.last, None).without("not_collected")]
    shown = pages.read(connection, [_SUM], unit_key=asked.unit_key, days=days, smallest_group=asked.smallest_group)
    rows = pages.families(connection, TABLE, unit_key=asked.unit_key, days=days, columns=_SUMS)
    points = []
    for day in days:
        base = Point(day, None, as_of=pages.as_of(connection, (TABLE,), day))
        sums = {row["unit_key"]: row for row in rows.get(day, ())}
        units = shown.get(day, {})
        if asked.unit_key not in units:
            points.append(base.without("not_collected"))
            continue
        chosen = [units[asked.unit_key]]
        if asked.by == "unit":
            below = (unit for unit in units.values() if unit.parent_key == asked.unit_key)
            chosen += sorted(below, key=lambda unit: (unit.unit_name.casefold(), unit.unit_key))
        points += [_point(base, unit, sums[unit.unit_key]) for unit in chosen]
    return points


def _days(connection: Connection, asked: Asked) -> list[date]:
    if asked.by == "month":
        return ends_of_months(asked.first, asked.last)
    return [day for day in pages.days_told(connection, TABLE) if day <= asked.last][-1:]


def _point(base: Point, unit: pages.UnitDay, sums: Mapping[str, Any]) -> Point:
    point = replace(base, piece=Piece(unit_id=unit.unit_id, unit_name=unit.unit_name))
    # What another day has to stand for is not told: an index is no sum, and its day is part of its meaning.
    if unit.values[_SUM.short] is None or _SUM.short in unit.told_on:
        return point.without("suppressed")
    if sums["networks"] < _SUM.min_n:
        return point.without("below_min_n")
    if not sums["audience"]:
        return point.without("no_denominator")
    index = gini(sums["networks"], sums["audience"], sums["weighted_audience"])
    return replace(point, value=Fraction(round(index * 100), 100), n=sums["networks"])
