"""How far the other numbers can be trusted: about the organisation as a whole, never about people."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import Connection, text

from advocacy.activity.kinds import ClickClass
from advocacy.foundation import clock, preferences
from advocacy.measurement import arrivals, pages, queries, restatements
from advocacy.measurement.intervals import wilson
from advocacy.measurement.reading.points import Asked, Point, Reader

WINDOW_DAYS = 30


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
            point if _is_of_groups(connection, point, asked.smallest_group) else point.without("suppressed")
            for point in read(connection, asked)
        ]

    return told


def _is_of_groups(connection: Connection, point: Point, smallest_group: int) -> bool:
    matched, received = point.numerator or 0, point.denominator or 0
    if any(0 < applications < smallest_group for applications in (matched, received - matched)):
        return False
    people = connection.execute(
        text(
            "SELECT count(DISTINCT link.employee_key) FROM application_event AS event "
            "JOIN link ON link.key = event.link_key "
            "WHERE event.occurred_at >= CAST(:first AS date) AND event.occurred_at < CAST(:last AS date) + 1"
        ),
        {"first": point.on - timedelta(days=WINDOW_DAYS - 1), "last": point.on},
    ).scalar_one()
    return matched == 0 or int(people) >= smallest_group


def read_match_rate(connection: Connection, asked: Asked) -> list[Point]:
    """Return the share of applications sent to us that carry a person's link, by when they were applied for."""
    points = []
    for day in asked.days:
        matched, received = connection.execute(
            text(
                "SELECT count(DISTINCT (source, application_token)) FILTER (WHERE link_key IS NOT NULL), "
                "count(DISTINCT (source, application_token)) FROM application_event "
                "WHERE occurred_at >= CAST(:first AS date) AND occurred_at < CAST(:last AS date) + 1"
            ),
            {"first": day - timedelta(days=WINDOW_DAYS - 1), "last": day},
        ).one()
        points.append(_share(Point(day, None), int(matched), int(received)))
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
