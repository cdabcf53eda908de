"""Filling past days: a slice of bounded time takes one due day after the other, and any number of slices share them.

A day is claimed by a row lock that nobody waits for, so two workers never count the same day and none is left out: what
a killed worker held is free again as soon as its connection is gone. Each fill commits by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from time import monotonic

from sqlalchemy import Connection, text

from advocacy.foundation import clock
from advocacy.measurement.fill.days import (
    Programme,
    count_anew,
    days_due,
    fill_running_days,
    limit,
    programme,
    spread_touches,
    transaction,
)
from advocacy.measurement.rollups import BY_TABLE, ROLLUPS, Rollup

# So long a list of what is ready is trusted. What it misses meanwhile comes in the next one.
LIST_SECONDS = 2.0
LONGEST_LIST = 1_000


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice did, and whether it knows of days that are left."""

    fills: int
    is_more_left: bool


def past_days_ready(connection: Connection, *, calendar: Programme, at_most: int) -> list[tuple[Rollup, date]]:
    """Return past days that are due and whose sources are filled: newest first, on each day in the order of filling."""
    yesterday = calendar.today - timedelta(days=1)
    due = {
        rollup.table: [day for day in days_due(connection, rollup, calendar=calendar) if day < yesterday]
        for rollup in ROLLUPS
    }
    ready: list[tuple[date, int]] = []
    for position, rollup in enumerate(ROLLUPS):
        waiting = {
            reader
            for source in map(BY_TABLE.__getitem__, rollup.depends_on)
            for source_day in due[source.table]
            for reader in rollup.days_reading(source, source_day, yesterday)
        }
        ready += [(day, -position) for day in due[rollup.table] if day not in waiting]
    ready.sort(reverse=True)
    return [(ROLLUPS[-position], day) for day, position in ready[:at_most]]


def fill_past_days(
    connection: Connection,
    *,
    calendar: Programme,
    seconds: float,
    gives_way: Callable[[], bool] = lambda: False,
) -> Slice:
    """Fill past days, newest first, until none is free, the time is over or `gives_way` says so.

    The last fill begins before the time is over and may end after it.
    """
    end, fills = monotonic() + seconds, 0
    while True:
        listed = monotonic()
        ready = past_days_ready(connection, calendar=calendar, at_most=LONGEST_LIST)
        _make_claimable(connection, ready)
        filled = 0
        for rollup, day in ready:
            if monotonic() >= end or gives_way():
                return Slice(fills + filled, True)
            if fill_if_free(connection, rollup, day, calendar=calendar):
                filled += 1
            if monotonic() - listed > LIST_SECONDS:
                break
        fills += filled
        if not filled:  # what is listed is in other hands; they will see what becomes ready by it
            return Slice(fills, False)


def fill_everything(connection: Connection, *, calendar: Programme | None = None) -> int:
    """Fill until nothing is due, and return how many fills that took. For the demo, the command line and tests."""
    calendar = calendar or programme(connection)
    fills = 0
    while True:
        taken = spread_touches(connection)
        now = fill_running_days(connection, calendar=calendar)
        past = fill_past_days(connection, calendar=calendar, seconds=inf).fills
        fills += now + past
        if not taken and not now and not past:
            return fills


def fill_if_free(connection: Connection, rollup: Rollup, day: date, *, calendar: Programme) -> bool:
    """Fill a day unless somebody else is at it or has just done it; return whether it was us."""
    with transaction(connection):
        where = {"rollup": rollup.table, "day": day}
        mine = connection.execute(
            text("SELECT FROM rollup_fill WHERE rollup = :rollup AND day = :day FOR UPDATE SKIP LOCKED"), where
        ).one_or_none()
        if mine is None:
            return False
        # A statement of its own: what was locked just after another fill committed must be judged by what that left.
        row = connection.execute(
            text(
                "SELECT filled_at, counted_since, version, zone, row_count, EXISTS ("
                "SELECT FROM rollup_touch AS touch WHERE touch.rollup = filled.rollup AND touch.day = filled.day"
                ") AS is_touched FROM rollup_fill AS filled WHERE filled.rollup = :rollup AND filled.day = :day"
            ),
            where,
        ).one()
        is_due = (
            row.is_touched
            or row.filled_at is None
            or row.version != rollup.version
            or row.zone not in (None, calendar.zone.key)
            or (rollup.every_day and row.filled_at < clock.day_bounds(day, calendar.zone)[1])
        )
        if is_due:
            limit(connection)
            count_anew(connection, rollup, day, row, calendar=calendar)
        return is_due


def _make_claimable(connection: Connection, ready: list[tuple[Rollup, date]]) -> None:
    """Give each day the row it is claimed by, committed at once: an insert under way would make others wait."""
    with transaction(connection):
        connection.execute(
            text(
                "INSERT INTO rollup_fill (rollup, day) SELECT wanted.rollup, wanted.day "
                "FROM unnest(CAST(:rollups AS text[]), CAST(:days AS date[])) AS wanted (rollup, day) "
                "ORDER BY wanted.rollup, wanted.day ON CONFLICT DO NOTHING"
            ),
            {"rollups": [rollup.table for rollup, _ in ready], "days": [day for _, day in ready]},
        )
