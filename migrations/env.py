"""Run migrations: one at a time, never waiting long for a lock, each in its own transaction."""

import os

from alembic import context
from sqlalchemy import create_engine, pool, text

# Importing a capability's models registers its tables.
import advocacy.activity.models
import advocacy.content.models
import advocacy.conversations.models
import advocacy.foundation.models
import advocacy.identity.models
import advocacy.measurement.models
import advocacy.notifications.models
import advocacy.people.models
import advocacy.programme.models
import advocacy.recruiting.models
import advocacy.sharing.models  # noqa: F401
from advocacy.foundation.db import Base
from config.settings import psycopg_url

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
