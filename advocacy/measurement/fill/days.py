"""Filling roll-ups: one day of one table is deleted and counted anew in one transaction.

A day becomes due by rows that are only ever appended (`day_touch` by whoever records an event, `rollup_touch` from
there), and a fill removes exactly the rows it had read before it counted. What commits meanwhile stays behind and
makes the day due again. Nothing is updated by two parties, so nobody waits on a hot row. The rows say why, so that a
final number that becomes another one is told with its reason.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Row, text

from advocacy.activity.kinds import Cause
from advocacy.foundation import clock, preferences
from advocacy.measurement.fill import restating
from advocacy.measurement.fill.replacing import replace_rows
from advocacy.measurement.fill.restating import Refill
from advocacy.measurement.rollups import BY_TABLE, ROLLUPS, Rollup, dependents_of

log = structlog.get_logger(__name__)

STATEMENT_TIMEOUT_SECONDS = 60
LOCK_TIMEOUT_SECONDS = 30
WORK_MEMORY = "96MB"
BACKFILL_DAYS = 92
# What people agreed to and told us changes without an event: the running day looks again this often ...
REFRESH_SECONDS = 60
# ... but never spends more than a fiftieth of the time on it.
REFRESH_SHARE = 50
# A fill of today that takes so long takes at most a fourth of the time, which leaves it seconds old.
COSTLY_MILLISECONDS = 500
COSTLY_SHARE = 4
TOUCHES_A_TIME = 50_000


@dataclass(frozen=True, slots=True)
class Programme:
    """The days that count: the programme's zone, its first day, today, and the day before which numbers are frozen.

    `smallest_group` is what a change of final numbers is told by.
    """

    zone: ZoneInfo
    first_day: date
    today: date
    frozen_before: date
    smallest_group: int


def programme(connection: Connection) -> Programme:
    """Return the calendar of the programme as of now. It begins with the first policy somebody could agree to."""
    zone = preferences.zone()
    today = clock.day_of(clock.now(), zone)
    with transaction(connection):
        published = connection.execute(text("SELECT min(published_at) FROM policy_version")).scalar()
    first = clock.day_of(published, zone) if published is not None else today
    months = int(preferences.get("retention_ledger_months"))
    frozen_before = today - timedelta(days=months * 31)
    return Programme(zone, min(first, today), today, frozen_before, preferences.smallest_group())


def fill_day(connection: Connection, rollup: Rollup, day: date, *, calendar: Programme) -> int:
    """Count one day of one roll-up anew and return how many rows it has. Several at once give the result of one.

    What that changes of numbers that were final is told in the same transaction.
    """
    with transaction(connection):
        limit(connection)  # before what may wait: a claim waits as long as a fill may take
        return count_anew(connection, rollup, day, _claim(connection, rollup, day), calendar=calendar)


def count_anew(connection: Connection, rollup: Rollup, day: date, stood: Row[Any], *, calendar: Programme) -> int:
    """Do the work of `fill_day` in the caller's transaction, which is limited and has locked the fill's row.

    `stood` is what that row says. Few statements on purpose: of most days they cost more than the counting does.
    """
    started = monotonic()
    as_of = clock.now()
    seen = _touches(connection, rollup, day)
    refill = _refill(rollup, day, stood, seen, as_of=as_of, calendar=calendar)
    standing = restating.before(connection, refill)
    start, end = clock.day_bounds(day, calendar.zone)
    rows = replace_rows(connection, rollup, {"day": day, "day_start": start, "day_end": end}, held=stood.row_count or 0)
    restating.after(connection, refill, standing)
    if seen:
        connection.execute(
            text("DELETE FROM rollup_touch WHERE key = ANY (:seen)"), {"seen": [touch.key for touch in seen]}
        )
    _touch_dependents(connection, refill, calendar)
    # Only where this day itself was cut otherwise: else each day would touch the next one, for ever.
    if rollup.source == "events" and stood.zone not in (None, calendar.zone.key):
        _touch_beside(connection, refill)
    milliseconds = round((monotonic() - started) * 1000)
    connection.execute(
        text(
            "UPDATE rollup_fill SET version = :version, filled_at = :as_of, row_count = :rows, "
            "milliseconds = :milliseconds, zone = :zone, "
            "counted_since = COALESCE(counted_since, CAST(:counted_since AS timestamptz)) "
            "WHERE rollup = :rollup AND day = :day"
        ),
        {
            "version": rollup.version,
            "as_of": as_of,
            "rows": rows,
            "milliseconds": milliseconds,
            "zone": calendar.zone.key,
            "counted_since": as_of if as_of >= end else None,
            "rollup": rollup.table,
            "day": day,
        },
    )
    log.info("rollup_filled", rollup=rollup.table, day=str(day), rows=rows, ms=milliseconds)
    return rows


def spread_touches(connection: Connection) -> int:
    """Hand touched days on to every roll-up that counts events, and return how many touches were taken.

    A touch is taken only once its event is committed, so whoever then sees the roll-up's touch sees the event.
    What is only counted once a day is over needs no touch of a day that runs: it comes by itself when that ends.
    """
    readers = [rollup for rollup in ROLLUPS if rollup.source == "events"]
    with transaction(connection):
        taken = connection.execute(
            text(
                "WITH waiting AS (SELECT key FROM day_touch ORDER BY key LIMIT :most FOR UPDATE SKIP LOCKED), "
                "taken AS (DELETE FROM day_touch USING waiting "
                "WHERE day_touch.key = waiting.key RETURNING day_touch.day, day_touch.cause, day_touch.touched_at), "
                "spread AS (INSERT INTO rollup_touch (rollup, day, cause, heard_at) "
                "SELECT reader.rollup, touched.day, touched.cause, touched.heard_at "
                "FROM (SELECT day, cause, min(touched_at) AS heard_at FROM taken GROUP BY day, cause) AS touched "
                "CROSS JOIN unnest(CAST(:tables AS text[]), CAST(:once_over AS boolean[])) "
                "AS reader (rollup, once_over) "
                "WHERE NOT (reader.once_over AND touched.day >= :today)) "
                "SELECT count(*) FROM taken"
            ),
            {
                "most": TOUCHES_A_TIME,
                "tables": [rollup.table for rollup in readers],
                "once_over": [rollup.once_over for rollup in readers],
                "today": _today(),
            },
        ).scalar_one()
    return int(taken)


def _today() -> date:
    return clock.day_of(clock.now(), preferences.zone())


def mark_due(
    connection: Connection,
    rollups: Iterable[Rollup],
    days: Iterable[date],
    *,
    causes: Iterable[Cause] = (),
    heard_at: datetime | None = None,
) -> None:
    """Make days of these roll-ups due again, without waiting for a fill that may be running.

    What is only counted once a day is over is left out while that day runs: it comes by itself. `causes` say why, as
    far as a final number could become another one by it; `heard_at` since when that is known.
    """
    tables, wanted = [rollup.table for rollup in rollups], sorted(set(days))
    with transaction(connection):
        _touch(connection, [(table, day) for table in tables for day in wanted], causes, heard_at)


def _touch(
    connection: Connection, marked: Iterable[tuple[str, date]], causes: Iterable[Cause], heard_at: datetime | None
) -> None:
    today = _today()
    wanted = [(table, day) for table, day in marked if day < today or not BY_TABLE[table].once_over]
    if not wanted:
        return
    reasons: list[int | None] = [*sorted(map(int, causes))] or [None]
    connection.execute(
        text(
            "INSERT INTO rollup_touch (rollup, day, cause, heard_at) "
            "SELECT touched.rollup, touched.day, reason.cause, COALESCE(:heard_at, now()) "
            "FROM unnest(CAST(:tables AS text[]), CAST(:days AS date[])) AS touched (rollup, day) "
            "CROSS JOIN unnest(CAST(:causes AS smallint[])) AS reason (cause)"
        ),
        {
            "tables": [table for table, _ in wanted],
            "days": [day for _, day in wanted],
            "causes": reasons,
            "heard_at": heard_at,
        },
    )


def days_due(connection: Connection, rollup: Rollup, *, calendar: Programme) -> list[date]:
    """Return the days of a roll-up that must be counted (again), newest first.

    Due is what was touched, cleared, filled by an older version, in another time zone or before its day was over; a
    running day of people's consents and sizes is due again after a while. Frozen days are never due: their ledger is
    gone.
    """
    with transaction(connection):
        due = set(
            connection.execute(
                text(
                    "SELECT day FROM rollup_touch WHERE rollup = :rollup "
                    "UNION SELECT day FROM rollup_fill "
                    "WHERE rollup = :rollup "
                    "AND (filled_at IS NULL OR version IS DISTINCT FROM :version OR zone <> :zone)"
                ),
                {"rollup": rollup.table, "version": rollup.version, "zone": calendar.zone.key},
            ).scalars()
        )
        if rollup.every_day:
            due |= set(_days_wanted(connection, rollup, calendar))
    first, last = max(calendar.frozen_before, rollup.first_day(calendar.today)), rollup.last_day(calendar.today)
    return sorted((day for day in due if first <= day <= last and rollup.holds(day)), reverse=True)


def fill_running_days(connection: Connection, *, calendar: Programme, spares_costly: bool = False) -> int:
    """Fill what is due of today and yesterday, in order, and return how many fills that took.

    `spares_costly` leaves what takes long, and was just filled, due for a later time: while history is rebuilt, every
    day of it touches the pages that look back at it, and they would be counted without end.
    """
    running, fills = (calendar.today, calendar.today - timedelta(days=1)), 0
    _forget_shortcuts(connection, running[-1])
    for rollup in ROLLUPS:
        for day in days_due(connection, rollup, calendar=calendar):
            if day in running and not (spares_costly and _was_costly_just_now(connection, rollup, day)):
                fill_day(connection, rollup, day, calendar=calendar)
                fills += 1
    return fills


def _forget_shortcuts(connection: Connection, before: date) -> None:
    """Remove what only running days have from days that run no more."""
    for rollup in ROLLUPS:
        if rollup.only_running:
            with transaction(connection):
                connection.execute(text(f"DELETE FROM {rollup.table} WHERE day < :before"), {"before": before})
                connection.execute(
                    text("DELETE FROM rollup_fill WHERE rollup = :rollup AND day < :before"),
                    {"rollup": rollup.table, "before": before},
                )


def _was_costly_just_now(connection: Connection, rollup: Rollup, day: date) -> bool:
    with transaction(connection):
        row = connection.execute(
            text("SELECT filled_at, milliseconds FROM rollup_fill WHERE rollup = :rollup AND day = :day"),
            {"rollup": rollup.table, "day": day},
        ).one_or_none()
    if row is None or row.filled_at is None or (row.milliseconds or 0) < COSTLY_MILLISECONDS:
        return False
    return bool((clock.now() - row.filled_at).total_seconds() * 1000 < COSTLY_SHARE * row.milliseconds)


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """One transaction of its own; inside a caller's transaction a savepoint."""
    with connection.begin_nested() if connection.in_transaction() else connection.begin():
        yield


def limit(connection: Connection) -> None:
    """Bound a fill. Without nested loops a table with old statistics costs a scan, never the square of a day."""
    connection.execute(
        text(
            "SELECT set_config('statement_timeout', :statement, true), set_config('lock_timeout', :lock, true), "
            "set_config('work_mem', :memory, true), set_config('enable_nestloop', 'off', true)"
        ),
        {
            "statement": f"{STATEMENT_TIMEOUT_SECONDS}s",
            "lock": f"{LOCK_TIMEOUT_SECONDS}s",
            "memory": WORK_MEMORY,
        },
    )


def _claim(connection: Connection, rollup: Rollup, day: date) -> Row[Any]:
    """Lock the fill's row, so that a second fill of the same day waits and then counts what is there by then.

    Returns what it says of the last fill: when, by which version, in which zone. All null where there was none.
    """
    where = {"rollup": rollup.table, "day": day}
    standing = text(
        "SELECT filled_at, counted_since, version, zone, row_count FROM rollup_fill "
        "WHERE rollup = :rollup AND day = :day FOR UPDATE"
    )
    row = connection.execute(standing, where).one_or_none()
    if row is None:
        connection.execute(
            text("INSERT INTO rollup_fill (rollup, day) VALUES (:rollup, :day) ON CONFLICT DO NOTHING"), where
        )
        row = connection.execute(standing, where).one()
    return row


def _touches(connection: Connection, rollup: Rollup, day: date) -> Sequence[Row[Any]]:
    """Return the touches that are visible now. They are read before anything is counted: that is what makes it safe."""
    return connection.execute(
        text("SELECT key, cause, heard_at FROM rollup_touch WHERE rollup = :rollup AND day = :day"),
        {"rollup": rollup.table, "day": day},
    ).all()


def _refill(
    rollup: Rollup, day: date, stood: Row[Any], seen: Sequence[Row[Any]], *, as_of: datetime, calendar: Programme
) -> Refill:
    """Say why a day is counted anew: what its touches say, a newer definition, another time zone."""
    causes = {Cause(touch.cause) for touch in seen if touch.cause is not None}
    if stood.filled_at is not None and stood.version != rollup.version:
        causes.add(Cause.DEFINITION)
    if stood.zone is not None and stood.zone != calendar.zone.key:
        causes.add(Cause.CALENDAR)
    heard = min((touch.heard_at for touch in seen if touch.cause is not None), default=as_of)
    return Refill(
        rollup,
        day,
        calendar.zone,
        calendar.smallest_group,
        stood.filled_at,
        stood.counted_since,
        heard,
        as_of,
        frozenset(causes),
    )


def _touch_dependents(connection: Connection, refill: Refill, calendar: Programme) -> None:
    until = max(refill.day, calendar.today)
    marked = {
        (dependent.table, day)
        for dependent in dependents_of(refill.rollup)
        for day in dependent.days_reading(refill.rollup, refill.day, dependent.last_day(until))
    }
    _touch(connection, sorted(marked), refill.causes, refill.heard_at if refill.causes else None)


def _touch_beside(connection: Connection, refill: Refill) -> None:
    """Make the days beside due, as far as they were never counted: events may fall on them in the new time zone."""
    connection.execute(
        text(
            "INSERT INTO rollup_touch (rollup, day, cause) SELECT :rollup, beside.day, :cause "
            "FROM unnest(CAST(:days AS date[])) AS beside (day) WHERE NOT EXISTS ("
            "SELECT FROM rollup_fill AS filled WHERE filled.rollup = :rollup AND filled.day = beside.day)"
        ),
        {
            "rollup": refill.rollup.table,
            "days": [refill.day - timedelta(days=1), refill.day + timedelta(days=1)],
            "cause": int(Cause.CALENDAR),
        },
    )


def _days_wanted(connection: Connection, rollup: Rollup, calendar: Programme) -> Iterator[date]:
    """Yield days that lack a last count: never filled, filled while they ran, or running and not looked at lately."""
    first = max(calendar.first_day, calendar.today - timedelta(days=BACKFILL_DAYS))
    filled: dict[date, tuple[datetime | None, int | None]] = {
        row.day: (row.filled_at, row.milliseconds)
        for row in connection.execute(
            text("SELECT day, filled_at, milliseconds FROM rollup_fill WHERE rollup = :rollup AND day >= :first"),
            {"rollup": rollup.table, "first": first},
        )
    }
    for back in range((calendar.today - first).days + 1):
        day = calendar.today - timedelta(days=back)
        filled_at, milliseconds = filled.get(day, (None, None))
        if filled_at is None or (back and filled_at < clock.day_bounds(day, calendar.zone)[1]):
            yield day
        elif back == 0 and rollup.source == "people":
            pause = max(REFRESH_SECONDS, REFRESH_SHARE * (milliseconds or 0) / 1000)
            if (clock.now() - filled_at).total_seconds() >= pause:
                yield day
