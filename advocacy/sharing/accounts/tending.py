"""What has to happen by the clock: telling people in time, reading what is due, waking what got stuck."""

from datetime import timedelta

import structlog
from sqlalchemy import or_, select, update

from advocacy.foundation import clock, jobs
from advocacy.foundation.db import session
from advocacy.notifications import service as notifications
from advocacy.notifications.models import Kind as Told
from advocacy.sharing.account_models import (
    AccountState,
    NetworkAccount,
    NetworkPost,
    PostState,
)
from advocacy.sharing.accounts import keyless, pressing, reading
from advocacy.sharing.accounts.connecting import forget_attempts
from config.networks import network_of

TOLD_BEFORE = timedelta(days=7)
STUCK_AFTER = timedelta(minutes=5)
MOST_AT_ONCE = 500

log = structlog.get_logger("advocacy.sharing")


def tend() -> None:
    """Do whatever is due now. A missed time does no harm."""
    _end_what_is_over()
    _tell_in_time()
    _want_reading()
    _wake_stuck_posts()
    keyless.end_keyless()
    forget_attempts()


def _end_what_is_over() -> None:
    session.execute(
        update(NetworkAccount)
        .where(NetworkAccount.state == AccountState.CONNECTED, NetworkAccount.ends_at <= clock.now())
        .values(state=AccountState.ENDED, told_at=None)
    )


def _tell_in_time() -> None:
    """Tell people once that a connection ends soon, and once that it has ended."""
    now = clock.now()
    ends_soon = (NetworkAccount.state == AccountState.CONNECTED) & (NetworkAccount.ends_at <= now + TOLD_BEFORE)
    untold = (
        select(NetworkAccount)
        .where(NetworkAccount.told_at.is_(None), or_(ends_soon, NetworkAccount.state == AccountState.ENDED))
        .order_by(NetworkAccount.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for account in session.scalars(untold).all():
        account.told_at, name = now, network_of(account.network).name
        if account.state is AccountState.ENDED:
            notifications.notify(account.employee_key, Told.ACCOUNT_ENDED, network=name)
        elif account.ends_at is not None:
            days = max(1, (account.ends_at - now).days)
            notifications.notify(account.employee_key, Told.ACCOUNT_ENDING, network=name, days=days)


def _want_reading() -> None:
    """Want the accounts read that are due; what is wanted is not due again for an hour, whatever becomes of it."""
    now = clock.now()
    due = session.scalars(
        select(NetworkAccount)
        .where(NetworkAccount.next_read_at <= now, NetworkAccount.state == AccountState.CONNECTED)
        .order_by(NetworkAccount.next_read_at)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for account in due.all():
        account.next_read_at = now + reading.AFTER_TROUBLE
        jobs.enqueue(reading.JOB, account_id=account.id)


def _wake_stuck_posts() -> None:
    """A press is never lost: whatever should have been sent by now is wanted again."""
    stuck = select(NetworkPost.id).where(
        NetworkPost.state.in_((PostState.WAITING, PostState.SENDING)),
        NetworkPost.next_try_at < clock.now() - STUCK_AFTER,
    )
    for post_id in session.scalars(stuck.limit(MOST_AT_ONCE)).all():
        jobs.enqueue(pressing.JOB, post_id=post_id)
