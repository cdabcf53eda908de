"""Participation: who takes part, whether they come back, and whether it rests on a few. Groups only."""

from datetime import date
from fractions import Fraction
from typing import Any

from flask import Response
from flask_babel import format_date, format_decimal
from flask_babel import gettext as _
from sqlalchemy import Connection

from advocacy.foundation import preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import queries, reading
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.participation import months
from advocacy.measurement.reading import Asked, Point
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.measures import day_in_address, definitions_of, unit_in_address
from advocacy.portal.pages import page

SHOWN = (
    "act.eligible",
    "act.participation_rate",
    "ret.one_and_done_rate",
    "ret.sustained_rate",
    "ret.stickiness",
    "ret.workload_p90",
    "ret.workload_top10_share",
    "ret.survival_median",
    "ret.retention_m",
)
MONTHS_BACK = 365
COHORTS = 12
HEAT_STEPS = 5


@blueprint.get("/participation")
@requires(Permission.MEASUREMENT_READ)
def participation() -> Response:
    connection = session.connection()
    on = day_in_address() or queries.today()
    try:
        unit_key = queries.visible_unit(connection, unit_in_address(), visible_to=current_actor())
    except NotFound:
        if unit_in_address() is not None:
            raise
        return page("executive/participation.html", unit=None, definitions=[])
    group = preferences.smallest_group()
    asked = Asked(unit_key, date.fromordinal(on.toordinal() - MONTHS_BACK), on, None, group)
    points = {BY_KEY[key].short: _one(connection, key, asked) for key in SHOWN}
    rate = points["participation_rate"]
    triangle = _triangle(connection, asked)
    width = max((len(row["cells"]) for row in triangle), default=0)
    return page(
        "executive/participation.html",
        unit=queries.unit_named(connection, unit_key),
        month=format_date(rate.on, "MMMM y"),
        as_of=rate.as_of,
        smallest=group,
        stats=points,
        said={name: _said(name, point) for name, point in points.items()},
        between={name: _between(name, point) for name, point in points.items()},
        below=_below(connection, asked),
        course=_course(connection, asked),
        triangle=triangle,
        width=width,
        heads=[{"label": _("+%(months)s", months=ahead), "figure": True} for ahead in range(1, width)],
        survival=_survival(connection, asked, rate.on),
        definitions=definitions_of([BY_KEY[key] for key in SHOWN], on=rate.on, as_of=rate.as_of),
    )


def _one(connection: Connection, key: str, asked: Asked) -> Point:
    return reading.read(connection, BY_KEY[key], asked)[0]


def _percent(value: Fraction | float) -> str:
    return str(_("%(number)s %%", number=format_decimal(float(value) * 100, "#,##0.#")))


def _said(name: str, point: Point) -> str | None:
    """Return a value in words, or None where there is none."""
    if point.value is None:
        return None
    if name in {"eligible", "workload_p90"}:
        return str(format_decimal(float(point.value), "#,##0"))
    if name == "survival_median":
        return str(_("%(days)s days", days=format_decimal(float(point.value), "#,##0")))
    return _percent(point.value if isinstance(point.value, Fraction) else float(point.value))


def _between(name: str, point: Point) -> str:
    """Return the interval in words, empty where there is none."""
    if point.low is None or point.high is None:
        return ""
    if name == "survival_median":
        return str(_("between %(low)s and %(high)s days", low=f"{point.low:.0f}", high=f"{point.high:.0f}"))
    return str(_("between %(low)s and %(high)s", low=_percent(point.low), high=_percent(point.high)))


def _below(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """Return the units below with their participation, the hidden ones told as hidden."""
    metric = BY_KEY["act.participation_rate"]
    by_unit = Asked(asked.unit_key, asked.first, asked.last, "unit", asked.smallest_group)
    return [
        {
            "id": point.piece.unit_id,
            "name": point.piece.unit_name,
            "rate": _said("participation_rate", point),
            "active": point.numerator,
            "eligible": point.denominator,
        }
        for point in reading.read(connection, metric, by_unit)[1:]
    ]


def _course(connection: Connection, asked: Asked) -> dict[str, Any] | None:
    """Return participation month by month, as a chart draws it."""
    by_month = Asked(asked.unit_key, asked.first, asked.last, "month", asked.smallest_group)
    points = reading.read(connection, BY_KEY["act.participation_rate"], by_month)
    if not any(point.value is not None for point in points):
        return None
    values = [None if point.value is None else round(float(point.value) * 100, 1) for point in points]
    return {
        "kind": "bar",
        "labels": [format_date(point.on, "MMM yy") for point in points],
        "series": [{"name": _("Participation in per cent"), "values": values, "tone": 3}],
        "unit": "%",
    }


def _triangle(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """Return the cohorts as rows of cells: the share still active so many months later, and how dark it is drawn."""
    last = months.newest_month(connection, asked.last)
    if last is None:
        return []
    found = months.cohorts(
        connection, unit_key=asked.unit_key, last=last, months=COHORTS, smallest_group=asked.smallest_group
    )
    return [
        {
            "name": format_date(cohort.month, "MMM y"),
            "people": cohort.people,
            "cells": [_cell(active, cohort.people) for active in cohort.active],
        }
        for cohort in found
    ]


def _cell(active: int | None, people: int | None) -> dict[str, Any] | None:
    if active is None or not people:
        return None
    share = Fraction(active, people)
    return {"text": _percent(share), "heat": min(HEAT_STEPS, 1 + int(share * HEAT_STEPS))}


def _survival(connection: Connection, asked: Asked, month: date) -> dict[str, Any] | None:
    """Return the survival curve with its band, as a chart draws it."""
    units = months.retention(connection, [month], unit_key=asked.unit_key, smallest_group=asked.smallest_group)[month]
    mine = next((unit for unit in units if unit.unit_key == asked.unit_key), None)
    stay = months.stay_of(mine, asked.smallest_group) if mine is not None else None
    if stay is None or not stay.steps:
        return None
    return {
        "kind": "line",
        "labels": [_("day %(day)s", day=step.day) for step in stay.steps],
        "series": [
            {"name": name, "values": [round(getattr(step, field) * 100, 1) for step in stay.steps], "tone": tone}
            for field, name, tone in (
                ("surviving", _("still active"), 3),
                ("high", _("at most"), 1),
                ("low", _("at least"), 1),
            )
        ],
        "unit": "%",
    }
