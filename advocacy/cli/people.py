"""`advocacy import people FILE`: the roster out of an HR export."""

import sys
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advocacy.cli.connection import connected, print_json

if TYPE_CHECKING:
    from advocacy.people.service import ImportReport

MOST_PROBLEMS_SHOWN = 20


@click.command("people")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--units", "units_file", type=click.Path(path_type=Path), help="CSV: unit_id, name, parent_unit_id.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day the file is true from. Default: today.")
@click.option("--complete", "is_complete", is_flag=True, help="Whoever is not in the file has left.")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--yes", "is_sure", is_flag=True, help="Also when more than a tenth of all people would leave.")
@click.option("--errors", "errors_file", type=click.Path(path_type=Path), help="Write every problem to this CSV file.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document.")
def import_people(
    file: Path,
    units_file: Path | None,
    on: datetime | None,
    is_complete: bool,
    is_dry_run: bool,
    is_sure: bool,
    errors_file: Path | None,
    as_json: bool,
) -> None:
    """Bring people and units to what FILE says: all of it, or nothing when a row is bad.

    FILE is a CSV with a header: external_id, email, name, and either unit (a path such as "Company > Cloud > Lisbon")
    or unit_id; title, language, country, time_zone, hired_on and left_on if you have them. docs/import-people.md
    has the rules.
    """
    from advocacy.foundation import db
    from advocacy.people import service
    from advocacy.people.roster_file import Problems, ProblemWriter

    with connected(), ExitStack() as stack:
        problems = Problems()
        if errors_file is not None:
            try:
                stream = stack.enter_context(errors_file.open("w", encoding="utf-8", newline=""))
            except OSError as error:
                raise click.FileError(str(errors_file), error.strerror) from error
            problems.writer = ProblemWriter(stream)
        progress = _Progress(file)
        try:
            with db.unit_of_work():
                report = service.import_people(
                    file,
                    units_path=units_file,
                    on=_day(on),
                    is_complete=is_complete,
                    is_dry_run=is_dry_run,
                    accepts_many_leavers=is_sure,
                    problems=problems,
                    progress=progress.step,
                )
            if report.left and not is_dry_run:  # no worker may run here for long
                with db.unit_of_work():
                    service.write_down_leavers()
        except service.RosterRefused as refused:
            progress.end()
            if as_json:
                print_json(refused.report.as_dict())
            _show_problems(refused.report, errors_file)
            sys.exit(1)
        finally:
            progress.end()
    if as_json:
        print_json(report.as_dict())
    else:
        _show(report)


def _day(on: datetime | None) -> date | None:
    return on.date() if on is not None else None


class _Progress:
    """Counts rows on a terminal; silent where nobody looks."""

    def __init__(self, file: Path) -> None:
        self.is_shown = sys.stderr.isatty()
        self.name = file.name

    def step(self, rows: int) -> None:
        if self.is_shown:
            click.echo(f"\r{self.name}: {rows:,} rows read ", err=True, nl=False)

    def end(self) -> None:
        if self.is_shown:
            click.echo("", err=True)
            self.is_shown = False


def _show(report: "ImportReport") -> None:
    counts = (
        (report.created, "people would be created" if report.is_dry_run else "people created"),
        (report.changed, f"changed, {report.moved:,} of them moved to another unit"),
        (report.unchanged, "unchanged"),
        (report.left, "left"),
        (report.returned, "stay after all, their leaving had been announced"),
        (report.already_gone, "had left before"),
        (report.blocked, "passed over: erased at their own wish"),
        (report.units_created, "units created"),
        (report.units_changed, "units renamed or moved"),
        (report.addresses_moved, "sign in with another address"),
        (report.accounts_tied, "have an account that was made for their address before"),
    )
    click.echo(f"{report.rows:,} rows, true from {report.effective_on} on:")
    for count, what in counts:
        if count or what == "unchanged":
            click.echo(f"  {count:>9,} {what}")
    if report.ignored_columns:
        click.echo(f"Columns not used: {', '.join(report.ignored_columns)}.")
    if report.loses_administrators:
        click.echo("Nobody stays administrator of the whole organisation. `advocacy admin create EMAIL` makes one.")
    if report.is_dry_run:
        click.echo("This was a dry run. Nothing was changed.")


def _show_problems(report: "ImportReport", errors_file: Path | None) -> None:
    for found in report.problems[:MOST_PROBLEMS_SHOWN]:
        where = f"line {found.line}, {found.column}" if found.column else f"line {found.line}"
        click.echo(f"{where}: {found.detail}", err=True)
    hidden = report.problem_total - min(len(report.problems), MOST_PROBLEMS_SHOWN)
    if hidden > 0:
        rest = f"all are in {errors_file}" if errors_file is not None else "--errors FILE writes all"
        click.echo(f"... and {hidden:,} more; {rest}.", err=True)
    noun = "problem" if report.problem_total == 1 else "problems"
    click.echo(f"{report.problem_total:,} {noun}. Nothing was changed.", err=True)
