"""Which networks people may connect an account to: off until an administrator switches one on, knowing its terms."""

from collections.abc import Collection
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.foundation import audit, clock, encryption
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, PreconditionFailed
from advocacy.foundation.fields import unfit_character
from advocacy.identity.queries import account_of_employee
from advocacy.people.models import Employee
from advocacy.people.queries import has_left
from advocacy.sharing.account_models import AccountState, NetworkAccess, NetworkAccount
from advocacy.sharing.accounts.providers import api_of, known_apis
from config.networks import Network, find_network

SEALED_FOR = "network_access"
LONGEST_ID = 300


def known_network(key: str) -> Network:
    """Return a network whose interface we speak. Raises NotFound."""
    network = find_network(key)
    if network is None or api_of(network) is None:
        raise NotFound(_("Accounts cannot be connected to this network."))
    return network


def access_of(network: Network) -> NetworkAccess | None:
    """Return what was decided about a network, None where nothing was: it is off."""
    return session.get(NetworkAccess, network.number)


def networks_on() -> list[Network]:
    """Return the networks that people may connect an account to."""
    on = set(session.scalars(select(NetworkAccess.network).where(NetworkAccess.is_on)))
    found = (find_network(key) for key in known_apis())
    return [network for network in found if network is not None and network.number in on]


def accounts_of(actor: Actor) -> list[NetworkAccount]:
    """Return the accounts somebody connected, each network once."""
    key = require_self(actor)
    return list(
        session.scalars(
            select(NetworkAccount).where(NetworkAccount.employee_key == key).order_by(NetworkAccount.connected_at)
        )
    )


def is_gone(employee_key: int) -> bool:
    """Return whether nothing may be done for somebody any more: they left, or their way in is closed."""
    employee = session.get(Employee, employee_key)
    if employee is None or has_left(employee):
        return True
    account = account_of_employee(employee_key)
    return account is not None and not account.is_active


def usable_accounts(actor: Actor, networks: Collection[Network]) -> list[tuple[Network, NetworkAccount]]:
    """Return those of somebody's accounts that can post to one of these networks at this moment."""
    on = {network.number for network in networks_on()}
    known = {network.number: network for network in networks if network.number in on}
    return [
        (known[account.network], account)
        for account in accounts_of(actor)
        if account.network in known and account.state is AccountState.CONNECTED
    ]


def require_on(network: Network) -> NetworkAccess:
    """Return the decision that switched a network on. Raises Conflict while it is off."""
    access = access_of(network)
    if access is None or not access.is_on:
        raise Conflict(
            _("Connecting an account to %(network)s is switched off here.", network=network.name), code="switched_off"
        )
    return access


def change_access(
    actor: Actor,
    network_key: str,
    *,
    is_on: bool,
    seen_version: int,
    knows_terms: bool = False,
    reads_numbers: bool = False,
    client_id: str | None = None,
    client_secret: str | None = None,
    most_posts_a_month: int | None = None,
) -> NetworkAccess:
    """Switch a network on or off. An empty secret keeps the one that is stored; what people connected stays connected.

    Raises NotPermitted, NotFound, Invalid without the word that cost and terms are known or without an application
    where one is needed, and PreconditionFailed when somebody changed it meanwhile.
    """
    require(actor, Permission.SETTINGS_WRITE)
    network = known_network(network_key)
    api, access = known_apis()[network.key], session.get(NetworkAccess, network.number, with_for_update=True)
    if (access.version if access is not None else 0) != seen_version:
        raise PreconditionFailed(_("Somebody changed this setting meanwhile. Load it again and decide anew."))
    own_id = _one_line("client_id", client_id) or (access.client_id if access is not None else None)
    secret = _one_line("client_secret", client_secret)
    sealed = access.sealed_secret if access is not None else None
    if secret is not None:
        sealed = encryption.encrypt(secret, purpose=SEALED_FOR, owner=network.key)
    if is_on and not knows_terms and not (access is not None and access.is_on):
        raise Invalid.field("knows_terms", _("Say that you know the cost and the terms."), code="missing")
    if is_on and api.needs_app and not own_id:
        raise Invalid.field("client_id", _("Enter the id of your application there."), code="missing")
    if is_on and api.needs_app and sealed is None:
        raise Invalid.field("client_secret", _("Enter the secret of your application there."), code="missing")
    if most_posts_a_month is not None and not 1 <= most_posts_a_month <= 10_000_000:
        raise Invalid.field("most_posts_a_month", _("Enter a whole number of at least 1, or nothing."))
    values = {
        "is_on": is_on,
        "reads_numbers": reads_numbers,
        "client_id": own_id if api.needs_app else None,
        "sealed_secret": sealed if api.needs_app else None,
        "most_posts_a_month": most_posts_a_month,
        "changed_at": clock.now(),
        "changed_by": _account_of(actor),
    }
    if access is None:
        access = NetworkAccess(network=network.number, version=1, **values)
        session.add(access)
    else:
        for name, value in values.items():
            setattr(access, name, value)
        access.version += 1
    audit.record(actor, "network_access.changed", network=network.key, is_on=is_on, reads_numbers=reads_numbers)
    session.flush()
    return access


def _account_of(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise NotPermitted(_("This needs an account."))
    return actor.account_id


def _one_line(name: str, text: str | None) -> str | None:
    cleaned = (text or "").strip()
    if len(cleaned) > LONGEST_ID or unfit_character(cleaned) is not None or not cleaned.isprintable():
        raise Invalid.field(name, _("Enter at most %(most)s characters in one line.", most=LONGEST_ID))
    return cleaned or None
