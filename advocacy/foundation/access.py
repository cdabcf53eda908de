"""Who may do what. The whole product asks these few names; nothing here knows of log-in or HTTP."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from flask_babel import gettext as _

from advocacy.foundation.errors import NotPermitted


class Permission(enum.StrEnum):
    """What can be permitted. The values are also the scopes of API tokens."""

    FEED_READ = "feed:read"
    SHARES_READ = "shares:read"
    SHARES_WRITE = "shares:write"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    PROFILE_READ = "profile:read"
    PROFILE_WRITE = "profile:write"
    CONTENT_READ = "content:read"
    CONTENT_WRITE = "content:write"
    CONTENT_REVIEW = "content:review"
    POSTS_CORRECT = "posts:correct"
    RECRUITING_READ = "recruiting:read"
    RECRUITING_WRITE = "recruiting:write"
    MEASUREMENT_READ = "measurement:read"
    PROGRAMME_READ = "programme:read"
    PROGRAMME_WRITE = "programme:write"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    ROLES_WRITE = "roles:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"
    AUDIT_READ = "audit:read"
    TASKS_READ = "tasks:read"


class Role(enum.StrEnum):
    EMPLOYEE = "employee"
    CURATOR = "curator"
    APPROVER = "approver"
    RECRUITER = "recruiter"
    EXECUTIVE = "executive"
    ISSUE_OWNER = "issue_owner"
    ADMINISTRATOR = "administrator"


_OWN = frozenset(
    {
        Permission.FEED_READ,
        Permission.SHARES_READ,
        Permission.SHARES_WRITE,
        Permission.CONVERSATIONS_READ,
        Permission.CONVERSATIONS_WRITE,
        Permission.PROFILE_READ,
        Permission.PROFILE_WRITE,
    }
)

# What each role brings. Nothing here opens one person's activity to another: no such permission exists.
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.EMPLOYEE: _OWN,
    Role.CURATOR: frozenset(
        {Permission.CONTENT_READ, Permission.CONTENT_WRITE, Permission.MEASUREMENT_READ, Permission.POSTS_CORRECT}
    ),
    Role.APPROVER: frozenset({Permission.CONTENT_READ, Permission.CONTENT_REVIEW, Permission.POSTS_CORRECT}),
    Role.RECRUITER: frozenset(
        {Permission.RECRUITING_READ, Permission.RECRUITING_WRITE, Permission.CONTENT_READ, Permission.MEASUREMENT_READ}
    ),
    Role.EXECUTIVE: frozenset(
        {
            Permission.MEASUREMENT_READ,
            Permission.RECRUITING_READ,
            Permission.PROGRAMME_READ,
            Permission.PROGRAMME_WRITE,
        }
    ),
    Role.ISSUE_OWNER: frozenset(),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.PEOPLE_READ,
            Permission.PEOPLE_WRITE,
            Permission.ROLES_WRITE,
            Permission.SETTINGS_READ,
            Permission.SETTINGS_WRITE,
            Permission.AUDIT_READ,
            Permission.TASKS_READ,
            Permission.POSTS_CORRECT,
            Permission.MEASUREMENT_READ,
            Permission.PROGRAMME_READ,
            Permission.PROGRAMME_WRITE,
        }
    ),
}

# What has no unit: a role that reaches one unit only does not bring these.
ORGANISATION_WIDE = frozenset(
    {
        Permission.SETTINGS_READ,
        Permission.SETTINGS_WRITE,
        Permission.AUDIT_READ,
        Permission.TASKS_READ,
        Permission.PROGRAMME_READ,
        Permission.PROGRAMME_WRITE,
    }
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, in one unit and everything below it (`unit_keys`), or everywhere (None)."""

    role: Role
    unit_keys: frozenset[int] | None = None

    def covers(self, unit_key: int | None) -> bool:
        """Return whether the grant reaches a unit; None asks for the whole organisation."""
        if self.unit_keys is None:
            return True
        return unit_key is not None and unit_key in self.unit_keys


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: a signed-in person, or the system itself. `scopes` limits a token to part of the role."""

    account_id: UUID | None
    employee_key: int | None
    employee_id: UUID | None = None
    grants: tuple[Grant, ...] = ()
    scopes: frozenset[Permission] | None = None
    name: str = ""
    permissions: frozenset[Permission] = field(init=False)

    def __post_init__(self) -> None:
        allowed: set[Permission] = set()
        for grant in self.grants:
            brings = ROLE_PERMISSIONS[grant.role]
            allowed |= brings if grant.unit_keys is None else brings - ORGANISATION_WIDE
        if self.scopes is not None:
            allowed &= self.scopes
        object.__setattr__(self, "permissions", frozenset(allowed))

    def may(self, permission: Permission) -> bool:
        """Return whether the permission is held anywhere at all."""
        return permission in self.permissions

    def may_in(self, permission: Permission, unit_key: int | None) -> bool:
        """Return whether the permission reaches this unit (None: the whole organisation)."""
        if permission not in self.permissions:
            return False
        return any(permission in ROLE_PERMISSIONS[grant.role] and grant.covers(unit_key) for grant in self.grants)

    def unit_keys_for(self, permission: Permission) -> frozenset[int] | None:
        """Return the units a permission reaches, or None when it reaches all of them."""
        reached: set[int] = set()
        if permission not in self.permissions:
            return frozenset()
        for grant in self.grants:
            if permission in ROLE_PERMISSIONS[grant.role]:
                if grant.unit_keys is None:
                    return None
                reached |= grant.unit_keys
        return frozenset(reached)

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotPermitted unless the actor holds the permission somewhere."""
    _require_scope(actor, permission)
    if not actor.may(permission):
        raise NotPermitted(
            _(
                "This needs the permission %(permission)s. Ask an administrator for a role that has it.",
                permission=permission.value,
            )
        )


def require_in(actor: Actor, permission: Permission, unit_key: int | None) -> None:
    """Raise NotPermitted unless the permission reaches the unit (None: the whole organisation)."""
    _require_scope(actor, permission)
    if not actor.may_in(permission, unit_key):
        raise NotPermitted(_("Your role does not give you %(permission)s in this unit.", permission=permission.value))


def _require_scope(actor: Actor, permission: Permission) -> None:
    """Say that it is the token that lacks something: a role that has it would not help."""
    if actor.scopes is not None and permission not in actor.scopes:
        raise NotPermitted(
            _("This token lacks the scope %(permission)s. Make one that has it.", permission=permission.value)
        )


def require_self(actor: Actor) -> int:
    """Return the employee key of the actor. Raises NotPermitted for accounts that belong to no employee."""
    if actor.employee_key is None:
        raise NotPermitted(_("This account is not linked to an employee, so it has no personal pages."))
    return actor.employee_key


def known_scopes(names: Iterable[str]) -> frozenset[Permission]:
    """Return scopes for their names. Raises ValueError naming the first one that does not exist."""
    return frozenset(Permission(name) for name in names)
