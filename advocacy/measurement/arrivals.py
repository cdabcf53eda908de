"""How events come in: what each source told last, until when its days are final, and what clicks turned out to be.

About the organisation as a whole. Days are counted once they are over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from advocacy.activity.models import ClickClass, Kind
from advocacy.foundation import clock, preferences
from advocacy.measurement.catalogue.metric import Dimension
from advocacy.measurement.disclosure import Figure, hidden_overlapping
from advocacy.measurement.reading.periods import reading_days
from advocacy.measurement.sources import SOURCE_OF_KIND, SOURCES, Source, watermarks


@dataclass(frozen=True, slots=True)
class Arrivals:
    """One source: days that end before `final_until` are final; `newest` is when we heard something last.

    The counts are of the days asked for. `events` is None of what is not told as events.
    """

    source: Source
    final_until: datetime
    newest: datetime | None
    events: int | None
    late_events: int
    early_events: int


@dataclass(frozen=True, slots=True)
class Clicks:
    """The clicks of the days up to `last`, by what they were; None where too few people stand behind it."""

    first: date
    last: date
    raw: int | None
    by_class: Mapping[ClickClass, int | None]


def arrivals(connection: Connection, *, first: date, last: date) -> list[Arrivals]:
    """Return how each source tells, in the order they are declared."""
    marks, newest = watermarks(connection), _newest(connection)
    counts = {source.key: [0, 0, 0] for source in SOURCES}
    for row in connection.execute(
        text(
            "SELECT kind, sum(events) AS events, sum(late_events) AS late, sum(early_events) AS early "
            "FROM daily_events_by_kind WHERE day BETWEEN :first AND :last GROUP BY kind"
        ),
        {"first": first, "last": last},
    ):
        of_source = counts[SOURCE_OF_KIND[Kind(row.kind)].key]
        for position, value in enumerate((row.events, row.late, row.early)):
            of_source[position] += int(value)
    return [
        Arrivals(
            source,
            marks[source.key],
            newest.get(source.key),
            counts[source.key][0] if source.kinds else None,
            counts[source.key][1],
            counts[source.key][2],
        )
        for source in SOURCES
    ]


def clicks(connection: Connection, *, first: date, last: date, by: Dimension, smallest_group: int) -> list[Clicks]:
    """Return raw clicks and what they were, in days, weeks or months, oldest first; periods without any as zeros."""
    ends = reading_days(first, last, by, at_most=(last - first).days + 1)
    starts = [first, *(end + timedelta(days=1) for end in ends[:-1])]
    found: dict[date, dict[ClickClass, tuple[int, int]]] = {}
    for row in connection.execute(
        text(
            "SELECT day, detail, events, people FROM daily_events_by_kind "
            "WHERE kind = :kind AND detail > 0 AND day BETWEEN :first AND :last"
        ),
        {"kind": int(Kind.LINK_CLICKED), "first": first, "last": last},
    ):
        found.setdefault(row.day, {})[ClickClass(row.detail)] = (row.events, row.people)
    among = _employed(connection, last)
    return [_period(found, start, end, among, smallest_group) for start, end in zip(starts, ends, strict=True)]


def waiting_hours(connection: Connection) -> float:
    """Return how many hours ago the oldest thing came in that no number knows yet; 0 while nothing waits."""
    oldest = connection.execute(
        text(
            "SELECT least((SELECT min(received_at) FROM click_segment WHERE imported_at IS NULL), "
            "(SELECT min(touched_at) FROM day_touch), "
            "(SELECT min(heard_at) FROM rollup_touch WHERE cause IS NOT NULL))"
        )
    ).scalar()
    return 0.0 if oldest is None else max(0.0, (clock.now() - oldest).total_seconds() / 3600)


def _period(
    found: Mapping[date, Mapping[ClickClass, tuple[int, int]]], start: date, end: date, among: int, smallest_group: int
) -> Clicks:
    """Add days up. People of single days may be the same ones: at least as many as on the fullest day stand behind."""
    figures = dict.fromkeys(ClickClass, Figure(0, 0, among))
    for ahead in range((end - start).days + 1):
        for click_class, (events, people) in found.get(start + timedelta(days=ahead), {}).items():
            known = figures[click_class]
            figures[click_class] = Figure(known.value + events, max(known.behind, people), among)
    hidden = hidden_overlapping(figures, smallest_group)
    told = {name: None if name in hidden else figure.value for name, figure in figures.items()}
    people = max(figure.behind for figure in figures.values())
    raw = sum(figure.value for figure in figures.values())
    return Clicks(start, end, raw if raw == 0 or people >= smallest_group else None, told)


def _employed(connection: Connection, day: date) -> int:
    return int(
        connection.execute(
            text(
                "SELECT COALESCE(sum(employed), 0) FROM daily_people_by_unit WHERE day = "
                "(SELECT max(day) FROM rollup_fill "
                "WHERE rollup = 'daily_people_by_unit' AND filled_at IS NOT NULL AND day <= :day)"
            ),
            {"day": day},
        ).scalar_one()
    )


def _newest(connection: Connection) -> dict[str, datetime]:
    """Return when each source was heard last: today's events are looked at, older days have been counted."""
    found: dict[str, datetime] = {}
    today = clock.day_bounds(clock.day_of(clock.now(), preferences.zone()), preferences.zone())
    rows = connection.execute(
        text(
            "SELECT kind, max(recorded_at) AS heard FROM activity_event "
            "WHERE occurred_at >= :start AND occurred_at < :end GROUP BY kind "
            "UNION ALL SELECT kind, max(last_recorded_at) FROM daily_events_by_kind GROUP BY kind"
        ),
        {"start": today[0], "end": today[1]},
    )
    for row in rows:
        source = SOURCE_OF_KIND[Kind(row.kind)].key
        found[source] = max(row.heard, found.get(source, row.heard))
    # Ids are in the order of time.
    reported = connection.execute(text("SELECT recorded_at FROM engagement_snapshot ORDER BY id DESC LIMIT 1")).scalar()
    return found | ({"engagement": reported} if reported is not None else {})
