"""What a command needs to work with the database, and how it answers in JSON. Heavy parts load when used."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import click

from config.settings import Settings

STATEMENT_TIMEOUT_MS = 300_000  # a person waits and can interrupt


@contextmanager
def connected(environ: Mapping[str, str] | None = None) -> Iterator[Settings]:
    """Connect this process to the running servers, or to PostgreSQL started for the occasion.

    Nothing is committed here: a command opens its own `db.unit_of_work()`. Raises StartError or SettingsError.
    """
    from advocacy.foundation import db, logs, preferences
    from advocacy.foundation.tables import import_models
    from advocacy.supervisor.servers import running_servers

    with running_servers(environ) as running:
        logs.configure(replace(running.settings, log_level="warning"), "command", sys.stderr)
        preferences.init(running.settings)
        engine = db.bind(running.settings, statement_timeout_ms=STATEMENT_TIMEOUT_MS)
        import_models()
        try:
            yield running.settings
        finally:
            db.session.remove()
            engine.dispose()


def print_json(value: Any) -> None:
    """Print one JSON document; ids and instants as text."""
    click.echo(json.dumps(value, default=_as_text, ensure_ascii=False, indent=2))


def _as_text(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)
