"""A world of one's own, at a fixed time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import time_machine
from sqlalchemy import Connection, Engine

from advocacy.foundation import db
from tests.factories.measurement import World

NOON = "2026-03-31T10:00:00+00:00"


@pytest.fixture
def world(session: Any) -> Iterator[World]:
    """Give an empty company inside a transaction that is undone, at noon of 31 March 2026 in Berlin."""
    with time_machine.travel(NOON, tick=False):
        yield World(session.connection())


@pytest.fixture(scope="module")
def build_once(engine: Engine) -> Iterator[Callable[[Callable[[World], None]], World]]:
    """Return a function that builds a company for a whole module, at noon of 31 March 2026 in Berlin.

    Counting months takes seconds. Tests get it by `as_built`; everything is undone after the last of them. Such a
    module must use neither `world` nor `committed_database`: they would wait for the rows that are kept here.
    """
    with engine.connect() as connection:

        def build(how: Callable[[World], None]) -> World:
            connection.rollback()  # what was built with another parameter
            connection.begin()
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # a whole module's tests
            with _ambient(connection, engine), time_machine.travel(NOON, tick=False):
                built = World(connection)
                how(built)
                db.session.commit()  # leaving the session would undo what it began, and what came after
                return built

        yield build
        connection.rollback()


@pytest.fixture
def as_built(engine: Engine) -> Iterator[Callable[[World], World]]:
    """Return a function that gives a company of `build_once` to one test; what the test does to it is undone."""
    with ExitStack() as undone, time_machine.travel(NOON, tick=False):

        def give(built: World) -> World:
            undone.callback(built.connection.begin_nested().rollback)
            undone.enter_context(_ambient(built.connection, engine))
            return built.copy()

        yield give


@contextmanager
def _ambient(connection: Connection, engine: Engine) -> Iterator[None]:
    db.bind_session(connection, join_transaction_mode="create_savepoint")
    yield
    db.session.remove()
    db.bind_session(engine, join_transaction_mode="conditional_savepoint")
