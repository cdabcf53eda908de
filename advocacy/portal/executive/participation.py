"""Participation: who takes part, whether they come back, and whether it rests on a few. Groups only."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from flask import Response
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy import Connection

from advocacy.foundation import db, preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import queries, reading
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.catalogue.metric import Dimension
from advocacy.measurement.participation import months
from advocacy.measurement.participation.cohorts import cohorts
from advocacy.measurement.reading import Asked, Point
from advocacy.people.queries import unit_tree
from advocacy.portal.executive import comparing
from advocacy.portal.executive.amplification import units_above
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.executive.ranges import Range, chooser, files_of, range_in_address
from advocacy.portal.measures import definitions_of, unit_in_address
from advocacy.portal.pages import page
from advocacy.portal.presenting import month as month_named
from advocacy.portal.presenting import month_on_axis, short_day, short_month, translated

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
COHORTS = 12
HEAT_STEPS = 5
ENDPOINT = "executive.participation"
STEPS: tuple[Dimension, ...] = ("week", "month")
AS_FILES = ("act.participation_rate", "act.active_advocates", "act.eligible")
BY_MONTH = ("ret.one_and_done_rate", "ret.sustained_rate", "ret.stickiness", "ret.workload_p90", "ret.survival_median")
# What is compared: of whole months, which have no day in common. The others are about much the same people.
COMPARED = ("act.participation_rate", "ret.one_and_done_rate", "ret.sustained_rate")


@blueprint.get("/participation")
@requires(Permission.MEASUREMENT_READ)
def participation() -> Response:
    actor, connection = current_actor(), db.reporting()
    chosen = range_in_address(queries.today(), steps=STEPS, preset=365)
    try:
        unit_key = queries.visible_unit(connection, unit_in_address(), visible_to=actor)
    except NotFound:
        if unit_in_address() is not None:
            raise
        return page("executive/participation.html", unit=None, definitions=[])
    group = preferences.smallest_group()
    asked = Asked(unit_key, chosen.first, chosen.last, None, group)
    points = _together(connection, SHOWN, asked)
    rate = points["participation_rate"]
    triangle = _triangle(connection, asked)
    width = max((len(row["cells"]) for row in triangle), default=0)
    unit = queries.unit_named(connection, unit_key)
    nodes = {node.key: node for node in unit_tree(chosen.last)}
    reach = actor.unit_keys_for(Permission.MEASUREMENT_READ)
    here = {"unit": str(unit["id"])} if unit_in_address() is not None else {}
    compared = comparing.chooser(ENDPOINT, {**here, **chosen.query}, comparing.options(nodes, unit_key, reach))
    beside = {"with": compared["chosen"]} if compared["chosen"] else {}
    return page(
        "executive/participation.html",
        unit=unit,
        problem=chosen.problem,
        is_catching_up=months.is_past_being_counted(connection),
        kept={**chosen.query, **beside},
        above=units_above(nodes, unit_key, reach),
        chooser=chooser(chosen, ENDPOINT, {**here, **beside}, STEPS),
        compared=compared,
        comparison=_comparison(connection, asked, points, compared["chosen"]),
        files=[
            *files_of(AS_FILES, unit=unit["id"], chosen=chosen),
            *files_of(BY_MONTH, unit=unit["id"], chosen=chosen, by="month"),
        ],
        month=month_named(rate.on),
        as_of=rate.as_of,
        smallest=group,
        stats=points,
        said={name: _said(name, point) for name, point in points.items()},
        between={name: _between(name, point) for name, point in points.items()},
        older={name: month_named(point.told_on) for name, point in points.items() if point.told_on},
        below=_below(connection, asked),
        course=_course(connection, asked, chosen),
        by_week=chosen.by == "week",
        triangle=triangle,
        width=width,
        heads=[{"label": _("+%(months)s", months=ahead), "figure": True} for ahead in range(1, width)],
        survival=_survival(connection, asked, rate.on),
        definitions=definitions_of([BY_KEY[key] for key in SHOWN], on=rate.on, as_of=rate.as_of),
    )


def _comparison(connection: Connection, asked: Asked, mine: dict[str, Point], wanted: str) -> dict[str, Any] | None:
    """Return the shares beside those of the month before, or of another unit, and whether they can be told apart."""
    if not wanted:
        return None
    on = mine["participation_rate"].on
    if wanted == comparing.BEFORE:
        last = on.replace(day=1) - timedelta(days=1)
        other = Asked(asked.unit_key, last.replace(day=1), last, None, asked.smallest_group)
        names = (month_named(on), month_named(last))
        note = _("Only participation is of two months without a common day; the others are about much the same people.")
    else:
        key = queries.visible_unit(connection, UUID(wanted), visible_to=current_actor())
        other = Asked(key, asked.first, asked.last, None, asked.smallest_group)
        names = (queries.unit_named(connection, asked.unit_key)["name"], queries.unit_named(connection, key)["name"])
        note = _("Both as of %(month)s.", month=month_named(on))
    rows, others = [], _together(connection, COMPARED, other)
    for metric in (BY_KEY[key] for key in COMPARED):
        one, two = mine[metric.short], others[metric.short]
        rows.append(
            comparing.shares(
                translated(metric.name),
                (one.numerator, one.denominator),
                (two.numerator, two.denominator),
                is_apart=wanted != comparing.BEFORE or metric.key == COMPARED[0],
            )
        )
    return {"mine": names[0], "other": names[1], "rows": rows, "note": note}


def _together(connection: Connection, keys: tuple[str, ...], asked: Asked) -> dict[str, Point]:
    found = reading.read_together(connection, [BY_KEY[key] for key in keys], asked)
    return {BY_KEY[key].short: points[0] for key, points in found.items()}


def _percent(value: Fraction | float) -> str:
    return str(_("%(number)s %%", number=format_decimal(float(value) * 100, "#,##0.#")))


def _said(name: str, point: Point) -> str | None:
    """Return a value in words, the interval instead where it rests on few, or None where there is none."""
    if point.value is None:
        return None
    if point.is_small_sample and point.low is not None and point.high is not None:
        return str(_("%(low)s–%(high)s", low=format_decimal(point.low * 100, "#,##0.#"), high=_percent(point.high)))
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
            "is_small_sample": point.is_small_sample,
            "active": point.numerator,
            "eligible": point.denominator,
        }
        for point in reading.read(connection, metric, by_unit)[1:]
    ]


def _course(connection: Connection, asked: Asked, chosen: Range) -> dict[str, Any] | None:
    """Return participation week by week or month by month, as a chart draws it."""
    in_steps = Asked(asked.unit_key, asked.first, asked.last, chosen.by, asked.smallest_group)
    points = reading.read(connection, BY_KEY["act.participation_rate"], in_steps)
    if not any(point.value is not None for point in points):
        return None
    values = [None if point.value is None else round(float(point.value) * 100, 1) for point in points]
    return {
        "kind": "bar",
        "labels": [month_on_axis(point.on) if chosen.by == "month" else short_day(point.on) for point in points],
        "series": [{"name": _("Participation in per cent"), "values": values, "tone": 3}],
        "unit": "%",
    }


def _triangle(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """Return the cohorts as rows of cells: the share still active so many months later, and how dark it is drawn."""
    last = months.newest_month(connection, asked.last)
    if last is None:
        return []
    found = cohorts(connection, unit_key=asked.unit_key, last=last, months=COHORTS, smallest_group=asked.smallest_group)
    return [
        {
            "name": short_month(cohort.month),
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
