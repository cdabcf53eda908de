"""The weekly score of teams: the middle of their members' scores times the part of the team that takes part."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from advocacy.foundation import preferences
from advocacy.measurement import pages
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.intervals import wilson
from advocacy.measurement.models import Period
from advocacy.measurement.participation import months
from advocacy.measurement.participation.months import UnitFigures
from advocacy.measurement.reading.points import Asked, Piece, Point
from advocacy.measurement.rollups import last_of_week

TABLE = "page_team_scores"
DIGITS = 2
# Whether a team's score may be told is decided on the people whose scores it is the middle of.
_PEOPLE = replace(BY_KEY["lead.team_score"], page=TABLE, value="people", behind="people")


def read_team_score(connection: Connection, asked: Asked) -> list[Point]:
    """Return a unit's score in each whole week that is asked for, else in the newest one counted; none while it is off.

    `low` and `high` come from the interval of the part that takes part: whoever puts teams in an order goes by `low`,
    so that 9 of 10 do not stand above 80 of 100.
    """
    days = _days(connection, asked) if preferences.get("recognition_team_scores") else []
    if not days:
        return [Point(asked.last, None).without("not_collected")]
    shown = pages.read(connection, [_PEOPLE], unit_key=asked.unit_key, days=days, smallest_group=asked.smallest_group)
    rows = pages.families(connection, TABLE, unit_key=asked.unit_key, days=days, columns=("median_score",))
    active = months.participation(
        connection, Period.WEEK, days, unit_key=asked.unit_key, smallest_group=asked.smallest_group
    )
    points = []
    for day in days:
        base = Point(day, None, as_of=pages.as_of(connection, (TABLE, "page_participation"), day))
        figures = {unit.unit_key: unit for unit in active.get(day, [])}
        if asked.unit_key not in figures:
            points.append(base.without("not_collected"))
            continue
        scores = {row["unit_key"]: row for row in rows.get(day, ())}
        chosen = [figures[asked.unit_key]]
        if asked.by == "unit":
            below = (unit for unit in figures.values() if unit.parent_key == asked.unit_key)
            chosen += sorted(below, key=lambda unit: (unit.unit_name.casefold(), unit.unit_key))
        told = shown.get(day, {})
        points += [_point(base, unit, told.get(unit.unit_key), scores.get(unit.unit_key)) for unit in chosen]
    return points


def _days(connection: Connection, asked: Asked) -> list[date]:
    if asked.by == "week":
        span = range((asked.last - asked.first).days + 1)
        days = (asked.first + timedelta(days=ahead) for ahead in span)
        return [day for day in days if day == last_of_week(day)]
    told = pages.days_told(connection, TABLE)
    return [day for day in told if day <= asked.last and day == last_of_week(day)][-1:]


def _point(base: Point, unit: UnitFigures, told: pages.UnitDay | None, score: Mapping[str, Any] | None) -> Point:
    point = replace(base, piece=Piece(unit_id=unit.unit_id, unit_name=unit.unit_name))
    active, eligible = unit.values["active"], unit.values["eligible"]
    # What another day has to stand for is not told: a middle is no sum, and its week is part of its meaning.
    if told is None or score is None or told.values[_PEOPLE.short] is None or _PEOPLE.short in told.told_on:
        return point.without("suppressed")
    if active is None or eligible is None or active > eligible:
        return point.without("suppressed")
    if not eligible:
        return point.without("no_denominator")
    low, high = wilson(active, eligible)
    middle = float(score["median_score"])
    return replace(
        point,
        value=round(middle * active / eligible, DIGITS),
        low=round(middle * low, DIGITS),
        high=round(middle * high, DIGITS),
    )
