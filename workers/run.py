"""Running one task: the only function that is ever queued."""

import importlib
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from advocacy.foundation import db, failpoints, jobs, tasks
from advocacy.foundation.db import session
from advocacy.foundation.logs import describe, places
from advocacy.foundation.tasks import Claim, LeaseLost
from config.jobs import Job

BUSY_PAUSE_SECONDS = 1.0
SHARE_OF_TIMEOUT = 0.9  # a statement ends before the job does, the job before its lease does

log = structlog.get_logger("workers.run")

Ended = Literal["done", "not_claimed", "busy", "failed", "lease_lost"]

_PREPARE = text("SELECT set_config('statement_timeout', :timeout, true)")
_PREPARE_ALONE = text(
    "SELECT set_config('statement_timeout', :timeout, true), pg_try_advisory_xact_lock(hashtextextended(:key, 0))"
)


class Busy(Exception):
    """Another task with the same concurrency key is running."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, and the error if there was one."""

    ended: Ended
    error: Exception | None = None


def run_task(task_id: str) -> None:
    """Run a task, as the queue library calls it. Whatever happens is written to PostgreSQL, nothing to Redis."""
    try:
        execute(UUID(task_id))
    except OperationalError as error:
        # Without a database nothing can be claimed or written down; the dispatcher finds the task again.
        log.error("database_unreachable", task_id=task_id, error=describe(error))


def execute(task_id: UUID) -> Outcome:
    """Claim a task, do its work and mark it done in one transaction; a run that lost its lease rolls back."""
    claimed = tasks.claim(task_id)
    if claimed is None:
        return Outcome("not_claimed")
    failpoints.hit("after_claim", claimed.name)
    with structlog.contextvars.bound_contextvars(
        task_id=str(task_id), task=claimed.name, request_id=claimed.request_id, attempt=claimed.attempt
    ):
        return _execute(claimed)


def _execute(claimed: Claim) -> Outcome:
    began = time.monotonic()
    try:
        with jobs.running(claimed.id), db.unit_of_work():
            function, job = function_of(claimed)
            _prepare(claimed, job)
            failpoints.hit("before_effect", claimed.name)
            function(**claimed.arguments)
            failpoints.hit("after_effect_before_commit", claimed.name)
            tasks.finish(claimed)
        failpoints.hit("after_commit_before_ack", claimed.name)
    except LeaseLost as error:
        log.warning("lease lost")
        return Outcome("lease_lost", error)
    except Busy:
        tasks.put_back(claimed, BUSY_PAUSE_SECONDS)
        return Outcome("busy")
    except Exception as error:
        ending, pause = tasks.fail(claimed, describe(error))
        tell = log.error if ending == "dead" else log.warning
        tell(
            "task_dead" if ending == "dead" else "task_failed",
            error=describe(error),
            where=places(error.__traceback__),
            max_attempts=claimed.max_attempts,
            pause_seconds=round(pause, 1),
        )
        return Outcome("failed", error)
    tell = log.info if job.every_seconds is None else log.debug
    tell("task_done", ms=round((time.monotonic() - began) * 1000, 1))
    return Outcome("done")


def function_of(claimed: Claim) -> tuple[Callable[..., None], Job]:
    """Return the function behind a task. Raises LookupError for a job that this release does not have."""
    job = claimed.job
    if job is None:
        raise LookupError("this release does not know the job")
    return resolve(job), job


def resolve(job: Job) -> Callable[..., None]:
    """Return the function of a job: public, and defined in `workers/<capability>.py` itself. Raises LookupError."""
    module = importlib.import_module(f"workers.{job.capability}")
    found = getattr(module, job.function, None)
    if not inspect.isfunction(found) or found.__module__ != module.__name__ or job.function.startswith("_"):
        raise LookupError(f"workers/{job.capability}.py has no function {job.function}")
    return found


def _prepare(claimed: Claim, job: Job) -> None:
    """Bound the statements of this run, and see that it runs alone where its job wants that. Raises Busy."""
    values: dict[str, Any] = {"timeout": str(int(job.timeout_seconds * 1000 * SHARE_OF_TIMEOUT))}
    if claimed.concurrency_key is None:
        session.execute(_PREPARE, values)
    elif not session.execute(_PREPARE_ALONE, values | {"key": claimed.concurrency_key}).one()[1]:
        raise Busy
