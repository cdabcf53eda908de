"""Who gets a digest when, and the rows that keep each from being sent twice.

A run is one hour of one day on the clocks of one time zone. It is planned in slices: a row for each person, then tasks
that send some of them each (`messages.py`).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from advocacy.foundation import clock, jobs, preferences
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import plan_for_values, session
from advocacy.notifications.choices import DEFAULTS, known_zone, pair
from advocacy.notifications.models import (
    Channel,
    DigestRun,
    Message,
    MessageState,
    NotificationPreference,
    Subject,
)
from advocacy.people.models import Employee

PLANNED_AT_ONCE, SENT_AT_ONCE = 10_000, 100
CATCH_UP_HOURS = 2  # after an outage a digest may come so much later, not in the evening instead of the morning
NO_DIGEST_AFTER = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(minutes=15)  # longer than any task holds a message
DIGEST = pair(Channel.MAIL, Subject.SUGGESTIONS)

_ZONE_HOURS = text("""
SELECT DISTINCT coalesce(chosen.time_zone, employee.time_zone, '') AS zone, coalesce(chosen.digest_hour, :hour) AS hour
FROM employee
JOIN consent ON consent.employee_key = employee.key AND consent.purpose = 'take_part'
LEFT JOIN notification_preference AS chosen ON chosen.employee_key = employee.key
WHERE employee.email IS NOT NULL
""")

_NEXT = text("""
SELECT employee.key
FROM employee
JOIN consent ON consent.employee_key = employee.key AND consent.purpose = 'take_part'
LEFT JOIN notification_preference AS chosen ON chosen.employee_key = employee.key
WHERE employee.key > :after AND employee.email IS NOT NULL
    AND coalesce(chosen.time_zone, employee.time_zone, '') = ANY (:zones)
    AND coalesce(chosen.digest_hour, :default_hour) = :hour
    AND :weekday = ANY (coalesce(chosen.digest_days, CAST(:default_days AS smallint[])))
    AND chosen.everything_off_at IS NULL AND chosen.mail_paused_at IS NULL
    AND NOT :digest = ANY (coalesce(chosen.muted, '{}'))
ORDER BY employee.key LIMIT :most
""")

_PLAN = text("""
WITH planned AS (
    INSERT INTO message (id, employee_key, channel, occasion, run_id, state, attempts, created_at, due_at)
    SELECT wanted.id, wanted.employee_key, 'mail', :occasion, :run_id, 'waiting', 0, :now, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS int[])) AS wanted (id, employee_key)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM planned
""")


def start_runs() -> None:
    """Begin the runs whose hour has come on somebody's clock, each once, and settle what a killed worker left open."""
    session.execute(
        update(Message)
        .where(Message.state == MessageState.SENDING, Message.claimed_at < clock.now() - GIVEN_UP_AFTER)
        .values(state=MessageState.UNKNOWN, outcome="interrupted")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Message)
        .where(Message.state == MessageState.WAITING, Message.created_at < clock.now() - NO_DIGEST_AFTER)
        .values(state=MessageState.CANCELLED, outcome="too_late")
        .execution_options(synchronize_session=False)
    )
    for zone, hours in _hours_by_zone().items():
        local = clock.now().astimezone(ZoneInfo(zone))
        for hour in sorted(hours & set(range(local.hour - CATCH_UP_HOURS, local.hour + 1))):
            run_id = session.scalar(
                upsert(DigestRun)
                .values(id=new_id(), time_zone=zone, local_on=local.date(), hour=hour, planned_to=0, planned=0,
                        started_at=clock.now())
                .on_conflict_do_nothing()
                .returning(DigestRun.id)
            )  # fmt: skip
            if run_id is not None:
                jobs.enqueue("notifications.plan_digests", run_id=run_id)


def _hours_by_zone() -> dict[str, set[int]]:
    """Return at which hours somebody wants mail, by the clock they live by."""
    found: dict[str, set[int]] = {}
    for raw, hour in session.execute(_ZONE_HOURS, {"hour": DEFAULTS.digest_hour}):
        found.setdefault((known_zone(raw) or preferences.zone()).key, set()).add(hour)
    return found


def plan_slice(run_id: UUID) -> None:
    """Write a row for each of the next people of a run, want them sent, and want the slice after that."""
    run = session.get_one(DigestRun, run_id, with_for_update=True)
    if run.planned_at is not None:
        return
    plan_for_values()  # the plan for any zone expects few people of it
    keys = list(session.scalars(_NEXT, _conditions(run)))
    if keys:
        values = {
            "ids": [new_id() for _ in keys],
            "keys": keys,
            "occasion": occasion_of(run.local_on),
            "run_id": run.id,
            "now": clock.now(),
        }
        # Somebody who changed zone or hour meanwhile has today's row already: one a day, whatever the clock.
        planned = session.scalar(_PLAN, values) or 0
        if planned:
            for start in range(0, len(keys), SENT_AT_ONCE):
                part = keys[start : start + SENT_AT_ONCE]
                jobs.enqueue("notifications.send_digests", run_id=run.id, first_key=part[0], last_key=part[-1])
        run.planned += planned
        run.planned_to = keys[-1]
    if len(keys) < PLANNED_AT_ONCE:
        run.planned_at = clock.now()
    else:
        jobs.enqueue("notifications.plan_digests", run_id=run.id)


def _conditions(run: DigestRun) -> Mapping[str, Any]:
    zones = {raw for raw in session.scalars(select(Employee.time_zone).distinct()).all() if raw}
    zones |= {raw for raw in session.scalars(select(NotificationPreference.time_zone).distinct()).all() if raw}
    own = {raw for raw in (*zones, "") if (known_zone(raw) or preferences.zone()).key == run.time_zone}
    return {
        "after": run.planned_to,
        "zones": sorted(own),
        "hour": run.hour,
        "weekday": run.local_on.isoweekday(),
        "default_hour": DEFAULTS.digest_hour,
        "default_days": list(DEFAULTS.digest_days),
        "digest": DIGEST,
        "most": PLANNED_AT_ONCE,
    }


def occasion_of(local_on: date) -> str:
    """Return what a digest of a day is called: a person has one of that name."""
    return f"digest:{local_on.isoformat()}"
