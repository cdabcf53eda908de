"""`python -m tests.faults.process MODULE [ARGUMENT...]`: a real process with quick clocks and a test job.

The job `probe.leave_mark` writes one row per task into `fault_mark`: the effect to count.
"""

import importlib
import os
import runpy
import sys
import time
from dataclasses import replace

import time_machine
from sqlalchemy import text

import config.jobs

# By how much our clock goes before that of the servers: for what must not see a midnight.
if ahead := os.environ.get("FAULT_SECONDS_AHEAD"):
    time_machine.travel(time.time() + float(ahead)).start()
PROBE = config.jobs.Job("probe.leave_mark", timeout_seconds=2, retries=9)
config.jobs.JOBS = (*config.jobs.JOBS, PROBE)  # before anybody else imports the table
config.jobs.BY_NAME[PROBE.name] = PROBE
# A run that was killed is taken up again when its lease ends: here after seconds, as everything.
for name in ("notifications.send_digests", "sharing.publish_post"):
    config.jobs.BY_NAME[name] = replace(config.jobs.BY_NAME[name], timeout_seconds=4)
config.jobs.JOBS = tuple(config.jobs.BY_NAME[job.name] for job in config.jobs.JOBS)

from advocacy.foundation import jobs, tasks  # noqa: E402
from advocacy.foundation.db import session  # noqa: E402


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
    tasks.LEASE_GRACE_SECONDS = 0
    tasks.FIRST_PAUSE_SECONDS = 0.4
    tasks.PAUSE_FACTOR = 1.5
    from workers import dispatcher, worker

    dispatcher.DISPATCH_SECONDS = 1.5
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
