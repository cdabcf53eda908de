"""Who may do what: roles in a unit and below, or everywhere."""

from datetime import date
from uuid import UUID

import structlog
from flask_babel import gettext as _
from sqlalchemy import delete, select, text

from advocacy.foundation import audit
from advocacy.foundation.access import Actor, Permission, Role, require, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, NotFound
from advocacy.identity import queries
from advocacy.identity.models import RoleGrant
from advocacy.identity.service.sessions import renew_sessions
from advocacy.people.models import OrgUnit

log = structlog.get_logger("advocacy.identity")

ADMINISTRATORS_LOCK = 0x61646D73  # two administrators cannot take each other's role away at the same moment


def grant_role(actor: Actor, account_id: UUID, role: Role, *, unit_id: UUID | None = None) -> RoleGrant:
    """Give a role in a unit and below, or everywhere. Raises NotFound, and NotPermitted beyond one's own reach."""
    require(actor, Permission.ROLES_WRITE)
    queries.get_account(account_id, visible_to=actor)
    unit_key = _unit_key(unit_id)
    require_in(actor, Permission.ROLES_WRITE, unit_key)
    return give(actor, account_id, role, unit_key)


def revoke_role(actor: Actor, account_id: UUID, role: Role, *, unit_id: UUID | None = None) -> None:
    """Take a role away. Raises NotFound, NotPermitted, and Conflict for the last administrator."""
    require(actor, Permission.ROLES_WRITE)
    queries.get_account(account_id, visible_to=actor)
    unit_key = _unit_key(unit_id)
    require_in(actor, Permission.ROLES_WRITE, unit_key)
    lock_administrators()
    gone = session.execute(
        delete(RoleGrant)
        .where(
            RoleGrant.account_id == account_id,
            RoleGrant.role == role,
            RoleGrant.unit_key.is_not_distinct_from(unit_key),
        )
        .returning(RoleGrant.id)
    ).all()
    if not gone:
        raise NotFound(_("This account does not have that role there."))
    if role is Role.ADMINISTRATOR and unit_key is None:
        refuse_to_lose_the_last_administrator()
    _role_changed(actor, "role.revoked", account_id, role, unit_key)


def give(actor: Actor | None, account_id: UUID, role: Role, unit_key: int | None) -> RoleGrant:
    """Give a role without asking who may: for those who asked already, and for the command line."""
    held = session.scalar(
        select(RoleGrant).where(
            RoleGrant.account_id == account_id,
            RoleGrant.role == role,
            RoleGrant.unit_key.is_not_distinct_from(unit_key),
        )
    )
    if held is not None:
        return held
    grant = RoleGrant(
        account_id=account_id,
        role=role,
        unit_key=unit_key,
        granted_by=actor.account_id if actor is not None else None,
    )
    session.add(grant)
    session.flush()  # its id is the answer
    _role_changed(actor, "role.granted", account_id, role, unit_key)
    return grant


def grant_as_operator(account_id: UUID, role: Role) -> RoleGrant:
    """Give a role from the machine's own console, where there is nobody to ask. Audited like any other."""
    return give(None, account_id, role, None)


def _role_changed(actor: Actor | None, action: str, account_id: UUID, role: Role, unit_key: int | None) -> None:
    # New rights come with new session ids, so that a stolen old one gains nothing.
    renew_sessions(account_id)
    audit.record(actor, action, subject_kind="account", subject_id=account_id, role=role.value, unit_key=unit_key)


def lock_administrators() -> None:
    """Let only one transaction at a time change who is administrator."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADMINISTRATORS_LOCK})


def _unit_key(unit_id: UUID | None) -> int | None:
    if unit_id is None:
        return None
    unit_key = session.scalar(select(OrgUnit.key).where(OrgUnit.id == unit_id))
    if unit_key is None:
        raise NotFound(_("There is no such unit."))
    return unit_key


def keep_an_administrator(account_id: UUID, *, on: date | None = None) -> None:
    """Raise Conflict when nobody could give roles without this account, today or on the day named.

    Until the transaction ends nobody else changes who is administrator.
    """
    lock_administrators()
    grants = queries.grants_of(account_id)
    if any(grant.role is Role.ADMINISTRATOR and grant.unit_keys is None for grant in grants):
        refuse_to_lose_the_last_administrator(besides=account_id, on=on)


def refuse_to_lose_the_last_administrator(*, besides: UUID | None = None, on: date | None = None) -> None:
    """Raise Conflict when nobody would be left who can give roles."""
    if queries.count_administrators(besides=besides, on=on) == 0:
        log.warning("last_administrator_kept")
        raise Conflict(
            _("Somebody must stay administrator. Give the role to somebody else first."), code="last_administrator"
        )
