"""`python -m workers.dispatcher`: hands due tasks to the queues and fires schedules. Safe in any number of copies."""

import os
import signal
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from types import FrameType
from typing import Any
from uuid import UUID

import psycopg
import redis
import structlog
from rq.queue import Queue
from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from advocacy.foundation import db, failpoints, jobs, tasks
from advocacy.foundation.db import session
from advocacy.foundation.models import ScheduleRun
from config.jobs import BY_NAME, JOBS, QUEUES, URGENT_BELOW, Job
from config.settings import Settings
from workers import entries, numbers, process

BATCH = 500
LONGEST_QUEUE = 500  # the backlog stays in PostgreSQL, where nothing is lost
PART_FOR_ALL = 0.8  # of a queue; the rest is kept for what is urgent, so that it need not wait for room
PATIENCE_SECONDS = 60.0  # so long others wait behind an urgent schedule before it makes room for one of them
DISPATCH_SECONDS = 15.0  # after this a task that nobody claimed is looked for in its queue
POLL_SECONDS = 1.0
BUSY_POLL_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
REDIS_TIMEOUT_SECONDS = 2.0

log = structlog.get_logger("workers.dispatcher")

_DUE = text(
    """
    SELECT due.id, due.name, due.queue, due.dispatched_until IS NOT NULL
    FROM unnest(CAST(:queues AS text[]), CAST(:takes_all AS boolean[])) AS asked(queue, takes_all)
    CROSS JOIN LATERAL (
        SELECT id, name, queue, dispatched_until, priority, next_attempt_at FROM task
        WHERE queue = asked.queue AND state IN ('ready', 'leased') AND state = 'ready'
            AND next_attempt_at <= now() AND (dispatched_until IS NULL OR dispatched_until < now())
            AND (asked.takes_all OR priority < :urgent)
        ORDER BY priority, next_attempt_at LIMIT :batch FOR UPDATE SKIP LOCKED
    ) AS due
    ORDER BY due.priority, due.next_attempt_at
    """
)
_DISPATCHED = text(
    "UPDATE task SET dispatched_until = now() + make_interval(secs => :seconds) WHERE id = ANY(CAST(:ids AS uuid[]))"
)

_OVERTAKES = text(
    """
    SELECT EXISTS (
        SELECT FROM task WHERE queue = :queue AND state IN ('ready', 'leased') AND state = 'leased' AND name = :name
            AND lease_until > now()
    ) AND EXISTS (
        SELECT FROM task WHERE queue = :queue AND state IN ('ready', 'leased') AND state = 'ready'
            AND priority >= :urgent AND next_attempt_at < now() - make_interval(secs => :patience)
    )
    """
)


class Dispatcher:
    """One loop: fire schedules, sweep expired leases, hand over what is due, wait to be called or a second."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redis = redis.Redis.from_url(
            settings.redis_url,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            health_check_interval=30,
        )
        self.queues: dict[str, Queue] = {name: entries.queue(self.redis, name) for name in QUEUES}
        self.stopping = False
        self._fired: dict[str, datetime] = {}
        self._listener: psycopg.Connection[Any] | None = None
        self._unreachable = False

    def run(self) -> None:
        """Work until `stopping`. Neither database may be there; both may come back."""
        pause = POLL_SECONDS
        while not self.stopping:
            try:
                moved = self.tick()
                pause = POLL_SECONDS
                self._wait(BUSY_POLL_SECONDS if moved else POLL_SECONDS)
            except (SQLAlchemyError, psycopg.Error) as error:
                log.warning("database_unreachable", error_kind=type(error).__name__, pause_seconds=pause)
                self._close_listener()
                time.sleep(pause)
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
        self._close_listener()

    def tick(self) -> int:
        """Do once what is due now; return how many tasks were handed over."""
        with db.unit_of_work():
            slots = fire_schedules(self._fired)
            swept = tasks.sweep_expired()
        self._fired |= slots
        for task_id, name, ending in swept:
            tell = log.error if ending == "dead" else log.warning
            tell("task_dead" if ending == "dead" else "lease_expired", task_id=str(task_id), task=name)
        try:
            return self._hand_over()
        except redis.RedisError as error:
            if not self._unreachable:
                log.warning("redis_unreachable", error_kind=type(error).__name__)
            self._unreachable = True
            return 0

    def _hand_over(self) -> int:
        """Mark due tasks as dispatched, commit, and only then queue them: what dies between is found again."""
        lengths = self._lengths()
        chosen: dict[str, list[tuple[UUID, str]]] = defaultdict(list)
        open_queues = [name for name, length in lengths.items() if length < LONGEST_QUEUE]
        with db.unit_of_work():
            asked = {
                "queues": open_queues,
                "takes_all": [lengths[name] < _room(is_urgent=False) for name in open_queues],
                "urgent": URGENT_BELOW,
                "batch": BATCH,
            }
            found = session.execute(_DUE, asked).all() if open_queues else []
            again = {queue for _id, _name, queue, was_dispatched in found if was_dispatched}
            still_queued = set().union(*(entries.waiting(self.queues[name]) for name in again))
            for task_id, name, queue, _ in found:
                room = _room(is_urgent=_urgency(name)[1])
                if task_id not in still_queued and lengths[queue] + len(chosen[queue]) < room:
                    chosen[queue].append((task_id, name))
            marked = [task_id for tasks_of in chosen.values() for task_id, _name in tasks_of]
            marked += [task_id for task_id, *_ in found if task_id in still_queued]
            if marked:
                session.execute(_DISPATCHED, {"ids": marked, "seconds": DISPATCH_SECONDS})
        names = {name for tasks_of in chosen.values() for _id, name in tasks_of}
        if chosen:
            failpoints.hit("before_enqueue", *names)
        for queue, tasks_of in chosen.items():
            entries.push(self.queues[queue], [(task_id, *_urgency(name)) for task_id, name in tasks_of])
        if chosen:
            failpoints.hit("after_enqueue", *names)
        return sum(map(len, chosen.values()))

    def _lengths(self) -> dict[str, int]:
        with self.redis.pipeline(transaction=False) as pipeline:
            for queue in self.queues.values():
                pipeline.llen(queue.key)
            lengths = dict(zip(self.queues, pipeline.execute(), strict=True))
        if self._unreachable:
            log.info("redis_reachable")
            self._unreachable = False
        return lengths

    def _wait(self, seconds: float) -> None:
        """Sleep until somebody enqueues, or the time is over."""
        if self.stopping:
            return
        if self._listener is None:
            address = self.settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
            self._listener = psycopg.connect(address, autocommit=True, connect_timeout=5)
            self._listener.execute(f"LISTEN {jobs.CHANNEL}")
            return  # what was enqueued before we listened is found by one more look
        for _notification in self._listener.notifies(timeout=seconds, stop_after=1):
            pass

    def _close_listener(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()


def fire_schedules(fired: dict[str, datetime]) -> dict[str, datetime]:
    """Enqueue each schedule's latest slot once. Missed slots are not made up: one run does whatever is due.

    `fired` holds the slots this process has seen, so that one costs its queries once; the new ones are returned.
    """
    new = {}
    epoch = float(session.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    for job in JOBS:
        if job.every_seconds is None:
            continue
        slot = datetime.fromtimestamp(epoch // job.every_seconds * job.every_seconds, UTC)
        if fired.get(job.name) != slot:
            fire(job, slot)
            new[job.name] = slot
    return new


def fire(job: Job, slot: datetime) -> bool:
    """Fire one slot unless somebody has; return whether it was us. There is no task when the slot needs none."""
    statement = (
        insert(ScheduleRun).values(name=job.name, slot=slot).on_conflict_do_nothing().returning(ScheduleRun.name)
    )
    if session.scalar(statement) is None:
        return False
    if not _is_needed(job, slot):
        return True
    task_id = jobs.enqueue(job.name)  # None when the last one still waits: that one will do
    if task_id is not None:
        session.execute(
            update(ScheduleRun).where(ScheduleRun.name == job.name, ScheduleRun.slot == slot).values(task_id=task_id)
        )
    return True


def _is_needed(job: Job, slot: datetime) -> bool:
    """Return whether there is anything to do. What is committed a moment later is found in the next slot."""
    if _has_its_turns(job):
        return False
    if job.only_if is None:
        return True
    if job.at_least_every_seconds is not None and slot.timestamp() % job.at_least_every_seconds == 0:
        return True
    return bool(session.scalar(text(f"SELECT {job.only_if}")))


def _has_its_turns(job: Job) -> bool:
    """Return whether an urgent schedule runs while others of its queue have waited for long.

    It stands in front of them each time. Where a run takes longer than the pause, they would never have a turn.
    """
    values = {"name": job.name, "queue": job.queue, "urgent": URGENT_BELOW, "patience": PATIENCE_SECONDS}
    return job.priority < URGENT_BELOW and bool(session.scalar(_OVERTAKES, values))


def _room(*, is_urgent: bool) -> int:
    return LONGEST_QUEUE if is_urgent else int(LONGEST_QUEUE * PART_FOR_ALL)


def _urgency(name: str) -> tuple[int, bool]:
    job = BY_NAME.get(name)
    return (job.timeout_seconds, job.priority < URGENT_BELOW) if job is not None else (60, False)


def main() -> int:
    """Run until a signal comes."""
    settings = process.start("dispatcher")
    dispatcher = Dispatcher(settings)

    def stop(_number: int, _frame: FrameType | None) -> None:
        dispatcher.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    numbers.serve(settings)
    log.info("dispatcher_started", pid=os.getpid())
    dispatcher.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
