"""The whole product as real processes on free loopback ports, to be killed and brought back.

cluster.start("web", "redirect", "dispatcher", "worker@default")
cluster.kill("redirect")             # SIGKILL, with everything it started
cluster.wait(lambda: ..., 20)        # revives what died by itself, as the supervisor would
assert_invariants(cluster)
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis

from advocacy.supervisor.migrate import upgrade_in_child
from advocacy.supervisor.postgres import EmbeddedPostgres
from advocacy.supervisor.processes import is_alive, wait_until
from advocacy.supervisor.valkey import EmbeddedValkey
from config.jobs import JOBS, QUEUES
from tests.faults import template
from tests.faults.hosts import Host
from tests.support.ports import own_port

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS: dict[str, tuple[str, ...]] = {
    "web": ("advocacy.supervisor.web",),
    "redirect": ("workers.redirect",),
    "dispatcher": ("workers.dispatcher",),
    **{f"worker@{queue}": ("workers.worker", queue) for queue in QUEUES},
}
HERE = Host("here", (), {})
# Tests say how long something takes on a quiet machine. Beside other tests it may take longer: that is no fault.
PATIENCE = 4
# No unique key on purpose: only the fence keeps a second effect out.
MARKS = """
CREATE TABLE IF NOT EXISTS fault_mark (task_id uuid NOT NULL, number integer NOT NULL, at timestamptz NOT NULL
    DEFAULT clock_timestamp());
GRANT SELECT, INSERT, DELETE ON fault_mark TO advocacy_app
"""


@dataclass(frozen=True)
class Promise:
    """Something that was acknowledged to somebody: after any fault the query must give a true value."""

    what: str
    query: str
    values: tuple[Any, ...]


@dataclass
class Cluster:
    """Own servers and own processes below one folder."""

    home: Path
    environ: dict[str, str]
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    promises: list[Promise] = field(default_factory=list)
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _started_with: dict[str, dict[str, str]] = field(default_factory=dict)
    _hosts: dict[str, Host] = field(default_factory=dict)

    # --- Processes

    def start(self, *names: str, on: Host | None = None, **environ: str) -> None:
        """Start programs by their name in PROGRAMS (`dispatcher#2` is a second copy), with more environment."""
        where = on or self._hosts.get(names[0], HERE)
        for name in names:
            self._started_with[name], self._hosts[name] = environ, where
            with (self.home / f"{name}.log").open("ab") as log:
                self._processes[name] = subprocess.Popen(
                    [*where.prefix, sys.executable, "-m", "tests.faults.process", *PROGRAMS[name.partition("#")[0]]],
                    cwd=ROOT,
                    env={**self.environ, **where.environ, **environ},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )

    def kill(self, *names: str) -> None:
        """End programs and everything they started with SIGKILL. They stay down until `start`."""
        for name in names:
            family = self.family(name)
            for process in family:
                _send(process, signal.SIGKILL)
            self._processes.pop(name).wait()
            wait_until(lambda family=family: not any(is_alive(process.pid) for process in family), 60)  # type: ignore[misc]

    def kill_parent_only(self, name: str) -> None:
        """SIGKILL the program itself and nothing below it."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def stop(self, *names: str, patience: float = 15.0) -> None:
        """Ask programs to end, as the supervisor does, and wait."""
        chosen = [name for name in (names or tuple(self._processes)) if name in self._processes]
        families = {name: self.family(name) for name in chosen}
        for name in chosen:
            self._processes[name].send_signal(signal.SIGTERM)
        for name in chosen:
            with suppress(subprocess.TimeoutExpired):
                self._processes[name].wait(patience)
            for process in families[name]:
                _send(process, signal.SIGKILL)
            self._processes.pop(name).wait()

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def queues_worked_on(self) -> set[str]:
        """Return the queues that one of our workers takes work from."""
        return {PROGRAMS[name.partition("#")[0]][-1] for name in self._processes if name.startswith("worker@")}

    def family(self, name: str) -> list[psutil.Process]:
        """Return a running program with all its descendants, the program first."""
        try:
            parent = psutil.Process(self._processes[name].pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def horses(self, name: str) -> list[psutil.Process]:
        """Return the forked runs of a worker."""
        return self.family(name)[1:]

    def signal_horses(self, name: str, which: signal.Signals) -> list[psutil.Process]:
        found = self.horses(name)
        for process in found:
            _send(process, which)
        return found

    def revive(self) -> None:
        """Start again what died by itself, as the supervisor would."""
        for name, process in list(self._processes.items()):
            if process.poll() is not None:
                self.start(name, **self._started_with[name])

    def wait(self, condition: Callable[[], Any], seconds: float, what: str = "") -> None:
        """Wait until the condition holds; `seconds` are meant for a quiet machine.

        Raises AssertionError with the logs' ends when PATIENCE times as long is over.
        """
        end = time.monotonic() + seconds * PATIENCE
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except (psycopg.OperationalError, redis.RedisError, OSError):
                pass  # a server may be away just now
            self.revive()
            time.sleep(0.1)
        raise AssertionError(f"Not within {seconds * PATIENCE} s: {what or condition}\n{self.logs()}")

    def log_of(self, name: str) -> str:
        file = self.home / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def logs(self, length: int = 3_000) -> str:
        return "\n".join(
            f"--- {file.name}\n{file.read_text(errors='replace')[-length:]}" for file in self.home.glob("*.log")
        )

    # --- Servers

    def sql(self, query: str, *values: Any, role: str = "DATABASE_OWNER_URL") -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own and return its rows. Committed when this returns."""
        address = self.environ[role].replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def scalar(self, query: str, *values: Any) -> Any:
        return self.sql(query, *values)[0][0]

    @property
    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.environ["REDIS_URL"], socket_timeout=5)

    def kill_valkey(self, *, forget: bool) -> None:
        """SIGKILL Valkey; `forget` also removes what it wrote to disk."""
        self._pid_of(self.valkey).kill()
        self.valkey.stop()
        if forget:
            for leftover in self.valkey.folder.glob("appendonlydir/*"):
                leftover.unlink()

    def kill_postgres(self) -> None:
        """SIGKILL the postmaster; its children end by themselves."""
        self._pid_of(self.postgres).kill()

    def _pid_of(self, server: EmbeddedPostgres | EmbeddedValkey) -> psutil.Process:
        process = server._process
        assert process is not None
        return psutil.Process(process.pid)

    # --- Work

    def enqueue_marks(self, numbers: range, seconds: float = 0.0) -> None:
        """Want one mark per number, through the real `enqueue`, in one transaction of a child process."""
        script = (
            "import tests.faults.process, sys\n"
            "from workers import process\n"
            "from advocacy.foundation import db, jobs\n"
            "process.start('test')\n"
            "with db.unit_of_work():\n"
            f"    for number in range({numbers.start}, {numbers.stop}):\n"
            f"        jobs.enqueue('probe.leave_mark', number=number, seconds={seconds})\n"
        )
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=self.environ, check=True)

    def marks(self) -> list[int]:
        return [row[0] for row in self.sql("SELECT number FROM fault_mark ORDER BY number")]

    def promise(self, what: str, query: str, *values: Any) -> None:
        """Remember what was acknowledged: opt-outs, withdrawals, erasures, deactivations (I5)."""
        self.promises.append(Promise(what, query, values))

    def clear(self) -> None:
        """Forget all work, marks and fired failpoints, between two tests. The processes should be stopped."""
        self.sql("DELETE FROM task")
        self.sql("DELETE FROM schedule_run")
        self.sql("DELETE FROM fault_mark")
        self.promises.clear()
        self._hosts.clear()
        self.redis.flushall()
        shutil.rmtree(self.home / "failpoints", ignore_errors=True)
        for log in self.home.glob("*.log"):
            log.unlink()


def assert_invariants(cluster: Cluster, *, within_seconds: float = 60.0) -> None:
    """Check I5 to I8 of the reliability design. Waits until the work is over, at most so long.

    Of queues that have no worker nothing is expected: schedules go on filling them.
    """

    def left() -> int:
        return int(
            cluster.scalar(
                "SELECT count(*) FROM task WHERE state IN ('ready', 'leased') AND queue = ANY(%s) "
                "AND (name LIKE 'probe.%%' OR created_at < now() - make_interval(secs => %s))",
                list(cluster.queues_worked_on()),
                within_seconds,
            )
        )

    cluster.wait(lambda: left() == 0, within_seconds, "I6: every task is done or dead")
    for promise in cluster.promises:
        rows = cluster.sql(promise.query, *promise.values)
        assert rows, f"I5: {promise.what} was acknowledged and is gone"
        assert rows[0][0], f"I5: {promise.what} was acknowledged and is gone"
    marked = sorted(row[0] for row in cluster.sql("SELECT task_id FROM fault_mark"))
    done = sorted(row[0] for row in cluster.sql("SELECT id FROM task WHERE name LIKE 'probe.%%' AND state = 'done'"))
    assert marked == done, "I7: exactly the tasks that are done have left their one effect"
    known = {job.name: job.every_seconds for job in JOBS}
    for name, slot, number in cluster.sql(
        "SELECT name, extract(epoch FROM slot)::float8, count(*) FROM schedule_run GROUP BY name, slot"
    ):
        assert number == 1, f"I8: {name} fired twice"
        assert slot % (known[name] or 0) == 0, f"I8: {name} fired at {slot}, which is no slot of it"


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start servers of our own and give a cluster whose processes are still to be started; end all afterwards."""
    home = Path(tempfile.mkdtemp(prefix="advocacy-faults-"))
    home.chmod(0o711)
    postgres = EmbeddedPostgres(home / "postgres", durable=os.environ.get("ADVOCACY_FAULTS") == "full")
    valkey = EmbeddedValkey(home / "valkey")
    cluster = None
    try:
        template.copy_to(home / "postgres")
        server, memory = postgres.start(), valkey.start()
        owner, app, clicks = server.urls
        portal, links, uploads, internal = (f"127.0.0.1:{own_port()}" for _ in range(4))
        environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ},
            "PYTHONUNBUFFERED": "1",
            "ADVOCACY_ENV": "test",
            "ADVOCACY_FAILPOINTS": "1",
            "ADVOCACY_HOME": str(home),
            "ADVOCACY_LOG_LEVEL": "info",
            "ADVOCACY_PORTAL_URL": f"http://{portal}",
            "ADVOCACY_PORTAL_BIND": portal,
            "ADVOCACY_LINK_URL": f"http://{links}",
            "ADVOCACY_LINK_BIND": links,
            "ADVOCACY_UPLOADS_URL": f"http://{uploads}",
            "ADVOCACY_UPLOADS_BIND": uploads,
            "ADVOCACY_INTERNAL_BIND": internal,
            "ADVOCACY_WEB_WORKERS": "1",
            "ADVOCACY_SECRET_KEY": "a test secret that is long enough to be accepted",
            "ADVOCACY_PEPPER": "a test pepper that is long enough to be accepted!",
            "ADVOCACY_ENCRYPTION_KEYS": "u5HRiKqVoBsC3U4sxkWv2vUGT7nB2kTrWkQZxTn9zVg=",
            "DATABASE_URL": app,
            "DATABASE_OWNER_URL": owner,
            "DATABASE_REDIRECT_URL": clicks,
            "REDIS_URL": memory.url(),
        }
        upgrade_in_child({**os.environ, **environ})
        cluster = Cluster(home, environ, postgres, valkey)
        cluster.sql(MARKS)
        yield cluster
    finally:
        if cluster is not None:
            cluster.kill(*cluster._processes)
        valkey.destroy()
        postgres.destroy()
        shutil.rmtree(home, ignore_errors=True)


def _send(process: psutil.Process, which: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(which)
