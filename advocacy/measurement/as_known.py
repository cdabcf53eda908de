"""The numbers as they were known at an instant: the same SQL files, run on what had been recorded by then.

Nothing is kept for this. Temporary relations of the same names stand before the real ones while the files run, so there
is no second definition of any number, and what was made goes with the savepoint it was made in.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import Connection, text

from advocacy.foundation import clock
from advocacy.foundation.errors import Invalid
from advocacy.measurement.fill.days import Programme, limit, programme, transaction
from advocacy.measurement.rollups import BY_TABLE, ROLLUPS, Rollup

# A day costs as much as filling it and what it looks back at: a month is what somebody may wait for.
MOST_DAYS = 31

# What has a record time is cut at the instant, and a click has the class it had by then. A consent withdrawn since has
# no row, and so no past in here either.
_KNOWN: tuple[str, ...] = (
    """
    CREATE TEMPORARY VIEW measurable_activity AS
    SELECT
        event.occurred_at, event.recorded_at, event.event_id, event.visitor_key, event.employee_key, event.item_key,
        event.link_key, event.share_key, event.agent_key, event.referrer_key, event.kind, event.network,
        COALESCE(judged_later.old_class, event.click_class) AS click_class, event.detail, event.flags, event.country
    FROM public.activity_event AS event
    JOIN public.consent
        ON consent.employee_key = event.employee_key
        AND consent.purpose = 'take_part'
        AND event.occurred_at >= consent.granted_at
    LEFT JOIN (
        SELECT DISTINCT ON (change.event_id) change.event_id, change.old_class
        FROM public.click_class_change AS change
        WHERE change.changed_at > CAST(current_setting('advocacy.known_at') AS timestamptz)
        ORDER BY change.event_id, change.key
    ) AS judged_later ON judged_later.event_id = event.event_id
    WHERE event.recorded_at <= CAST(current_setting('advocacy.known_at') AS timestamptz)
    """,
    """
    CREATE TEMPORARY VIEW consent AS
    SELECT given.* FROM public.consent AS given
    WHERE given.granted_at <= CAST(current_setting('advocacy.known_at') AS timestamptz)
    """,
    """
    CREATE TEMPORARY VIEW engagement_snapshot AS
    SELECT snapshot.* FROM public.engagement_snapshot AS snapshot
    WHERE snapshot.recorded_at <= CAST(current_setting('advocacy.known_at') AS timestamptz)
    """,
    """
    CREATE TEMPORARY VIEW headcount_day AS
    SELECT heads.* FROM public.headcount_day AS heads
    WHERE heads.counted_at <= CAST(current_setting('advocacy.known_at') AS timestamptz)
    """,
    """
    CREATE TEMPORARY VIEW network_profile AS
    SELECT profile.* FROM public.network_profile AS profile
    WHERE profile.observed_on <= CAST(current_setting('advocacy.known_on') AS date)
    """,
)


@contextmanager
def as_known(
    connection: Connection, *, at: datetime, rollups: Sequence[str], days: Sequence[date]
) -> Iterator[Connection]:
    """Give a connection on which the named roll-ups hold, for these days, what was known at an instant.

    Inside, every roll-up's table (and `rollup_fill`) is a temporary one: the named roll-ups hold the days asked for,
    what those read holds the days they look back at, and all others are empty, so that nothing of today slips in.
    Read it with the same functions as ever; `rollup_fill` says that it was filled `at`. A day that had not begun has
    no rows. Everything is undone on leaving, whatever was written inside included.

    Known at `at` is what was recorded until then, the instant itself included: events, corrections, the classes that
    clicks had, what networks reported, head counts, consents. The sizes of networks have no finer record than their
    day. Units and people's places in them are those that are on file for the day: they have one time only. Two things
    are not undone, because people were promised so: who withdrew or was erased since stays out, and the files are
    today's definitions.

    It needs a connection that may make temporary tables, so not a read replica, and runs in the caller's transaction
    or one of its own. It costs as much as filling the days and those they look back at.

    Raises Invalid for an instant that has not come yet or has no time zone, for no day or more than `MOST_DAYS`, and
    for a day whose events, or those it looks back at, are no longer kept. Raises KeyError for a name that is no
    roll-up.
    """
    for table in rollups:
        BY_TABLE[table]
    calendar = programme(connection)
    _check(at, days, calendar)
    needed = _needed(rollups, days, calendar, at)
    change = connection.begin_nested() if connection.in_transaction() else connection.begin()
    try:
        _shadow(connection, at, calendar)
        for rollup in ROLLUPS:
            for day in sorted(needed.get(rollup.table, ())):
                _fill(connection, rollup, day, at, calendar)
        # Reading may use nested loops again. Plans made before the shadows must not be used inside, ...
        connection.execute(text("SELECT set_config('enable_nestloop', 'on', true)"))
        yield connection
    finally:
        change.rollback()
        with transaction(connection):
            _forget_plans(connection)  # ... nor those made inside after them.


def _check(at: datetime, days: Sequence[date], calendar: Programme) -> None:
    if at.tzinfo is None:
        raise Invalid.field("as_known_at", _("Give the instant with its time zone."))
    if at > clock.now():
        raise Invalid.field("as_known_at", _("That instant has not come yet. Choose now or an instant before."))
    if not 1 <= len(set(days)) <= MOST_DAYS:
        raise Invalid.field(
            "as_known_at",
            _(
                "What was known can be worked out for 1 to %(most)s days at a time. Choose a shorter range.",
                most=MOST_DAYS,
            ),
        )


def _needed(rollups: Sequence[str], days: Sequence[date], calendar: Programme, at: datetime) -> dict[str, set[date]]:
    """Return the days of each roll-up that have to be counted. Raises Invalid where their events are gone."""
    needed = {table: {day for day in days if BY_TABLE[table].holds(day)} for table in rollups}
    for rollup in reversed(ROLLUPS):
        for day in needed.get(rollup.table, ()):
            for source in map(BY_TABLE.__getitem__, rollup.depends_on):
                needed.setdefault(source.table, set()).update(rollup.days_read(source, day, calendar.first_day))
    last = clock.day_of(at, calendar.zone)
    needed = {table: {day for day in wanted if calendar.first_day <= day <= last} for table, wanted in needed.items()}
    oldest = min((day for wanted in needed.values() for day in wanted), default=last)
    if oldest < calendar.frozen_before:
        raise Invalid.field(
            "as_known_at",
            _("The events of %(day)s are no longer kept, so what was known cannot be worked out.", day=str(oldest)),
        )
    return needed


def _shadow(connection: Connection, at: datetime, calendar: Programme) -> None:
    connection.execute(
        text(
            "SELECT set_config('advocacy.known_at', :at, true), set_config('advocacy.known_on', :day, true), "
            "set_config('search_path', 'pg_temp, public', true)"
        ),
        {"at": at.isoformat(), "day": clock.day_of(at, calendar.zone).isoformat()},
    )
    for statement in _KNOWN:
        connection.execute(text(statement))
    for table in ("rollup_fill", *BY_TABLE):
        connection.execute(text(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL)"))
    _forget_plans(connection)
    limit(connection)


def _forget_plans(connection: Connection) -> None:
    """Have prepared statements look their tables up again: a name stands for another table than before."""
    connection.execute(text("DISCARD PLANS"))


def _fill(connection: Connection, rollup: Rollup, day: date, at: datetime, calendar: Programme) -> None:
    start, end = clock.day_bounds(day, calendar.zone)
    rows = connection.execute(text(rollup.sql), {"day": day, "day_start": start, "day_end": end}).rowcount
    connection.execute(
        text(
            "INSERT INTO rollup_fill (rollup, day, version, filled_at, row_count) "
            "VALUES (:rollup, :day, :version, :at, :rows)"
        ),
        {"rollup": rollup.table, "day": day, "version": rollup.version, "at": at, "rows": rows},
    )
