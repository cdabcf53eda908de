"""The processes of the product on one machine: started, logged, started again, stopped."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from advocacy.supervisor.processes import (
    dies_with_parent,
    is_alive,
    send_group,
    started_at,
    wait_until,
    write_private,
)

RECORD_NAME = "processes.json"
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_AFTER_SECONDS = 30.0
LONGEST_LOG_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Program:
    """One process of the product: its name in the log and what follows `python -m`."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()


@dataclass(slots=True)
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    began: float
    unfinished: bytes = b""


@dataclass(slots=True)
class Absence:
    """When a program that died is started again. Kept while it runs, to count deaths in a row."""

    due: float
    deaths: int


@dataclass
class Children:
    """Keeps programs running. All calls come from the main thread, so that children die with this process."""

    environ: Mapping[str, str]
    home: Path
    write: Callable[[str], None]
    working_folder: Path | None = None
    _running: dict[str, Child] = field(default_factory=dict)
    _absent: dict[str, Absence] = field(default_factory=dict)
    _programs: dict[str, Program] = field(default_factory=dict)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def start(self, programs: Iterable[Program]) -> None:
        for program in programs:
            self._programs[program.name] = program
            self._launch(program)
        self._record()

    def tick(self, seconds: float) -> None:
        """Pass on what the children say for up to `seconds`, and start again what died."""
        for key, _events in self._selector.select(seconds):
            self._read(key.data)
        self._reap()
        now = time.monotonic()
        due = [n for n, absence in self._absent.items() if absence.due <= now and n not in self._running]
        for name in due:
            self._launch(self._programs[name])
        if due:
            self._record()

    def deaths_of(self, name: str) -> int:
        """Return how often in a row a program has died soon after its start."""
        absence = self._absent.get(name)
        return absence.deaths if absence else 0

    def pids(self) -> dict[str, int]:
        return {name: child.process.pid for name, child in self._running.items()}

    def stop(self, names: Iterable[str] | None = None, patience: float = 10.0) -> None:
        """Ask the programs to finish, wait, then end what is left with everything it started."""
        chosen = [name for name in (self._programs if names is None else names) if name in self._programs]
        stopping = {name: self._running[name] for name in chosen if name in self._running}
        for name in chosen:
            self._programs.pop(name)
            self._absent.pop(name, None)
        for child in stopping.values():
            _signal(child.process, signal.SIGTERM)
        end = time.monotonic() + patience
        while time.monotonic() < end and any(c.process.poll() is None for c in stopping.values()):
            for key, _events in self._selector.select(0.05):
                self._read(key.data)
        for name, child in stopping.items():
            if child.process.poll() is None:
                self.write(f"{name} did not stop in {patience:.0f} s and was ended.")
            send_group(child.process.pid, signal.SIGKILL)  # also what it left running
            child.process.wait()
            self._forget(child)
        self._record()

    def _launch(self, program: Program) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", program.module, *program.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(self.environ),
            cwd=self.working_folder,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one prctl call between fork and exec
        )
        child = Child(program, process, time.monotonic())
        self._running[program.name] = child
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), False)
            self._selector.register(process.stdout, selectors.EVENT_READ, child)

    def _read(self, child: Child) -> None:
        stream = child.process.stdout
        if stream is None or stream.closed:
            return
        try:
            part = os.read(stream.fileno(), 65_536)
        except BlockingIOError:
            return
        if not part:
            self._selector.unregister(stream)
            stream.close()
        *lines, child.unfinished = (child.unfinished + part).split(b"\n")
        if child.unfinished and (not part or len(child.unfinished) > LONGEST_LOG_LINE):
            lines.append(child.unfinished)
            child.unfinished = b""
        for line in lines:
            self.write(f"{child.program.name:<18} | {line.decode('utf-8', 'replace').rstrip()}")

    def _reap(self) -> None:
        for name, child in list(self._running.items()):
            code = child.process.poll()
            if code is None:
                continue
            lived = time.monotonic() - child.began
            deaths = 1 if lived > HEALTHY_AFTER_SECONDS else self.deaths_of(name) + 1
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (deaths - 1))
            send_group(child.process.pid, signal.SIGKILL)
            self._forget(child)
            self._absent[name] = Absence(time.monotonic() + pause, deaths)
            self.write(f"{name} ended ({_reason(code)}) and is started again in {pause:g} s.")

    def _forget(self, child: Child) -> None:
        self._read(child)
        stream = child.process.stdout
        if stream is not None and not stream.closed:
            self._selector.unregister(stream)
            stream.close()
        self._running.pop(child.program.name, None)

    def _record(self) -> None:
        """Write down who runs, so that the next start can end what a killed supervisor left."""
        groups = [[c.process.pid, started_at(c.process.pid)] for c in self._running.values()]
        write_private(self.home / RECORD_NAME, json.dumps(groups) + "\n")


def end_leftovers(home: Path, patience: float = 5.0) -> int:
    """End the processes of an earlier run whose supervisor was killed; return how many there were.

    Pid and start time together name one process for good, so nobody else's process is ever hit.
    """
    try:
        groups = json.loads((home / RECORD_NAME).read_text(encoding="utf-8"))
        known = [(int(pid), began) for pid, began in groups]
    except (OSError, ValueError, TypeError):
        return 0
    left = [pid for pid, began in known if is_alive(pid) and started_at(pid) == began]
    for pid in left:
        send_group(pid, signal.SIGTERM)
    if not wait_until(lambda: not any(map(is_alive, left)), patience):
        for pid in left:
            send_group(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, left)), patience)
    return len(left)


def _signal(process: subprocess.Popen[bytes], which: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(which)


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
