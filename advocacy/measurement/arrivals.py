"""How events come in: what each source told last, until when its days are final, and what clicks turned out to be.

About the organisation as a whole, in whole ISO weeks that are over: single days, and ranges that differ by a day, would
tell of a few people.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from advocacy.activity.kinds import ClickClass, Kind
from advocacy.foundation import clock, preferences
from advocacy.measurement.disclosure import Figure, hidden_overlapping
from advocacy.measurement.rollups import last_of_week
from advocacy.measurement.sources import CLOCK_DIFFERENCE, SOURCE_OF_KIND, SOURCES, Source, watermarks


@dataclass(frozen=True, slots=True)
class Arrivals:
    """One source: days that end before `final_until` are final; `newest` is when we heard something last.

    The counts are of the weeks asked for. `events` is None of what is not told as events, and where too few people
    stand behind a week of it; then nothing else of those events is told either. `late_events` and `early_events` are
    None too where too few people stand behind them, or behind those that were in time, in any week.
    """

    source: Source
    final_until: datetime
    newest: datetime | None
    events: int | None
    late_events: int | None
    early_events: int | None


@dataclass(frozen=True, slots=True)
class Clicks:
    """The clicks of an ISO week, by what they were; None where too few people stand behind it."""

    sunday: date
    raw: int | None
    by_class: Mapping[ClickClass, int | None]


@dataclass(frozen=True, slots=True)
class _Counted:
    """What one kind of event, or one class of clicks, was in a week, and how many people at least stand behind it.

    `late_people`, `timely_people` and `early_people` stand, at least, behind its late, other and early events.
    """

    events: int
    late_events: int
    early_events: int
    people: int
    late_people: int
    timely_people: int
    early_people: int

    @property
    def timely_events(self) -> int:
        return self.events - self.late_events


# The week's Sunday, the kind, and its detail.
_Place = tuple[date, int, int]


def whole_weeks(first: date, last: date) -> list[date]:
    """Return the Sundays from `first` to `last`, each for its whole week, also one that began before `first`."""
    sunday = last_of_week(first)
    return [sunday + timedelta(weeks=ahead) for ahead in range((last - sunday).days // 7 + 1)]


def arrivals(connection: Connection, *, first: date, last: date, smallest_group: int) -> list[Arrivals]:
    """Return how each source tells, in the order they are declared, and counts of the weeks that end in between."""
    marks, newest = watermarks(connection), _newest(connection)
    by_source = _by_source(_counted(connection, whole_weeks(first, last), smallest_group))
    return [
        Arrivals(
            source,
            marks[source.key],
            newest.get(source.key),
            *_of_source(by_source[source.key].values(), smallest_group, tells_events=bool(source.kinds)),
        )
        for source in SOURCES
    ]


def late_events(
    connection: Connection, *, first: date, last: date, smallest_group: int
) -> dict[date, tuple[int, int] | None]:
    """Return late events and all events of each week that ends in between, of the sources of which both are told.

    None where there are events, and none that may be told.
    """
    weeks = whole_weeks(first, last)
    by_source = _by_source(_counted(connection, weeks, smallest_group)).values()
    found: dict[date, tuple[int, int] | None] = {}
    for sunday in weeks:
        of_sources = [_of_source([of[sunday]], smallest_group, tells_events=True) for of in by_source if sunday in of]
        told = [(late, events) for events, late, _early in of_sources if events is not None and late is not None]
        is_hidden = bool(of_sources) and not told
        found[sunday] = None if is_hidden else (sum(late for late, _all in told), sum(events for _late, events in told))
    return found


def _by_source(counted: Mapping[_Place, _Counted]) -> dict[str, dict[date, list[_Counted]]]:
    found: dict[str, dict[date, list[_Counted]]] = {source.key: {} for source in SOURCES}
    for (sunday, kind, _detail), one in counted.items():
        found[SOURCE_OF_KIND[Kind(kind)].key].setdefault(sunday, []).append(one)
    return found


def clicks(connection: Connection, *, first: date, last: date, smallest_group: int) -> list[Clicks]:
    """Return raw clicks and what they were, of each week that ends in between, oldest first; zeros without any."""
    weeks = whole_weeks(first, last)
    counted = _counted(connection, weeks, smallest_group, kind=Kind.LINK_CLICKED)
    among = _employed(connection, last)
    return [
        _week(
            sunday,
            {
                one: counted[place]
                for one in ClickClass
                if (place := (sunday, int(Kind.LINK_CLICKED), int(one))) in counted
            },
            among,
            smallest_group,
        )
        for sunday in weeks
    ]


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


def _of_source(
    weeks: Iterable[list[_Counted]], smallest_group: int, *, tells_events: bool
) -> tuple[int | None, int | None, int | None]:
    """Return events, late ones and early ones of all weeks; none of those of which a week tells of a few people."""
    weeks = list(weeks)
    if not tells_events or any(max(one.people for one in week) < smallest_group for week in weeks):
        return None, None, None

    def told(events: str, people: str, of: list[_Counted]) -> bool:
        return not sum(getattr(one, events) for one in of) or any(getattr(one, people) >= smallest_group for one in of)

    everything = [one for week in weeks for one in week]
    tells_late = all(
        told("late_events", "late_people", week) and told("timely_events", "timely_people", week) for week in weeks
    )
    tells_early = all(told("early_events", "early_people", week) for week in weeks)
    return (
        sum(one.events for one in everything),
        sum(one.late_events for one in everything) if tells_late else None,
        sum(one.early_events for one in everything) if tells_early else None,
    )


def _week(sunday: date, found: Mapping[ClickClass, _Counted], among: int, smallest_group: int) -> Clicks:
    figures = {
        one: Figure(found[one].events, found[one].people, among) if one in found else Figure(0, 0, among)
        for one in ClickClass
    }
    hidden = hidden_overlapping(figures, smallest_group)
    raw = sum(figure.value for figure in figures.values())
    people = max(figure.behind for figure in figures.values())
    return Clicks(
        sunday,
        raw if raw == 0 or people >= smallest_group else None,
        {name: None if name in hidden else figure.value for name, figure in figures.items()},
    )


def _counted(
    connection: Connection, weeks: list[date], smallest_group: int, *, kind: Kind | None = None
) -> dict[_Place, _Counted]:
    """Return what happened in each week, and how many people at least stand behind it.

    People of single days may be the same ones. Where those of the fullest day are too few, they are counted: that is
    rare where a week is long to count.
    """
    if not weeks:
        return {}
    # Of a day's people at least so many have a late event as are left when each other event is somebody's own.
    rows = connection.execute(
        text(
            "SELECT day + 7 - CAST(EXTRACT(ISODOW FROM day) AS integer) AS sunday, kind, detail, "
            "sum(events) AS events, sum(late_events) AS late, sum(early_events) AS early, max(people) AS people, "
            "max(people - (events - late_events)) AS late_people, max(people - late_events) AS timely_people, "
            "max(people - (events - early_events)) AS early_people "
            "FROM daily_events_by_kind WHERE day BETWEEN :first AND :last "
            "AND detail >= CASE WHEN kind = :clicked THEN 1 ELSE 0 END "
            "AND (CAST(:kind AS integer) IS NULL OR kind = :kind) GROUP BY 1, 2, 3"
        ),
        {
            "first": weeks[0] - timedelta(days=6),
            "last": weeks[-1],
            "clicked": int(Kind.LINK_CLICKED),
            "kind": None if kind is None else int(kind),
        },
    ).all()
    few = [(row.sunday, row.kind, row.detail) for row in rows if row.people < smallest_group]
    people = _people(connection, few)
    unsure = [(row.sunday, row.kind, row.detail) for row in rows if _is_unsure(row, smallest_group)]
    punctual = _punctual(connection, unsure)
    found = {}
    for row in rows:
        place = (row.sunday, row.kind, row.detail)
        everybody = max(row.people, people.get(place, 0))
        at_least = (row.late_people, row.timely_people if row.late else everybody, row.early_people)
        of_parts = map(max, at_least, punctual.get(place, (0, 0, 0)))
        found[place] = _Counted(int(row.events), int(row.late), int(row.early), everybody, *of_parts)
    return found


def _is_unsure(row: Any, smallest_group: int) -> bool:
    """Return whether a group may stand behind late, other or early events although no day says so."""
    parts = (
        (row.late, row.late_people),
        (row.events - row.late, row.timely_people if row.late else smallest_group),
        (row.early, row.early_people),
    )
    return any(events >= smallest_group > people for events, people in parts)


def _punctual(connection: Connection, places: list[_Place]) -> dict[_Place, tuple[int, int, int]]:
    """Return how many people have late, other and early events in these weeks, out of the events themselves."""
    if not places:
        return {}
    zone = preferences.zone()
    weeks = [
        (clock.day_bounds(sunday - timedelta(days=6), zone)[0], clock.day_bounds(sunday, zone)[1])
        for sunday, _kind, _detail in places
    ]
    rows = connection.execute(
        text(
            "SELECT asked.sunday, asked.kind, asked.detail, "
            "count(DISTINCT event.employee_key) FILTER (WHERE event.recorded_at - event.occurred_at > asked.allowed), "
            "count(DISTINCT event.employee_key) FILTER (WHERE event.recorded_at - event.occurred_at <= asked.allowed), "
            "count(DISTINCT event.employee_key) FILTER (WHERE event.occurred_at - event.recorded_at > :clocks) "
            "FROM unnest(CAST(:sundays AS date[]), CAST(:kinds AS integer[]), CAST(:details AS integer[]), "
            "CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]), CAST(:allowed AS interval[])) "
            "AS asked (sunday, kind, detail, starts, ends, allowed) "
            "JOIN measurable_activity AS event "
            "ON event.occurred_at >= asked.starts AND event.occurred_at < asked.ends AND event.kind = asked.kind "
            "AND asked.detail = COALESCE("
            "CASE WHEN event.kind = :clicked THEN event.click_class ELSE event.detail END, 0) "
            "GROUP BY 1, 2, 3"
        ),
        {
            "sundays": [sunday for sunday, _kind, _detail in places],
            "kinds": [kind for _sunday, kind, _detail in places],
            "details": [detail for _sunday, _kind, detail in places],
            "starts": [start for start, _end in weeks],
            "ends": [end for _start, end in weeks],
            "allowed": [SOURCE_OF_KIND[Kind(kind)].lateness for _sunday, kind, _detail in places],
            "clicked": int(Kind.LINK_CLICKED),
            "clocks": CLOCK_DIFFERENCE,
        },
    )
    return {(sunday, kind, detail): (late, timely, early) for sunday, kind, detail, late, timely, early in rows}


def _people(connection: Connection, places: list[_Place]) -> dict[_Place, int]:
    if not places:
        return {}
    sundays, kinds, details = zip(*places, strict=True)
    rows = connection.execute(
        text(
            "SELECT asked.sunday, asked.kind, asked.detail, count(DISTINCT activity.employee_key) AS people "
            "FROM unnest(CAST(:sundays AS date[]), CAST(:kinds AS integer[]), CAST(:details AS integer[])) "
            "AS asked (sunday, kind, detail) "
            "JOIN daily_activity_by_person AS activity ON activity.day BETWEEN asked.sunday - 6 AND asked.sunday "
            "AND activity.kind = asked.kind AND activity.detail = asked.detail GROUP BY 1, 2, 3"
        ),
        {"sundays": list(sundays), "kinds": list(kinds), "details": list(details)},
    )
    return {(row.sunday, row.kind, row.detail): row.people for row in rows}


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
