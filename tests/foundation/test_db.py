"""The pool of connections notices by itself when the server has dropped what it holds."""

import psycopg
import pytest
from sqlalchemy import text

from advocacy.foundation import db


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
