"""Whether a number may still change, stands, or became another one: the same rule for every metric."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, text

from advocacy.foundation import clock, preferences
from advocacy.measurement import restatements
from advocacy.measurement.catalogue import BY_KEY, Metric
from advocacy.measurement.reading.points import Asked, Point, State
from advocacy.measurement.rollups import weeks_of_month
from advocacy.measurement.sources import sources_behind, watermarks

# Metrics with a reader of their own, whose number is no column of a page.
_COUNTED_FROM = {
    "act.active_advocates": ("page_participation",),
    "act.hours": ("page_retention",),
    "lead.team_score": ("page_team_scores", "page_participation"),
}
# Until which day a number is counted, where that is not its own: the weeks of a month may end after it.
_COUNTED_UNTIL: dict[str, Callable[[date], date]] = {"act.hours": lambda day: max(day, *weeks_of_month(day))}


def stated(
    connection: Connection,
    metric: Metric,
    asked: Asked,
    points: Sequence[Point],
    marks: Mapping[str, datetime] | None = None,
) -> list[Point]:
    """Return the same points with their state. Who asks about several metrics reads the sources' `marks` once.

    Provisional until the watermark of every source behind the metric passed the day, and while something waits to be
    counted into it. After that final; restated once a final number of the metric, or of one it is made of, changed.
    """
    if not points:
        return []
    days = {point.on for point in points}
    parts = _parts(metric)
    open_days = _open_days(connection, metric, parts, days, marks if marks is not None else watermarks(connection))
    keys = _unit_keys(connection, [point.piece.unit_id for point in points if point.piece.unit_id is not None])
    changed = restatements.restated_days(
        connection, [part.key for part in parts], unit_keys={asked.unit_key, *keys.values()}, days=days
    )

    def state(point: Point) -> State:
        if point.on in open_days:
            return "provisional"
        unit = asked.unit_key if point.piece.unit_id is None else keys.get(point.piece.unit_id)
        return "restated" if (unit, point.on) in changed else "final"

    return [replace(point, state=state(point)) for point in points]


def _parts(metric: Metric) -> list[Metric]:
    """Return a metric with all that it is made of."""
    found = {metric.key: metric}
    waiting = [metric]
    while waiting:
        for name in waiting.pop().inputs:
            if name in BY_KEY and name not in found:
                found[name] = BY_KEY[name]
                waiting.append(BY_KEY[name])
    return list(found.values())


def _open_days(
    connection: Connection, metric: Metric, parts: list[Metric], days: set[date], marks: Mapping[str, datetime]
) -> set[date]:
    zone = preferences.zone()
    told_until = min((marks[source.key] for source in sources_behind(metric)), default=clock.now())
    until = _COUNTED_UNTIL.get(metric.key)
    found = {day for day in days if clock.day_bounds(until(day) if until else day, zone)[1] > told_until}
    pages = sorted({page for part in parts for page in (part.page, *_COUNTED_FROM.get(part.key, ())) if page})
    waiting = connection.execute(
        text("SELECT DISTINCT day FROM rollup_touch WHERE rollup = ANY (:pages) AND day = ANY (:days)"),
        {"pages": pages, "days": sorted(days - found)},
    )
    return found | set(waiting.scalars())


def _unit_keys(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, int]:
    if not ids:
        return {}
    rows = connection.execute(text("SELECT id, key FROM org_unit WHERE id = ANY (:ids)"), {"ids": sorted(set(ids))})
    return {row.id: row.key for row in rows}
