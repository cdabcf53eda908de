"""`advocacy audit`: whether the record of privileged acts is whole."""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import click

from advocacy.cli.connection import connected, print_json


@click.group()
def audit() -> None:
    """Look after the audit trail."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--evidence", type=click.Path(exists=True, dir_okay=False), help="Check an evidence pack as well.")
def verify(as_json: bool, evidence: str | None) -> None:
    """Walk along the chain of audit events; exit code 1 when something was changed, removed or reordered.

    Keep the printed head elsewhere: only it can show that the newest links were cut off.
    """
    from advocacy.content import evidence as packs
    from advocacy.foundation import audit as trail
    from advocacy.foundation import db

    with connected(), db.unit_of_work():
        found, limits = trail.verify(), []
        if evidence is not None:
            try:
                pack = json.loads(Path(evidence).read_text(encoding="utf-8"))
                problems = (*packs.problems_in(pack), *packs.problems_with_chain(pack))
                limits = packs.limits_of(pack)
            except (ValueError, KeyError, TypeError) as error:
                problems = (f"this is no evidence pack: {error}",)
            found = replace(found, problems=(*found.problems, *problems))
    if as_json:
        print_json(asdict(found) | {"is_whole": found.is_whole, "limits": limits})
    else:
        click.echo(f"{found.chained} chained, {found.unchained} waiting for the chain, head {found.head}")
        for limit in limits:
            click.echo(f"MIND: {limit}")
        for problem in found.problems:
            click.echo(f"BROKEN: {problem}")
        click.echo("The chain is whole." if found.is_whole else "The chain is broken.")
    sys.exit(0 if found.is_whole else 1)
