"""The database floor: metadata, the ambient session, and the unit of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Connection, DateTime, Engine, MetaData, Text, create_engine, event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, scoped_session, sessionmaker

from config.settings import Settings

WEB_STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 2_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
REST_SECONDS = 1.0
# A server that vanished without a word (power, firewall) is given up after seconds, not after the kernel's hours.
NETWORK = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the product; strings are TEXT and instants know their zone."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {str: Text()}


_factory: sessionmaker[Session] = sessionmaker(expire_on_commit=False)

# The ambient session of this request or task. It is removed at its end.
session: scoped_session[Session] = scoped_session(_factory)

_engine: Engine | None = None
# Only where reports are read from another server than the rest.
_replica: Engine | None = None


def make_engine(
    url: str, *, statement_timeout_ms: int = WEB_STATEMENT_TIMEOUT_MS, is_read_only: bool = False, **options: Any
) -> Engine:
    """Return an engine whose connections cannot wait for ever, and tell every instant in UTC.

    Timeouts are set per connection, so they hold behind a pooler's session mode and in every process.
    """
    settings = (
        f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={LOCK_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS} -c timezone=UTC -c jit=off"
        f"{' -c default_transaction_read_only=on' if is_read_only else ''}"
    )
    options.setdefault("pool_size", 8)
    options.setdefault("max_overflow", 8)
    options.setdefault("pool_timeout", 5)
    engine = create_engine(url, connect_args={"options": settings, **NETWORK}, **options)
    event.listen(engine, "connect", _tell_in_utc)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _ask_after_rest)
    return engine


def _tell_in_utc(connection: Any, _record: Any) -> None:
    """Set the zone again where PGTZ in the environment won over the options, as it does."""
    if connection.info.parameter_status("TimeZone") != "UTC":
        connection.autocommit = True
        connection.execute("SET TIME ZONE 'UTC'")
        connection.autocommit = False


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used_at"] = monotonic()


def _ask_after_rest(connection: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection that rested whether it still lives; a busy one would only lose a round trip each time."""
    if monotonic() - record.info.get("used_at", monotonic()) < REST_SECONDS:
        return
    try:
        connection.autocommit = True
        connection.execute("")
        connection.autocommit = False
    except psycopg.Error as error:
        raise DisconnectionError from error  # the pool opens another one


def bind(settings: Settings, *, statement_timeout_ms: int = WEB_STATEMENT_TIMEOUT_MS) -> Engine:
    """Connect the ambient session of this process to its database, once, at start."""
    global _engine, _replica
    for old in (_engine, _replica):
        if old is not None:
            old.dispose()  # bound anew: leave no connection of the old engine behind
    engine = make_engine(settings.database_url, statement_timeout_ms=statement_timeout_ms)
    _factory.configure(bind=engine)
    _engine, _replica = engine, None
    if settings.database_reporting_url != settings.database_url:
        _replica = make_engine(
            settings.database_reporting_url, statement_timeout_ms=statement_timeout_ms, is_read_only=True
        )
    return engine


def bind_session(bindable: Any, **options: Any) -> None:
    """Point the ambient session at an engine or a connection of the caller's choice (tests, tools)."""
    session.remove()
    _factory.configure(bind=bindable, **options)


def engine() -> Engine:
    """Return the engine of this process. Raises RuntimeError before `bind`."""
    if _engine is None:
        raise RuntimeError("The database is not bound yet: call db.bind(settings) first.")
    return _engine


def reporting() -> Connection:
    """Return the ambient session's connection for reading what was counted; it ends with the request or task.

    Where `DATABASE_REPORTING_URL` names a replica it is one to that, read-only and a moment behind: ask nothing there
    that somebody has just changed, and nothing that decides about a write. Else it is the session's own.
    """
    return session.connection(bind_arguments={"bind": _replica} if _replica is not None else None)


def reporting_engine() -> Engine:
    """Return the engine behind `reporting`, for reading that outlives a request. Raises RuntimeError before `bind`."""
    return _replica if _replica is not None else engine()


def forget_inherited_connections() -> None:
    """After a fork: drop the parent's sockets without closing them for the parent."""
    session.remove()
    for inherited in (_engine, _replica):
        if inherited is not None:
            inherited.dispose(close=False)


@contextmanager
def unit_of_work() -> Iterator[scoped_session[Session]]:
    """Commit once at the end, or roll everything back. For tasks and the command line; requests have their own edge."""
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.remove()


def plan_for_values() -> None:
    """For the rest of the transaction, plan statements for their values rather than once for any value.

    A statement that reads most of a large table needs it: the plan for any value expects few rows and takes minutes.
    """
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


@contextmanager
def own_transaction() -> Iterator[Session]:
    """Give a session of its own, committed at the end: for what must stand even when the request is refused.

    Keep it short, and hold no locks of the ambient session that it would need.
    """
    with _factory() as apart, apart.begin():
        yield apart


@event.listens_for(Base, "instrument_class", propagate=True)
def _instants_know_their_zone(_mapper: Any, cls: Any) -> None:
    """Refuse a naive timestamp column at import, long before it can lie about a day."""
    for column in cls.__table__.columns if getattr(cls, "__table__", None) is not None else ():
        if isinstance(column.type, DateTime) and not column.type.timezone:
            raise TypeError(f"{cls.__name__}.{column.name} must be timezone aware")


@event.listens_for(Session, "do_orm_execute")
def _what_is_locked_is_read_anew(state: ORMExecuteState) -> None:
    """Let a row that is locked say what it says now: one read before may be what somebody else has just changed."""
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)
