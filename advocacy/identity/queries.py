"""Reading accounts, roles, sessions and tokens."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import and_, bindparam, func, or_, select, true
from sqlalchemy.sql import ColumnElement

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Grant, Permission, Role, require, require_in
from advocacy.foundation.db import plan_for_values, session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, Page, page_of
from advocacy.identity.models import Account, ApiToken, BrowserSession, RoleGrant, SignInLink
from advocacy.people.models import Employee, OrgUnit, UnitAncestry, UnitMembership


def may_come_in(on: Any = None) -> ColumnElement[bool]:
    """Return the condition for an account (outer-joined to its employee) to be let in on a day, as a date or as SQL."""
    day = on if on is not None else today()
    gone = or_(Employee.erased_at.is_not(None), Employee.left_on < day)
    return and_(Account.is_active, or_(Account.employee_key.is_(None), ~func.coalesce(gone, False)))


def today() -> date:
    return clock.day_of(clock.now(), preferences.zone())


def find_account(account_id: UUID) -> Account | None:
    """Return the account, or None; also those that may not come in."""
    return session.get(Account, account_id)


def get_account(account_id: UUID, *, visible_to: Actor) -> Account:
    """Return one's own account, or one of the units one manages people in. Raises NotFound."""
    within = _of_units(visible_to.unit_keys_for(Permission.PEOPLE_READ))
    account = session.scalar(
        select(Account).where(Account.id == account_id, or_(Account.id == visible_to.account_id, within))
    )
    if account is None:
        raise NotFound(_("There is no such account."))
    return account


def _of_units(reached: Collection[int] | None) -> ColumnElement[bool]:
    """Return the condition for an account to belong to somebody in these units today; None means every account."""
    if reached is None:
        return true()
    return Account.employee_key.in_(
        select(UnitMembership.employee_key).where(
            UnitMembership.unit_key.in_(reached), UnitMembership.valid_during.contains(today())
        )
    )


def reaches_beyond(account_id: UUID, actor: Actor) -> bool:
    """Return whether an account may do something, beyond its person's own pages, where the actor manages nobody."""
    reached = actor.unit_keys_for(Permission.PEOPLE_WRITE)
    return reached is not None and any(
        grant.role is not Role.EMPLOYEE and (grant.unit_keys is None or not grant.unit_keys <= reached)
        for grant in grants_of(account_id)
    )


def find_account_by_email(email: str) -> Account | None:
    return session.scalar(select(Account).where(func.lower(Account.email) == email.strip().lower()))


def accounts(
    *, visible_to: Actor, email: str | None = None, limit: int = DEFAULT_ROWS, cursor: str | None = None
) -> Page[Account]:
    """Return the accounts of the units one manages people in, the newest first. Raises NotPermitted."""
    require(visible_to, Permission.PEOPLE_READ)
    statement = select(Account).where(_of_units(visible_to.unit_keys_for(Permission.PEOPLE_READ)))
    if email is not None:
        statement = statement.where(func.lower(Account.email) == email.strip().lower())
    return page_of(statement, [Account.created_at, Account.id], limit=limit, cursor=cursor, filters={"email": email})


def unit_of(grant: RoleGrant) -> OrgUnit | None:
    """Return the unit a role reaches from, or None when it reaches everywhere."""
    return session.get(OrgUnit, grant.unit_key) if grant.unit_key is not None else None


def find_employee_by_email(email: str) -> Employee | None:
    return session.scalar(select(Employee).where(func.lower(Employee.email) == email.strip().lower()))


def account_of_employee(employee_key: int) -> Account | None:
    return session.scalar(select(Account).where(Account.employee_key == employee_key))


def find_live_account(condition: ColumnElement[bool]) -> tuple[Account, Employee | None] | None:
    """Return the account that matches and may come in, with its employee; None otherwise."""
    row = session.execute(
        select(Account, Employee)
        .outerjoin(Employee, Employee.key == Account.employee_key)
        .where(condition, may_come_in())
    ).first()
    return (row[0], row[1]) if row is not None else None


_GRANTS = select(RoleGrant.role, RoleGrant.unit_key).where(RoleGrant.account_id == bindparam("account_id"))


def grants_of(account_id: UUID, on: date | None = None) -> tuple[Grant, ...]:
    """Return an account's roles as they reach today: a unit stands for itself and everything below it."""
    rows = session.execute(_GRANTS, {"account_id": account_id}).all()
    units = {unit_key for _, unit_key in rows if unit_key is not None}
    below: dict[int, set[int]] = {unit_key: {unit_key} for unit_key in units}
    if units:
        descendants = session.execute(
            select(UnitAncestry.ancestor_key, UnitAncestry.unit_key).where(
                UnitAncestry.ancestor_key.in_(units), UnitAncestry.valid_during.contains(on or today())
            )
        )
        for ancestor_key, unit_key in descendants:
            below[ancestor_key].add(unit_key)
    return tuple(Grant(role, None if unit_key is None else frozenset(below[unit_key])) for role, unit_key in rows)


def roles_of_account(account_id: UUID, *, visible_to: Actor) -> Sequence[Any]:
    """Return the grants of an account with their units. Raises NotFound, or NotPermitted for others' accounts."""
    if visible_to.account_id != account_id:
        require(visible_to, Permission.ROLES_WRITE)
    get_account(account_id, visible_to=visible_to)
    return session.execute(
        select(RoleGrant, OrgUnit)
        .outerjoin(OrgUnit, OrgUnit.key == RoleGrant.unit_key)
        .where(RoleGrant.account_id == account_id)
        .order_by(RoleGrant.role, RoleGrant.id)
    ).all()


def count_administrators(*, besides: UUID | None = None, on: date | None = None) -> int:
    """Return how many accounts that may come in (on a day) administrate the whole organisation, besides one."""
    return (
        session.scalar(
            select(func.count(func.distinct(Account.id)))
            .join(RoleGrant, RoleGrant.account_id == Account.id)
            .outerjoin(Employee, Employee.key == Account.employee_key)
            .where(
                RoleGrant.role == Role.ADMINISTRATOR,
                RoleGrant.unit_key.is_(None),
                Account.id.is_distinct_from(besides),
                may_come_in(on),
            )
        )
        or 0
    )


def administrators() -> list[int]:
    """Return the employees who administrate the whole organisation and come in, by key."""
    keys = session.scalars(
        select(Account.employee_key)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .outerjoin(Employee, Employee.key == Account.employee_key)
        .where(
            RoleGrant.role == Role.ADMINISTRATOR,
            RoleGrant.unit_key.is_(None),
            Account.employee_key.is_not(None),
            may_come_in(),
        )
        .distinct()
    )
    return sorted(key for key in keys if key is not None)


def sessions_of(actor: Actor) -> Sequence[BrowserSession]:
    """Return where somebody is signed in right now, the most recent first."""
    return session.scalars(
        select(BrowserSession)
        .where(BrowserSession.account_id == actor.account_id, BrowserSession.expires_at > clock.now())
        .order_by(BrowserSession.last_seen_at.desc(), BrowserSession.id_hash)
    ).all()


def tokens_of(actor: Actor) -> Sequence[ApiToken]:
    """Return somebody's own tokens that are not revoked, the newest first."""
    return session.scalars(
        select(ApiToken)
        .where(ApiToken.account_id == actor.account_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    ).all()


def find_link(token_hash: bytes) -> SignInLink | None:
    return session.scalar(select(SignInLink).where(SignInLink.token_hash == token_hash))


def names_of_accounts(account_ids: Collection[UUID | None]) -> dict[UUID, str]:
    """Return the names behind accounts, for what people did in an office of theirs: wrote, decided, administered."""
    wanted = {account_id for account_id in account_ids if account_id is not None}
    if not wanted:
        return {}
    rows = session.execute(
        select(Account.id, func.coalesce(Employee.name, Account.email))
        .outerjoin(Employee, Employee.key == Account.employee_key)
        .where(Account.id.in_(wanted))
    )
    return dict(rows.all())


def names_with_role(role: Role, unit_key: int) -> list[str]:
    """Return who holds a role in a unit (or everywhere) and may come in, by name. Roles are no secret."""
    above = select(UnitAncestry.ancestor_key).where(
        UnitAncestry.unit_key == unit_key, UnitAncestry.valid_during.contains(today())
    )
    rows = session.execute(
        select(func.coalesce(Employee.name, Account.email))
        .select_from(Account)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .outerjoin(Employee, Employee.key == Account.employee_key)
        .where(RoleGrant.role == role, or_(RoleGrant.unit_key.is_(None), RoleGrant.unit_key.in_(above)), may_come_in())
        .distinct()
    )
    return sorted(name for (name,) in rows)


def reviewers_of(unit_key: int, account_ids: Collection[UUID] = ()) -> list[int]:
    """Return the employees who may approve in a unit and come in, by key; only those accounts where some are named."""
    return sorted(set(reviewers_by_account(unit_key, account_ids).values()))


def reviewers_by_account(unit_key: int, account_ids: Collection[UUID] = ()) -> dict[UUID, int]:
    """Return the same employees under their accounts."""
    above = select(UnitAncestry.ancestor_key).where(
        UnitAncestry.unit_key == unit_key, UnitAncestry.valid_during.contains(today())
    )
    statement = (
        select(Account.id, Account.employee_key)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .outerjoin(Employee, Employee.key == Account.employee_key)
        .where(
            RoleGrant.role == Role.APPROVER,
            or_(RoleGrant.unit_key.is_(None), RoleGrant.unit_key.in_(above)),
            may_come_in(),
        )
        .distinct()
    )
    if account_ids:
        statement = statement.where(Account.id.in_(account_ids))
    return {account_id: key for account_id, key in session.execute(statement) if key is not None}


def approvers() -> dict[UUID, str]:
    """Return who holds the role of an approver somewhere, by account. Roles are no secret."""
    rows = session.execute(
        select(Account.id, func.coalesce(Employee.name, Account.email))
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .outerjoin(Employee, Employee.key == Account.employee_key)
        .where(RoleGrant.role == Role.APPROVER, may_come_in())
        .distinct()
    )
    return dict(sorted(rows.all(), key=lambda row: str(row[1]).lower()))


def accounts_of(employee_keys: Collection[int]) -> dict[int, Account]:
    """Return the accounts of people, by employee key: that one may sign in, never what one does there."""
    if not employee_keys:
        return {}
    rows = session.scalars(select(Account).where(Account.employee_key.in_(employee_keys)))
    return {account.employee_key: account for account in rows if account.employee_key is not None}


def people_without_account(actor: Actor, unit_key: int, limit: int) -> tuple[list[UUID], int]:
    """Return people to invite in a unit and below it, at most `limit`, and how many there are in all."""
    require_in(actor, Permission.PEOPLE_WRITE, unit_key)
    found = _without_account(unit_key)
    return list(session.scalars(found.order_by(Employee.key).limit(limit))), count_without_account(actor, unit_key)


def count_without_account(actor: Actor, unit_key: int) -> int:
    """Return how many people in a unit and below it could be invited. Raises NotPermitted."""
    require_in(actor, Permission.PEOPLE_WRITE, unit_key)
    return session.scalar(select(func.count()).select_from(_without_account(unit_key).subquery())) or 0


def _without_account(unit_key: int) -> Any:
    plan_for_values()
    # Written so that the planner sees that nearly everybody may match: a join on "no account" looks like nobody to it.
    day = today()
    below = select(UnitAncestry.unit_key).where(
        UnitAncestry.ancestor_key == unit_key, UnitAncestry.valid_during.contains(day)
    )
    return (
        select(Employee.id)
        .join(UnitMembership, UnitMembership.employee_key == Employee.key)
        .where(
            UnitMembership.valid_during.contains(day),
            UnitMembership.unit_key.in_(below),
            ~select(Account.id).where(Account.employee_key == Employee.key).exists(),
            Employee.email.is_not(None),
            or_(Employee.left_on.is_(None), Employee.left_on > day),
        )
    )
