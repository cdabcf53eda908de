"""The pool of connections notices by itself when the server has dropped what it holds."""

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from advocacy.foundation import clock, db
from advocacy.foundation.models import Setting


@pytest.fixture
def engine_of_one(settings):
    engine = db.make_engine(settings.database_url, pool_size=1, max_overflow=0)
    yield engine
    engine.dispose()


def ended_by_the_server(engine, url) -> int:
    with engine.connect() as connection:
        process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))
    return process


def test_a_rested_connection_is_replaced_unseen_when_the_server_dropped_it(engine_of_one, settings, monkeypatch):
    monkeypatch.setattr(db, "REST_SECONDS", 0.0)
    before = ended_by_the_server(engine_of_one, settings.database_url)
    with engine_of_one.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != before


def test_a_connection_is_clean_and_in_a_transaction_after_it_was_asked(engine_of_one, monkeypatch):
    monkeypatch.setattr(db, "REST_SECONDS", 0.0)
    for _ in range(2):
        with engine_of_one.connect() as connection:
            connection.execute(text("CREATE TEMPORARY TABLE seen (n int) ON COMMIT DROP"))
            connection.execute(text("INSERT INTO seen VALUES (1)"))
            assert connection.execute(text("SELECT count(*) FROM seen")).scalar_one() == 1, "one transaction"
            connection.rollback()


def test_instants_are_told_in_utc_whatever_the_environment_says(engine_of_one, monkeypatch):
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    with engine_of_one.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.rollback()
        assert connection.execute(text("SHOW timezone")).scalar_one() == "UTC"
        assert connection.execute(text("SELECT now()")).scalar_one().utcoffset() == timedelta(0)


@pytest.fixture
def stored(settings):
    """Give a setting that other sessions see, and an engine to see it with."""
    engine = db.make_engine(settings.database_url, pool_size=2, max_overflow=0)
    with Session(engine) as apart, apart.begin():
        apart.add(Setting(name="test_of_locks", value={"said": "before"}, changed_at=clock.now()))
    yield engine
    with Session(engine) as apart, apart.begin():
        apart.execute(delete(Setting).where(Setting.name == "test_of_locks"))
    engine.dispose()


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_row_that_is_locked_is_read_anew(stored, is_locked):
    """Else whoever waited for a lock would decide by what they saw before they waited."""
    wanted = select(Setting).where(Setting.name == "test_of_locks")
    with Session(stored) as one, Session(stored) as other:
        seen = one.scalars(wanted).one()
        assert seen.value == {"said": "before"}
        other.execute(update(Setting).where(Setting.name == "test_of_locks").values(value={"said": "after"}))
        other.commit()
        assert one.scalars(wanted.with_for_update() if is_locked else wanted).one() is seen
        assert seen.value == {"said": "after" if is_locked else "before"}
