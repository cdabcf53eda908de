"""Accounts whose tokens no key opens any more: only the person can connect again, and is told so once."""

import structlog
from sqlalchemy import LargeBinary, func, select

from advocacy.foundation import encryption
from advocacy.foundation.db import session
from advocacy.sharing.account_models import AccountState, NetworkAccount

MOST_AT_ONCE = 500

log = structlog.get_logger("advocacy.sharing")


def end_keyless() -> None:
    """End the accounts whose key is not among the settings."""
    beginning = func.substring(NetworkAccount.sealed, 1, encryption.HEAD_BYTES, type_=LargeBinary())
    keyless = (
        select(NetworkAccount)
        .where(NetworkAccount.state == AccountState.CONNECTED, beginning.not_in(encryption.heads()))
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for account in session.scalars(keyless).all():
        log.error("token_cannot_be_opened", account_id=str(account.id))
        account.state, account.told_at = AccountState.ENDED, None
