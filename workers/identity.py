"""Jobs of accounts: mailing links, and forgetting what is over."""

from uuid import UUID

import structlog

from advocacy.foundation import jobs, preferences
from advocacy.identity import queries, service
from advocacy.identity.models import Account, LinkPurpose
from advocacy.notifications import service as notifications

log = structlog.get_logger("workers.identity")


def send_link(account_id: str, purpose: str) -> None:
    """Make a link and mail it. The link's key exists only in the letter: no task and no log ever holds it."""
    wanted = LinkPurpose(purpose)
    found = queries.find_live_account(Account.id == UUID(account_id))
    if found is None:
        # Closed since the link was asked for: nothing to send, and trying again would not help.
        log.warning("link_not_sent", reason="closed")
        return
    account, employee = found
    portal = preferences.deployment().portal_url
    notifications.send_letter(
        wanted.value,
        task_id=jobs.current_task_id(),
        address=account.email,
        language=employee.language if employee is not None else None,
        employee_key=account.employee_key,
        make_url=lambda store: f"{portal}/link/{service.mint_link(store, account.id, wanted, address=account.email)}",
    )


def forget_expired() -> None:
    """Delete sessions and links whose time is over, and forget who did not answer."""
    service.forget_expired()
    service.forget_unanswered()
