"""Telling networks that tokens are void: those of accounts that are gone, and those that nothing keeps any more."""

from datetime import timedelta

import structlog
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from advocacy.foundation import clock, encryption
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import own_transaction, session
from advocacy.sharing.account_models import NetworkAccount, TokenRevocation
from advocacy.sharing.accounts.apps import app_of
from advocacy.sharing.accounts.calling import CallFailed, Trouble
from advocacy.sharing.accounts.providers import Held, provider_of
from advocacy.sharing.accounts.tokens import Tokens, seal, unseal
from config.networks import network_of

REVOKED_AT_ONCE = 10
MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=1)
# There the token of an account may be handed out again (doorkeeper's `reuse_access_token`).
HANDS_OUT_AGAIN = frozenset({"mastodon"})

log = structlog.get_logger("advocacy.sharing")


def revoke_later(store: Session, network: int, server: str, tokens: Tokens) -> None:
    """Have a network told that tokens are void which no account holds."""
    id_, now = new_id(), clock.now()
    store.add(
        TokenRevocation(
            id=id_,
            network=network,
            server=server,
            sealed=seal(tokens, id_),
            attempts=0,
            created_at=now,
            next_try_at=now,
        )
    )


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
    tokens = None
    try:
        network, tokens = network_of(row.network), unseal(row.sealed, row.id)
        if network.key in HANDS_OUT_AGAIN and _is_in_use(row, tokens):
            return True
        provider_of(network).revoke(Held(row.server, "", "", tokens, app_of(network, row.server)))
    except Exception as failed:  # whatever a server made of it, the next one's turn comes
        is_lost = tokens is None and isinstance(failed, encryption.CannotDecrypt | KeyError)
        if not is_lost and not _is_final(failed) and row.attempts < MOST_ATTEMPTS:
            return False
        error = str(failed) if isinstance(failed, CallFailed) else type(failed).__name__  # others may quote a token
        log.warning("token_not_revoked", network=row.network, error=error, attempts=row.attempts)
    return True


def _is_final(failed: Exception) -> bool:
    """Return whether a network would answer the same for ever. Who we are there, an administrator can mend."""
    return (
        isinstance(failed, CallFailed)
        and failed.trouble is not Trouble.NOT_ALLOWED
        and 400 <= failed.status < 500
        and failed.status != 429
    )


def _is_in_use(row: TokenRevocation, tokens: Tokens) -> bool:
    """Return whether an account on that server holds the very token: its person connected again since."""
    there = select(NetworkAccount.id, NetworkAccount.sealed).where(
        NetworkAccount.network == row.network, NetworkAccount.server == row.server
    )
    for account_id, sealed in session.execute(there).all():
        try:
            if unseal(sealed, account_id).access == tokens.access:
                return True
        except encryption.CannotDecrypt:
            continue
    return False
