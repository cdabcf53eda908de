"""What has to happen by the clock: telling people in time, reading what is due, waking what got stuck."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.orm import Session

from advocacy.foundation import clock, encryption, jobs
from advocacy.foundation.db import own_transaction, session
from advocacy.notifications import service as notifications
from advocacy.notifications.models import Kind as Told
from advocacy.sharing.account_models import (
    AccountState,
    NetworkAccount,
    NetworkPost,
    PostState,
    TokenRevocation,
)
from advocacy.sharing.accounts import keyless, pressing, reading
from advocacy.sharing.accounts.apps import app_of
from advocacy.sharing.accounts.calling import CallFailed
from advocacy.sharing.accounts.connecting import forget_attempts
from advocacy.sharing.accounts.providers import Held, provider_of
from advocacy.sharing.accounts.tokens import unseal
from config.networks import network_of

TOLD_BEFORE = timedelta(days=7)
STUCK_AFTER = timedelta(minutes=5)
MOST_AT_ONCE = 500
REVOKED_AT_ONCE = 10
MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=1)

log = structlog.get_logger("advocacy.sharing")


def tend() -> None:
    """Do whatever is due now. A missed time does no harm."""
    _end_what_is_over()
    _tell_in_time()
    _want_reading()
    _wake_stuck_posts()
    keyless.end_keyless()
    forget_attempts()


def revoke_due() -> None:
    """Tell networks that tokens of accounts no longer connected are void; then forget them.

    What a network does not take is tried again for about half a day; then it is forgotten and logged. Each is a
    transaction of its own, and an attempt is counted before it is made: no server can keep the others waiting.
    """
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    for _number in range(REVOKED_AT_ONCE):
        with own_transaction() as store:
            row = _next_to_revoke(store)
        if row is None:
            return
        if _is_done_with(row):
            with own_transaction() as store:
                store.execute(delete(TokenRevocation).where(TokenRevocation.id == row.id))


def _next_to_revoke(store: Session) -> TokenRevocation | None:
    """Return the row that is due longest, already put off and with this attempt counted."""
    row = store.scalar(
        select(TokenRevocation)
        .where(TokenRevocation.next_try_at <= clock.now())
        .order_by(TokenRevocation.next_try_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.attempts += 1
        row.next_try_at = clock.now() + FIRST_PAUSE * 3**row.attempts / 3
        store.flush()
        store.expunge(row)
    return row


def _is_done_with(row: TokenRevocation) -> bool:
    """Ask a network to take tokens back, and return whether that is over: done, or not to be tried again."""
    try:
        network = network_of(row.network)
        held = Held(row.server, "", "", unseal(row.sealed, row.id), app_of(network, row.server))
        provider_of(network).revoke(held)
    except Exception as failed:  # whatever a server made of it, the next one's turn comes
        is_final = isinstance(failed, encryption.CannotDecrypt | KeyError) or (
            isinstance(failed, CallFailed) and 400 <= failed.status < 500 and failed.status != 429
        )
        if not is_final and row.attempts < MOST_ATTEMPTS:
            return False
        error = str(failed) if isinstance(failed, CallFailed) else type(failed).__name__  # others may quote a token
        log.warning("token_not_revoked", network=row.network, error=error, attempts=row.attempts)
    return True


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
