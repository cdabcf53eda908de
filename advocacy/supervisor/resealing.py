"""Sealing anew under today's key what an older one sealed, so that the older one can be taken away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, LargeBinary, func, select
from sqlalchemy.orm import InstrumentedAttribute

from advocacy.content import feed_memory
from advocacy.content.models import FeedMemory
from advocacy.conversations.models import Conversation
from advocacy.conversations.queries import NOTE
from advocacy.foundation import encryption
from advocacy.foundation.db import session
from advocacy.measurement.overlap.models import ReachUnion
from advocacy.notifications.chat_models import ChatConnection
from advocacy.notifications.models import PushSubscription
from advocacy.notifications.queries.chats import SEALED_FOR as CHATS
from advocacy.notifications.service.chats import health
from advocacy.notifications.service.pushing import SEALED_FOR as PUSHES
from advocacy.people.models import NetworkSketch, NetworkUpload
from advocacy.recruiting.models import AtsConnection
from advocacy.recruiting.queries import SECRETS
from advocacy.sharing.account_models import (
    AccountAuthorization,
    NetworkAccess,
    NetworkAccount,
    ServerApp,
    TokenRevocation,
)
from advocacy.sharing.accounts.access import SEALED_FOR as APPLICATIONS
from advocacy.sharing.accounts.apps import APP_SEALED_FOR
from advocacy.sharing.accounts.tokens import SEALED_FOR as TOKENS
from config.networks import network_of

MOST_AT_ONCE = 500

log = structlog.get_logger("advocacy.keys")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of ciphertexts, what they are sealed for, and whose each of them is."""

    column: InstrumentedAttribute[Any]
    purpose: str
    owner_of: Callable[[Any], str]

    @property
    def table(self) -> str:
        return str(self.column.class_.__tablename__)


SEALED = (
    Sealed(NetworkAccount.sealed, TOKENS, lambda row: str(row.id)),
    Sealed(TokenRevocation.sealed, TOKENS, lambda row: str(row.id)),  # as it was on the account
    Sealed(NetworkAccess.sealed_secret, APPLICATIONS, lambda row: network_of(row.network).key),
    Sealed(ServerApp.sealed_secret, APP_SEALED_FOR, lambda row: str(row.server)),
    Sealed(ChatConnection.sealed, CHATS, lambda row: str(row.id)),
    Sealed(AtsConnection.secrets_encrypted, SECRETS, lambda row: str(row.id)),
    Sealed(PushSubscription.sealed, PUSHES, lambda row: row.endpoint_hash.hex()),
    Sealed(Conversation.note_encrypted, NOTE, lambda row: str(row.id)),
    Sealed(FeedMemory.sealed, feed_memory.SEALED_FOR, lambda row: str(row.employee_key)),
)
# Not sealed anew: attempts are over within the hour, and another sketch would count as a change of unique reach.
COUNTED = (
    AccountAuthorization.sealed,
    NetworkUpload.sealed,
    NetworkSketch.sealed,
    ReachUnion.own_sealed,
    ReachUnion.sealed,
)


@dataclass(frozen=True, slots=True)
class Left:
    """How many ciphertexts of a column an older key sealed, and how many a key that is not among the settings."""

    column: str
    older: int
    keyless: int
    is_sealed_anew: bool


def seal_anew() -> None:
    """Seal a bounded number of each kind anew, and stop using what no key opens any more."""
    for sealed in SEALED:
        _seal_anew(sealed)
    health.break_keyless()


def what_is_left() -> list[Left]:
    """Return every column of ciphertexts with what today's key did not seal. An older key may go once nothing is."""
    counted = [(sealed.column, True) for sealed in SEALED] + [(column, False) for column in COUNTED]
    return [_count(column, is_sealed_anew=is_sealed_anew) for column, is_sealed_anew in counted]


def _count(column: InstrumentedAttribute[Any], *, is_sealed_anew: bool) -> Left:
    _newest, *older = encryption.heads()
    by_older = _begins_with(column, older)
    keyless = ~_begins_with(column, list(encryption.heads()))
    found = session.execute(
        select(func.count().filter(by_older), func.count().filter(keyless)).where(column.is_not(None))
    ).one()
    return Left(f"{column.class_.__tablename__}.{column.key}", *found, is_sealed_anew)


def _seal_anew(sealed: Sealed) -> None:
    _newest, *older = encryption.heads()
    if not older:
        return
    rows = session.scalars(
        select(sealed.column.class_)
        .where(_begins_with(sealed.column, older))
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for row in rows.all():
        try:
            owner = sealed.owner_of(row)
            opened = encryption.decrypt_bytes(getattr(row, sealed.column.key), purpose=sealed.purpose, owner=owner)
        except (encryption.CannotDecrypt, KeyError) as error:  # it was changed by somebody: its key is there
            log.error("secret_cannot_be_opened", table=sealed.table, error=str(error))
            continue
        setattr(row, sealed.column.key, encryption.encrypt_bytes(opened, purpose=sealed.purpose, owner=owner))
    session.flush()


def _begins_with(column: InstrumentedAttribute[Any], heads: list[bytes]) -> ColumnElement[bool]:
    beginning = func.substring(column, 1, encryption.HEAD_BYTES, type_=LargeBinary())
    return beginning.in_(heads)
