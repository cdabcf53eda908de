"""`advocacy up`: the whole product on one machine."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from config.settings import Settings


@click.command()
@click.option("--with-demo", is_flag=True, help="Load the demo on first start, and print a sign-in link for each role.")
def up(with_demo: bool) -> None:
    """Start servers, migrations and every process; Ctrl-C stops them all."""
    from advocacy.supervisor.up import up as run

    if not with_demo:
        sys.exit(run())
    from advocacy.demo import company

    # The demo speaks as its own company unless the deployment has a name.
    environ = {"ADVOCACY_ORGANISATION": company.NAME, **os.environ}
    sys.exit(run(environ, prepare=_load_demo, announce=_print_sign_in_links))


def _load_demo(settings: Settings) -> None:
    """Load the demo into an empty database, before anything answers."""
    if not _is_empty(settings.database_url):
        return
    from advocacy.cli.demo import load_demo

    with _connected(settings):
        load_demo(settings, "meridian", replace=False, say=click.echo)


def _is_empty(url: str) -> bool:
    """Return whether nobody is in the database. Asks without the models, which take a second to load."""
    import psycopg

    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        return connection.execute("SELECT FROM employee LIMIT 1").fetchone() is None


def _print_sign_in_links(settings: Settings) -> None:
    """Print who can sign in, while the portal loads."""
    from advocacy.cli.demo import print_people, sign_in_links

    with _connected(settings):
        people = sign_in_links(settings)
    if people:
        click.echo("Sign in as (each link lasts a day and can be used again):")
        print_people(people)


@contextmanager
def _connected(settings: Settings) -> Iterator[None]:
    """Connect this process for a moment only: the supervisor itself needs no database."""
    from advocacy.cli.connection import STATEMENT_TIMEOUT_MS
    from advocacy.foundation import db, logs, preferences
    from advocacy.foundation.tables import import_models

    logs.configure(replace(settings, log_level="warning"), "demo", sys.stderr)
    preferences.init(settings)
    engine = db.bind(settings, statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    import_models()
    try:
        yield
    finally:
        db.session.remove()
        engine.dispose()
