"""Keeping the roll-ups right: the running days every few seconds, past days in slices that give way to them."""

from datetime import date

from sqlalchemy import text

from advocacy.foundation import db, jobs, preferences
from advocacy.foundation.db import session
from advocacy.measurement import fill
from advocacy.measurement.overlap import publication, unions, uploads
from advocacy.people import queries as people
from config.jobs import URGENT_BELOW

SLICE_SECONDS = 10.0
# So many slices run side by side where there are so many workers, and one more is asked for only when ...
MOST_SLICES = 8
# ... each has at least so much to do: a slice costs a process.
DAYS_A_SLICE = 20
GIVE_WAY_SECONDS = 1.0
SKETCHES_A_TIME = 5_000

_URGENT_WAITS = text(
    """
    SELECT EXISTS (
        SELECT FROM task WHERE queue = 'reporting' AND state IN ('ready', 'leased') AND state = 'ready'
            AND priority < :urgent AND next_attempt_at < now() - make_interval(secs => :seconds)
    )
    """
)


def fill_due_days() -> None:
    """Fill what is due of today and yesterday, and ask for slices when past days are due.

    Each fill commits by itself, so that numbers appear as they are ready. The task's own transaction only waits
    meanwhile, and may do so for as long as the job may take.
    """
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    with db.engine().connect() as connection:
        calendar = fill.programme(connection)
        fill.spread_touches(connection)
        fill.fill_running_days(connection, calendar=calendar, spares_costly=True)
        ready = fill.past_days_ready(connection, calendar=calendar, at_most=MOST_SLICES * DAYS_A_SLICE)
    for number in range(-(-len(ready) // DAYS_A_SLICE)):
        jobs.enqueue("measurement.fill_past_days", number=number)


def fill_past_days(number: int) -> None:
    """Fill past days for some seconds, each in a transaction of its own, and ask for another slice if any are left.

    `number` only tells slices apart: any number of them on any host share what is due. A slice ends early when
    today or somebody's decision has to wait for a worker.
    """
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    with db.engine().connect() as connection:
        calendar = fill.programme(connection)
        done = fill.fill_past_days(connection, calendar=calendar, seconds=SLICE_SECONDS, gives_way=_urgent_work_waits)
    if done.is_more_left:
        jobs.enqueue("measurement.fill_past_days", number=number)


def _urgent_work_waits() -> bool:
    """Say whether today's numbers or a withdrawal wait: a worker that is free would have taken them by now."""
    return bool(session.scalar(_URGENT_WAITS, {"seconds": GIVE_WAY_SECONDS, "urgent": URGENT_BELOW}))


def forget_old_months() -> None:
    """Drop the ledger's months whose time is over. The numbers that were counted from them stay."""
    connection = session.connection()
    fill.forget_old_months(connection, calendar=fill.programme(connection))


def restate_person(employee_key: int) -> None:
    """Count all days of a person anew: after a withdrawal, an erasure, a new yes, or a changed size."""
    connection = session.connection()
    fill.mark_person_due(connection, employee_key, calendar=fill.programme(connection))


def restate_team_scores(employee_key: int) -> None:
    """Count the scores of teams anew from the first week on in which a person could be in them."""
    connection = session.connection()
    fill.mark_team_scores_due(connection, employee_key)


def restate_units(since: str) -> None:
    """Count kept days anew from the first one on which people or units are known to have been elsewhere."""
    connection = session.connection()
    fill.mark_units_due(connection, date.fromisoformat(since), calendar=fill.programme(connection))


def merge_reach() -> None:
    """Merge sketches that came or changed into the unions of all units above; a withdrawn one is out with this."""
    group = publication.least_contributors(preferences.smallest_group())
    unions.merge_touched(session.connection(), people.today(), remembered=group)


def publish_reach() -> None:
    """Once a day: count all unions anew and publish what may be shown of them."""
    connection, day = session.connection(), people.today()
    if publication.is_due(connection, day):
        group = preferences.smallest_group()
        unions.rebuild(connection, day, remembered=publication.least_contributors(group))
        publication.publish(connection, day, smallest_group=group)


def forget_sketches() -> None:
    """Delete the sketches whose time is over; the unions lose them with the next merge."""
    while uploads.forget_old(SKETCHES_A_TIME) == SKETCHES_A_TIME:
        session.flush()
