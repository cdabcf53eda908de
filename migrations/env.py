"""Run migrations: one at a time, never waiting long for a lock, each in its own transaction."""

import os

from alembic import context
from sqlalchemy import create_engine, pool, text

from advocacy.foundation.db import Base
from advocacy.foundation.tables import import_models
from config.settings import psycopg_url

import_models()

MIGRATION_LOCK = 0x6D696772
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"
PARTITIONED = ("activity_event",)


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave partitions alone: they belong to the function that makes them, not to the models."""
    if kind == "table" and name is not None:
        return not any(name.startswith(f"{table}_2") for table in PARTITIONED)
    return True


def database_url() -> str:
    configured = context.config.get_main_option("sqlalchemy.url")
    return psycopg_url(configured or os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"])


def configure(**options: object) -> None:
    context.configure(
        target_metadata=Base.metadata,
        include_name=include_name,
        transaction_per_migration=True,
        compare_server_default=False,
        **options,  # type: ignore[arg-type]
    )


if context.is_offline_mode():
    configure(dialect_name="postgresql", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(database_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.commit()
    engine.dispose()
