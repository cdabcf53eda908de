"""The supervisor itself: one per data folder, clear sentences, and nothing left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from advocacy.supervisor.places import fallback_folder
from advocacy.supervisor.postgres import EmbeddedPostgres
from advocacy.supervisor.processes import (
    FolderInUseError,
    FolderLock,
    StartError,
    is_alive,
    processes_working_in,
    wait_until,
)
from advocacy.supervisor.servers import published, running_servers
from advocacy.supervisor.up import binds, refuse_ports_in_use, up
from advocacy.supervisor.valkey import EmbeddedValkey
from config.settings import SettingsError
from tests.support.ports import own_port

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the environment of one deployment with a data folder and ports of its own."""
    home = tmp_path_factory.mktemp("up") / "home"
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    urls = {f"ADVOCACY_{name}_URL": f"http://127.0.0.1:{own_port()}" for name in ("PORTAL", "LINK", "UPLOADS")}
    internal = f"127.0.0.1:{own_port()}"
    yield {**kept, **urls, "ADVOCACY_HOME": str(home), "ADVOCACY_INTERNAL_BIND": internal}
    EmbeddedPostgres(home).destroy()
    EmbeddedValkey(home).destroy()


def home_in(environ: dict[str, str]) -> Path:
    return Path(environ["ADVOCACY_HOME"])


@contextmanager
def supervisor(environ: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Run `up` until its servers are published; whatever is left at the end is killed."""
    with subprocess.Popen(
        [sys.executable, "-m", "advocacy.supervisor"],
        env=environ,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            ready = wait_until(lambda: process.poll() is not None or published(home_in(environ)) is not None, 120)
            assert ready, "the servers did not start"
            if process.poll() is not None:
                pytest.fail(process.stdout.read() if process.stdout else "")
            yield process
        finally:
            process.kill()


def left_over(environ: dict[str, str]) -> list[int]:
    """Return the live processes that carry this deployment's data folder in their environment or work in it."""
    home = environ["ADVOCACY_HOME"].encode()
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdecimal() and is_alive(int(entry)):
            try:
                if b"ADVOCACY_HOME=" + home in Path(f"/proc/{entry}/environ").read_bytes():
                    found.append(int(entry))
            except OSError:
                continue
    for name, program in (("postgres", "postgres"), ("valkey", "valkey-server")):
        for folder in (home_in(environ) / name / "server", fallback_folder(home_in(environ), name)):
            for place in (folder, folder / "cluster"):
                found += processes_working_in(place, program)
    return found


def test_a_polite_stop_ends_everything_and_the_servers_are_taken_back(environ: dict[str, str]) -> None:
    with supervisor(environ) as process:
        assert left_over(environ)
        process.send_signal(signal.SIGINT)
        process.wait(100)
        assert left_over(environ) == []
        assert published(home_in(environ)) is None


def test_nothing_is_left_after_the_supervisor_was_killed_and_the_next_start_works(environ: dict[str, str]) -> None:
    with supervisor(environ) as process:
        process.kill()
        process.wait(60)
        assert wait_until(lambda: left_over(environ) == [], 60), left_over(environ)
    with supervisor(environ) as process:
        addresses = published(home_in(environ))
        assert addresses is not None
        with psycopg.connect(addresses["DATABASE_URL"].replace("+psycopg", "")) as connection:
            head = (PROJECT / "migrations" / "current_head").read_text().strip()
            assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(head,)]
        process.terminate()
        process.wait(100)


# Says which programs run when each step of a start is taken, then asks for a stop.
STEPS = """
import json, os, pathlib, signal, sys
from advocacy.supervisor.up import up

def programs():
    children = pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    lines = [pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in children]
    return sorted(name for name in ("supervisor.web", "workers.redirect") if any(name in line for line in lines))

seen = {}
def prepare(settings):
    seen["prepare"] = programs()
def announce(settings):
    seen["announce"] = programs()
    os.kill(os.getpid(), signal.SIGINT)
code = up(prepare=prepare, announce=announce)
sys.exit(json.dumps([code, seen]))
"""


def test_data_is_prepared_before_anything_answers_and_links_are_made_while_the_portal_loads(
    environ: dict[str, str],
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STEPS],
        env=environ,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    *_, told = done.stderr.strip().splitlines()
    assert json.loads(told) == [0, {"prepare": [], "announce": ["supervisor.web", "workers.redirect"]}]
    assert left_over(environ) == []


def test_a_second_supervisor_is_refused_and_a_command_finds_the_first(environ: dict[str, str]) -> None:
    with supervisor(environ) as process:
        with pytest.raises(FolderInUseError, match=f"in use by process {process.pid}; stop that one first"):
            up(environ)
        with running_servers(environ) as running:
            assert running.environ["DATABASE_URL"] == (published(home_in(environ)) or {})["DATABASE_URL"]
        process.terminate()
        process.wait(100)


def test_a_command_without_running_servers_brings_its_own_and_takes_it_away(environ: dict[str, str]) -> None:
    with running_servers(environ) as running:
        plain = running.settings.database_owner_url.replace("+psycopg", "")
        with psycopg.connect(plain) as connection:
            assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(plain, connect_timeout=10)


def test_a_command_takes_the_database_that_it_is_given(environ: dict[str, str]) -> None:
    given = {**environ, "DATABASE_URL": "postgresql://somebody@db.example/advocacy"}
    with running_servers(given) as running:
        assert running.settings.database_url == "postgresql+psycopg://somebody@db.example/advocacy"


def test_addresses_of_a_process_that_is_gone_count_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "servers.json").write_text(json.dumps({"pid": os.getpid(), "started_at": 1, "addresses": {"A": "b"}}))
    assert published(tmp_path) is None


def test_a_port_in_use_is_named_in_one_sentence(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    monkeypatch.setattr("advocacy.supervisor.up.PATIENCE_FOR_PORTS_SECONDS", 0.1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        taken = binds({**environ, "ADVOCACY_LINK_URL": f"http://127.0.0.1:{port}"})
        with pytest.raises(StartError, match=f"Port {port} on 127.0.0.1 is in use .* ADVOCACY_LINK_URL"):
            refuse_ports_in_use(taken)


def test_wrong_settings_are_told_before_anything_starts(tmp_path: Path) -> None:
    wrong = {"ADVOCACY_HOME": str(tmp_path / "home"), "ADVOCACY_TIME_ZONE": "Mars", "ADVOCACY_SMALLEST_GROUP": "2"}
    with pytest.raises(SettingsError) as told:
        up(wrong)
    assert len(told.value.problems) == 2
    assert not (tmp_path / "home" / "postgres").exists()


def test_an_origin_on_loopback_says_where_to_listen() -> None:
    chosen = binds({"ADVOCACY_PORTAL_URL": "http://localhost:9000", "ADVOCACY_LINK_URL": "https://go.example"})
    assert chosen == {
        "ADVOCACY_PORTAL_BIND": "127.0.0.1:9000",
        "ADVOCACY_LINK_BIND": "127.0.0.1:8001",
        "ADVOCACY_UPLOADS_BIND": "127.0.0.1:8002",
    }


@pytest.mark.parametrize("url", ["http://[::1", "http://localhost:notaport"])
def test_an_origin_that_cannot_be_read_is_left_to_the_check_of_the_settings(url: str) -> None:
    assert binds({"ADVOCACY_PORTAL_URL": url})["ADVOCACY_PORTAL_BIND"] == "127.0.0.1:8000"


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    held = FolderLock(tmp_path / "lock")
    held.acquire()
    with pytest.raises(FolderInUseError):
        FolderLock(tmp_path / "lock").acquire()
    held.release()
    with FolderLock(tmp_path / "lock"):
        pass
