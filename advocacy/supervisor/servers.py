"""The servers a command or `up` works with: given by the environment, running already, or started for the occasion."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from advocacy.supervisor.keys import load_or_make_keys
from advocacy.supervisor.migrate import upgrade_in_child
from advocacy.supervisor.places import make_home
from advocacy.supervisor.postgres import EmbeddedPostgres
from advocacy.supervisor.processes import (
    FolderInUseError,
    FolderLock,
    is_alive,
    started_at,
    wait_until,
    write_private,
)
from advocacy.supervisor.valkey import EmbeddedValkey
from config.settings import Settings, default_home

FILE_NAME = "servers.json"
DATABASE_NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_REDIRECT_URL")
# Names a server that is not there: for commands that write to PostgreSQL only, and for checks before the start.
NO_REDIS = "redis://127.0.0.1:1/0"
NO_DATABASE = "postgresql+psycopg://nobody@127.0.0.1:1/none"
WAIT_FOR_OTHER_COMMAND_SECONDS = 30.0
EmbeddedServer = EmbeddedPostgres | EmbeddedValkey


@dataclass(frozen=True, slots=True)
class Running:
    """Reachable servers: as the environment for a child process, and as checked settings."""

    environ: dict[str, str]
    settings: Settings


def home_of(environ: Mapping[str, str]) -> Path:
    """Return the data folder before any other setting is known."""
    return Path(environ.get("ADVOCACY_HOME", "").strip() or default_home()).expanduser().absolute()


def is_given(environ: Mapping[str, str], name: str) -> bool:
    return bool(environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip())


def with_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment completed by the data folder's own keys; given ones win."""
    complete = dict(environ)
    complete["ADVOCACY_HOME"] = str(make_home(home_of(environ)))
    names = ("ADVOCACY_SECRET_KEY", "ADVOCACY_PEPPER", "ADVOCACY_ENCRYPTION_KEYS")
    if not all(is_given(environ, name) for name in names):
        for name, value in load_or_make_keys(home_of(environ)).items():
            if not is_given(environ, name):
                complete[name] = value
    return complete


def check_settings(environ: Mapping[str, str]) -> Settings:
    """Check every setting before a server is started for it. Raises SettingsError with all problems at once."""
    trial = dict(environ)
    if not is_given(environ, "DATABASE_URL"):
        trial |= dict.fromkeys(DATABASE_NAMES, NO_DATABASE)
    if not is_given(environ, "REDIS_URL"):
        trial["REDIS_URL"] = NO_REDIS
    return Settings.from_env(trial)


def start_postgres(
    environ: Mapping[str, str], stack: ExitStack, kept: list[EmbeddedServer] | None = None
) -> dict[str, str]:
    """Start the embedded PostgreSQL unless the environment names one; `stack` stops it, `kept` gets to know it."""
    if is_given(environ, "DATABASE_URL"):
        return dict(environ)
    embedded = EmbeddedPostgres(home_of(environ))
    server = stack.enter_context(embedded)
    if kept is not None:
        kept.append(embedded)
    return {**environ, **dict(zip(DATABASE_NAMES, server_urls_in_order(server.urls), strict=True))}


def server_urls_in_order(urls: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return the addresses in the order of DATABASE_NAMES: app, owner, redirect."""
    owner, app, redirect = urls
    return app, owner, redirect


def start_valkey(
    environ: Mapping[str, str], stack: ExitStack, kept: list[EmbeddedServer] | None = None
) -> dict[str, str]:
    """Start the embedded Valkey unless the environment names one; `stack` stops it, `kept` gets to know it."""
    if is_given(environ, "REDIS_URL"):
        return dict(environ)
    embedded = EmbeddedValkey(home_of(environ))
    server = stack.enter_context(embedded)
    if kept is not None:
        kept.append(embedded)
    return {**environ, "REDIS_URL": server.url()}


def publish(environ: Mapping[str, str], stack: ExitStack) -> None:
    """Write where the servers are, for other commands; the file goes when `stack` closes."""
    file = home_of(environ) / FILE_NAME
    addresses = {name: environ[name] for name in (*DATABASE_NAMES, "REDIS_URL") if environ.get(name)}
    record = {"pid": os.getpid(), "started_at": started_at(os.getpid()), "addresses": addresses}
    write_private(file, json.dumps(record, indent=1) + "\n")
    stack.callback(unpublish, home_of(environ))


def unpublish(home: Path) -> None:
    """Take the servers' addresses away; safe to call twice."""
    (home / FILE_NAME).unlink(missing_ok=True)


def published(home: Path) -> dict[str, str] | None:
    """Return the addresses of servers that run now, or None. A file left by a killed run counts for nothing."""
    try:
        record = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
        pid = int(record["pid"])
        if is_alive(pid) and started_at(pid) == record["started_at"]:
            return {str(name): str(value) for name, value in record["addresses"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


@contextmanager
def running_servers(environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Give a command its servers: DATABASE_URL if set, else those of a running `up`, else PostgreSQL for its duration.

    Raises StartError or SettingsError. Two commands that both need their own PostgreSQL wait for each other.
    """
    complete = with_keys(os.environ if environ is None else environ)
    check_settings(complete)
    with ExitStack() as stack:
        if not is_given(complete, "DATABASE_URL"):
            found = _published_or_locked(home_of(complete), stack)
            if found is None:
                complete = start_postgres(complete, stack)
                upgrade_in_child(complete)
            else:
                complete |= {name: value for name, value in found.items() if not is_given(complete, name)}
        if not is_given(complete, "REDIS_URL"):
            complete["REDIS_URL"] = NO_REDIS
        yield Running(complete, Settings.from_env(complete))


def _published_or_locked(home: Path, stack: ExitStack) -> dict[str, str] | None:
    """Return the addresses of running servers, or None once this process holds the data folder."""
    lock = FolderLock(home / "lock")
    outcome: list[dict[str, str] | None] = []

    def decided() -> bool:
        found = published(home)
        if found is None:
            try:
                lock.acquire()
            except FolderInUseError:
                return False
            stack.callback(lock.release)
        outcome.append(found)
        return True

    if not wait_until(decided, WAIT_FOR_OTHER_COMMAND_SECONDS, step=0.1):
        lock.acquire()  # raises, naming the process that holds it
        stack.callback(lock.release)
        return None
    return outcome[0]
