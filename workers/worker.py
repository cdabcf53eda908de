"""`python -m workers.worker QUEUE`: takes tasks of exactly one queue and runs each in a fork of its own.

One queue a process, because the queue library loses what it pops from several. What it loses nevertheless is found
again by the dispatcher.
"""

import gc
import os
import resource
import secrets
import signal
import socket
import sys
import time
from uuid import UUID

import redis
import structlog
from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from advocacy.foundation import db, tasks
from advocacy.supervisor.processes import dies_with_parent_now
from config.jobs import QUEUES
from workers import entries, process

WORKER_SECONDS = 45  # how long a silent worker counts as alive in Redis
MAINTENANCE_SECONDS = 20
LONGEST_REDIS_PAUSE_SECONDS = 5.0
USAGE_ERROR = 2
# What a page or feed of somebody else may cost to read, whatever it was made to do to a parser.
EGRESS_CPU_SECONDS = 40
EGRESS_MEMORY_BYTES = 1_500_000_000

log = structlog.get_logger("workers.worker")


def main(arguments: list[str]) -> int:
    """Work until a signal comes. A run that is under way may finish; a second signal ends it."""
    if len(arguments) != 1 or arguments[0] not in QUEUES:
        sys.stderr.write(f"Name one queue: {', '.join(QUEUES)}.\n")
        return USAGE_ERROR
    name = arguments[0]
    settings = process.start(f"worker-{name}")
    warm_up()
    os.register_at_fork(after_in_child=_begin_run)
    if name == "egress":
        os.register_at_fork(after_in_child=_bound_run)
    connection = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=5, socket_keepalive=True)
    wait_for(connection)
    worker = Worker(
        [entries.queue(connection, name)],
        name=f"{name}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
        connection=connection,
        job_class=entries.Entry,
        serializer=JSONSerializer,
        default_result_ttl=0,
        worker_ttl=WORKER_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
        log_job_description=False,
    )
    worker.max_connection_wait_time = LONGEST_REDIS_PAUSE_SECONDS
    worker.log_result_lifespan = False
    log.info("worker_started", queue=name, pid=os.getpid())
    try:
        worker.work(logging_level="WARNING")
    except redis.RedisError as error:  # the supervisor starts a new one, which waits for Redis
        log.warning("redis_unreachable", error_kind=type(error).__name__)
        return 1
    return 0


def warm_up() -> None:
    """Load, configure and compile in the parent whatever each forked run would need anew."""
    process.import_jobs()
    configure_mappers()
    try:
        tasks.claim(UUID(int=0))
    except SQLAlchemyError as error:
        log.warning("database_unreachable", error_kind=type(error).__name__)
    db.engine().dispose()
    gc.collect()
    gc.freeze()  # the fork shares these pages as long as nobody touches them


def wait_for(connection: redis.Redis) -> None:
    """Return once Redis answers. Waiting here costs nothing, dying costs a start."""
    told = False
    while True:
        try:
            connection.ping()
        except redis.RedisError as error:
            if not told:
                log.warning("redis_unreachable", error_kind=type(error).__name__)
            told = True
            time.sleep(1.0)
        else:
            return


def _begin_run() -> None:
    """In each forked run: no inherited sockets, and no run outlives its worker unseen."""
    dies_with_parent_now(signal.SIGKILL)
    db.forget_inherited_connections()


def _bound_run() -> None:
    """In each forked run of the egress queue: an end to what parsing may use, set where nothing else runs."""
    resource.setrlimit(resource.RLIMIT_CPU, (EGRESS_CPU_SECONDS, EGRESS_CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_AS, (EGRESS_MEMORY_BYTES, EGRESS_MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
