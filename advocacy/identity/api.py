"""The JSON API of accounts: oneself, one's tokens and sessions, and who may do what."""

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from advocacy.foundation.access import Permission, Role
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint
from advocacy.foundation.web import current_actor, requires, signed_in
from advocacy.identity import queries, service
from advocacy.identity.models import Account, ApiToken
from advocacy.identity.schemas import (
    AccountFilter,
    AccountOut,
    GrantOut,
    InvitationIn,
    NewTokenOut,
    OwnAccountOut,
    PasswordIn,
    RoleIn,
    RolesOut,
    SessionsOut,
    TokenIn,
    TokensOut,
)

blueprint = ApiBlueprint("identity", description="Accounts, roles, tokens and sessions.")


@blueprint.get("/account")
@signed_in
@blueprint.response(200, OwnAccountOut)
def own_account() -> dict[str, Any]:
    """Return who is asking and what this token allows."""
    actor = current_actor()
    return {
        "account_id": actor.account_id,
        "employee_id": actor.employee_id,
        "name": actor.name,
        "email": service.own_account(actor).email,
        "roles": sorted(role.value for role in actor.roles),
        "permissions": sorted(permission.value for permission in actor.permissions),
    }


@blueprint.put("/account/password")
@requires(Permission.PROFILE_WRITE)
@blueprint.arguments(PasswordIn)
@blueprint.response(204)
def change_password(passwords: dict[str, str]) -> None:
    """Choose a new password. Every browser is signed out; tokens stay."""
    service.change_password(current_actor(), **passwords, address=request.remote_addr)


@blueprint.get("/tokens")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, TokensOut)
def tokens() -> dict[str, Any]:
    """Return one's own tokens, without their text."""
    return {"data": queries.tokens_of(current_actor())}


@blueprint.post("/tokens")
@requires(Permission.PROFILE_WRITE)
@blueprint.arguments(TokenIn)
@blueprint.response(201, NewTokenOut)
def make_token(wanted: dict[str, Any]) -> dict[str, Any]:
    """Make a token for oneself. A token cannot make one with scopes it does not have."""
    token, text = service.make_own_token(current_actor(), **wanted)
    return {**_token(token), "token": text}


@blueprint.delete("/tokens/<uuid:token_id>")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(204)
def revoke_token(token_id: UUID) -> None:
    """Stop one of one's own tokens at once."""
    service.revoke_token(current_actor(), token_id)


@blueprint.get("/sessions")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, SessionsOut)
def sessions() -> dict[str, Any]:
    """Return the browsers one is signed in with."""
    return {
        "data": [
            {
                "id": found.id_hash.hex(),
                "agent": found.agent,
                "created_at": found.created_at,
                "last_seen_at": found.last_seen_at,
                "expires_at": found.expires_at,
            }
            for found in queries.sessions_of(current_actor())
        ]
    }


@blueprint.delete("/sessions/<session_id>")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(204)
def end_session(session_id: str) -> None:
    """Sign one browser out at once."""
    try:
        id_hash = bytes.fromhex(session_id)
    except ValueError:
        raise NotFound(_("There is no such session.")) from None
    service.end_session(current_actor(), id_hash)


@blueprint.get("/accounts")
@requires(Permission.PEOPLE_READ)
@blueprint.arguments(AccountFilter, location="query")
@blueprint.pages_of(AccountOut)
def accounts(filters: dict[str, Any]) -> Page[Any]:
    """Return the accounts of the organisation, the newest first."""
    page = queries.accounts(visible_to=current_actor(), **filters)
    return Page([_account(account) for account in page.rows], page.next_cursor)


@blueprint.get("/accounts/<uuid:account_id>")
@requires(Permission.PEOPLE_READ)
@blueprint.response(200, AccountOut)
def account(account_id: UUID) -> dict[str, Any]:
    """Return one account."""
    return _account(queries.get_account(account_id, visible_to=current_actor()))


@blueprint.post("/accounts/<uuid:account_id>/deactivate")
@requires(Permission.PEOPLE_WRITE)
@blueprint.response(204)
def deactivate(account_id: UUID) -> None:
    """Close an account: its browsers are signed out and its tokens stop at once."""
    service.deactivate(current_actor(), account_id)


@blueprint.post("/accounts/<uuid:account_id>/reactivate")
@requires(Permission.PEOPLE_WRITE)
@blueprint.response(204)
def reactivate(account_id: UUID) -> None:
    """Open a closed account again."""
    service.reactivate(current_actor(), account_id)


@blueprint.get("/accounts/<uuid:account_id>/roles")
@requires(Permission.ROLES_WRITE)
@blueprint.response(200, RolesOut)
def roles(account_id: UUID) -> dict[str, Any]:
    """Return the roles of an account."""
    rows = queries.roles_of_account(account_id, visible_to=current_actor())
    return {"data": [_grant(grant, unit) for grant, unit in rows]}


@blueprint.post("/accounts/<uuid:account_id>/roles")
@requires(Permission.ROLES_WRITE)
@blueprint.arguments(RoleIn)
@blueprint.response(201, GrantOut)
def grant_role(wanted: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    """Give a role in a unit and below, or everywhere. Giving it twice changes nothing."""
    grant = service.grant_role(current_actor(), account_id, Role(wanted["role"]), unit_id=wanted["unit_id"])
    return _grant(grant, queries.unit_of(grant))


@blueprint.delete("/accounts/<uuid:account_id>/roles")
@requires(Permission.ROLES_WRITE)
@blueprint.arguments(RoleIn, location="query")
@blueprint.response(204)
def revoke_role(wanted: dict[str, Any], account_id: UUID) -> None:
    """Take a role away. The last administrator stays."""
    service.revoke_role(current_actor(), account_id, Role(wanted["role"]), unit_id=wanted["unit_id"])


@blueprint.post("/invitations")
@requires(Permission.PEOPLE_WRITE)
@blueprint.arguments(InvitationIn)
@blueprint.response(202, AccountOut)
def invite(invitation: dict[str, Any]) -> dict[str, Any]:
    """Invite an employee by mail. Roles beyond `employee` need the right to give roles."""
    given = {Role.EMPLOYEE, *map(Role, invitation["roles"])}
    return _account(service.invite(current_actor(), invitation["employee_id"], roles=sorted(given)))


def _account(found: Account) -> dict[str, Any]:
    return {
        "id": found.id,
        "email": found.email,
        "is_active": found.is_active,
        "has_password": found.password_hash is not None,
        "created_at": found.created_at,
    }


def _token(found: ApiToken) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "hint": found.hint,
        "scopes": found.scopes,
        "created_at": found.created_at,
        "expires_at": found.expires_at,
        "last_used_at": found.last_used_at,
    }


def _grant(grant: Any, unit: Any) -> dict[str, Any]:
    return {
        "role": grant.role.value,
        "unit_id": unit.id if unit is not None else None,
        "unit": unit.name if unit is not None else None,
        "granted_at": grant.granted_at,
    }
