"""How a connection to a chat is doing: each end of a call is noted, and what it means for the next one follows.

One that takes nothing until somebody acts is broken, which its administrators are told once. One that wants time, or
whose answers are in doubt, is left alone for a while: an outage must not turn a campaign into messages in doubt.

Slack begins to work through a check alone, which also says whose workspace it is: a press from another one is refused,
so a connection that works without knowing its own would refuse every *Stop*.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from advocacy.foundation import clock, encryption
from advocacy.foundation.db import session
from advocacy.notifications.chat_models import ChatConnection, ChatService, ConnectionState
from advocacy.notifications.senders.chat import Handed
from advocacy.notifications.senders.email import Fate

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=15)
MOST_DOUBLINGS = 4
KEY_GONE = "key_gone"


def note(
    store: Session, connection_id: UUID, version: int, handed: Handed, *, is_check: bool = False
) -> ChatConnection | None:
    """Write how one call ended; return the connection, locked until the commit.

    A call with secrets that were replaced meanwhile, or whose connection is over, is passed over: then it is None.
    """
    row = store.get(ChatConnection, connection_id, with_for_update=True, populate_existing=True)
    if row is None or row.state is ConnectionState.ENDED or row.version != version:
        return None
    may_begin = is_check or row.service is ChatService.TEAMS
    if handed.went_well:
        row.failures, row.paused_until, row.last_sent_at = 0, None, clock.now()
        if may_begin:
            row.state, row.told_at = ConnectionState.WORKING, None
    else:
        _note_trouble(row, handed, may_end=is_check or row.state is not ConnectionState.CHECKING)
    return row


def _note_trouble(row: ChatConnection, handed: Handed, *, may_end: bool) -> None:
    if handed.fate is Fate.ADDRESS_REFUSED:
        return  # one person's matter; the connection answered
    row.last_error, row.last_error_at = handed.result.reason, clock.now()
    if handed.is_closed:
        if may_end:
            row.state = ConnectionState.BROKEN
    elif handed.wait is not None:
        row.failures = min(row.failures + 1, 1_000)
        row.paused_until = clock.now() + handed.wait
    elif handed.fate is Fate.UNKNOWN:
        row.failures = min(row.failures + 1, 1_000)
        row.paused_until = clock.now() + _pause(row.failures)


def break_keyless() -> None:
    """Break the connections whose secrets no key opens any more; it is their administrators who can do something."""
    in_use = session.scalars(
        select(ChatConnection)
        .where(ChatConnection.state.in_((ConnectionState.CHECKING, ConnectionState.WORKING)))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for row in in_use.all():
        if row.sealed is not None and encryption.is_keyless(row.sealed):
            row.state, row.last_error, row.last_error_at = ConnectionState.BROKEN, KEY_GONE, clock.now()


def _pause(failures: int) -> timedelta:
    doublings = min(failures - 1, MOST_DOUBLINGS)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def broken_untold() -> Sequence[ChatConnection]:
    """Return the connections that broke and nobody was told of yet, locked until the commit."""
    return session.scalars(
        select(ChatConnection)
        .where(ChatConnection.state == ConnectionState.BROKEN, ChatConnection.told_at.is_(None))
        .with_for_update(skip_locked=True)
    ).all()
