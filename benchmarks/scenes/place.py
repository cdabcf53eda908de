"""A portal of one's own for a benchmark: servers in a temporary folder, the product's schema, its settings."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

from advocacy.app import create_app
from advocacy.foundation import db, logs
from advocacy.supervisor.keys import load_or_make_keys
from advocacy.supervisor.migrate import upgrade_in_child
from advocacy.supervisor.postgres import EmbeddedPostgres
from advocacy.supervisor.processes import free_port
from advocacy.supervisor.valkey import EmbeddedValkey
from config.settings import Settings

LONGEST_STATEMENT_MS = 600_000


@dataclass(frozen=True)
class Place:
    """What a benchmark works with; `owner` may do everything in the database, one statement at a time."""

    folder: Path
    environ: dict[str, str]
    settings: Settings
    app: Flask
    owner: psycopg.Connection[Any]


@contextmanager
def own_place() -> Iterator[Place]:
    """Give a migrated, empty database with a portal bound to it, whose statements may take long; gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="advocacy-bench-")))
        folder.chmod(0o711)
        server = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
        memory = stack.enter_context(EmbeddedValkey(folder / "valkey"))
        environ = _environment(folder, server.urls, memory.url())
        upgrade_in_child(environ)
        settings = Settings.from_env(environ)
        logs.configure(replace(settings, log_level="warning"), "benchmark", sys.stderr)
        app = create_app(settings)
        db.bind(settings, statement_timeout_ms=LONGEST_STATEMENT_MS)
        owner = stack.enter_context(psycopg.connect(server.urls[0].replace("+psycopg", ""), autocommit=True))
        try:
            yield Place(folder, environ, settings, app, owner)
        finally:
            db.session.remove()
            db.engine().dispose()


def _environment(folder: Path, urls: tuple[str, str, str], memory: str) -> dict[str, str]:
    owner, app, clicks = urls
    port = free_port()
    return {
        **os.environ,
        **load_or_make_keys(folder),
        "ADVOCACY_ENV": "development",
        "ADVOCACY_HOME": str(folder),
        "ADVOCACY_PORTAL_URL": f"http://127.0.0.1:{port}",
        "ADVOCACY_PORTAL_BIND": f"127.0.0.1:{port}",
        "ADVOCACY_INTERNAL_BIND": f"127.0.0.1:{free_port()}",
        "DATABASE_URL": app,
        "DATABASE_OWNER_URL": owner,
        "DATABASE_REDIRECT_URL": clicks,
        "REDIS_URL": memory,
    }
