"""`advocacy import applications FILE`, `advocacy import openings FILE` and `advocacy applications`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advocacy.cli.connection import connected, print_json

if TYPE_CHECKING:
    from advocacy.recruiting.files import FileReport

MOST_PROBLEMS_SHOWN = 20


@click.command("applications")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Check every row, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document.")
def import_applications(file: Path, is_dry_run: bool, as_json: bool) -> None:
    """Take over steps of applications: all of FILE, or nothing when a row is bad.

    FILE is a CSV with a header: type (applied, interview, offer, hired, declined, unhired), opening_reference,
    occurred_at, application_id or candidate, and link_code where you have it. Ids of applications and candidates
    are stored only as keyed hashes. A row that was taken over before changes nothing, except to name its link where
    that was missing.
    """
    from advocacy.recruiting.files import import_events_csv

    _run(lambda: import_events_csv(file, is_dry_run=is_dry_run), as_json=as_json)


@click.command("openings")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document.")
def import_openings(file: Path, is_dry_run: bool, as_json: bool) -> None:
    """Bring openings to what FILE says: all of it, or nothing when a row is bad.

    FILE is a CSV with a header: reference, and title, family, place, unit, url and closes_on if you have them.
    Columns that are missing stay as they are.
    """
    from advocacy.recruiting.files import import_openings_csv

    _run(lambda: import_openings_csv(file, is_dry_run=is_dry_run), as_json=as_json)


@click.group()
def applications() -> None:
    """Look after how applications are counted."""


@applications.command()
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say how much would be corrected, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def recount(is_dry_run: bool, as_json: bool) -> None:
    """Correct what was counted of applications by the rules of an earlier release. Twice changes nothing.

    Each stage counts once for an application, when it was first entered, and an undone hire leaves the days of its own
    hire. Numbers that were final and change by it are told as corrected. It works link by link and may be interrupted.
    """
    from advocacy.foundation import db
    from advocacy.recruiting.recounting import links_of_applications
    from advocacy.recruiting.recounting import recount as recount_link

    with connected():
        with db.unit_of_work():
            links = links_of_applications()
        rows = changed = 0
        for link_key in links:
            with db.unit_of_work():
                found = recount_link(link_key, is_dry_run=is_dry_run)
            rows, changed = rows + found, changed + bool(found)
    if as_json:
        print_json({"links": len(links), "links_changed": changed, "rows": rows, "is_dry_run": is_dry_run})
        return
    click.echo(f"{len(links):,} links: {changed:,} to correct, with {rows:,} rows of the ledger.")
    if is_dry_run:
        click.echo("This was a dry run. Nothing was changed.")


def _run(work: "Callable[[], FileReport]", *, as_json: bool) -> None:
    from advocacy.foundation import db
    from advocacy.recruiting.files import FileRefused

    with connected():
        try:
            with db.unit_of_work():
                report = work()
        except FileRefused as refused:
            if as_json:
                print_json(refused.report.as_dict())
            _show_problems(refused.report)
            sys.exit(1)
    if as_json:
        print_json(report.as_dict())
        return
    click.echo(f"{report.rows:,} rows: {report.created:,} new, {report.changed:,} changed, {report.unchanged:,} known.")
    if report.ignored_columns:
        click.echo(f"Columns not used: {', '.join(report.ignored_columns)}.")
    if report.is_dry_run:
        click.echo("This was a dry run. Nothing was changed.")


def _show_problems(report: "FileReport") -> None:
    for found in report.problems[:MOST_PROBLEMS_SHOWN]:
        where = f"line {found.line}, {found.column}" if found.column else f"line {found.line}"
        click.echo(f"{where}: {found.detail}", err=True)
    hidden = report.problem_total - min(len(report.problems), MOST_PROBLEMS_SHOWN)
    if hidden > 0:
        click.echo(f"... and {hidden:,} more.", err=True)
    click.echo("Nothing was changed.", err=True)
