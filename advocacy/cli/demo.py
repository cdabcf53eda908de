"""`advocacy demo`: the fictional company, or the seed picture at full size, in an empty database."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click

from advocacy.cli.connection import connected, print_json
from config.settings import Settings

RECENT_DAYS = {"meridian": 95, "ibm": 35}


@click.command()
@click.option(
    "--scale",
    type=click.Choice(["meridian", "ibm"]),
    default="meridian",
    show_default=True,
    help="About 400 people with two years of history, or 350,000 people.",
)
@click.option("--replace", is_flag=True, help="Empty the database first. Works only on one that a demo made.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def demo(scale: str, replace: bool, as_json: bool) -> None:
    """Load a demo and print a sign-in link for each role."""
    say: Callable[[str], None] = (lambda line: click.echo(line, err=True)) if as_json else click.echo
    with connected() as settings:
        load_demo(settings, scale, replace=replace, say=say)
        people = sign_in_links(settings)
    if as_json:
        print_json({"scale": scale, "people": people})
    else:
        print_people(people)


def load_demo(settings: Settings, scale: str, *, replace: bool, say: Callable[[str], None]) -> None:
    """Fill the connected database and compute its newest days. Raises Conflict as `demo.loading.load` does."""
    from advocacy.demo import decisions, loading, mark
    from advocacy.foundation import db

    with db.unit_of_work():
        holds_something = not mark.is_empty()
    if replace and holds_something:
        loading.empty(settings.database_owner_url)
    with db.unit_of_work():
        loading.load(scale, replace=False, say=say)
    loading.analyse(settings.database_owner_url)
    loading.fill_recent_days(RECENT_DAYS[scale], say, only_events=scale == "ibm")
    decisions.decide(say)


def sign_in_links(settings: Settings) -> list[dict[str, Any]]:
    """Make a fresh link for each demo person; it lasts a day and can be used again and again. Empty without a demo."""
    from advocacy.demo import mark
    from advocacy.foundation import db
    from advocacy.identity import service as identity
    from advocacy.identity.models import LinkPurpose

    with db.unit_of_work():
        return [
            asdict(person)
            | {"link": f"{settings.portal_url}/link/{identity.make_link(person.account_id, LinkPurpose.DEMO)}"}
            for person in mark.demo_people()
        ]


def print_people(people: list[dict[str, Any]]) -> None:
    """Print role, address and link of each demo person, at once, also when stdout is a file."""
    for person in people:
        click.echo(f"{person['role']:<14} {person['email']:<34} {person['link']}")
    sys.stdout.flush()
