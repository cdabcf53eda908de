"""What the supervisor must know about processes, ports and locks of the machine it runs on."""

import contextlib
import ctypes
import fcntl
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

# Below the range from which Linux hands out ports to outgoing connections, so a stored port stays free.
PORT_RANGE = range(20_000, 32_000)

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class StartError(Exception):
    """Something on this machine prevents the start; the message is one sentence for the person at the console."""


class FolderInUseError(StartError):
    """Another live process holds the lock of this folder."""


def dies_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Return a function for the child to run before exec, so that a killed supervisor leaves nothing behind.

    Linux counts the *thread* that started the child as its parent, so only the main thread may ask for this.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    parent = os.getpid()

    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the request stood
            os._exit(1)

    return prepare


def dies_with_parent_now(death_signal: signal.Signals) -> None:
    """Ask that this very process gets the signal when the one that started it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)


def is_alive(pid: int) -> bool:
    """Return whether the process runs. A zombie does not: it only waits for a parent that may never come."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    state = next((line.split()[1] for line in status.splitlines() if line.startswith("State:")), "Z")
    return state not in {"Z", "X"}


def started_at(pid: int) -> int | None:
    """Return the start time of a process in clock ticks since boot: with the pid it names one process for good."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[19])


def processes_working_in(folder: Path, name: str) -> list[int]:
    """Return the live processes of this program name whose working folder is `folder`: what a killed run left."""
    wanted = str(folder.resolve())
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdecimal() or int(entry) == os.getpid():
            continue
        try:
            if Path(f"/proc/{entry}/comm").read_text(encoding="utf-8", errors="replace").strip() != name:
                continue
            working_in = os.readlink(f"/proc/{entry}/cwd")
        except OSError:
            continue
        if working_in == wanted and is_alive(int(entry)):
            found.append(int(entry))
    return found


def send(pid: int, which: signal.Signals) -> None:
    """Signal a process that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, which)


def send_group(group: int, which: signal.Signals) -> None:
    """Signal a process group that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, which)


def wait_until(condition: Callable[[], bool], seconds: float, step: float = 0.02) -> bool:
    """Return True as soon as the condition holds, False when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


def clear_out(folder: Path, name: str, gently: signal.Signals, seconds: float = 10.0) -> None:
    """Stop every process of this program name that still works in `folder`: politely first, then by force."""
    for which, patience in ((gently, seconds), (signal.SIGKILL, 5.0)):
        left = processes_working_in(folder, name)
        if not left:
            return
        for pid in left:
            send(pid, which)
        if wait_until(lambda: not processes_working_in(folder, name), patience):
            return


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def stored_port(file: Path) -> int:
    """Return the port this server had last time, or choose and store a free one."""
    try:
        port = int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        port = 0
    if port not in PORT_RANGE or not port_is_free(port):
        port = free_port()
        write_private(file, str(port))
    return port


def free_port() -> int:
    """Choose a port at random, so that two new servers rarely want the same one."""
    for _ in range(200):
        port = secrets.choice(PORT_RANGE)
        if port_is_free(port):
            return port
    raise StartError("No free port was found on the loopback address; close some programs and try again.")


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


@dataclass
class FolderLock:
    """A lock that the kernel takes back when its holder dies, however it dies."""

    file: Path
    _descriptor: int | None = None

    def acquire(self, wait_seconds: float = 0.0) -> None:
        """Take the lock. Raises FolderInUseError when somebody else still has it after the wait."""
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        if not wait_until(lambda: _try_lock(descriptor), wait_seconds, step=0.1):
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise FolderInUseError(
                f"The data folder {self.file.parent} is in use by process {holder}; stop that one first."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> "FolderLock":
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
