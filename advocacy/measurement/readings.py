"""What the catalogue's part of the API answers: one metric, for a unit the asker may see, over time or in pieces."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Connection

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.measurement import exports, queries, reading
from advocacy.measurement.as_known import as_known
from advocacy.measurement.catalogue import BY_KEY, EVIDENCE, METRICS, Metric
from advocacy.measurement.catalogue.metric import Dimension
from advocacy.measurement.earlier import last_day_known, read_then, units_told
from advocacy.measurement.reading import Asked, Point, is_page_column
from advocacy.measurement.reading.periods import reading_days

DEFAULT_DAYS = 30
# Dated by itself: the latest number on or before a day is the one that was known.
NOT_ROLLED_UP = frozenset({"amp.brand_followers"})


def catalogue(domain: str | None = None) -> list[Metric]:
    """Return the declarations, all or of one domain, in the order of the handbook."""
    return [metric for metric in METRICS if domain in (None, metric.domain)]


def metric_reading(
    connection: Connection,
    key: str,
    *,
    visible_to: Actor,
    unit: UUID | None = None,
    first: date | None = None,
    last: date | None = None,
    by: Dimension | None = None,
    as_known_at: datetime | None = None,
) -> dict[str, Any]:
    """Return a metric's points with its definition.

    Raises NotFound for a metric or unit that is not there or not theirs, and Invalid for days or pieces that cannot
    be asked for.
    """
    metric = get_metric(key)
    if as_known_at is not None:
        last = _day_known(as_known_at, last, by)
    asked = _asked(connection, metric, visible_to, unit, first, last, by)
    if as_known_at is None:
        points = reading.read(connection, metric, asked)
    else:
        points = _known(connection, metric, asked, as_known_at)
    return {
        "definition": metric,
        "unit": queries.unit_named(connection, asked.unit_key),
        "evidence": EVIDENCE[metric.evidence],
        "interval": metric.interval,
        "smallest_group": asked.smallest_group,
        "as_known_at": as_known_at,
        "data": [_answer(point) for point in points],
    }


def metric_rows(
    connection: Connection,
    key: str,
    *,
    visible_to: Actor,
    unit: UUID | None = None,
    first: date | None = None,
    last: date | None = None,
    by: Dimension | None = None,
) -> Iterator[dict[str, Any]]:
    """Return the same points as rows of a file, over a longer range. Raises like `metric_reading`, before any row."""
    metric = get_metric(key)
    asked = _asked(connection, metric, visible_to, unit, first, last, by, most_points=exports.MOST_ROWS)
    return exports.rows_of(metric, asked)


def _day_known(at: datetime, last: date | None, by: Dimension | None) -> date:
    """Return the day whose number is told as it was known at an instant. Raises Invalid where there is none."""
    day = last_day_known(at)
    if last not in (None, day):
        raise Invalid.field(
            "to", _("What was known then is told of the day that ended then: leave it out, or choose %(day)s.", day=day)
        )
    if by not in (None, "unit"):
        raise Invalid.field("by", _("What was known earlier is told of one day: ask for a unit, or by unit."))
    return day


def _known(connection: Connection, metric: Metric, asked: Asked, at: datetime) -> list[Point]:
    """Return the points as they were known at an instant, without those that would tell of a few beside today's."""
    columns = _columns_of(metric)
    rollups = sorted({str(column.page) for column in columns})
    with as_known(connection, at=at, rollups=rollups, days=[asked.last]) as earlier:
        points = reading.read(earlier, metric, asked)
        then = read_then(earlier, columns, asked)
    told = units_told(connection, columns, then, asked)
    return [
        point if point.piece.unit_id is None or told.get(point.piece.unit_id, False) else point.without("suppressed")
        for point in points
    ]


def get_metric(key: str) -> Metric:
    """Return a metric that may be asked about groups. Raises NotFound; one's own numbers are on one's own pages."""
    metric = BY_KEY.get(key)
    if metric is None or metric.privacy == "self":
        raise NotFound(_("There is no such metric. GET /api/v1/metrics lists them."))
    return metric


def _asked(
    connection: Connection,
    metric: Metric,
    actor: Actor,
    unit: UUID | None,
    first: date | None,
    last: date | None,
    by: Dimension | None,
    *,
    most_points: int | None = None,
) -> Asked:
    for field, day in (("from", first), ("to", last)):
        if day is not None:
            queries.check_day(day, field)
    newest = queries.last_counted_day(connection, metric.page) if metric.page is not None else None
    last = last or newest or queries.today()
    first = first or last - timedelta(days=DEFAULT_DAYS - 1)
    if first > last:
        raise Invalid.field("from", _("The first day must not be after the last."))
    if by is not None and by not in metric.by:
        allowed = ", ".join(metric.by) or _("nothing")
        raise Invalid.field("by", _("This metric can be asked by: %(allowed)s.", allowed=allowed))
    reading_days(first, last, by, at_most=most_points)  # or refuse now: a file is written after its answer began
    unit_key = queries.visible_unit(connection, unit, visible_to=actor, on=last, permission=permission_of(metric))
    return Asked(unit_key, first, last, by, preferences.smallest_group(), most_points)


def _columns_of(metric: Metric) -> list[Metric]:
    """Return the columns a metric is read from. Raises Invalid where it is read from something else as well."""
    if metric.kind == "ratio" and not is_page_column(metric):
        return [column for name in metric.inputs for column in _columns_of(BY_KEY[name])]
    if metric.key in NOT_ROLLED_UP:
        return []
    if not is_page_column(metric):
        raise Invalid.field("as_known_at", _("What was known earlier cannot be worked out for this metric."))
    return [metric]


def permission_of(metric: Metric) -> Permission:
    """Return what somebody needs to read a metric: of applications that is the permission of recruiting."""
    is_of_recruiting = metric.domain == "rec" or any(name.startswith("application_event.") for name in metric.inputs)
    return Permission.RECRUITING_READ if is_of_recruiting else Permission.MEASUREMENT_READ


def _answer(point: Point) -> dict[str, Any]:
    unit = {"id": point.piece.unit_id, "name": point.piece.unit_name} if point.piece.unit_id is not None else None
    return {
        "on": point.on,
        "unit": unit,
        "network": point.piece.network,
        "cohort": point.piece.cohort,
        "value": float(point.value) if point.value is not None else None,
        "value_exact": str(point.value) if point.value is not None and not isinstance(point.value, float) else None,
        "numerator": point.numerator,
        "denominator": point.denominator,
        "n": point.n,
        "low": point.low,
        "high": point.high,
        "reason": point.reason,
        "as_of": point.as_of,
        "state": point.state,
        "told_on": point.told_on,
        "small_sample": point.is_small_sample,
    }
