"""Reading one metric of the catalogue: the one place that knows where each number comes from."""

from collections.abc import Iterable
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import Connection

from advocacy.foundation.errors import Invalid
from advocacy.measurement import quality
from advocacy.measurement.catalogue import BY_KEY, Metric
from advocacy.measurement.overlap import readers as overlap
from advocacy.measurement.participation import readers as participation
from advocacy.measurement.reading import concentration, pages, team_scores
from advocacy.measurement.reading.points import Asked, Point, Reader
from advocacy.measurement.reading.states import stated
from advocacy.measurement.sources import watermarks

__all__ = ["READERS", "Asked", "Point", "Reader", "is_collected", "read"]

RATIO_PARTS = 2

# What is neither a column nor a ratio of two metrics; a capability of measurement adds its own dictionary here.
READERS: dict[str, Reader] = {
    "amp.brand_followers": pages.read_brand_followers,
    "amp.concentration": concentration.read_concentration,
    "lead.team_score": team_scores.read_team_score,
    "vis.impressions": pages.read_delivered,
    **{key: pages.read_reported(key) for key in ("vis.engagements", "vis.seen_engagements", "vis.seen_impressions")},
    **overlap.READERS,
    **participation.READERS,
    **quality.READERS,
}


def is_collected(metric: Metric) -> bool:
    """Return whether there is anything to read: what has no source yet says so instead of a number."""
    if metric.missing is not None:
        return False
    if metric.key in READERS or is_page_column(metric):
        return True
    is_of_two = metric.kind == "ratio" and len(metric.inputs) == RATIO_PARTS
    return is_of_two and all(name in BY_KEY and is_collected(BY_KEY[name]) for name in metric.inputs)


def is_page_column(metric: Metric) -> bool:
    """Return whether a metric is a column of a table that has every unit and day."""
    return metric.page is not None and metric.page.startswith("page_")


def read(connection: Connection, metric: Metric, asked: Asked) -> list[Point]:
    """Return the points of a metric, protected and with their state. Without a source one point says so.

    Raises Invalid for a dimension the metric cannot be asked by.
    """
    return stated(connection, metric, asked, _points(connection, metric, asked))


def _points(connection: Connection, metric: Metric, asked: Asked) -> list[Point]:
    _check(metric, asked)
    return [_sure(metric, point) for point in _read(connection, metric, asked)]


def read_together(connection: Connection, metrics: Iterable[Metric], asked: Asked) -> dict[str, list[Point]]:
    """Return the points of several metrics by their keys, as `read` does, each roll-up and page read once.

    Raises Invalid for a dimension one of them cannot be asked by.
    """
    wanted = list(metrics)
    for metric in wanted:
        _check(metric, asked)
    keys = [metric.key for metric in wanted if metric.key in participation.READERS]
    found = participation.read_together(connection, keys, asked) if keys else {}
    found |= _read_columns(connection, wanted, asked)
    for metric in wanted:
        if metric.key not in found:
            parts = [found.get(name) for name in metric.inputs] if is_collected(metric) and _is_of_two(metric) else []
            known = [part for part in parts if part is not None]
            if len(known) == RATIO_PARTS:
                found[metric.key] = pages.ratio_of(metric, *known)
            else:
                found[metric.key] = _read(connection, metric, asked)
    marks = watermarks(connection)
    return {
        metric.key: stated(connection, metric, asked, [_sure(metric, point) for point in found[metric.key]], marks)
        for metric in wanted
    }


def _check(metric: Metric, asked: Asked) -> None:
    if asked.by is not None and asked.by not in metric.by:
        allowed = ", ".join(metric.by) or _("nothing")
        raise Invalid.field("by", _("This metric can be asked by: %(allowed)s.", allowed=allowed))


def _read_columns(connection: Connection, metrics: list[Metric], asked: Asked) -> dict[str, list[Point]]:
    """Return the points of those metrics that are columns of a page and nothing else."""
    columns: dict[str, list[Metric]] = {}
    for metric in metrics:
        if metric.key not in READERS and is_page_column(metric):
            columns.setdefault(str(metric.page), []).append(metric)
    found: dict[str, list[Point]] = {}
    for of_page in columns.values():
        found |= pages.read_columns(connection, of_page, asked)
    return found


def _is_of_two(metric: Metric) -> bool:
    return metric.key not in READERS and metric.kind == "ratio" and len(metric.inputs) == RATIO_PARTS


def _sure(metric: Metric, point: Point) -> Point:
    """Mark a share that rests on few. Where nothing bounds it, it is not shown at all: no bare point estimate."""
    is_of_people = metric.unit == "share" and metric.evidence != "M"
    if not is_of_people or not point.rests_on_few:
        return point
    if point.low is None or point.high is None:
        return point.without("below_min_n")
    return replace(point, is_small_sample=True)


def _read(connection: Connection, metric: Metric, asked: Asked) -> list[Point]:
    if metric.key in READERS:
        return READERS[metric.key](connection, asked)
    if is_page_column(metric):
        return pages.read_column(connection, metric, asked)
    if not is_collected(metric):
        return [Point(day, None, "not_collected") for day in asked.days]
    above, below = (_points(connection, BY_KEY[name], asked) for name in metric.inputs)
    return pages.ratio_of(metric, above, below)
