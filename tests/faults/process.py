"""`python -m tests.faults.process MODULE [ARGUMENT...]`: a real process with quick clocks and a test job.

The job `probe.leave_mark` writes one row per task into `fault_mark`, whose `task_id` is unique: the effect to count.
"""

import importlib
import runpy
import sys
import time

from sqlalchemy import text

import config.jobs
from advocacy.foundation import jobs, tasks
from advocacy.foundation.db import session

PROBE = config.jobs.Job("probe.leave_mark", timeout_seconds=3, retries=9)
config.jobs.JOBS = (*config.jobs.JOBS, PROBE)
config.jobs.BY_NAME[PROBE.name] = PROBE


def leave_mark(number: int, seconds: float = 0.0) -> None:
    """Leave a mark for the running task, taking some time over it."""
    session.execute(
        text("INSERT INTO fault_mark (task_id, number) VALUES (:task_id, :number)"),
        {"task_id": jobs.current_task_id(), "number": number},
    )
    time.sleep(seconds)


leave_mark.__module__ = "workers.probe"


def shorten_clocks() -> None:
    """Let what takes a quarter of a minute take a second or two; the protocol is the same."""
    tasks.LEASE_GRACE_SECONDS = 1
    tasks.FIRST_PAUSE_SECONDS = 0.4
    tasks.PAUSE_FACTOR = 1.5
    from workers import dispatcher, worker

    dispatcher.DISPATCH_SECONDS = 2.0
    worker.LONGEST_REDIS_PAUSE_SECONDS = 1.0


def main() -> None:
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    probe = type(sys)("workers.probe")
    probe.leave_mark = leave_mark
    sys.modules["workers.probe"] = probe
    if module in {"workers.worker", "workers.dispatcher"}:
        shorten_clocks()
        sys.exit(importlib.import_module(module).main(*([arguments] if module == "workers.worker" else [])))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
