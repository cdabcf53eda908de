"""`advocacy audit`: whether the record of privileged acts is whole."""

import sys
from dataclasses import asdict

import click

from advocacy.cli.connection import connected, print_json


@click.group()
def audit() -> None:
    """Look after the audit trail."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify(as_json: bool) -> None:
    """Walk along the chain of audit events; exit code 1 when something was changed, removed or reordered.

    Keep the printed head elsewhere: only it can show that the newest links were cut off.
    """
    from advocacy.foundation import audit as trail
    from advocacy.foundation import db

    with connected(), db.unit_of_work():
        found = trail.verify()
    if as_json:
        print_json(asdict(found) | {"is_whole": found.is_whole})
    else:
        click.echo(f"{found.chained} chained, {found.unchained} waiting for the chain, head {found.head}")
        for problem in found.problems:
            click.echo(f"BROKEN: {problem}")
        click.echo("The chain is whole." if found.is_whole else "The chain is broken.")
    sys.exit(0 if found.is_whole else 1)
