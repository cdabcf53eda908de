"""Metrics that are columns of a `page_*` table, metrics of the brand, and ratios of two metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import Connection

from advocacy.measurement import pages, queries
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.catalogue.metric import Metric
from advocacy.measurement.intervals import wilson
from advocacy.measurement.reading.points import Asked, Piece, Point, Reader


def read_column(connection: Connection, metric: Metric, asked: Asked) -> list[Point]:
    """Return a page column for the unit on each day that is asked for, or for its children on the last."""
    return read_columns(connection, [metric], asked)[metric.key]


def read_columns(connection: Connection, metrics: Sequence[Metric], asked: Asked) -> dict[str, list[Point]]:
    """Return several columns of one page by their metrics' keys; the page is read once."""
    days = asked.days
    found = pages.read(connection, metrics, unit_key=asked.unit_key, days=days, smallest_group=asked.smallest_group)
    ages = {day: pages.as_of(connection, (str(metrics[0].page),), day) for day in days}
    return {metric.key: _column(metric, asked, days, found, ages) for metric in metrics}


def _column(
    metric: Metric,
    asked: Asked,
    days: Sequence[date],
    found: Mapping[date, Mapping[int, pages.UnitDay]],
    ages: Mapping[date, datetime | None],
) -> list[Point]:
    points = []
    for day in days:
        units = found.get(day, {})
        base = Point(day, None, as_of=ages[day])
        if asked.unit_key not in units:
            points.append(base.without("not_collected"))
            continue
        chosen = [units[asked.unit_key]]
        if asked.by == "unit":
            chosen += sorted(
                (unit for unit in units.values() if unit.parent_key == asked.unit_key),
                key=lambda unit: (unit.unit_name.casefold(), unit.unit_key),
            )
        points += [_point(base, metric, unit) for unit in chosen]
    return points


def _point(base: Point, metric: Metric, unit: pages.UnitDay) -> Point:
    value = unit.values[metric.short]
    piece = Piece(unit_id=unit.unit_id, unit_name=unit.unit_name)
    if value is None:
        return Point(base.on, None, "suppressed", piece, as_of=base.as_of)
    return Point(
        base.on,
        value,
        None,
        piece,
        numerator=value,
        n=value,
        as_of=base.as_of,
        told_on=unit.told_on.get(metric.short),
        behind=unit.figures[metric.short].behind,
    )


def read_brand_followers(connection: Connection, asked: Asked) -> list[Point]:
    """Return the brand's followers, all networks together: the same for every unit."""
    points = []
    for day in asked.days:
        channels = queries.brand_channels(connection, day)
        followers = sum(channel["followers"] for channel in channels)
        base = Point(day, followers, numerator=followers, n=followers)
        points.append(base if channels else base.without("not_collected"))
    return points


def read_delivered(connection: Connection, asked: Asked) -> list[Point]:
    """Return reported impressions, unknown where no network reported any: that is not the same as none."""
    impressions = read_column(connection, BY_KEY["vis.impressions"], asked)
    measured = read_column(connection, BY_KEY["amp.measured_shares"], asked)
    return [
        point.without("not_collected") if shares.value == 0 else point
        for point, shares in zip(impressions, measured, strict=True)
    ]


def read_reported(key: str) -> Reader:
    """Return the reader of a column that networks report, unknown where none did: that is not the same as none."""

    def read(connection: Connection, asked: Asked) -> list[Point]:
        return [
            point.without("not_collected") if point.value == 0 and not point.behind else point
            for point in read_column(connection, BY_KEY[key], asked)
        ]

    return read


def ratio_of(metric: Metric, above: list[Point], below: list[Point]) -> list[Point]:
    """Return the ratio of two readings of the same pieces, exact, with its interval where it is a proportion.

    One of the two may be the same for every piece, such as what is known of the brand: the pieces are the other's.
    """
    found = []
    for day in dict.fromkeys(point.on for point in above):
        over, under = ([point for point in side if point.on == day] for side in (above, below))
        if _has_pieces(over) or not _has_pieces(under):
            found += [_ratio(metric, point, _beside(point, under), point.piece) for point in over]
        else:
            found += [_ratio(metric, _beside(point, over), point, point.piece) for point in under]
    return found


def _has_pieces(points: list[Point]) -> bool:
    return any(point.piece != Piece() for point in points)


def _beside(point: Point, others: list[Point]) -> Point:
    """Return the other reading of the same piece, or the one that is about no piece; never that of another piece."""
    by_piece = {other.piece: other for other in others}
    return by_piece.get(point.piece) or by_piece.get(Piece()) or Point(point.on, None, "not_collected")


def _ratio(metric: Metric, above: Point, below: Point, piece: Piece) -> Point:
    above = replace(above, piece=piece)
    reason = above.reason or below.reason
    if reason is not None or not isinstance(above.value, int) or not isinstance(below.value, int):
        return above.without(reason or "not_collected")
    if below.value == 0:
        return above.without("no_denominator")
    if below.value < metric.min_n:
        return above.without("below_min_n")
    if "not_reachable" in metric.null_reasons and above.value > below.value:
        return above.without("not_reachable")
    low, high = None, None
    if metric.interval == "wilson" and above.value <= below.value:
        low, high = wilson(above.value, below.value)
    oldest = [instant for instant in (above.as_of, below.as_of) if instant is not None]
    return Point(
        above.on,
        Fraction(above.value, below.value),
        piece=piece,
        numerator=above.value,
        denominator=below.value,
        n=below.value,
        low=low,
        high=high,
        as_of=min(oldest, default=None),
        behind=above.behind,
        told_on=min((day for day in (above.told_on, below.told_on) if day is not None), default=None),
    )
