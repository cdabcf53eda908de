"""What stands in Redis: entries that name a task and nothing else. Nothing read from there is trusted."""

import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from redis import Redis
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer

ENTRY = "workers.run.run_task"
FAILURE_SECONDS = 3_600  # how long RQ keeps an entry that failed; the truth is in PostgreSQL
TASK_ID_LENGTH = 36
READ_FIELDS = frozenset(
    {"data", "created_at", "origin", "enqueued_at", "timeout", "result_ttl", "failure_ttl", "status", "description"}
)


class Entry(Job):
    """An entry as we read it. Whoever can write to Redis must not be able to call anything but `run_task`."""

    def restore(self, raw_data: Any) -> Any:
        """Read only what we write ourselves: no callbacks, no webhooks, no dependencies, no repeats."""
        known = {key: value for key, value in raw_data.items() if _text(key) in READ_FIELDS}
        return super().restore(known)

    def perform(self) -> Any:
        """Run the task. Raises PermissionError for an entry that asks for anything else."""
        arguments = list(self.args)
        if self.func_name != ENTRY or self.instance or self.kwargs or len(arguments) != 1:
            raise PermissionError("This entry does not name a task.")
        UUID(str(arguments[0]))
        return super().perform()


def queue(connection: Redis, name: str) -> Queue:
    """Return one of our queues; entries are JSON, never pickles."""
    return Queue(name, connection=connection, serializer=JSONSerializer, job_class=Entry)


def push(target: Queue, tasks: Sequence[tuple[UUID, int, bool]]) -> None:
    """Append tasks, given as id, seconds to run and whether it is urgent, in one round trip. Urgent ones go in front.

    Both kinds keep the order in which they were given. The id of an entry is new each time, so that a second entry
    for a task never changes the first.
    """
    urgent_ones = [task for task in tasks if task[2]]
    # Each goes in front of the one before it, so the first has to come last.
    ordered = [*reversed(urgent_ones), *(task for task in tasks if not task[2])]
    prepared = [
        Queue.prepare_data(
            ENTRY,
            args=(str(task_id),),
            timeout=seconds,
            result_ttl=0,
            failure_ttl=FAILURE_SECONDS,
            description=ENTRY,
            job_id=f"{task_id}-{secrets.token_hex(6)}",
            at_front=urgent,
        )
        for task_id, seconds, urgent in ordered
    ]
    target.enqueue_many(prepared)


def waiting(target: Queue) -> set[UUID]:
    """Return the tasks that stand in a queue."""
    found = set()
    for entry in target.get_job_ids():
        try:
            found.add(UUID(entry[:TASK_ID_LENGTH]))
        except ValueError:  # not ours; the worker will refuse it
            continue
    return found


def _text(key: Any) -> str:
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
