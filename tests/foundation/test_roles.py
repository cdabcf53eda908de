"""What each database role may do, tried with real connections: the application, and the redirect."""

from datetime import date

import psycopg
import pytest

from advocacy.activity import service as activity
from advocacy.foundation.db import session as ambient

DENIED = "permission denied|must be owner|insufficient"


def connect(url):
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def refused(url, statement):
    with connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege, match=DENIED):
        connection.execute(statement)


@pytest.fixture
def partition(committed_database):
    activity.ensure_partitions([date(2026, 11, 20)])
    ambient.commit()
    return "activity_event_2026_11"


@pytest.mark.parametrize(
    "table",
    [
        "activity_event",
        "audit_event",
        "audit_link",
        "consent_event",
        "review",
        "application_event",
        "erasure_tombstone",
        "scenario",
        "click_class_change",
        "click_rules",
        "click_rules_installed",
        "click_reclassification",
        "report",
        "report_figure",
        "alembic_version",
    ],
)
def test_application_rewrites_no_history(settings, engine, table):
    with connect(settings.database_url) as connection:
        column = connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum LIMIT 1",
            (table,),
        ).fetchone()[0]
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
        f"DROP TABLE {table}",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
    ):
        refused(settings.database_url, statement)


def test_application_reaches_no_month_of_the_ledger_around_the_whole(settings, partition):
    for statement in (
        f"DELETE FROM {partition}",
        f"UPDATE {partition} SET employee_key = 1",
        f"INSERT INTO {partition} SELECT * FROM activity_event",
        f"TRUNCATE {partition}",
    ):
        refused(settings.database_url, statement)


def test_application_still_reads_and_writes_the_ledger(settings, partition):
    with connect(settings.database_url) as connection:
        connection.execute("SELECT count(*) FROM activity_event")
        connection.execute(
            "INSERT INTO activity_event (occurred_at, event_id, kind) "
            "VALUES ('2026-11-20 12:00+00', gen_random_uuid(), 1)"
        )
        assert connection.execute("SELECT count(*) FROM activity_event").fetchone() == (1,)


def test_application_writes_no_change_of_a_class_by_itself(settings, engine):
    refused(
        settings.database_url,
        "INSERT INTO click_class_change (day, event_id, old_class, new_class, new_rules) "
        "VALUES ('2026-11-20', gen_random_uuid(), 1, 2, 2)",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE advocacy_owner",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/hostname')",
    ],
)
@pytest.mark.parametrize("which", ["database_url", "database_redirect_url"])
def test_no_role_makes_or_becomes_anything(settings, engine, which, statement):
    refused(getattr(settings, which), statement)


def test_application_erases_nobody_who_has_not_asked(settings, engine):
    with connect(settings.database_url) as connection:
        for statement in ("SELECT erase_person_events(1, '2026-11-01')", "SELECT erase_person_consent_history(1)"):
            with pytest.raises(psycopg.errors.RaiseException, match="has not asked"):
                connection.execute(statement)


def test_redirect_reads_its_five_tables_and_no_other(settings, engine, owner_url):
    with connect(owner_url) as connection:
        tables = {
            name
            for (name,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "AND relkind IN ('r', 'p', 'v')"
            )
        }
    readable = set()
    with connect(settings.database_redirect_url) as connection:
        for table in tables:
            try:
                connection.execute(f"SELECT 1 FROM {table} LIMIT 1")
                readable.add(table)
            except psycopg.errors.InsufficientPrivilege:
                continue
    assert readable == {"link", "link_preview", "allowed_host", "internal_range", "click_salt"}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT name FROM click_segment",
        "DELETE FROM click_segment",
        "UPDATE link SET destination = 'https://evil.example/'",
        "INSERT INTO link (code, destination) VALUES ('x', 'https://evil.example/')",
        "INSERT INTO allowed_host (host) VALUES ('evil.example')",
        "INSERT INTO click_salt (day, salt) VALUES ('2026-11-22', 'x')",
        "SELECT ensure_activity_partition('2026-11-01')",
        "SELECT erase_person_events(1, '2026-11-01')",
        "SELECT change_click_classes('2026-11-01', 2::smallint, NULL, '{}', '{}', '{}')",
    ],
)
def test_redirect_changes_nothing_but_its_segments(settings, engine, statement):
    refused(settings.database_redirect_url, statement)
