"""Opening an account for one use: its tokens, renewed when they are stale, by one at a time."""

from uuid import UUID

import structlog
from sqlalchemy import select, text

from advocacy.foundation.db import own_transaction
from advocacy.foundation.encryption import CannotDecrypt
from advocacy.sharing.account_models import AccountState, NetworkAccount
from advocacy.sharing.accounts.apps import app_of
from advocacy.sharing.accounts.calling import CallFailed, Trouble
from advocacy.sharing.accounts.providers import Held, provider_of
from advocacy.sharing.accounts.tokens import Tokens, seal, unseal
from config.networks import network_of

# Whoever comes while somebody renews waits for the new token: longer than a renewal may take.
_WAIT = text("SET LOCAL lock_timeout = '25s'")
_MAY_IDLE = text("SET LOCAL idle_in_transaction_session_timeout = 0")

log = structlog.get_logger("advocacy.sharing")


def hold(account_id: UUID, *, refused: str | None = None) -> Held:
    """Return an account with a token that should work. `refused` is one that the network did not take just now.

    A renewal is committed before this returns, because many networks void the old token with it. Raises CallFailed;
    TOKEN_REFUSED once the person has to connect again, which is then written down.
    """
    with own_transaction() as apart:
        apart.execute(_WAIT)
        apart.execute(_MAY_IDLE)
        account = apart.scalar(select(NetworkAccount).where(NetworkAccount.id == account_id).with_for_update())
        if account is None or account.state is AccountState.ENDED:
            raise CallFailed(Trouble.TOKEN_REFUSED)
        network = network_of(account.network)
        try:
            tokens, app = unseal(account.sealed, account.id), app_of(network, account.server)
        except CannotDecrypt as error:  # nothing can leave; with its key put back it goes on
            log.error("secret_cannot_be_opened", account_id=str(account.id), network=network.key)
            raise CallFailed(Trouble.NOT_REACHED) from error
        held = Held(account.server, account.subject, account.handle, tokens, app)
        if refused is None and not tokens.is_stale():
            return held
        if refused is not None and tokens.access != refused:
            return held  # somebody renewed it meanwhile
        try:
            renewed = provider_of(network).renew(held)
        except CallFailed as failed:
            if failed.trouble is not Trouble.TOKEN_REFUSED:
                raise
            account.state, account.told_at = AccountState.ENDED, None
            ended: CallFailed | None = failed
        else:
            ended = None
            _store(account, renewed)
    if ended is not None:
        raise ended
    return Held(held.server, held.subject, held.handle, renewed, app)


def _store(account: NetworkAccount, renewed: Tokens) -> None:
    account.sealed = seal(renewed, account.id)
    account.access_ends_at, account.ends_at = renewed.access_ends_at, renewed.ends_at
    account.scopes = list(renewed.scopes)
