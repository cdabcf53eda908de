"""Jobs of the technical floor."""

from sqlalchemy import text

from advocacy.foundation import audit, preferences
from advocacy.foundation.db import session
from advocacy.supervisor import resealing

CHAIN_BATCH = 1_000
MOST_CHAINED = 10_000
DELETE_BATCH = 5_000
MOST_DELETED = 100_000
DONE_TASK_HOURS = 24
SCHEDULE_RUN_DAYS = 7

# Each deletes one batch, oldest first, so that no statement holds many rows for long.
_EXPIRED = {
    "idempotency_key": "DELETE FROM idempotency_key WHERE (account_id, key) IN ("
    "SELECT account_id, key FROM idempotency_key WHERE created_at < now() - make_interval(hours => :keep) "
    "ORDER BY created_at LIMIT :batch)",
    "done": "DELETE FROM task WHERE id IN (SELECT id FROM task WHERE state IN ('done', 'dead') AND state = 'done' "
    "AND done_at < now() - make_interval(hours => :keep) ORDER BY done_at LIMIT :batch)",
    "dead": "DELETE FROM task WHERE id IN (SELECT id FROM task WHERE state IN ('done', 'dead') AND state = 'dead' "
    "AND done_at < now() - make_interval(hours => :keep) ORDER BY done_at LIMIT :batch)",
    "schedule_run": "DELETE FROM schedule_run WHERE (name, slot) IN (SELECT name, slot FROM schedule_run "
    "WHERE slot < now() - make_interval(hours => :keep) LIMIT :batch)",
}


def chain_audit() -> None:
    """Chain the audit events that wait, a bounded number a run."""
    for _ in range(MOST_CHAINED // CHAIN_BATCH):
        chained = audit.chain(CHAIN_BATCH)
        session.flush()
        if chained < CHAIN_BATCH:
            break


def seal_anew() -> None:
    """Seal anew under today's key what older ones sealed, a bounded number a run."""
    resealing.seal_anew()


def forget_expired() -> None:
    """Delete what the floor may not keep any longer: stored answers, tasks that are over, fired slots."""
    keep_hours = {
        "idempotency_key": int(preferences.get("retention_idempotency_hours")),
        "done": DONE_TASK_HOURS,
        "dead": int(preferences.get("retention_failed_task_days")) * 24,
        "schedule_run": SCHEDULE_RUN_DAYS * 24,
    }
    for name, keep in keep_hours.items():
        for _ in range(MOST_DELETED // DELETE_BATCH):
            deleted = session.execute(text(_EXPIRED[name]), {"keep": keep, "batch": DELETE_BATCH})
            if getattr(deleted, "rowcount", 0) < DELETE_BATCH:
                break
