"""Addresses in a mail. Each is for one purpose and one person; opening one changes nothing: scanners open them all."""

from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.foundation import preferences, signing
from advocacy.foundation.access import Actor, Grant, Permission, Role
from advocacy.foundation.db import session
from advocacy.foundation.errors import Gone
from advocacy.identity.models import Account
from advocacy.people.models import Employee
from advocacy.people.queries import has_left

SHEET, STOP = "share-sheet", "stop-mail"
SHEET_SECONDS = 14 * 24 * 60 * 60
# What a link from a mail lets its holder do, with one item: read it and share it. No page of the person opens by it.
SHEET_SCOPES = frozenset({Permission.FEED_READ, Permission.SHARES_WRITE})


def sheet_url(employee_id: UUID, item_id: UUID) -> str:
    """Return the address that opens the share sheet of one item for one person, for two weeks."""
    return f"{preferences.deployment().portal_url}/from-mail/{signing.sign(SHEET, str(employee_id), str(item_id))}"


def stop_url(employee_id: UUID) -> str:
    """Return the address that stops mail to one person. It never gets too old: an old mail must still be stoppable."""
    return f"{preferences.deployment().portal_url}/mail-off/{signing.sign(STOP, str(employee_id))}"


def read_sheet_link(token: str) -> tuple[Actor, UUID]:
    """Return whom a link is for, able to share that one item and nothing else, and the item. Raises NotFound, Gone."""
    employee_id, item_id = signing.read(SHEET, token, count=2, max_age_seconds=SHEET_SECONDS)
    employee = _employee(employee_id)
    if is_shut_out(employee.key):
        raise Gone(_("This link is no longer valid."), code="link_not_valid")
    return reader(employee, scopes=SHEET_SCOPES), UUID(item_id)


def read_stop_link(token: str) -> int:
    """Return the key of the person whose mail a link stops. Raises NotFound, and Gone for somebody who left."""
    (employee_id,) = signing.read(STOP, token, count=1)
    return _employee(employee_id).key


def is_shut_out(employee_key: int) -> bool:
    """Return whether somebody's account was closed. Who never had one is not."""
    return session.scalar(select(Account.is_active).where(Account.employee_key == employee_key)) is False


def reader(employee: Employee, *, scopes: frozenset[Permission] | None = None) -> Actor:
    """Return somebody as a reader of their own feed, outside any session of theirs."""
    return Actor(None, employee.key, employee.id, (Grant(Role.EMPLOYEE),), scopes, employee.name or "")


def _employee(employee_id: str) -> Employee:
    employee = session.scalar(select(Employee).where(Employee.id == UUID(employee_id)))
    if employee is None or has_left(employee):
        raise Gone(_("This link is no longer valid."), code="link_not_valid")
    return employee
