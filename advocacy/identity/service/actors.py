"""Who an account is today, and what it may do."""

from flask_babel import gettext as _

from advocacy.foundation.access import Actor, Grant, Permission, Role
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound, NotSignedIn
from advocacy.identity import queries
from advocacy.identity.models import Account
from advocacy.people.models import Employee

# Whoever works at the machine's own console. It acts in nobody's name.
OPERATOR = Actor(account_id=None, employee_key=None, grants=(Grant(Role.ADMINISTRATOR),), name="operator")


def actor_of(account: Account, *, scopes: frozenset[Permission] | None = None) -> Actor:
    """Return what an account may do today. `scopes` narrows it to what a token allows. Raises NotSignedIn when gone."""
    found = queries.find_live_account(Account.id == account.id)
    if found is None:
        raise NotSignedIn(_("This account is closed."))
    return make_actor(*found, scopes=scopes)


def make_actor(account: Account, employee: Employee | None, *, scopes: frozenset[Permission] | None = None) -> Actor:
    """Return the actor for an account that is known to be let in."""
    return Actor(
        account_id=account.id,
        employee_key=employee.key if employee is not None else None,
        employee_id=employee.id if employee is not None else None,
        grants=queries.grants_of(account.id),
        scopes=scopes,
        name=(employee.name if employee is not None else None) or account.email,
    )


def own_account(actor: Actor) -> Account:
    """Return the account behind an actor. Raises NotFound for the system itself."""
    account = session.get(Account, actor.account_id) if actor.account_id is not None else None
    if account is None:
        raise NotFound(_("There is no account behind this."))
    return account
