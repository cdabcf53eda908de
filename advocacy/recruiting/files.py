"""Applications and openings out of files: checked whole, told by line and column, taken over wholly or not at all."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.foundation import audit
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.people.models import OrgUnit
from advocacy.people.queries import find_unit
from advocacy.people.roster_file import Columns, Problems, RowProblem, open_table
from advocacy.recruiting import ledger, queries
from advocacy.recruiting.models import Opening
from advocacy.recruiting.openings import checked_fields
from advocacy.recruiting.reports import ApplicationReport
from advocacy.recruiting.service import store_report

APPLICATIONS = Columns(
    required=("type", "opening_reference", "occurred_at"), optional=("application_id", "candidate", "link_code")
)
OPENINGS = Columns(required=("reference",), optional=("title", "family", "place", "unit", "url", "closes_on"))
MOST_ROWS = 200_000
SOURCE = "file"

Entry = TypeVar("Entry")


@dataclass(slots=True)
class FileReport:
    """What a file did, or would do."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    is_dry_run: bool = False
    ignored_columns: tuple[str, ...] = ()
    problem_total: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class FileRefused(Invalid):
    """A row is bad, so nothing was taken over. `report` says which and why."""

    def __init__(self, report: FileReport) -> None:
        super().__init__(f"{report.problem_total} problems. Nothing was changed.", code="rows_refused")
        self.report = report


def import_events_csv(
    path: Path, *, actor: Actor | None = None, is_dry_run: bool = False, problems: Problems | None = None
) -> FileReport:
    """Take over steps of applications. A row that was taken over before changes nothing, except to name its link.

    Columns: type, application_id or candidate, opening_reference, link_code, occurred_at. Raises FileUnreadable,
    and FileRefused when any row is bad. A link that a step came with stays: the one that was named first counts.
    """
    found = problems if problems is not None else Problems()
    codes: dict[str, bool] = {}

    def read(row: Mapping[str, str]) -> ApplicationReport:
        entry = ApplicationReport.read(SOURCE, row)
        if entry.link_code is not None and not _is_known(entry.link_code, codes):
            raise Invalid.field(
                "link_code", _("This code belongs to none of our links. Correct it, or leave it empty.")
            )
        return entry

    reports, report = _read(path, APPLICATIONS, found, read)
    report.is_dry_run = is_dry_run
    if is_dry_run:
        return report
    ledger.lock_source(SOURCE)
    for entry in reports:
        if store_report(entry, source=SOURCE, external_id=_id_of(entry), is_source_locked=True):
            report.created += 1
        elif _names_link_at_last(entry):
            store_report(entry, source=SOURCE, external_id=_id_of(entry, "link"), is_source_locked=True)
            report.changed += 1
        else:
            report.unchanged += 1
    audit.record(actor, "applications.imported", rows=report.rows, created=report.created, changed=report.changed)
    return report


def _is_known(code: str, codes: dict[str, bool]) -> bool:
    if code not in codes:
        codes[code] = queries.find_link(code) is not None
    return codes[code]


def _id_of(entry: ApplicationReport, *more: str) -> str:
    """Return the id of a step in files. Steps are never changed, so its link, told later, is a step of its own."""
    named = (entry.application_token.hex(), entry.stage.value, entry.occurred_at.isoformat(), *more)
    return hashlib.sha256("\x00".join(named).encode()).hexdigest()


def _names_link_at_last(entry: ApplicationReport) -> bool:
    """Return whether a row names the link of a step that was kept without one."""
    if entry.link_code is None:
        return False
    kept = queries.steps_of(SOURCE, entry.application_token)
    same = [step for step in kept if (step.stage, step.occurred_at) == (entry.stage, entry.occurred_at)]
    return all(step.link_key is None for step in same)


def import_openings_csv(
    path: Path, *, actor: Actor | None = None, is_dry_run: bool = False, problems: Problems | None = None
) -> FileReport:
    """Bring openings to what a file says; what it does not mention stays as it is.

    Columns: reference, title, family, place, unit (id, HR system's id, path or name), url, closes_on. Raises
    FileUnreadable, and FileRefused when any row is bad.
    """
    found = problems if problems is not None else Problems()
    units: dict[str, OrgUnit | None] = {}

    def read(row: Mapping[str, str]) -> dict[str, Any]:
        return _opening_fields(row, units)

    rows, report = _read(path, OPENINGS, found, read)
    report.is_dry_run = is_dry_run
    for row in rows:
        reference = row["reference"]
        opening = session.scalars(select(Opening).where(Opening.reference == reference)).one_or_none()
        if opening is None:
            report.created += 1
            if not is_dry_run:
                session.add(Opening(**row))
                session.flush()  # a reference that comes twice is found again
            continue
        differing = {name: value for name, value in row.items() if getattr(opening, name) != value}
        if differing:
            report.changed += 1
        else:
            report.unchanged += 1
        if not is_dry_run:
            for name, value in differing.items():
                setattr(opening, name, value)
    if not is_dry_run:
        audit.record(actor, "openings.imported", rows=report.rows, created=report.created, changed=report.changed)
    return report


def _opening_fields(row: Mapping[str, str], units: dict[str, OrgUnit | None]) -> dict[str, Any]:
    texts = {name: row[name] for name in ("reference", "title", "family", "place", "url") if name in row}
    fields: dict[str, Any] = checked_fields(texts)
    if row.get("unit"):
        name = row["unit"]
        if name not in units:
            units[name] = find_unit(name)
        unit = units[name]
        if unit is None:
            raise Invalid.field("unit", _("There is no such unit, or several have this name."))
        fields["unit_key"] = unit.key
    if row.get("closes_on"):
        try:
            fields["closes_on"] = date.fromisoformat(row["closes_on"].strip())
        except ValueError as error:
            raise Invalid.field("closes_on", _("Use a day such as 2026-02-23.")) from error
    return fields


def _read(
    path: Path, columns: Columns, problems: Problems, read: Callable[[Mapping[str, str]], Entry]
) -> tuple[list[Entry], FileReport]:
    """Return every row of a file, read and checked. Raises FileRefused when one is bad."""
    entries: list[Entry] = []
    report = FileReport()
    with open_table(path, columns, problems) as table:
        report.ignored_columns = table.ignored
        for line, row in table.rows:
            report.rows += 1
            if report.rows > MOST_ROWS:
                problems.add(line, "", _("A file may have at most %(most)s rows. Split it.", most=MOST_ROWS))
                break
            try:
                entries.append(read(row))
            except Invalid as error:
                for problem in error.problems:
                    problems.add(line, problem.pointer, problem.detail)
    if problems.total:
        report.problems, report.problem_total = problems.shown, problems.total
        raise FileRefused(report)
    return entries, report
