"""What a planned share needs that is posted at its moment: the very account, one plan for two taps, and restores."""

from flask_babel import gettext as _
from sqlalchemy import select, update

from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.sharing.account_models import NetworkAccount
from advocacy.sharing.accounts.access import usable_accounts
from advocacy.sharing.plan_models import PlannedShare, PlanState
from config.networks import Network, network_of


def name_of(account: NetworkAccount) -> str:
    """Return what says which account it is, also when it was connected anew."""
    return f"{account.server} {account.subject}"


def goes_out_by_itself(actor: Actor, plan: PlannedShare) -> bool:
    """Return whether a plan would be posted as things stand: asked for, and with the very account still connected."""
    if not plan.posts or plan.state is not PlanState.PLANNED:
        return False
    return any(
        name_of(account) == plan.posted_as for _network, account in usable_accounts(actor, [network_of(plan.network)])
    )


def account_for(actor: Actor, network: Network | None) -> NetworkAccount:
    """Return the account that would post. Raises Invalid without one."""
    usable = usable_accounts(actor, [network]) if network is not None else []
    if not usable:
        name = network.name if network is not None else ""
        raise Invalid.field(
            "posts", _("Connect your %(network)s account first, under My data.", network=name), code="not_connected"
        )
    return usable[0][1]


def find_same(plan: PlannedShare) -> PlannedShare | None:
    """Return the open plan that posts the same words of the same person at the same moment, or None.

    Words are compared as they are kept: a form sends other line breaks than those.
    """
    return session.scalar(
        select(PlannedShare).where(
            PlannedShare.employee_key == plan.employee_key,
            PlannedShare.item_key == plan.item_key,
            PlannedShare.network == plan.network,
            PlannedShare.planned_for == plan.planned_for,
            PlannedShare.text == plan.text,
            PlannedShare.state == PlanState.PLANNED,
            PlannedShare.posted_text.is_not(None),
        )
    )


def post_none_after_restore() -> int:
    """After a restore: only remind of what was to be posted, for it may be out, or not wanted any more.

    Plans of the copy may have been posted early, moved or changed since it was made. Return how many there were.
    """
    changed = session.execute(
        update(PlannedShare)
        .where(PlannedShare.state == PlanState.PLANNED, PlannedShare.posted_text.is_not(None))
        .values(posted_text=None, posted_version_id=None, posted_as=None, may_be_out=True)
        .execution_options(synchronize_session="fetch")
    )
    return int(changed.rowcount)  # type: ignore[attr-defined]
