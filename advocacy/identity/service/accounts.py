"""Making, inviting and closing accounts, and the two ways in which a person leaves with one."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select

from advocacy.foundation import audit, clock
from advocacy.foundation.access import Actor, Permission, Role, require, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from advocacy.identity import queries
from advocacy.identity.models import LONGEST_EMAIL, Account, Invitation, LinkPurpose, SignInLink
from advocacy.identity.service import roles as role_service
from advocacy.identity.service.links import request_link
from advocacy.identity.service.sessions import end_sessions
from advocacy.people import service as people
from advocacy.people.models import Employee
from advocacy.people.queries import get_employee, has_left, unit_on
from advocacy.people.service import employment

# Calendars end, and a day too many is none.
FARTHEST = timedelta(days=20 * 365)


def create_account(*, email: str, employee_key: int | None = None) -> Account:
    """Create an account. Raises Invalid for something that is no address, Conflict when it is taken."""
    address = email.strip()
    if address.count("@") != 1 or len(address) > LONGEST_EMAIL or not address.isprintable() or " " in address:
        raise Invalid.field("email", _("Enter an e-mail address such as name@example.org."))
    if queries.find_account_by_email(address) is not None:
        raise Conflict(_("There is already an account with this address."), code="account_exists")
    account = Account(email=address, employee_key=employee_key, is_active=True)
    session.add(account)
    session.flush()  # grants and links refer to it
    return account


def account_as_operator(email: str) -> Account:
    """Return the account at an address from the machine's own console: tied to the employee of that address, opened
    again when it was closed, made when there is none.

    Raises Invalid for something that is no address, Conflict for somebody who has left or an address that is another's.
    """
    employee = queries.find_employee_by_email(email)
    if employee is not None and has_left(employee):
        raise Conflict(_("This person has left. Name somebody who works here."), code="has_left")
    account = queries.account_of_employee(employee.key) if employee is not None else None
    account = account or _account_at(None, email, employee)
    if not account.is_active:
        account.is_active = True
        audit.record(None, "account.reactivated", subject_kind="account", subject_id=account.id)
    return account


def _account_at(actor: Actor | None, email: str, employee: Employee | None) -> Account:
    """Return the account at an address for its employee, who has none yet; without one for the operator who named it.

    An account without a person was made by the operator for its very address, which nobody can change: whoever the
    roster says has that address is whom it was made for.
    """
    holder = queries.find_account_by_email(email)
    is_reopened = actor is None and employee is None  # what it wrote, and its roles, stay with whom it was made for
    if holder is not None and _keeps_nobody_in(holder) and not is_reopened:
        _free_address(actor, holder)
        holder = None
    if holder is None:
        return create_account(email=email, employee_key=employee.key if employee is not None else None)
    if employee is None:
        return holder
    if holder.employee_key is not None:
        raise Conflict(_("There is already an account with this address."), code="account_exists")
    if actor is not None and queries.reaches_beyond(holder.id, actor):
        raise Conflict(
            _("The account with this address works for more than your units. Ask an administrator of all of them."),
            code="account_reaches_beyond",
        )
    holder.employee_key = employee.key
    session.flush()  # somebody else may tie it at the same moment
    audit.record(actor, "account.tied", subject_kind="account", subject_id=holder.id)
    return holder


def _keeps_nobody_in(account: Account) -> bool:
    """Return whether an account is no way in for anybody on the roster: it is a leaver's, or closed and nobody's."""
    if account.employee_key is None:
        return not account.is_active
    employee = session.get(Employee, account.employee_key)
    return employee is None or employee.is_tombstone


def _free_address(actor: Actor | None, account: Account) -> None:
    """Take the address from a closed account, as an import does. Its open links lie in a mailbox that is another's."""
    account.email = f"gone-{account.id}@account.invalid"
    session.execute(delete(SignInLink).where(SignInLink.account_id == account.id, SignInLink.used_at.is_(None)))
    session.flush()  # the unique index looks at every row as it changes
    audit.record(actor, "account.address_changed", subject_kind="account", subject_id=account.id)


def invite(actor: Actor, employee_id: UUID, *, roles: Iterable[Role] = (Role.EMPLOYEE,)) -> Account:
    """Invite an employee: make the account if there is none, note the invitation, and have the link sent.

    An account that the operator made for the employee's address becomes theirs. Raises NotFound, also for somebody
    outside the actor's units, NotPermitted, Conflict for somebody who has left, has no address or whose account is
    closed, and TooManyRequests.
    """
    require(actor, Permission.PEOPLE_WRITE)
    employee = session.scalar(select(Employee).where(Employee.id == employee_id))
    if employee is None or not _is_within_reach(actor, employee):
        raise NotFound(_("There is no such person."))
    if employee.erased_at is not None or (employee.left_on is not None and employee.left_on < queries.today()):
        raise Conflict(_("This person has left, so nobody can be invited."), code="has_left")
    if employee.email is None:
        raise Conflict(_("This person has no e-mail address. Import one first."), code="no_address")
    account = queries.account_of_employee(employee.key) or _account_at(actor, employee.email, employee)
    if not account.is_active:
        raise Conflict(_("This person's account is closed. Open it again first."), code="account_closed")
    for role in roles:
        if role is not Role.EMPLOYEE:
            require_in(actor, Permission.ROLES_WRITE, None)  # an invitation gives them everywhere
        role_service.give(actor, account.id, role, None)
    open_invitation = session.scalar(
        select(Invitation).where(Invitation.employee_key == employee.key, Invitation.answered_at.is_(None))
    )
    if open_invitation is None:
        session.add(Invitation(employee_key=employee.key, invited_at=clock.now(), invited_by=actor.account_id))
    request_link(account, LinkPurpose.INVITATION)
    audit.record(actor, "account.invited", subject_kind="account", subject_id=account.id)
    return account


def _is_within_reach(actor: Actor, employee: Employee) -> bool:
    unit = unit_on(employee.key)
    return actor.may_in(Permission.PEOPLE_WRITE, unit.key if unit is not None else None)


def _managed_account(actor: Actor, account_id: UUID) -> Account:
    """Return an account the actor may close and open."""
    require(actor, Permission.PEOPLE_WRITE)
    account = queries.get_account(account_id, visible_to=actor)
    _refuse_beyond(actor, account_id)
    return account


def _refuse_beyond(actor: Actor, account_id: UUID) -> None:
    """Who works for some units touches nobody who works for more."""
    if queries.reaches_beyond(account_id, actor):
        raise NotPermitted(_("This account works for more than your units. Ask an administrator of all of them."))


def deactivate(actor: Actor, account_id: UUID) -> None:
    """Close an account: its sessions end at once and its tokens stop.

    Raises NotFound outside the actor's units, NotPermitted for who works for more, Conflict for the last administrator.
    """
    account = _managed_account(actor, account_id)
    role_service.keep_an_administrator(account_id)
    account.is_active = False
    end_sessions(account_id)
    audit.record(actor, "account.deactivated", subject_kind="account", subject_id=account_id)


def reactivate(actor: Actor, account_id: UUID) -> None:
    """Open a closed account again. Raises NotFound and NotPermitted as closing does."""
    _managed_account(actor, account_id).is_active = True
    audit.record(actor, "account.reactivated", subject_kind="account", subject_id=account_id)


def end_employment(actor: Actor, employee_id: UUID, *, last_day: date) -> None:
    """Write down somebody's last day of work. It closes their account for good, so it asks what closing asks.

    Raises NotFound, NotPermitted outside the actor's units and for who works for more, Conflict for the last
    administrator, Invalid for a day before the first one or far from today.
    """
    if abs(last_day - queries.today()) > FARTHEST:
        raise Invalid.field("last_day", _("Choose a day within twenty years of today."))
    employee = get_employee(employee_id, visible_to=actor)
    account = queries.account_of_employee(employee.key)
    if account is not None:
        _refuse_beyond(actor, account.id)
        role_service.keep_an_administrator(account.id, on=max(last_day + timedelta(days=1), queries.today()))
    employment.end_employment(actor, employee_id, last_day=last_day)


def erase_oneself(actor: Actor) -> None:
    """Erase the person who asks and sign them out everywhere. Raises NotFound without a person, Conflict for the last
    administrator, who has to give the role to somebody else first.
    """
    if actor.employee_id is None:
        raise NotFound(_("There is nobody to erase behind this account."))
    if actor.account_id is not None:
        role_service.keep_an_administrator(actor.account_id)
        end_sessions(actor.account_id)
    people.erase(actor, actor.employee_id)
