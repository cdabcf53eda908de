"""Importing the roster: all of a file or nothing of it, in one transaction, set by set."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import uuid_utils
from flask_babel import gettext as _
from sqlalchemy import select, text

from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, FieldProblem, Invalid
from advocacy.people import queries, roster, tombstones
from advocacy.people.models import ErasureTombstone
from advocacy.people.roster_file import FileUnreadable, Problems, RowProblem, open_table
from advocacy.people.service import roster_accounts, roster_sql
from advocacy.people.service.consent import ensure_policy
from advocacy.people.service.leaving import mark_left
from advocacy.people.service.recounting import recount_from
from advocacy.people.service.roster_units import TreeChange, place_units, resolve_units

LARGEST_SHARE_OF_LEAVERS = 0.10
IMPORT_LOCK = 0x726F7374
STEP = 2_000  # rows between two looks at the progress bar
STATEMENT_TIMEOUT, LOCK_TIMEOUT = "30min", "30s"
WORK_MEMORY = "96MB"  # one sort or join of a few hundred thousand people


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do. Counts of people, but for `rows` and the units."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    moved: int = 0
    unchanged: int = 0
    left: int = 0
    returned: int = 0
    already_gone: int = 0
    blocked: int = 0
    units_created: int = 0
    units_changed: int = 0
    addresses_moved: int = 0  # accounts whose person signs in with another address from now on
    accounts_tied: int = 0  # accounts made before the person came, which are theirs from now on
    loses_administrators: bool = False  # nobody would stay administrator of the whole organisation
    ignored_columns: tuple[str, ...] = ()
    is_dry_run: bool = False
    effective_on: str = ""
    problem_total: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)


class RosterRefused(Invalid):
    """Some rows cannot be used, so none was: `report` has the first problems and their number."""

    code = "roster_refused"

    def __init__(self, report: ImportReport) -> None:
        one = report.problem_total == 1
        super().__init__(
            f"{report.problem_total} {'problem' if one else 'problems'} in the file. Nothing was changed.",
            problems=tuple(
                FieldProblem(f"/{found.line}/{found.column}", "invalid", found.detail) for found in report.problems
            ),
        )
        self.report = report


def import_people(
    path: Path,
    *,
    actor: Actor | None = None,
    units_path: Path | None = None,
    on: date | None = None,
    is_complete: bool = False,
    is_dry_run: bool = False,
    accepts_many_leavers: bool = False,
    problems: Problems | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Bring the roster to what the file says, from the day `on` (today) on; what is the same is not touched.

    Nothing is written when a row is bad, or in a dry run. `is_complete` takes whoever is missing for a leaver.
    None as actor is the operator. Raises NotPermitted, FileUnreadable, RosterRefused with the report, and Conflict
    when another import runs, when units would form no tree, or when more than a tenth of all would leave.
    """
    if actor is not None:
        require_in(actor, Permission.PEOPLE_WRITE, None)
    found = problems if problems is not None else Problems()
    report = ImportReport(is_dry_run=is_dry_run, effective_on=(on or queries.today()).isoformat())
    with _all_or_nothing(is_dry_run):
        _prepare()
        _Import(report, found, date.fromisoformat(report.effective_on), is_complete, accepts_many_leavers, actor).run(
            path, units_path, progress
        )
        if not is_dry_run:
            ensure_policy()
            counts: dict[str, Any] = {name: value for name, value in asdict(report).items() if isinstance(value, int)}
            audit.record(actor, "people.imported", effective_on=report.effective_on, complete=is_complete, **counts)
    return report


@contextmanager
def _all_or_nothing(is_dry_run: bool) -> Iterator[None]:
    """Undo everything inside on an error, and always in a dry run, without touching what the caller did before."""
    with session.begin_nested() as savepoint:
        yield
        session.flush()
        if is_dry_run:
            savepoint.rollback()
    session.expire_all()


def _prepare() -> None:
    session.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
    session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    session.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY}'"))
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": IMPORT_LOCK}):
        raise Conflict(_("Another import is running. Wait until it has ended."), code="import_running")
    for statement in roster_sql.PREPARE:
        session.execute(statement)


@dataclass(slots=True)
class _Import:
    report: ImportReport
    problems: Problems
    on: date
    is_complete: bool
    accepts_many_leavers: bool
    actor: Actor | None
    today: date = field(default_factory=queries.today)

    @property
    def days(self) -> dict[str, date]:
        return {"on": self.on, "today": self.today}

    @property
    def is_of_later(self) -> bool:
        """Say whether the file is true from a day to come: until then everybody works here who does today."""
        return self.on > self.today

    def run(self, path: Path, units_path: Path | None, progress: Callable[[int], None] | None) -> None:
        change = place_units(units_path, self.problems, self.on) if units_path is not None else TreeChange()
        self._stop_if_bad()
        columns = self._load(path, progress)
        self._find_repeats()
        self._stop_if_bad()
        change += resolve_units("unit" in columns, self.problems, self.on)
        self.report.units_created, self.report.units_changed = change.created, change.changed
        self._stop_if_bad()
        session.execute(roster_sql.plan(_employee_columns(columns)), self.days)
        session.execute(text("ANALYZE roster_plan"))
        self._find_days_out_of_order(columns)
        absent_leave = self.is_complete and not self.is_of_later
        for line, other in session.execute(roster_sql.TAKEN_EMAILS, {"absent_leave": absent_leave}):
            self.problems.add(
                line, "email", _("This address belongs to the person with the id %(other)s.", other=other)
            )
        for line in session.scalars(roster_accounts.HELD_ADDRESSES):
            self.problems.add(
                line,
                "email",
                _("An account of nobody on the roster signs in with this address. Close that account first."),
            )
        self._stop_if_bad()
        administrators = roster_accounts.count_staying_administrators()
        self._part()
        self._write(columns)
        self._have_recounted(change)
        self.report.addresses_moved = roster_accounts.move_addresses(self.actor)
        self.report.accounts_tied = roster_accounts.tie_accounts(self.actor)
        self.report.loses_administrators = bool(administrators and not roster_accounts.count_staying_administrators())

    def _load(self, path: Path, progress: Callable[[int], None] | None) -> tuple[str, ...]:
        """Copy the file into the temporary table as it is read; return the columns it has."""
        erased = frozenset(session.scalars(select(ErasureTombstone.hash)))
        first_day = self.on.isoformat()
        driver = session.connection().connection.driver_connection
        assert driver is not None  # noqa: S101
        with open_table(path, roster.PEOPLE, self.problems) as table:
            if ("unit" in table.columns) == ("unit_id" in table.columns):
                raise FileUnreadable(_("The header needs one of the columns unit (a path) and unit_id."))
            self.report.ignored_columns = table.ignored
            unit_column = "unit" if "unit" in table.columns else "unit_id"
            statement = f"COPY roster_row ({roster_sql.COLUMNS}) FROM STDIN"
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for line, row in table.rows:
                    self.report.rows += 1
                    if progress is not None and self.report.rows % STEP == 0:
                        progress(self.report.rows)
                    person = roster.person(line, row, self.problems)
                    if person is None:
                        continue
                    if person.unit is None and not (person.left_on and person.left_on < first_day):
                        self.problems.add(line, unit_column, _("It is empty. Name the unit the person belongs to."))
                        continue
                    if erased and _is_erased(person, erased):
                        self.report.blocked += 1
                        continue
                    copy.write_row((line, str(uuid_utils.uuid7()), str(uuid_utils.uuid7()), *person[1:]))
            if progress is not None:
                progress(self.report.rows)
            session.execute(text("ANALYZE roster_row"))
            return table.columns

    def _find_repeats(self) -> None:
        for line, first in session.execute(roster_sql.REPEATED_IDS):
            self.problems.add(line, "external_id", _("The same id stands in line %(first)s.", first=first))
        for line, first in session.execute(roster_sql.REPEATED_EMAILS, self.days):
            self.problems.add(line, "email", _("The same address stands in line %(first)s.", first=first))

    def _find_days_out_of_order(self, columns: tuple[str, ...]) -> None:
        """Tell of rows whose first or last day does not fit the other one, which the file does not have."""
        says_left_on = "left_on" in columns
        for line, hired_on, left_on in session.execute(roster_sql.DAYS_OUT_OF_ORDER, {"says_left_on": says_left_on}):
            if says_left_on:
                told = _(
                    "The last day, %(left_on)s, is before the first one we know, %(hired_on)s."
                    " If that has changed too, add the column hired_on.",
                    left_on=left_on,
                    hired_on=hired_on,
                )
            else:
                told = _(
                    "The first day, %(hired_on)s, is after the last one we know, %(left_on)s."
                    " If that has changed too, add the column left_on.",
                    left_on=left_on,
                    hired_on=hired_on,
                )
            self.problems.add(line, "left_on" if says_left_on else "hired_on", told)

    def _stop_if_bad(self) -> None:
        if self.problems.total:
            self.report.problem_total = self.problems.total
            self.report.problems = sorted(self.problems.shown, key=lambda found: (found.line, found.column))
            raise RosterRefused(self.report)

    def _part(self) -> None:
        """Make tombstones of those who left by now, and note the last day of those whom a later day's file leaves out.

        Many at once is more often a broken file than a fact: ask first.
        """
        employed = session.scalar(roster_sql.EMPLOYED, {"on": self.on}) or 0
        rows = list(session.execute(roster_sql.LEAVERS_IN_FILE))
        announced = 0
        if self.is_complete and self.is_of_later:
            announced = session.execute(roster_sql.ANNOUNCE_ABSENT, {"on": self.on}).rowcount  # type: ignore[attr-defined]
        elif self.is_complete:
            rows += session.execute(roster_sql.LEAVERS_BY_ABSENCE, {"on": self.on}).all()
        leavers: dict[int, date] = {row[0]: row[1] for row in rows}
        going = len(leavers) + announced + (session.scalar(roster_sql.GOING_IN_FILE, {"on": self.on}) or 0)
        if employed and going > employed * LARGEST_SHARE_OF_LEAVERS and not self.accepts_many_leavers:
            raise Conflict(
                _(
                    "%(number)s of %(employed)s people would leave: more than a tenth. Is the file whole?"
                    " If that is meant, say so (--yes). Nothing was changed.",
                    number=going,
                    employed=employed,
                ),
                code="too_many_would_leave",
            )
        self.report.left = mark_left(leavers) + announced

    def _write(self, columns: tuple[str, ...]) -> None:
        session.execute(roster_sql.FREE_EMAILS)
        session.execute(roster_sql.update(_employee_columns(columns)))
        session.execute(roster_sql.INSERT, {"now": clock.now()})
        session.execute(roster_sql.FIRST_MEMBERSHIPS)
        for statement in roster_sql.MOVES:
            session.execute(statement, {"on": self.on} if ":on" in str(statement) else {})
        counts = session.execute(roster_sql.COUNTS).one()
        self.report.created, self.report.changed, self.report.moved = counts.created, counts.changed, counts.moved
        self.report.unchanged = counts.known - counts.changed
        self.report.returned, self.report.already_gone = counts.returned, counts.already_gone

    def _have_recounted(self, tree: TreeChange) -> None:
        """Ask once for every day on which people or units are known to have been elsewhere than was told before."""
        changed = [session.scalar(roster_sql.FIRST_CHANGED_DAY), self.on if tree.changed else None]
        recount_from(min((day for day in changed if day is not None), default=None))


def _employee_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column for column in roster.EMPLOYEE_FIELDS if column in columns)


def _is_erased(person: roster.Person, erased: frozenset[bytes]) -> bool:
    return (
        tombstones.keyed_hash("external_id", person.external_id) in erased
        or tombstones.keyed_hash("email", person.email) in erased
    )
