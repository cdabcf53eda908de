"""`advocacy doctor`: is this deployment healthy, and if not, what to do."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from advocacy.cli.connection import connected, print_json
from config.settings import Settings

SLOWEST_CLOCK_SECONDS = 2.0
LEAST_FREE_BYTES = 2_000_000_000
OLDEST_TASK_SECONDS = 300
OLDEST_NUMBER_SECONDS = 300
MOST_BEHIND_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `advice` is empty where all is well."""

    check: str
    is_well: bool
    found: str
    advice: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(as_json: bool) -> None:
    """Check settings, database, roles, queue, disk and clocks; exit code 1 when something needs a hand."""
    with connected() as settings:
        findings = list(examine(settings))
    if as_json:
        print_json({"is_well": all(f.is_well for f in findings), "findings": [asdict(f) for f in findings]})
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.is_well else 'BAD'}  {finding.check}: {finding.found}")
            if finding.advice:
                click.echo(f"     {finding.advice}")
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what each check found; a check that cannot be made is a finding too. Needs a bound database."""
    checks: list[tuple[str, Callable[[Settings], Finding], str]] = [
        ("queue", _queue, "Check REDIS_URL."),
        ("disk", _disk, "Look at the folders of `advocacy config show`."),
        ("mail", _mail, "Check ADVOCACY_SMTP_URL."),
    ]
    unreachable = _unreachable_database()
    if unreachable is not None:
        yield unreachable  # once: what asks it would say the same five times
    else:
        is_older = "If the schema is not current, run `advocacy db upgrade`."
        checks = [
            ("schema", _schema, "Check DATABASE_OWNER_URL: migrations sign in with it."),
            ("clock", _clock, is_older),
            ("database role", _role, is_older),
            ("reporting database", _replica, "Is the replica running, and is DATABASE_REPORTING_URL right?"),
            ("background work", _tasks, is_older),
            ("numbers", _numbers, is_older),
            *checks,
        ]
    for name, check, advice in checks:
        try:
            yield check(settings)
        except Exception as error:
            yield Finding(name, False, _told(error), advice)


def _unreachable_database() -> Finding | None:
    from sqlalchemy import text

    from advocacy.foundation import db

    try:
        with db.unit_of_work() as session:
            session.execute(text("SELECT 1"))
    except Exception as error:
        advice = "Is PostgreSQL running, and are host, name and password in DATABASE_URL right?"
        return Finding("database", False, _told(error), advice)
    return None


def _schema(settings: Settings) -> Finding:
    from advocacy.supervisor.migrate import is_current

    current = is_current(settings.database_owner_url)
    return Finding(
        "schema", current, "current" if current else "not current", "" if current else "Run `advocacy db upgrade`."
    )


def _clock(_settings: Settings) -> Finding:
    from sqlalchemy import text

    from advocacy.foundation import db

    with db.unit_of_work() as session:
        theirs = float(session.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
    apart = abs(theirs - time.time())
    well = apart < SLOWEST_CLOCK_SECONDS
    return Finding("clock", well, f"{apart:.1f} s from the database's", "" if well else "Synchronise the clocks (NTP).")


def _role(_settings: Settings) -> Finding:
    from sqlalchemy import text

    from advocacy.foundation import db

    with db.unit_of_work() as session:
        too_much = bool(session.scalar(text("SELECT has_table_privilege('audit_event', 'UPDATE')")))
    return Finding(
        "database role",
        not too_much,
        "may rewrite the audit trail" if too_much else "may not rewrite the audit trail",
        "Let the application sign in as a member of advocacy_app, not as the owner." if too_much else "",
    )


def _replica(settings: Settings) -> Finding:
    from sqlalchemy import text

    from advocacy.foundation import db

    name = "reporting database"
    if settings.database_reporting_url == settings.database_url:
        return Finding(name, True, "the same as the other")
    with db.engine().connect() as primary:
        written = primary.execute(text("SELECT pg_current_wal_lsn()::text")).scalar_one()
    with db.reporting_engine().connect() as connection:
        has_all, is_replica, seconds = connection.execute(
            text(
                "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END "
                ">= CAST(:written AS pg_lsn), pg_is_in_recovery(), "
                "extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())"
            ),
            {"written": written},
        ).one()
    if has_all:
        return Finding(name, True, "has everything that is written")
    if is_replica and seconds is not None:
        well = float(seconds) < MOST_BEHIND_SECONDS
        advice = "Reports are as old as that. Look at the replica's load and its connection to the primary."
        return Finding(name, well, f"a replica, at most {seconds:.0f} s behind", "" if well else advice)
    found = "a replica that lags, nobody knows how far" if is_replica else "a server that follows nobody and lacks rows"
    return Finding(name, False, found, "Reports are old. Is it connected to the server in DATABASE_URL?")


def _queue(settings: Settings) -> Finding:
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        Redis.from_url(settings.redis_url, socket_timeout=1, socket_connect_timeout=1).ping()
    except RedisError as error:
        return Finding(
            "queue",
            False,
            f"not reachable ({type(error).__name__})",
            "Work waits in the database until it is back; nothing is lost. Check REDIS_URL.",
        )
    return Finding("queue", True, "answers")


def _tasks(_settings: Settings) -> Finding:
    from sqlalchemy import text

    from advocacy.foundation import db

    with db.unit_of_work() as session:
        dead = int(session.scalar(text("SELECT count(*) FROM task WHERE state = 'dead'")) or 0)
        oldest = session.scalar(
            text(
                "SELECT extract(epoch FROM now() - min(next_attempt_at)) FROM task "
                "WHERE state = 'ready' AND next_attempt_at < now()"
            )
        )
    waiting = float(oldest or 0)
    well = dead == 0 and waiting < OLDEST_TASK_SECONDS
    advice = []
    if dead:
        advice.append("See `advocacy tasks list`, mend the cause, then `advocacy tasks retry`.")
    if waiting >= OLDEST_TASK_SECONDS:
        advice.append("Is a dispatcher and a worker for each queue running? See `advocacy tasks list --state ready`.")
    return Finding("background work", well, f"{dead} dead, oldest due for {waiting:.0f} s", " ".join(advice))


def _numbers(_settings: Settings) -> Finding:
    from advocacy.foundation import db
    from advocacy.measurement import fill

    with db.engine().connect() as connection:
        found = fill.progress(connection)
    well = found.behind_seconds < OLDEST_NUMBER_SECONDS
    return Finding(
        "numbers",
        well,
        f"{found.behind_seconds:.0f} s behind, {found.past_due} past days to fill",
        "" if well else "Is a worker for the queue reporting running? See `advocacy rollups`.",
    )


def _disk(settings: Settings) -> Finding:
    folders = {"ADVOCACY_HOME": settings.home, "ADVOCACY_JOURNAL": settings.journal_folder}
    if not settings.smtp_url:
        folders["ADVOCACY_MAIL_OUTBOX"] = settings.mail_outbox
    places = {name: _place(folder) for name, folder in folders.items()}
    for name, place in places.items():
        if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
            advice = "Let the user that runs the processes write there, or name another folder."
            return Finding("disk", False, f"{folders[name]} ({name}) cannot be written", advice)
    free = min(shutil.disk_usage(place).free for place in places.values())
    well = free > LEAST_FREE_BYTES
    return Finding(
        "disk", well, f"{free / 1e9:.0f} GB free", "" if well else "Make room before the journal cannot be written."
    )


def _place(folder: Path) -> Path:
    """Return the folder, or what it would be made in. Made here it would belong to whoever asks."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _mail(settings: Settings) -> Finding:
    if not settings.smtp_url:
        return Finding(
            "mail", True, "not configured: messages go to the outbox folder", "Set ADVOCACY_SMTP_URL to send mail."
        )
    from advocacy.notifications.senders import email

    try:
        with email.postbox(settings):  # as letters leave: TLS, port, name and password
            return Finding("mail", True, "the server takes letters")
    except OSError as error:  # SMTPException is one
        advice = "Check ADVOCACY_SMTP_URL: smtp:// asks for STARTTLS (port 587), smtps:// begins with TLS (port 465)."
        return Finding("mail", False, _told(error), advice)


def _told(error: Exception) -> str:
    return ": ".join([type(error).__name__, *str(error).splitlines()[:1]])
