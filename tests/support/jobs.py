"""What a test asked to be done in the background, to look at and to run in place."""

import inspect
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from advocacy.foundation.db import session
from advocacy.foundation.models import Task, TaskState
from config.jobs import BY_NAME
from workers import run

MOST_RUNS = 1_000


@dataclass(frozen=True)
class RecordedJob:
    """A task as the code under test enqueued it."""

    id: UUID
    name: str
    arguments: dict[str, Any]


class RecordedJobs:
    """The tasks enqueued since the test began. Nothing goes to Redis; `run` takes the path of a real worker."""

    def __init__(self) -> None:
        self._earlier = set(session.scalars(select(Task.id)))

    def all(self, name: str | None = None) -> list[RecordedJob]:
        """Return what was enqueued, oldest first. Asserts that arguments fit the function that will get them."""
        found = session.execute(select(Task.id, Task.name, Task.arguments).order_by(Task.created_at, Task.id)).all()
        recorded = [RecordedJob(*row) for row in found if row.id not in self._earlier]
        for job in recorded:
            assert_arguments_fit(job)
        return [job for job in recorded if name is None or job.name == name]

    def names(self) -> list[str]:
        return [job.name for job in self.all()]

    def arguments(self, name: str) -> list[dict[str, Any]]:
        return [job.arguments for job in self.all(name)]

    def run(self, name: str | None = None) -> int:
        """Run what is due, and what that enqueues in turn; return how many ran. Raises what a job raises.

        Ends the ambient session, as a task's end does: read objects anew afterwards.
        """
        session.flush()
        count = 0
        while count < MOST_RUNS:
            ready = set(session.scalars(select(Task.id).where(Task.state == TaskState.READY)))
            waiting = [job for job in self.all(name) if job.id in ready]
            ran = 0
            for job in waiting:
                outcome = run.execute(job.id)
                if outcome.error is not None:
                    raise outcome.error
                ran += outcome.ended == "done"
            if not ran:
                return count
            count += ran
        raise AssertionError("The jobs enqueue each other without end.")


def assert_arguments_fit(job: RecordedJob) -> None:
    """Assert that the job exists and that its function takes these arguments."""
    function = run.resolve(BY_NAME[job.name])
    try:
        inspect.signature(function).bind(**job.arguments)
    except TypeError as error:
        raise AssertionError(f"{job.name} does not take {job.arguments}: {error}") from None
