"""What an embedded PostgreSQL contains before the first migration: roles, one database, extensions; and its options."""

import os
from pathlib import Path

import psycopg
from psycopg import sql

DATABASE = "advocacy"
OWNER = "advocacy_owner"
LOGINS = (OWNER, "advocacy_web", "advocacy_clicks")
GROUPS = {"advocacy_web": "advocacy_app", "advocacy_clicks": "advocacy_redirect"}
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")

MEGABYTE = 1024 * 1024


def options(durable: bool) -> dict[str, str]:
    """Return the server's options for this machine's memory. Only throw-away data may go without fsync."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
    chosen = {
        "shared_buffers": f"{_between(128, memory // 8, 2048)}MB",
        "effective_cache_size": f"{_between(256, memory // 2, 65_536)}MB",
        "maintenance_work_mem": f"{_between(64, memory // 32, 512)}MB",
        "work_mem": "16MB",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        "max_connections": "200",
        "jit": "off",
        "fsync": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
    }
    if not _has_shared_memory_folder():
        chosen["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        chosen |= {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
    return chosen


def prepare(admin_url: str, database_url: str, passwords: dict[str, str]) -> None:
    """Make whatever is still missing. Every step may be repeated, so an interrupted first start heals itself."""
    with _connect(admin_url) as connection:
        databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        if not _is_prepared(connection):
            _make_roles(connection, passwords)
        if DATABASE not in databases:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER)
                )
            )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE)))
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(DATABASE), sql.SQL(", ").join(map(sql.Identifier, GROUPS.values()))
                )
            )
        # An import copies its file into a temporary table first.
        connection.execute(
            sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(
                sql.Identifier(DATABASE), sql.Identifier("advocacy_app")
            )
        )
    with _connect(database_url) as connection:
        present = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
        for extension in EXTENSIONS:
            if extension not in present:
                connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def _is_prepared(connection: psycopg.Connection) -> bool:
    members = connection.execute(
        "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = ANY(%s)",
        [list(GROUPS)],
    ).fetchone()
    return members is not None and members[0] >= len(GROUPS)


def _make_roles(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    with connection.transaction():
        present = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in (*GROUPS.values(), *LOGINS):
            if role not in present:
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        for role in LOGINS:
            rights = "LOGIN CREATEDB CREATEROLE" if role == OWNER else "LOGIN"
            connection.execute(
                sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(
                    sql.Identifier(role), sql.SQL(rights), sql.Literal(passwords[role])
                )
            )
        for login, group in GROUPS.items():
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), sql.Identifier(login)))


def _connect(url: str) -> psycopg.Connection:
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return psycopg.connect(plain, autocommit=True, connect_timeout=10)


def _has_shared_memory_folder() -> bool:
    folder = Path("/dev/shm")  # noqa: S108 - where PostgreSQL itself keeps shared memory
    try:
        space = os.statvfs(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and space.f_bavail * space.f_frsize >= 64 * MEGABYTE


def _between(low: int, wanted: int, high: int) -> int:
    return max(low, min(wanted, high))
