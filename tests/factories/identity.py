"""Accounts, roles, tokens and links for tests."""

import itertools
from typing import Any

from sqlalchemy import select

from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Permission, Role
from advocacy.foundation.db import session
from advocacy.identity import passwords, service
from advocacy.identity.models import Account, LinkPurpose, RoleGrant
from advocacy.people.models import Employee, OrgUnit
from tests.factories.people import make_employee

PASSWORD = "a long walk by the quiet sea"
_numbers = itertools.count(1)
_hashes: dict[str, str] = {}


def make_account(
    employee: Employee | None = None,
    *roles: Role,
    unit: OrgUnit | None = None,
    password: str | None = None,
    **fields: Any,
) -> Account:
    """Return the account of an employee (a new one when none is given) with the role `employee` and these."""
    person = employee if employee is not None else make_employee()
    account = session.scalar(select(Account).where(Account.employee_key == person.key))
    if account is None:
        account = Account(employee_key=person.key, **{"email": person.email, "is_active": True, **fields})
        session.add(account)
        session.flush()
        give_role(account, Role.EMPLOYEE)
    if password is not None:
        # The same password is hashed once a run: argon2 is slow on purpose.
        if password not in _hashes:
            _hashes[password] = passwords.hashed(password)
        account.password_hash = _hashes[password]
        account.password_changed_at = clock.now()
    for role in roles:
        give_role(account, role, unit)
    session.flush()
    return account


def make_service_account(*roles: Role, **fields: Any) -> Account:
    """Return an account that belongs to no employee."""
    account = Account(**{"email": f"service{next(_numbers)}@meridian.example", "is_active": True, **fields})
    session.add(account)
    session.flush()
    for role in roles:
        give_role(account, role)
    session.flush()
    return account


def give_role(account: Account, role: Role, unit: OrgUnit | None = None) -> None:
    unit_key = unit.key if unit is not None else None
    held = select(RoleGrant).where(
        RoleGrant.account_id == account.id, RoleGrant.role == role, RoleGrant.unit_key.is_not_distinct_from(unit_key)
    )
    if session.scalar(held) is None:
        session.add(RoleGrant(account_id=account.id, role=role, unit_key=unit_key))
        session.flush()


def make_signed_in_actor(*roles: Role, unit: OrgUnit | None = None) -> Actor:
    """Return the actor of a new person with an account and these roles."""
    return service.actor_of(make_account(None, *roles, unit=unit))


def make_api_token(account: Account, *scopes: Permission) -> str:
    """Return the text of a token with these scopes, all of them when none is named."""
    _row, text = service.make_token(account, scopes=[scope.value for scope in scopes or Permission], name="test")
    return text


def make_link(account: Account, purpose: LinkPurpose = LinkPurpose.SIGN_IN) -> str:
    token = service.make_link(account.id, purpose)
    session.flush()
    return token
