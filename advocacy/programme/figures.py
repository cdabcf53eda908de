"""The numbers of the whole organisation on a day: as they are frozen, and as they are read beside a frozen report."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from advocacy.measurement import reading
from advocacy.measurement.catalogue import METRICS, Metric
from advocacy.measurement.reading import Asked, Point
from advocacy.programme.models import ReportFigure

# It tells of the moment it is read, so it would be another one at every look back.
OF_NOW = frozenset({"dq.freshness"})


@dataclass(frozen=True, slots=True)
class LiveFigure:
    """One metric as it is read now."""

    metric: Metric
    point: Point


def read_figures(connection: Connection, asked: Asked) -> Iterator[LiveFigure]:
    """Return every metric about groups that has a source and a day, protected, in the order of the catalogue."""
    metrics = [
        metric
        for metric in METRICS
        if metric.privacy != "self" and metric.key not in OF_NOW and reading.is_collected(metric)
    ]
    points = reading.read_together(connection, metrics, asked)
    for metric in metrics:
        yield LiveFigure(metric, points[metric.key][0])


def frozen(figure: LiveFigure, position: int) -> ReportFigure:
    """Return a figure as it is kept, with its definition in today's words."""
    metric, point = figure.metric, figure.point
    return ReportFigure(
        position=position,
        metric=metric.key,
        version=metric.version,
        definition_hash=metric.definition_hash,
        name=metric.name,
        definition=metric.definition,
        formula=metric.formula,
        counted_over=metric.window,
        out_of=metric.denominator,
        unit=metric.unit,
        evidence=metric.evidence,
        interval=metric.interval,
        on_day=point.on,
        told_on=point.told_on,
        is_small_sample=point.is_small_sample,
        value=float(point.value) if point.value is not None else None,
        value_exact=exact_of(point),
        numerator=point.numerator,
        denominator=point.denominator,
        n=point.n,
        low=point.low,
        high=point.high,
        reason=point.reason,
        state=point.state,
        as_of=point.as_of,
        people=point.behind,
    )


def exact_of(point: Point) -> str | None:
    """Return a value as text that gives it back exactly: a whole number, a fraction, or a float's own digits."""
    if point.value is None:
        return None
    return repr(point.value) if isinstance(point.value, float) else str(Fraction(point.value))


_DIGESTED = (
    "metric",
    "version",
    "definition_hash",
    "on_day",
    "told_on",
    "value_exact",
    "numerator",
    "denominator",
    "n",
    "low",
    "high",
    "reason",
)


def digest_of(figures: Sequence[ReportFigure]) -> str:
    """Return the hash of all numbers of a report: the same numbers have the same, on paper as well."""
    said: list[list[Any]] = [[getattr(figure, name) for name in _DIGESTED] for figure in figures]
    canonical = json.dumps(said, default=str, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
