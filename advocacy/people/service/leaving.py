"""Leaving and being erased: a leaver's person fields go and the facts stay; an erased person's facts go as well."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import audit, clock, jobs
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.people import queries, tombstones
from advocacy.people.models import (
    Consent,
    Employee,
    ErasureTombstone,
    NetworkProfile,
    PolicyAcknowledgement,
    Purpose,
    TopicFollow,
    UnitMembership,
)
from advocacy.people.queries.employees import nobody
from advocacy.people.service.consent import find_locked, withdraw_for
from advocacy.people.service.recounting import recount_from

LEAVERS = "unnest(CAST(:keys AS int[]), CAST(:days AS date[])) AS leaver (key, left_on)"

FORGET_PERSON_FIELDS = text(f"""
UPDATE employee
SET left_on = leaver.left_on, external_id = NULL, email = NULL, name = NULL, title = NULL, language = NULL,
    country = NULL, time_zone = NULL, hired_on = NULL
FROM {LEAVERS}
WHERE employee.key = leaver.key AND employee.external_id IS NOT NULL
RETURNING employee.id, employee.left_on
""")
END_MEMBERSHIPS = (
    text(f"""
DELETE FROM unit_membership AS membership USING {LEAVERS}
WHERE membership.employee_key = leaver.key AND lower(membership.valid_during) > leaver.left_on
RETURNING lower(membership.valid_during)
"""),
    text(f"""
UPDATE unit_membership AS membership SET valid_during = membership.valid_during * daterange(NULL, leaver.left_on + 1)
FROM {LEAVERS}
WHERE membership.employee_key = leaver.key AND membership.valid_during @> leaver.left_on + 1
RETURNING leaver.left_on + 1
"""),
)
END_THE_REST = (
    text("DELETE FROM topic_follow WHERE employee_key = ANY (CAST(:keys AS int[]))"),
    text("UPDATE network_profile SET handle = NULL WHERE employee_key = ANY (CAST(:keys AS int[]))"),
    # Facts of a leaver stay. The people whom a leaver knows are no facts of ours, and nobody here reaches them now.
    text("DELETE FROM network_upload WHERE employee_key = ANY (CAST(:keys AS int[]))"),
    text("DELETE FROM network_sketch WHERE employee_key = ANY (CAST(:keys AS int[]))"),
    # What they connected is theirs, and they can no longer take it back here. Attempts first: one that just becomes an
    # account is waited for, and the account then goes too. A trigger has the tokens revoked.
    text("DELETE FROM account_authorization WHERE employee_key = ANY (CAST(:keys AS int[]))"),
    text("DELETE FROM network_account WHERE employee_key = ANY (CAST(:keys AS int[]))"),
)


def mark_left(leavers: Mapping[int, date]) -> int:
    """Make tombstones of people by key and last day of work; return how many. Twice is once.

    Their fields and connected accounts go, membership ends after that day, consent and facts stay so that counts go on.
    Numbers of the days on which they were still counted become due. Whoever lets people in asks `queries.has_left`.
    """
    if not leavers:
        return 0
    parted, since = _part(leavers)
    recount_from(since)
    return parted


def _part(leavers: Mapping[int, date]) -> tuple[int, date | None]:
    """Make tombstones; return of how many, and the first day on which somebody of them is employed no more."""
    people = {"keys": list(leavers), "days": list(leavers.values())}
    parted = len(session.execute(FORGET_PERSON_FIELDS, people).all())
    changed = [day for statement in END_MEMBERSHIPS for day in session.scalars(statement, people)]
    for statement in END_THE_REST:
        session.execute(statement, people)
    session.expire_all()
    if parted:
        jobs.enqueue("people.part_with_leavers")  # closes their accounts and writes them down
    return parted, min(changed, default=None)


def write_down_leavers() -> int:
    """Put a line into the tombstone file for each leaver who has none in it yet; return for how many.

    To be called where no leaving waits for its commit. A line before that would erase, after a restore, people whom an
    import that was rolled back took for leavers. So the task that comes with a leaving's own commit writes it, and what
    a crash or a full disk leaves out is made up within the hour.
    """
    try:
        known = {entry.get("employee") for entry in tombstones.read() if entry.get("what") == "left"}
    except (OSError, ValueError) as error:  # a disk that fails or a spoilt file keeps nobody's account open
        tombstones.log.error("tombstones_not_read", error=type(error).__name__)
        return 0
    leavers = session.execute(
        select(Employee.id, Employee.left_on).where(
            Employee.external_id.is_(None), Employee.erased_at.is_(None), Employee.left_on.is_not(None)
        )
    )
    missing = {row.id: {"left_on": row.left_on.isoformat()} for row in leavers if str(row.id) not in known}
    tombstones.append("left", clock.now(), missing)
    return len(missing)


def part_with_leavers(limit: int = 5_000) -> int:
    """Make tombstones of people whose announced last day is over; return how many."""
    due = session.execute(
        select(Employee.key, Employee.left_on)
        .where(Employee.left_on < queries.today(), Employee.external_id.is_not(None))
        .order_by(Employee.key)
        .limit(limit)
    ).all()
    parted = mark_left({key: left_on for key, left_on in due if left_on is not None})
    if parted:
        audit.record(None, "people.left", people=parted)
    return parted


def erase(actor: Actor | None, employee_id: UUID) -> None:
    """Erase a person: out of every page and measure at once, the rows behind them by a task.

    For the person's own wish, or for somebody with people:write in the person's unit; None is the operator or a
    restore. Erasing twice is erasing once. Raises NotFound, also where one may not know.
    """
    found = session.scalar(select(Employee).where(Employee.id == employee_id))
    if found is None or (actor is not None and not _may_erase(actor, found)):
        raise nobody()
    employee = find_locked(found.key)
    if employee is None or employee.erased_at is not None:
        return
    hashes = [
        tombstones.keyed_hash(kind, value)
        for kind, value in (("external_id", employee.external_id), ("email", employee.email))
        if value
    ]
    _erase_now(employee, hashes, clock.now())
    audit.record(actor, "people.erased", subject_kind="employee", subject_id=employee.id)


def _may_erase(actor: Actor, employee: Employee) -> bool:
    if employee.key == actor.employee_key:
        return True
    unit = queries.unit_on(employee.key)
    return actor.may_in(Permission.PEOPLE_WRITE, unit.key if unit is not None else None)


def _erase_now(employee: Employee, hashes: list[bytes], now: datetime) -> None:
    left_on = employee.left_on or queries.today() - timedelta(days=1)
    if hashes:
        session.execute(
            insert(ErasureTombstone)
            .values([{"hash": value, "erased_at": now} for value in hashes])
            .on_conflict_do_nothing()
        )
    _part({employee.key: left_on})  # what is counted anew, and why, is said below
    session.refresh(employee)
    employee.erased_at = now
    employee.left_on, employee.onboarded_at = left_on, None
    for table in (Consent, NetworkProfile, PolicyAcknowledgement):
        session.execute(delete(table).where(table.employee_key == employee.key))
    jobs.enqueue("measurement.restate_person", employee_key=employee.key)
    jobs.enqueue("people.erase_facts", employee_key=employee.key)
    session.flush()
    tombstones.append("erased", now, {employee.id: {"hashes": [value.hex() for value in hashes]}})


def ledger_months() -> list[date]:
    """Return the months the ledger has partitions for, oldest first."""
    partitions = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'activity_event'::regclass"
    names = session.scalars(text(partitions))
    return sorted(date(int(name[-7:-3]), int(name[-2:]), 1) for name in names)


def erase_month(employee_key: int, month: date) -> int:
    """Delete an erased person's events of one UTC month; return how many. Raises when nobody asked for it."""
    erased = session.scalar(text("SELECT erase_person_events(:key, :month)"), {"key": employee_key, "month": month})
    return int(erased or 0)


def erase_rest(employee_key: int) -> None:
    """Delete what people keeps of an erased person besides the bare tombstone."""
    session.execute(text("SELECT erase_person_consent_history(:key)"), {"key": employee_key})
    for table in (UnitMembership, TopicFollow, Consent, NetworkProfile, PolicyAcknowledgement):
        session.execute(delete(table).where(table.employee_key == employee_key))


# The table belongs to sharing, which stands above; only its name is known here.
_DISCONNECT = text(
    "DELETE FROM network_account WHERE employee_key = :key AND network = :network AND connected_at <= :at RETURNING id"
)


def reapply_tombstones() -> dict[str, int]:
    """After a restore: withdraw, part and erase again what happened after the copy was made; return how many of each.

    A yes that was given again later than its withdrawal stands, and so does an account that was connected again.
    """
    done: dict[str, Any] = {"withdrawn": 0, "left": 0, "erased": 0, "disconnected": 0}
    leavers: dict[int, date] = {}
    for entry in tombstones.read():
        employee = session.scalar(select(Employee).where(Employee.id == UUID(entry["employee"])))
        if entry["what"] == "erased":
            done["erased"] += _erase_again(employee, [bytes.fromhex(value) for value in entry["hashes"]], entry["at"])
        elif employee is None or employee.is_tombstone:
            continue
        elif entry["what"] == "left":
            leavers[employee.key] = date.fromisoformat(entry["left_on"])
        elif entry["what"] == "withdrawn":
            done["withdrawn"] += _withdraw_again(employee, entry["purposes"], datetime.fromisoformat(entry["at"]))
        elif entry["what"] == "disconnected":
            values = {"key": employee.key, "network": entry["network"], "at": datetime.fromisoformat(entry["at"])}
            done["disconnected"] += len(session.execute(_DISCONNECT, values).all())
    done["left"] = mark_left(leavers)
    if any(done.values()):
        audit.record(None, "people.tombstones_reapplied", **done)
    return done


def _erase_again(employee: Employee | None, hashes: list[bytes], at: str) -> int:
    instant = datetime.fromisoformat(at)
    if employee is not None and employee.erased_at is None:
        _erase_now(employee, hashes, instant)
        return 1
    if hashes:
        rows = [{"hash": value, "erased_at": instant} for value in hashes]
        session.execute(insert(ErasureTombstone).values(rows).on_conflict_do_nothing())
    return 0


def _withdraw_again(employee: Employee, purposes: list[str], at: datetime) -> int:
    stale = session.scalars(
        select(Consent.purpose).where(
            Consent.employee_key == employee.key, Consent.purpose.in_(purposes), Consent.granted_at <= at
        )
    ).all()
    return len(withdraw_for(employee, [Purpose(purpose) for purpose in stale], source="restore"))
