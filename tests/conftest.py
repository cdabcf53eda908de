"""What every test stands on: real servers, a migrated template database, one clone per test process."""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, scoped_session

from advocacy.foundation import db, preferences, ratelimit
from config.settings import Settings
from tests.faults import template

# How long an example takes, or takes to be drawn, is no property of the code on a machine that does other things too.
PATIENT: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
# A check that fails must fail for what was changed: the same examples each time. `make explore` draws new ones.
hypothesis.settings.register_profile("suite", derandomize=True, **PATIENT)
hypothesis.settings.register_profile("explore", derandomize=False, print_blob=True, **PATIENT)
hypothesis.settings.load_profile("suite")

SERVERS = ExitStack()
RUN = secrets.token_hex(3)
LAST_SECONDS = 5  # longer than all tests but those of real processes
LAST_SECONDS_OF_A_DAY = 120
ZONES = (UTC, ZoneInfo("Europe/Berlin"))  # days of the servers, days of the programme
OWNER, APP, REDIRECT, REDIS = "TEST_OWNER_URL", "TEST_APP_URL", "TEST_REDIRECT_URL", "TEST_REDIS_URL"


# What takes longest begins first, so that no process is left alone with it at the end.
FIRST = ("browser", "faults", "scale")


@pytest.hookimpl(trylast=True)  # after the order was shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        return next((place for place, mark in enumerate(FIRST) if item.get_closest_marker(mark)), len(FIRST))

    items.sort(key=turn)


def pytest_configure(config: pytest.Config) -> None:
    """Start servers once for the whole run; processes of xdist inherit where they are."""
    if hasattr(config, "workerinput"):
        return
    if OWNER not in os.environ:
        from advocacy.supervisor.postgres import EmbeddedPostgres
        from advocacy.supervisor.valkey import EmbeddedValkey

        folder = Path(tempfile.mkdtemp(prefix="advocacy-tests-"))
        SERVERS.callback(shutil.rmtree, folder, ignore_errors=True)
        # Another version's programs may be named: the schema and the SQL must hold on older servers too.
        programs = os.environ.get("ADVOCACY_TEST_POSTGRES")
        database = EmbeddedPostgres(folder / "postgres", durable=False, programs=Path(programs) if programs else None)
        server = database.start()
        SERVERS.callback(database.destroy)
        valkey = EmbeddedValkey(folder / "valkey")
        redis = valkey.start()
        SERVERS.callback(valkey.destroy)
        os.environ[OWNER] = server.url("advocacy_owner", "{database}").replace("%7B", "{").replace("%7D", "}")
        os.environ[APP] = server.url("advocacy_web", "{database}")
        os.environ[REDIRECT] = server.url("advocacy_clicks", "{database}")
        os.environ[REDIS] = redis.url()
    SERVERS.callback(shutil.rmtree, template.make_place(), ignore_errors=True)
    os.environ["TEST_RUN"] = RUN
    _make_template(f"t_{RUN}_template")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        with psycopg.connect(_plain(_url(OWNER, "postgres")), autocommit=True) as connection:
            run = os.environ["TEST_RUN"]
            names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", (f"t_{run}_%",))
            for (name,) in names.fetchall():
                # A vacuum at work there cannot be ended by its owner, and on a slow machine the last connection may
                # end too late; on our own server the database goes with the folder.
                with suppress(psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
                    connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        SERVERS.close()


def _url(which: str, database: str) -> str:
    return os.environ[which].replace("{database}", database)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _make_template(name: str) -> None:
    from alembic import command
    from alembic.config import Config

    with psycopg.connect(_plain(_url(OWNER, "postgres")), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    config = Config(str(Path(__file__).resolve().parent.parent / "alembic.ini"))
    config.set_main_option("sqlalchemy.url", _url(OWNER, name).replace("%", "%%"))
    command.upgrade(config, "head")


@pytest.fixture(autouse=True)
def _within_one_hour(request: pytest.FixtureRequest) -> None:
    """Begin no test in the last seconds of an hour: days, quiet hours and months end with one.

    Who asks twice for the day of today, as most tests do, would get two answers. Journeys take longer than that.
    """
    is_journey = request.node.get_closest_marker("browser") is not None
    needed = LAST_SECONDS_OF_A_DAY if is_journey and _a_day_ends_with_this_hour() else LAST_SECONDS
    left = 3600 - time.time() % 3600
    if left < needed:
        time.sleep(left)


def _a_day_ends_with_this_hour() -> bool:
    return any(datetime.now(zone).hour == 23 for zone in ZONES)


@pytest.fixture(scope="session")
def database_name(worker_id: str) -> str:
    """Return this process's own database, cloned from the migrated template."""
    run = os.environ["TEST_RUN"]
    name = f"t_{run}_{worker_id}"
    with psycopg.connect(_plain(_url(OWNER, "postgres")), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "t_{run}_template"')
    return name


@pytest.fixture(scope="session")
def owner_url(database_name: str) -> str:
    return _url(OWNER, database_name)


@pytest.fixture(scope="session")
def environment(database_name: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment a process of the product would get, for this test process's own servers."""
    number = int(worker_id.removeprefix("gw") or 0) % 15 + 1 if worker_id != "master" else 0
    home = tmp_path_factory.mktemp("home")
    return {
        "ADVOCACY_ENV": "test",
        "ADVOCACY_HOME": str(home),
        "ADVOCACY_ORGANISATION": "Meridian Works",
        "ADVOCACY_TIME_ZONE": "Europe/Berlin",
        "ADVOCACY_SMALLEST_GROUP": "5",
        "DATABASE_URL": _url(APP, database_name),
        "DATABASE_OWNER_URL": _url(OWNER, database_name),
        "DATABASE_REDIRECT_URL": _url(REDIRECT, database_name),
        "REDIS_URL": os.environ[REDIS].rsplit("/", 1)[0] + f"/{number}"
        if os.environ[REDIS].count("/") > 2
        else f"{os.environ[REDIS]}/{number}",
        "ADVOCACY_SECRET_KEY": "a test secret that is long enough to be accepted",
        "ADVOCACY_PEPPER": "a test pepper that is long enough to be accepted!",
        "ADVOCACY_ENCRYPTION_KEYS": "u5HRiKqVoBsC3U4sxkWv2vUGT7nB2kTrWkQZxTn9zVg=",
        "ADVOCACY_LOG_LEVEL": "warning",
    }


@pytest.fixture(scope="session")
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env(environment)


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[Engine]:
    preferences.init(settings)
    engine = db.bind(settings)
    yield engine
    for each in (engine, db.engine()):  # tests of whole processes bind anew; an open connection keeps the database
        each.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[scoped_session[Session]]:
    """Give the ambient session inside a transaction that is undone; code under test really commits and rolls back."""
    ratelimit.limiter().reset()  # what another test counted for this machine's address is nothing to this one
    with engine.connect() as connection:
        outer = connection.begin()
        # Between two statements a test may think for longer than a request.
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        db.bind_session(connection, join_transaction_mode="create_savepoint")
        yield db.session
        db.session.remove()
        outer.rollback()
    db.bind_session(engine, join_transaction_mode="conditional_savepoint")


@pytest.fixture
def committed_database(engine: Engine, owner_url: str) -> Iterator[Engine]:
    """Give the real engine to tests of locks or several connections; every table is emptied afterwards."""
    db.bind_session(engine, join_transaction_mode="conditional_savepoint")
    yield engine
    db.session.remove()
    with psycopg.connect(_plain(owner_url), autocommit=True) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
                "AND c.relname <> 'alembic_version'"
            ).fetchall()
        ]
        connection.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in tables) + " RESTART IDENTITY CASCADE")


@pytest.fixture(scope="session")
def app(settings: Settings, engine: Engine) -> Any:
    from advocacy.app import create_app

    application = create_app(settings)
    db.bind(settings)
    return application


@pytest.fixture
def client(app: Any, session: scoped_session[Session]) -> Any:
    """Return an HTTP client that is nobody yet."""
    from tests.support.clients import Visitor

    return Visitor(app)


@pytest.fixture
def sign_in(app: Any, session: scoped_session[Session]) -> Any:
    """Return `sign_in(who=None, *roles, unit=None)`: a browser signed in as an account or an employee."""
    from tests.support.clients import sign_in_browser

    return partial(sign_in_browser, app)


@pytest.fixture
def api(app: Any, session: scoped_session[Session]) -> Any:
    """Return `api(who=None, *roles, unit=None, scopes=())`: a program with a token, whose answers are checked."""
    from tests.support.clients import make_program

    return partial(make_program, app)


@pytest.fixture
def recorded_jobs(session: scoped_session[Session]) -> Any:
    """Return what the test enqueues: names, arguments, and `run()` to do it in place."""
    from tests.support.jobs import RecordedJobs

    return RecordedJobs()
