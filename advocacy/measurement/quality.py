"""How far the other numbers can be trusted: about the organisation as a whole, never about people."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import Connection, text

from advocacy.activity.kinds import ClickClass
from advocacy.foundation import clock, preferences
from advocacy.measurement import arrivals, pages, queries, restatements
from advocacy.measurement.intervals import wilson
from advocacy.measurement.reading.points import Asked, Point, Reader

WINDOW_DAYS = 30

# An application was received when its first step happened, and often a later one names the link. A link that is
# nobody's, such as the brand's own, matches none.
_APPLICATIONS = text("""
WITH received AS (
    SELECT DISTINCT step.source, step.application_token
    FROM application_event AS step
    WHERE step.occurred_at >= :start AND step.occurred_at < :end
        AND NOT EXISTS (
            SELECT FROM application_event AS earlier
            WHERE earlier.source = step.source AND earlier.application_token = step.application_token
                AND earlier.occurred_at < :start
        )
),
matched AS (
    SELECT received.source, received.application_token, link.employee_key
    FROM received
    JOIN application_event AS step
        ON step.source = received.source AND step.application_token = received.application_token
    JOIN link ON link.key = step.link_key
    WHERE link.employee_key IS NOT NULL
)
SELECT
    (SELECT count(DISTINCT (source, application_token)) FROM matched) AS matched,
    (SELECT count(*) FROM received) AS received,
    (SELECT count(DISTINCT employee_key) FROM matched) AS people
""")


def read_bot_share(connection: Connection, asked: Asked) -> list[Point]:
    """Return the share of clicks that were no people's in the last whole week, of links of people who take part."""

    def removed(first: date, last: date) -> dict[date, tuple[int, int] | None]:
        weeks = arrivals.clicks(connection, first=first, last=last, smallest_group=asked.smallest_group)
        return {week.sunday: _removed(week) for week in weeks}

    return _of_weeks(connection, asked, removed)


def _removed(week: arrivals.Clicks) -> tuple[int, int] | None:
    """Return removed and raw clicks. Who knows all and those of people knows the rest: both are told, or neither."""
    human = week.by_class[ClickClass.HUMAN]
    return None if week.raw is None or human is None else (week.raw - human, week.raw)


def read_late_share(connection: Connection, asked: Asked) -> list[Point]:
    """Return the share of events of the last whole week that were recorded after their source's allowed lateness."""

    def late(first: date, last: date) -> dict[date, tuple[int, int] | None]:
        return arrivals.late_events(connection, first=first, last=last, smallest_group=asked.smallest_group)

    return _of_weeks(connection, asked, late)


def _of_weeks(
    connection: Connection, asked: Asked, told: Callable[[date, date], Mapping[date, tuple[int, int] | None]]
) -> list[Point]:
    """Return shares of whole ISO weeks, each by its Sunday: of a day asked for, of the week that was over last.

    Weeks have no day in common, so no two of them tell of a day between.
    """
    yesterday = clock.day_of(clock.now(), preferences.zone()) - timedelta(days=1)
    over = {day: min(day, yesterday) for day in asked.days}
    sundays = {day: one - timedelta(days=one.isoweekday() % 7) for day, one in over.items()}
    parts = told(min(sundays.values()), max(sundays.values()))
    points = []
    for day, sunday in sundays.items():
        point, found = Point(day, None, as_of=pages.as_of(connection, ("daily_events_by_kind",), sunday)), parts[sunday]
        points.append(point.without("suppressed") if found is None else _share(point, *found))
    return points


def told_of_groups(read: Reader) -> Reader:
    """Return a reader of applications without what is about a few: of those with a link, of those without, of links."""

    def told(connection: Connection, asked: Asked) -> list[Point]:
        return [
            point if _is_of_groups(point, asked.smallest_group) else point.without("suppressed")
            for point in read(connection, asked)
        ]

    return told


def _is_of_groups(point: Point, smallest_group: int) -> bool:
    matched, received = point.numerator or 0, point.denominator or 0
    if any(0 < applications < smallest_group for applications in (matched, received - matched)):
        return False
    return matched == 0 or (point.behind or 0) >= smallest_group


def read_match_rate(connection: Connection, asked: Asked) -> list[Point]:
    """Return the share of applications sent to us that carry a person's link, by when they were applied for."""
    zone = preferences.zone()
    points = []
    for day in asked.days:
        start = clock.day_bounds(day - timedelta(days=WINDOW_DAYS - 1), zone)[0]
        matched, received, people = connection.execute(
            _APPLICATIONS, {"start": start, "end": clock.day_bounds(day, zone)[1]}
        ).one()
        points.append(replace(_share(Point(day, None), int(matched), int(received)), behind=int(people)))
    return points


def read_restatement_rate(connection: Connection, asked: Asked) -> list[Point]:
    """Return the share of the company's final values that later changed by one per cent or more."""
    points = []
    for day in asked.days:
        root = queries.root_unit_key(connection, day)
        changed, values = (
            (0, 0)
            if root is None
            else restatements.announced_share(
                connection, unit_key=root, first=day - timedelta(days=WINDOW_DAYS - 1), last=day
            )
        )
        points.append(_share(Point(day, None, as_of=clock.now()), changed, values))
    return points


def read_freshness(connection: Connection, asked: Asked) -> list[Point]:
    """Return how many hours ago the oldest thing came in that no number knows yet."""
    hours = Fraction(arrivals.waiting_hours(connection)).limit_denominator(3600)
    return [Point(asked.last, hours, n=1, as_of=clock.now())]


def _share(base: Point, part: int, whole: int) -> Point:
    if not whole:
        return base.without("no_denominator")
    low, high = wilson(part, whole)
    return Point(base.on, Fraction(part, whole), None, base.piece, part, whole, whole, low, high, base.as_of)


READERS: dict[str, Reader] = {
    "dq.bot_share": read_bot_share,
    "dq.freshness": read_freshness,
    "dq.late_share": read_late_share,
    "dq.match_rate": told_of_groups(read_match_rate),
    "dq.restatement_rate": read_restatement_rate,
}
