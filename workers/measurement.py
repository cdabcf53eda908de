"""Keeping the roll-ups right: the running days every few seconds, past days one by one as they become due."""

from datetime import date

from sqlalchemy import text

from advocacy.foundation import db, jobs
from advocacy.foundation.db import session
from advocacy.measurement import fill
from advocacy.measurement.rollups import BY_TABLE

PAST_DAYS_A_TIME = 40


def fill_due_days() -> None:
    """Fill what is due of today and yesterday, and ask for past days that are due.

    Each fill commits by itself, so that numbers appear as they are ready. The task's own transaction only waits
    meanwhile, and may do so for as long as the job may take.
    """
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    with db.engine().connect() as connection:
        calendar = fill.programme(connection)
        fill.spread_touches(connection)
        fill.fill_running_days(connection, calendar=calendar)
        ready = fill.past_days_ready(connection, calendar=calendar, at_most=PAST_DAYS_A_TIME)
    for rollup, day in ready:
        jobs.enqueue("measurement.fill_day", rollup=rollup.table, day=day)


def fill_day(rollup: str, day: str) -> None:
    """Fill a past day of one roll-up, unless somebody did meanwhile."""
    connection = session.connection()
    calendar, wanted = fill.programme(connection), date.fromisoformat(day)
    if wanted in fill.days_due(connection, BY_TABLE[rollup], calendar=calendar):
        fill.fill_day(connection, BY_TABLE[rollup], wanted, calendar=calendar)


def restate_person(employee_key: int) -> None:
    """Count all days of a person anew: after a withdrawal, an erasure, a new yes, or a changed size."""
    connection = session.connection()
    fill.mark_person_due(connection, employee_key, calendar=fill.programme(connection))
