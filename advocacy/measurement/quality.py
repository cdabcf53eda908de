"""How far the other numbers can be trusted: about the organisation as a whole, never about people."""

from datetime import timedelta
from fractions import Fraction

from sqlalchemy import Connection, text

from advocacy.activity.kinds import ClickClass
from advocacy.foundation import clock
from advocacy.measurement import arrivals, pages, queries, restatements
from advocacy.measurement.intervals import wilson
from advocacy.measurement.reading.points import Asked, Point, Reader

WINDOW_DAYS = 30


def read_bot_share(connection: Connection, asked: Asked) -> list[Point]:
    """Return the share of clicks that were no people's, of all links of people who take part."""
    points = []
    for day in asked.days:
        removed, raw = connection.execute(
            text(
                "SELECT COALESCE(sum(clicks) FILTER (WHERE click_class <> :human), 0), COALESCE(sum(clicks), 0) "
                "FROM daily_clicks_by_unit WHERE day BETWEEN :first AND :last"
            ),
            {"human": int(ClickClass.HUMAN), "first": day - timedelta(days=WINDOW_DAYS - 1), "last": day},
        ).one()
        base = Point(day, None, as_of=pages.as_of(connection, ("daily_clicks_by_unit",), day))
        points.append(_share(base, int(removed), int(raw)))
    return points


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


def read_late_share(connection: Connection, asked: Asked) -> list[Point]:
    """Return the share of events that were recorded after their source's allowed lateness."""
    points = []
    for day in asked.days:
        late, events = connection.execute(
            text(
                "SELECT COALESCE(sum(late_events), 0), COALESCE(sum(events), 0) FROM daily_events_by_kind "
                "WHERE day BETWEEN :first AND :last"
            ),
            {"first": day - timedelta(days=WINDOW_DAYS - 1), "last": day},
        ).one()
        base = Point(day, None, as_of=pages.as_of(connection, ("daily_events_by_kind",), day))
        points.append(_share(base, int(late), int(events)))
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
    "dq.match_rate": read_match_rate,
    "dq.restatement_rate": read_restatement_rate,
}
