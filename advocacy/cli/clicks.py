"""`advocacy clicks`: which rules judge clicks, and judging past days again by today's."""

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from advocacy.cli.connection import connected, print_json

if TYPE_CHECKING:
    from advocacy.sharing.clicks.overview import Standing
    from advocacy.sharing.clicks.reclassifying import Progress

SHARE_DAYS = 90
LATEST = 5
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def clicks() -> None:
    """Look after how clicks are told apart: people, preview bots, scanners, inside, own and repeated ones."""


@clicks.command("rules")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show_rules(as_json: bool) -> None:
    """Show the rules that hold now, since when, and how many past clicks were judged by other ones."""
    from advocacy.foundation import db
    from advocacy.sharing.clicks import overview, reclassifying

    with connected(), db.unit_of_work():
        found = overview.standing(SHARE_DAYS)
        asked = reclassifying.reclassifications(limit=LATEST)
    if as_json:
        print_json(_as_json(found, asked))
        return
    click.echo(_told_rules(found))
    click.echo(
        f"Last {SHARE_DAYS} days: {found.raw:,} clicks, {found.human:,} human. "
        f"{found.without_facts:,} came with their class and cannot be judged again."
    )
    if found.by_older_rules:
        click.echo(
            f"{found.by_older_rules:,} of them were judged by rules that differ from today's, the oldest on "
            f"{found.oldest_by_older_rules}. To judge them again: advocacy clicks reclassify --from DAY --to DAY"
        )
    elif found.raw > found.without_facts:
        click.echo("All that can be judged was judged by the rules that hold now.")
    for each in asked:
        click.echo(
            f"{each.asked_at:%Y-%m-%d %H:%M}  {each.first_day} to {each.last_day} by rules {each.rules_key}: "
            f"{each.days_done:,} of {each.days:,} days done, {each.changed:,} clicks changed"
        )


def _told_rules(found: "Standing") -> str:
    held = found.rules
    if held is None:
        return "No click was judged yet, so no rules are on record."
    here = (
        "" if held.is_ours else "\nThis host has other rules, which judged nothing yet: see that all run one release."
    )
    return (
        f"Rules {held.key}, cascade version {held.version}, {held.digest[:12]}, "
        f"since {held.installed_at:%Y-%m-%d %H:%M} UTC. What changed then: {', '.join(held.changed)}.{here}"
    )


def _as_json(found: "Standing", asked: "list[Progress]") -> dict[str, Any]:
    return {
        "rules": asdict(found.rules) if found.rules is not None else None,
        "first_day": found.first_day,
        "last_day": found.last_day,
        "raw": found.raw,
        "human": found.human,
        "by_class": {kind.name.lower(): count for kind, count in sorted(found.by_class.items())},
        "by_older_rules": found.by_older_rules,
        "without_facts": found.without_facts,
        "reclassifications": [asdict(each) for each in asked],
    }


@clicks.command()
@click.option("--from", "first", required=True, type=_DAY, help="The first UTC day.")
@click.option("--to", "last", required=True, type=_DAY, help="The last UTC day; it must be over.")
@click.option("--dry-run", is_flag=True, help="Tell what would change, day by day, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def reclassify(first: datetime, last: datetime, dry_run: bool, as_json: bool) -> None:
    """Judge the clicks of past UTC days again by the rules that hold now.

    Each day is a task for the workers, newest first; numbers follow as days are done. Raw clicks stay as they are, and
    every change of a class is kept. Visitor keys are used as stored: what led to an address was deleted after 48 hours.
    """
    from advocacy.foundation import db
    from advocacy.sharing.clicks import reclassifying

    with connected():
        if dry_run:
            told = _preview(first.date(), last.date(), quiet=as_json)
            if as_json:
                print_json(told)
            return
        with db.unit_of_work():
            wanted = reclassifying.ask(None, first.date(), last.date())
            answer = {
                "id": wanted.id,
                "first_day": wanted.first_day,
                "last_day": wanted.last_day,
                "days": (wanted.last_day - wanted.first_day).days + 1,
                "rules": wanted.rules_key,
            }
    if as_json:
        print_json(answer)
        return
    click.echo(f"{answer['days']:,} days are judged again by rules {answer['rules']}, newest first.")
    click.echo("How far it is: advocacy clicks rules")


def _preview(first: date, last: date, *, quiet: bool) -> dict[str, Any]:
    """Judge day by day without writing, telling each at once; return all of it."""
    from advocacy.foundation import db
    from advocacy.sharing.clicks import reclassifying

    days: list[dict[str, Any]] = []
    with db.unit_of_work():
        for judged in reclassifying.preview(first, last):
            moves = [
                {"from": was.name.lower(), "to": becomes.name.lower(), "clicks": count}
                for (was, becomes), count in sorted(judged.moves.items())
            ]
            days.append(
                {"day": judged.day, "clicks": judged.clicks, "without_facts": judged.without_facts, "changes": moves}
            )
            if not quiet and (moves or judged.without_facts):
                told = ", ".join(f"{move['clicks']:,} {move['from']} -> {move['to']}" for move in moves)
                kept = f" ({judged.without_facts:,} keep their class: nothing else is known of them)"
                click.echo(
                    f"{judged.day}  {judged.clicks:>9,} clicks  {told or 'nothing changes'}"
                    f"{kept if judged.without_facts else ''}"
                )
    changing = sum(move["clicks"] for day in days for move in day["changes"])
    if not quiet:
        total = sum(day["clicks"] for day in days)
        click.echo(f"{changing:,} of {total:,} clicks in {len(days):,} days would change. Nothing was changed.")
    return {"first_day": first, "last_day": last, "clicks_that_would_change": changing, "days": days}
