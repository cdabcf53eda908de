"""The life of a task: claimed under a lease, done, tried again, dead. All clocks are the database's."""

import json
import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import CursorResult, func, select, text
from sqlalchemy.exc import IntegrityError

from advocacy.foundation import db
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, NotFound
from advocacy.foundation.models import ScheduleRun, Task, TaskState
from config.jobs import BY_NAME, JOBS, Job

LEASE_GRACE_SECONDS = 15
FIRST_PAUSE_SECONDS = 5.0
PAUSE_FACTOR = 3.0
LONGEST_PAUSE_SECONDS = 3_600.0
LONGEST_SCHEDULED_PAUSE_SECONDS = 30.0  # a schedule comes again anyway
LONGEST_ERROR = 500

_CLAIM = text(
    """
    UPDATE task
    SET state = 'leased', attempts = attempts + 1, lease_token = lease_token + 1, dispatched_until = NULL,
        lease_until = now() + make_interval(secs => coalesce((CAST(:leases AS jsonb) ->> name)::int, 60))
    WHERE id = :id AND attempts < max_attempts AND next_attempt_at <= now()
        AND (state = 'ready' OR (state = 'leased' AND lease_until < now()))
    RETURNING name, arguments, attempts, max_attempts, lease_token, concurrency_key, request_id
    """
)
_FINISH = text(
    """
    UPDATE task SET state = 'done', done_at = now(), lease_until = NULL, last_error = NULL
    WHERE id = :id AND lease_token = :token AND state = 'leased'
    """
)
# A task that goes back to waiting must not meet another that waits under the same key: that one stands for it.
_RETURN = text(
    """
    UPDATE task
    SET state = 'ready', lease_until = NULL, dispatched_until = NULL, last_error = coalesce(:error, last_error),
        attempts = attempts - :uncounted, next_attempt_at = now() + make_interval(secs => :pause)
    WHERE id = :id AND lease_token = :token AND state = 'leased'
    """
)
_INHERIT = text(
    """
    UPDATE task AS waiting
    SET attempts = least(waiting.max_attempts - 1, greatest(waiting.attempts, stopped.attempts - :uncounted)),
        next_attempt_at = greatest(waiting.next_attempt_at, now() + make_interval(secs => :pause)),
        last_error = coalesce(:error, waiting.last_error)
    FROM task AS stopped
    WHERE stopped.id = :id AND waiting.concurrency_key = stopped.concurrency_key AND waiting.state = 'ready'
    """
)
_SUPERSEDE = text(
    """
    UPDATE task SET state = 'done', done_at = now(), lease_until = NULL, last_error = 'a later task stands for it'
    WHERE id = :id AND lease_token = :token AND state = 'leased'
    """
)
_BURY = text(
    """
    UPDATE task SET state = 'dead', done_at = now(), lease_until = NULL, dispatched_until = NULL, last_error = :error
    WHERE id = :id AND lease_token = :token AND state = 'leased'
    """
)
_EXPIRED = text(
    """
    SELECT id, name, attempts, max_attempts, lease_token FROM task
    WHERE state = 'leased' AND lease_until < now() ORDER BY lease_until LIMIT 100 FOR UPDATE SKIP LOCKED
    """
)

Ending = Literal["ready", "superseded", "dead", "lost"]


class LeaseLost(Exception):
    """Somebody else owns the task by now; whatever this run did must be rolled back."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a task once, as long as nobody claims it anew: `token` is the fence."""

    id: UUID
    name: str
    arguments: dict[str, Any]
    attempt: int
    max_attempts: int
    token: int
    concurrency_key: str | None
    request_id: str | None

    @property
    def job(self) -> Job | None:
        """The job, or None when this release does not know it."""
        return BY_NAME.get(self.name)


def lease_seconds(job: Job) -> int:
    """Return how long a claim holds: longer than the job may run, so that only a dead run loses it."""
    return job.timeout_seconds + LEASE_GRACE_SECONDS


def claim(task_id: UUID) -> Claim | None:
    """Claim a task in its own short transaction. None means: somebody has it, or it is over, or not due yet."""
    leases = json.dumps({job.name: lease_seconds(job) for job in JOBS})
    with db.unit_of_work():
        row = session.execute(_CLAIM, {"id": task_id, "leases": leases}).first()
    return None if row is None else Claim(task_id, *row)


def finish(claimed: Claim) -> None:
    """Mark a task done in the transaction of its effect. Raises LeaseLost."""
    result = session.execute(_FINISH, {"id": claimed.id, "token": claimed.token})
    if cast("CursorResult[Any]", result).rowcount != 1:
        raise LeaseLost(claimed.name)


def put_back(claimed: Claim, seconds: float) -> Ending:
    """Give a task back unharmed, because it cannot run just now. This attempt does not count."""
    with db.unit_of_work():
        return _return(claimed.id, claimed.token, error=None, pause=seconds, uncounted=1)


def fail(claimed: Claim, error: str) -> tuple[Ending, float]:
    """Write down a failure in its own short transaction; return what became of the task and its pause."""
    pause = pause_before(claimed.attempt + 1, claimed.job)
    with db.unit_of_work():
        if claimed.attempt >= claimed.max_attempts:
            return _bury(claimed.id, claimed.token, error), 0.0
        return _return(claimed.id, claimed.token, error=error, pause=pause, uncounted=0), pause


def sweep_expired() -> list[tuple[UUID, str, Ending]]:
    """Take expired leases away: try again after a pause, or bury. Safe in any number of processes."""
    swept = []
    for task_id, name, attempts, max_attempts, token in session.execute(_EXPIRED).all():
        error = "the run ended without a word: killed, or out of time"
        if attempts >= max_attempts:
            swept.append((task_id, name, _bury(task_id, token, error)))
        else:
            pause = pause_before(attempts + 1, BY_NAME.get(name))
            swept.append((task_id, name, _return(task_id, token, error=error, pause=pause, uncounted=0)))
    return swept


def pause_before(attempt: int, job: Job | None) -> float:
    """Return how long to wait before this attempt: growing, with jitter so that a herd does not come back at once."""
    longest = LONGEST_PAUSE_SECONDS
    if job is not None and job.every_seconds is not None:
        longest = LONGEST_SCHEDULED_PAUSE_SECONDS
    pause: float = min(longest, FIRST_PAUSE_SECONDS * PAUSE_FACTOR ** max(0, attempt - 2))
    return pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing


def _return(task_id: UUID, token: int, *, error: str | None, pause: float, uncounted: int) -> Ending:
    values = {"id": task_id, "token": token, "pause": pause, "uncounted": uncounted}
    values["error"] = error[:LONGEST_ERROR] if error else None
    try:
        with session.begin_nested():
            changed = cast("CursorResult[Any]", session.execute(_RETURN, values)).rowcount
    except IntegrityError:
        session.execute(_INHERIT, values)
        changed = cast("CursorResult[Any]", session.execute(_SUPERSEDE, values)).rowcount
        return "superseded" if changed else "lost"
    return "ready" if changed else "lost"


def _bury(task_id: UUID, token: int, error: str) -> Ending:
    result = session.execute(_BURY, {"id": task_id, "token": token, "error": error[:LONGEST_ERROR]})
    return "dead" if cast("CursorResult[Any]", result).rowcount else "lost"


# --- For operators


def in_states(states: tuple[TaskState, ...], *, name: str | None = None, limit: int = 100) -> list[Task]:
    """Return tasks in these states, oldest first."""
    query = select(Task).where(Task.state.in_(states)).order_by(Task.created_at, Task.id).limit(limit)
    if name is not None:
        query = query.where(Task.name == name)
    return list(session.scalars(query))


def retry(task_id: UUID) -> None:
    """Let a dead task start anew. Raises NotFound, or Conflict when it is not dead or another waits for it."""
    task = _get(task_id)
    if task.state is not TaskState.DEAD:
        raise Conflict(_("Only a dead task can be retried."))
    waits = select(Task.id).where(Task.concurrency_key == task.concurrency_key, Task.state == TaskState.READY)
    if task.concurrency_key is not None and session.scalar(waits) is not None:
        raise Conflict(_("Another task already waits to do the same."))
    task.state, task.attempts, task.done_at, task.dispatched_until = TaskState.READY, 0, None, None
    task.next_attempt_at = func.now()
    session.flush()


def drop(task_id: UUID) -> None:
    """Delete a task that is not running. Raises NotFound or Conflict."""
    task = _get(task_id)
    if task.state is TaskState.LEASED:
        raise Conflict(_("This task is running. Wait until its lease ends."))
    session.delete(task)
    session.flush()


def _get(task_id: UUID) -> Task:
    task = session.get(Task, task_id, with_for_update=True)
    if task is None:
        raise NotFound(_("There is no such task."))
    return task


def count_by_state() -> dict[TaskState, int]:
    """Return how many tasks there are in each state."""
    counted = dict(session.execute(select(Task.state, func.count()).group_by(Task.state)).all())
    return {state: counted.get(state, 0) for state in TaskState}


def longest_wait_seconds() -> float:
    """Return how long the longest-waiting due task has waited; 0 when nothing is due."""
    waited = session.scalar(
        select(func.extract("epoch", func.max(func.now() - Task.next_attempt_at))).where(
            Task.state == TaskState.READY, Task.next_attempt_at <= func.now()
        )
    )
    return max(0.0, float(waited or 0))


def last_slots() -> dict[str, datetime]:
    """Return when each schedule was last fired, by the name of its job."""
    rows = session.execute(select(ScheduleRun.name, func.max(ScheduleRun.slot)).group_by(ScheduleRun.name))
    return dict(rows.all())
