"""Jobs about people. Standing above every capability, they bring together what people itself must not know."""

from datetime import date

from sqlalchemy import text

from advocacy.activity import service as activity
from advocacy.activity.kinds import Cause
from advocacy.foundation import jobs
from advocacy.foundation.db import session
from advocacy.people import service
from advocacy.people.models import Employee
from workers import erasure


def count_heads() -> None:
    """Write the head counts of the finished days that have none yet."""
    for day in service.days_to_count():
        service.count_heads(day, erasure.invited_by_unit(day))


def part_with_leavers() -> None:
    """Make tombstones of people whose announced last day is over, and close the accounts of whoever has left.

    Whose leaving is committed is written down first, for a restore. Whoever leaves with this run is by the next one.
    """
    service.write_down_leavers()
    service.part_with_leavers()
    erasure.close_accounts_of_leavers()


def erase_facts(employee_key: int, month: str | None = None) -> None:
    """Delete what an erased person did: one month of the ledger a run, then everything else that names the person."""
    employee = session.get(Employee, employee_key)
    if employee is None or employee.erased_at is None:
        return
    waiting = [found for found in service.ledger_months() if month is None or found >= date.fromisoformat(month)]
    if waiting:
        activity.touch(erasure.days_of(employee_key, waiting[0]), cause=Cause.CHOICE)
        service.erase_month(employee_key, waiting[0])
    if len(waiting) > 1:
        jobs.enqueue("people.erase_facts", employee_key=employee_key, month=waiting[1])
        return
    for statement in erasure.STATEMENTS:
        session.execute(text(statement), {"key": employee_key})
    service.erase_rest(employee_key)
    erasure.close_accounts_of_leavers()
