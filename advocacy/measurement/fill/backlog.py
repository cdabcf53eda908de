"""How far the numbers have come: what is due, what is filled, how old the newest are, how long the rest takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text

from advocacy.foundation import clock
from advocacy.measurement.fill.days import Programme, days_due, programme, transaction
from advocacy.measurement.rollups import ROLLUPS

RATE_WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Backlog:
    """One roll-up: days that are due, days that stand, the oldest due one.

    Of the due ones `older` still stand as they were counted by an older definition.
    """

    due: int
    filled: int
    oldest_due: date | None
    older: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the numbers have come.

    A day counts once for each roll-up. `past_due` leaves out today and yesterday, which are filled first.
    `behind_seconds` is the age of the oldest change to today or yesterday that the numbers do not know; else 0.
    `fills_per_minute` is taken over the last minutes in which past days were filled, `seconds_left` from it;
    both are None while nothing was filled lately.
    """

    due: int
    past_due: int
    filled: int
    oldest_due: date | None
    behind_seconds: float
    fills_per_minute: float | None
    seconds_left: float | None
    rollups: Mapping[str, Backlog]


def progress(connection: Connection, *, calendar: Programme | None = None) -> Progress:
    """Say how far filling has come. Costs some milliseconds: for operators, not for every page."""
    calendar = calendar or programme(connection)
    yesterday = calendar.today - timedelta(days=1)
    due = {rollup.table: days_due(connection, rollup, calendar=calendar) for rollup in ROLLUPS}
    with transaction(connection):
        filled = _filled(connection)
        older = _older(connection)
        behind = _behind(connection, today=calendar.today)
        rate = _fills_per_minute(connection, before=yesterday)
    rollups = {
        table: Backlog(
            len(days),
            len(filled.get(table, set()).difference(days)),
            min(days, default=None),
            len(older.get(table, set()).intersection(days)),
        )
        for table, days in due.items()
    }
    past_due = sum(day < yesterday for days in due.values() for day in days)
    return Progress(
        due=sum(backlog.due for backlog in rollups.values()),
        past_due=past_due,
        filled=sum(backlog.filled for backlog in rollups.values()),
        oldest_due=min((day for days in due.values() for day in days), default=None),
        behind_seconds=behind,
        fills_per_minute=rate,
        seconds_left=60 * past_due / rate if rate else 0.0 if not past_due else None,
        rollups=rollups,
    )


def _filled(connection: Connection) -> dict[str, set[date]]:
    """Return the days that have numbers, by roll-up."""
    rows = connection.execute(
        text("SELECT rollup, array_agg(day) FROM rollup_fill WHERE filled_at IS NOT NULL GROUP BY rollup")
    )
    return {rollup: set(days) for rollup, days in rows}


def _older(connection: Connection) -> dict[str, set[date]]:
    """Return the days that stand as an older version counted them, by roll-up."""
    rows = connection.execute(
        text(
            "SELECT filled.rollup, array_agg(filled.day) FROM rollup_fill AS filled "
            "JOIN unnest(CAST(:tables AS text[]), CAST(:versions AS integer[])) AS current (rollup, version) "
            "ON current.rollup = filled.rollup AND current.version <> filled.version "
            "WHERE filled.filled_at IS NOT NULL GROUP BY filled.rollup"
        ),
        {"tables": [rollup.table for rollup in ROLLUPS], "versions": [rollup.version for rollup in ROLLUPS]},
    )
    return {rollup: set(days) for rollup, days in rows}


def _behind(connection: Connection, *, today: date) -> float:
    """Return how long the oldest change waits that could be counted by now: some only counts once a day is over."""
    waited = connection.execute(
        text(
            "SELECT extract(epoch FROM now() - least((SELECT min(touched_at) FROM day_touch WHERE day >= :since), "
            "(SELECT min(touched_at) FROM rollup_touch WHERE day >= :since "
            "AND NOT (day >= :today AND rollup = ANY (:once_over)))))"
        ),
        {
            "since": today - timedelta(days=1),
            "today": today,
            "once_over": [rollup.table for rollup in ROLLUPS if rollup.once_over],
        },
    ).scalar()
    return max(0.0, float(waited or 0))


def _fills_per_minute(connection: Connection, *, before: date) -> float | None:
    """Return how quickly past days were filled of late: since the window began, or since the first fill within it."""
    now = clock.now()
    fills, first = connection.execute(
        text("SELECT count(*), min(filled_at) FROM rollup_fill WHERE day < :before AND filled_at > :since"),
        {"before": before, "since": now - RATE_WINDOW},
    ).one()
    if not fills:
        return None
    elapsed: timedelta = max(now - first, timedelta(seconds=1))
    return float(fills / (elapsed / timedelta(minutes=1)))
