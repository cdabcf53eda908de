"""Processes are started again when they die, and nothing stays when they are stopped."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advocacy.supervisor.children import Children, Program, end_leftovers
from advocacy.supervisor.processes import is_alive, wait_until

SCRIPTS = {
    "steady": "import time\nprint('at work', flush=True)\ntime.sleep(60)",
    "frail": "print('here I was', flush=True)",
    "parent": (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(p.pid, flush=True)\ntime.sleep(60)"
    ),
    "stubborn": "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('no', flush=True)\ntime.sleep(60)",
}


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def children(tmp_path: Path, log: list[str]) -> Iterator[Children]:
    for name, script in SCRIPTS.items():
        (tmp_path / f"{name}.py").write_text(script)
    started = Children({"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]}, tmp_path, log.append, tmp_path)
    yield started
    started.stop(patience=0.1)


def until(children: Children, condition: Callable[[], bool]) -> bool:
    def step() -> bool:
        children.tick(0.02)
        return condition()

    return wait_until(step, 60)


def said(log: list[str], text: str) -> Callable[[], bool]:
    return lambda: any(text in line for line in log)


def test_a_line_carries_the_name_of_the_process_that_wrote_it(children: Children, log: list[str]) -> None:
    children.start([Program("worker@default", "steady")])
    assert until(children, said(log, "at work"))
    assert log == ["worker@default     | at work"]


def test_a_killed_process_is_started_again(children: Children, log: list[str]) -> None:
    children.start([Program("one", "steady")])
    pid = children.pids()["one"]
    assert until(children, said(log, "at work"))
    os.kill(pid, signal.SIGKILL)
    assert until(children, lambda: children.pids().get("one", pid) != pid)
    assert "one ended (SIGKILL) and is started again in 0.5 s." in log
    again = children.pids()["one"]
    for _ in range(5):
        children.tick(0.02)
    assert children.pids() == {"one": again}, "it must be started once"


def test_the_pause_grows_while_a_process_keeps_dying(children: Children, log: list[str]) -> None:
    children.start([Program("one", "frail")])
    assert until(children, lambda: children.deaths_of("one") == 2)
    pauses = [line.rsplit("again in ", 1)[1] for line in log if "started again" in line]
    assert pauses == ["0.5 s.", "1 s."]


def test_stopping_ends_what_a_process_started_itself(children: Children, log: list[str]) -> None:
    children.start([Program("one", "parent")])
    assert until(children, lambda: bool(log))
    grandchild = int(log[0].rsplit("|", 1)[1])
    assert is_alive(grandchild)
    children.stop()
    assert wait_until(lambda: not is_alive(grandchild), 60)
    assert children.pids() == {}


def test_a_process_that_does_not_listen_is_ended_by_force(children: Children, log: list[str]) -> None:
    children.start([Program("one", "stubborn")])
    pid = children.pids()["one"]
    assert until(children, said(log, "no"))
    children.stop(patience=0.2)
    assert not is_alive(pid)


def test_the_next_start_ends_what_a_killed_supervisor_left(children: Children, log: list[str], tmp_path: Path) -> None:
    children.start([Program("one", "steady")])
    pid = children.pids()["one"]
    assert until(children, said(log, "at work"))
    assert end_leftovers(tmp_path) == 1
    assert not is_alive(pid)


def test_a_process_that_only_has_the_same_number_is_spared(tmp_path: Path) -> None:
    (tmp_path / "processes.json").write_text(f"[[{os.getpid()}, 1]]")
    assert end_leftovers(tmp_path) == 0


@pytest.mark.parametrize("text", ["", "{", "[[1]]", '{"a": 1}', "[1]"])
def test_a_damaged_record_does_not_block_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "processes.json").write_text(text)
    assert end_leftovers(tmp_path) == 0


def test_the_interpreter_of_the_children_is_our_own(children: Children) -> None:
    children.start([Program("one", "steady")])
    command = Path(f"/proc/{children.pids()['one']}/cmdline").read_bytes().split(b"\0")[0].decode()
    assert os.path.samefile(command, sys.executable)
