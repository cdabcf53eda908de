"""Opening an account for one use: its tokens, renewed when they are stale, by one at a time."""

from dataclasses import replace
from uuid import UUID

import structlog
from sqlalchemy import func, select, text

from advocacy.foundation.db import own_transaction
from advocacy.foundation.encryption import CannotDecrypt
from advocacy.sharing.account_models import AccountState, NetworkAccount
from advocacy.sharing.accounts.apps import app_of
from advocacy.sharing.accounts.calling import CallFailed, Trouble
from advocacy.sharing.accounts.providers import Held, Provider, provider_of
from advocacy.sharing.accounts.revoking import revoke_later
from advocacy.sharing.accounts.tokens import Tokens, seal, unseal
from config.networks import network_of

RENEWAL_LOCK = 0x7265  # class of the advisory locks that go by account
# Whoever comes while somebody renews waits for the new token: longer than a renewal may take.
WAIT = text("SET LOCAL lock_timeout = '25s'")
MAY_IDLE = text("SET LOCAL idle_in_transaction_session_timeout = 0")

log = structlog.get_logger("advocacy.sharing")


def hold(account_id: UUID, *, refused: str | None = None) -> Held:
    """Return an account with a token that should work. `refused` is one that the network did not take just now.

    A renewal is committed before this returns, because many networks void the old token with it. It keeps others from
    renewing, and nobody from disconnecting: what the network gave by then is taken back. Raises CallFailed;
    TOKEN_REFUSED once the person has to connect again, which is then written down.
    """
    with own_transaction() as apart:
        apart.execute(WAIT)
        apart.execute(MAY_IDLE)
        apart.execute(select(func.pg_advisory_xact_lock(RENEWAL_LOCK, func.hashtext(str(account_id)))))
        account = apart.get(NetworkAccount, account_id)
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
        renewed, over = _renewed(held, provider_of(network))
        current = apart.scalar(
            select(NetworkAccount)
            .where(NetworkAccount.id == account_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        now_kept = unseal(current.sealed, current.id) if current is not None else None
        if current is not None and now_kept is not None and now_kept.access == tokens.access:
            if renewed is not None:
                _store(current, renewed)
                return replace(held, tokens=renewed)
            current.state, current.told_at = AccountState.ENDED, None
        else:  # disconnected meanwhile, or connected again
            if renewed is not None:
                revoke_later(apart, network.number, held.server, renewed)
            if now_kept is not None:
                return replace(held, tokens=now_kept)
    raise over or CallFailed(Trouble.TOKEN_REFUSED)


def _renewed(held: Held, provider: Provider) -> tuple[Tokens | None, CallFailed | None]:
    """Return the new tokens, or the refusal that ends the connection. Raises CallFailed for anything else."""
    try:
        return provider.renew(held), None
    except CallFailed as failed:
        if failed.trouble is not Trouble.TOKEN_REFUSED:
            raise
        return None, failed


def _store(account: NetworkAccount, renewed: Tokens) -> None:
    account.sealed = seal(renewed, account.id)
    account.access_ends_at, account.ends_at = renewed.access_ends_at, renewed.ends_at
    account.scopes = list(renewed.scopes)
