"""Reports read from a hot standby: what it knows, no more, never written, and the rest goes on when it is away."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from advocacy.app import create_app
from advocacy.cli import doctor
from advocacy.foundation import db, preferences, ratelimit
from advocacy.foundation.access import Role
from advocacy.supervisor.migrate import upgrade_in_child
from advocacy.supervisor.places import service_user
from advocacy.supervisor.postgres import EmbeddedPostgres, PostgresServer
from advocacy.supervisor.processes import free_port, wait_until
from config.settings import Settings
from tests.factories.identity import make_account
from tests.factories.measurement import World
from tests.factories.people import make_employee
from tests.measurement.test_queries import TODAY, people
from tests.support.clients import Browser, Program, make_program, sign_in_browser

NOON = "2026-03-31T10:00:00+00:00"
PATIENCE_SECONDS = 60
QUARTER_END = "2026-01-01T00:00:00+01:00"


@dataclass
class Standby:
    """A real streaming replica of a server, in a folder beside it."""

    folder: Path
    primary: PostgresServer
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        given = {"PGPASSWORD": self.primary.passwords["postgres"]}
        where = ("-h", self.primary.host, "-p", str(self.primary.port), "-U", "postgres")
        command = ("pg_basebackup", *where, "-D", str(self.folder), "-X", "stream", "-c", "fast", "-N", "-R")
        subprocess.run(self._program(*command), check=True, env=os.environ | given, capture_output=True, **self._user())

    def start(self) -> None:
        options = ("-c", f"port={self.port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                self._program("postgres", "-D", str(self.folder), *options, "-c", "max_connections=200"),
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._user(),
            )
        assert wait_until(self._answers, PATIENCE_SECONDS), (self.folder / "log").read_text()

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(3)  # SIGQUIT: at once
            self.process.wait(PATIENCE_SECONDS)
            self.process = None

    def ask(self, question: str) -> Any:
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=advocacy"
        with psycopg.connect(address, password=self.primary.passwords["postgres"], autocommit=True) as connection:
            answer = connection.execute(question)  # type: ignore[call-overload]
            return answer.fetchone() if answer.description else None

    def set(self, name: str, value: str) -> None:
        quoted = value.replace("'", "''")
        self.ask(f"ALTER SYSTEM SET {name} = '{quoted}'")
        self.ask("SELECT pg_reload_conf()")

    def catch_up(self) -> None:
        """Wait until everything that the primary has committed is read here too."""
        with psycopg.connect(self.primary.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            (position,) = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone() or ("",)
        assert wait_until(
            lambda: self.ask(f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn")[0], PATIENCE_SECONDS
        )

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            return bool(self.ask("SELECT pg_is_in_recovery()")[0])
        return False

    def _program(self, name: str, *arguments: str) -> list[str]:
        return [str(self.primary.programs / name), *arguments]

    def _user(self) -> dict[str, Any]:
        user = service_user()
        return {"user": user.uid, "group": user.gid, "extra_groups": []} if user is not None else {}


@dataclass
class Place:
    """The application on a primary with a standby, and a company that both know."""

    standby: Standby
    program: Program
    browser: Browser

    def potential(self, **asked: str) -> int:
        answer = self.program.get("/api/v1/amplification", query_string=asked)
        assert answer.status_code == 200, answer.get_json()
        return int(answer.get_json()["potential"])

    def grow(self) -> None:
        """Let the primary say more than before; the standby does when it has heard of it."""
        with db.unit_of_work() as session:
            session.execute(text("UPDATE page_amplification SET audience = audience + 5"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: Any, environment: dict[str, str]) -> Iterator[tuple[Settings, Standby]]:
    home = tmp_path_factory.mktemp("primary")
    home.chmod(0o711)
    primary = EmbeddedPostgres(home / "home", durable=False)
    server = primary.start()
    owner, app, clicks = server.urls
    own = {**environment, "DATABASE_URL": app, "DATABASE_OWNER_URL": owner, "DATABASE_REDIRECT_URL": clicks}
    upgrade_in_child({**os.environ, **own})
    standby = Standby(primary.folder / "standby", server)
    standby.make()
    standby.port = free_port()  # only now: copying takes a while, in which others look for ports too
    standby.start()
    reporting = app.replace(f":{server.port}/", f":{standby.port}/")
    try:
        yield Settings.from_env({**own, "DATABASE_REPORTING_URL": reporting}), standby
    finally:
        standby.stop()
        primary.destroy()
        shutil.rmtree(standby.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def place(servers: tuple[Settings, Standby], engine: Any) -> Iterator[Place]:
    settings, standby = servers
    before = preferences.deployment()
    with time_machine.travel(NOON, tick=False):
        try:
            app = create_app(settings)
            db.bind_session(db.bind(settings))
            ratelimit.limiter().reset()
            world = World(db.session.connection())
            for name, parent in (("company", None), ("sales", "company"), ("plant", "company")):
                world.unit(name, parent)
            people(world, "sales", 12)
            people(world, "plant", 8)
            world.brand(40)
            world.fill(TODAY)
            account = make_account(make_employee(), Role.EXECUTIVE)
            browser, program = sign_in_browser(app, account), make_program(app, account)
            db.session.commit()
            standby.catch_up()
            yield Place(standby, program, browser)
        finally:
            db.session.remove()
            preferences.init(before)
            db.bind(before)
            db.bind_session(engine, join_transaction_mode="conditional_savepoint")


@pytest.fixture(autouse=True)
def caught_up(place: Place) -> None:
    """Begin with all that earlier tests wrote: what is still on its way would come in the midst of the next one."""
    place.standby.catch_up()


def test_reports_say_what_the_replica_knows(place: Place) -> None:
    known = place.potential()
    place.standby.ask("SELECT pg_wal_replay_pause()")
    try:
        place.grow()
        assert place.potential() == known
    finally:
        place.standby.ask("SELECT pg_wal_replay_resume()")
    place.standby.catch_up()
    assert place.potential() == known + 5


def test_nothing_can_be_written_on_the_way_to_reports(place: Place) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        db.reporting().execute(text("DELETE FROM page_amplification"))
    db.session.rollback()


def test_a_file_of_a_metric_comes_from_the_replica_too(place: Place) -> None:
    asked = {"from": str(TODAY), "to": str(TODAY)}
    lines = place.program.get("/api/v1/metrics/amp.potential_reach/export", query_string=asked).get_data(as_text=True)
    place.standby.ask("SELECT pg_wal_replay_pause()")
    try:
        place.grow()
        again = place.program.get("/api/v1/metrics/amp.potential_reach/export", query_string=asked)
        assert again.get_data(as_text=True) == lines
    finally:
        place.standby.ask("SELECT pg_wal_replay_resume()")


def test_what_was_known_earlier_is_counted_on_the_primary(place: Place) -> None:
    answer = place.program.get(
        "/api/v1/metrics/amp.potential_reach",
        query_string={"as_known_at": QUARTER_END},
    )
    assert answer.status_code == 200, answer.get_json()


def test_the_doctor_says_how_far_the_replica_is_behind(
    place: Place, servers: tuple[Settings, Standby], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, standby = servers

    def found() -> doctor.Finding:
        return next(finding for finding in doctor.examine(settings) if finding.check == "reporting database")

    standby.catch_up()
    assert wait_until(lambda: found().found == "has everything that is written", PATIENCE_SECONDS)
    monkeypatch.setattr(doctor, "MOST_BEHIND_SECONDS", 0)
    standby.ask("SELECT pg_wal_replay_pause()")
    try:
        place.grow()
        assert wait_until(lambda: not found().is_well, PATIENCE_SECONDS)
        assert "replica's load" in found().advice
    finally:
        standby.ask("SELECT pg_wal_replay_resume()")


def test_the_doctor_sees_a_replica_that_lost_its_primary(
    place: Place, servers: tuple[Settings, Standby], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, standby = servers
    monkeypatch.setattr(doctor, "MOST_BEHIND_SECONDS", 0)
    follows = standby.ask("SHOW primary_conninfo")[0]
    try:
        standby.set("primary_conninfo", "host=127.0.0.1 port=1")
        assert wait_until(lambda: standby.ask("SELECT count(*) FROM pg_stat_wal_receiver")[0] == 0, PATIENCE_SECONDS)
        place.grow()
        (found,) = (one for one in doctor.examine(settings) if one.check == "reporting database")
        assert not found.is_well
        assert found.found.startswith("a replica, at most ")
    finally:
        standby.set("primary_conninfo", follows)
    standby.catch_up()


def test_without_the_replica_reports_say_so_and_everything_else_goes_on(place: Place) -> None:
    place.standby.stop()
    try:
        answer = place.program.get("/api/v1/amplification")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert place.browser.get("/").status_code == 200
    finally:
        place.standby.start()
    assert place.potential() > 0
