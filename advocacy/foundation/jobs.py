"""Asking for work: one row in the caller's transaction. A rollback sends nothing, a commit loses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Interval, bindparam, func, text
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.models import Task, TaskState
from config.jobs import BY_NAME, Job

CHANNEL = "task_due"  # tells dispatchers at once; they also look by themselves every second

# A task that waits because of a failure keeps its pause. Only a row that changes is locked.
_SOONER = text(
    """
    UPDATE task SET next_attempt_at = now() + :delay
    WHERE concurrency_key = :key AND state = 'ready' AND attempts = 0 AND next_attempt_at > now() + :delay
    RETURNING pg_notify(:channel, '')
    """
).bindparams(bindparam("delay", type_=Interval))

_current_task: ContextVar[UUID | None] = ContextVar("current_task", default=None)


def current_task_id() -> UUID | None:
    """Return the task that is running, for effects that may exist once per task; None outside tasks."""
    return _current_task.get()


@contextmanager
def running(task_id: UUID) -> Iterator[None]:
    """Make a task the current one. Only the runner of tasks calls this."""
    token = _current_task.set(task_id)
    try:
        yield
    finally:
        _current_task.reset(token)


def enqueue(name: str, /, *, delay: timedelta | None = None, **arguments: Any) -> UUID | None:
    """Want the job `name` done, with ids, numbers and ISO dates as arguments.

    Returns the task's id, or None when a waiting task with the same concurrency key already stands for it: one that
    was put off until later than this is wanted is brought forward.
    A task that waits may start before the caller commits: what the caller wrote is then left to the job's schedule.
    Raises KeyError for a job that `config/jobs.py` does not know.
    """
    job = BY_NAME[name]
    task_id = new_id()
    values: dict[str, Any] = {
        "id": task_id,
        "name": name,
        "queue": job.queue,
        "priority": job.priority,
        "arguments": {key: _plain(value) for key, value in arguments.items()},
        "concurrency_key": concurrency_key(job, arguments),
        "state": TaskState.READY,
        "attempts": 0,
        "max_attempts": job.retries + 1,
        "lease_token": 0,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }
    if delay is not None:
        values["next_attempt_at"] = func.now() + delay
    statement = (
        insert(Task)
        .values(**values)
        .on_conflict_do_nothing(index_elements=[Task.concurrency_key], index_where=text("state = 'ready'"))
        .returning(Task.id, *(() if delay is not None else (func.pg_notify(CHANNEL, ""),)))
    )
    added = session.scalar(statement)
    if added is None:
        sooner = {"delay": delay or timedelta(0), "key": values["concurrency_key"], "channel": CHANNEL}
        session.execute(_SOONER, sooner)
    return added


def concurrency_key(job: Job, arguments: dict[str, Any]) -> str | None:
    """Return the key under which tasks of a job are one at a time, or None when they are free."""
    if job.one_at_a_time is None:
        return None
    return ":".join([job.name, *(str(_plain(arguments[name])) for name in job.one_at_a_time)])


def _plain(value: Any) -> Any:
    """Keep arguments to what JSON can carry: ids, numbers, ISO dates."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"A task takes ids, numbers and dates, not {type(value).__name__}.")
