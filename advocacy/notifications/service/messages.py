"""One message to one person, at most once: each step in a transaction of its own, the row before the call.

`claim` commits that the message is being sent after it has looked at every way to say no; `settle` writes what became
of it. A process that dies in between leaves `sending`, which is never sent again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.notifications.choices import choices_in, is_quiet
from advocacy.notifications.models import (
    Channel,
    DigestRun,
    Kind,
    Message,
    MessageState,
    Notification,
    NotificationPreference,
    Subject,
)
from advocacy.notifications.senders.email import Fate, Result
from advocacy.notifications.service.choosing import first_row
from advocacy.people.models import Consent, Employee, Purpose
from advocacy.people.queries import has_left

PAUSES = (timedelta(minutes=5), timedelta(minutes=20), timedelta(minutes=60))  # greylisting lets in who comes back
WEEK = timedelta(days=7)
LEFT = (MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)

# Accounts belong to identity, which stands above; only the names are known here.
_IS_SHUT_OUT = text("SELECT EXISTS (SELECT FROM account WHERE employee_key = :key AND NOT is_active)")


def waiting(run_id: UUID, first_key: int, last_key: int) -> Sequence[Any]:
    """Return the messages of a slice that are due, each with the key of its person."""
    return session.execute(
        select(Message.id, Message.employee_key)
        .where(
            Message.run_id == run_id,
            Message.employee_key.between(first_key, last_key),
            Message.state == MessageState.WAITING,
            Message.due_at <= clock.now(),
        )
        .order_by(Message.employee_key)
    ).all()


def next_due(run_id: UUID, first_key: int, last_key: int) -> datetime | None:
    """Return when the next waiting message of a slice is due, or None when all of it is settled."""
    return session.scalar(
        select(func.min(Message.due_at)).where(
            Message.run_id == run_id,
            Message.employee_key.between(first_key, last_key),
            Message.state == MessageState.WAITING,
        )
    )


def claim(store: Session, message_id: UUID) -> bool:
    """Take one message to send it now, or cancel it because it is no longer wanted; return whether it was taken.

    The yes to taking part is held until the caller's commit: a withdrawal at the same moment waits, or is seen.
    """
    message = store.get(Message, message_id, with_for_update=True)
    if message is None or message.state is not MessageState.WAITING:
        return False
    store.scalar(_taking_part(message.employee_key).with_for_update(read=True))
    reason = reason_against(store, message)
    if reason is not None:
        message.state, message.outcome = MessageState.CANCELLED, reason
        return False
    message.state, message.claimed_at = MessageState.SENDING, clock.now()
    message.attempts += 1
    return True


def is_still_wanted(store: Session, message_id: UUID) -> bool:
    """Return whether nothing was said against a claimed message meanwhile: asked just before its words leave."""
    return reason_against(store, store.get_one(Message, message_id)) is None


def reason_against(store: Session, message: Message) -> str | None:
    """Return why a person must not be written to at this moment, or None."""
    key = message.employee_key
    employee = store.get_one(Employee, key)
    chosen = choices_in(store.get(NotificationPreference, key))
    local = clock.now().astimezone(chosen.zone_of(employee.time_zone))
    run = store.get_one(DigestRun, message.run_id) if message.run_id is not None else None
    if store.scalar(_taking_part(key)) is None or has_left(employee) or employee.email is None:
        return "opted_out"
    if store.scalar(_IS_SHUT_OUT, {"key": key}):
        return "shut_out"
    if not chosen.wants(message.channel, Subject.SUGGESTIONS):
        return "off"
    if message.channel is Channel.MAIL and chosen.mail_paused_at is not None:
        return "paused"
    if is_quiet(local.hour, chosen.quiet_from, chosen.quiet_until):
        return "quiet_hours"
    if run is not None and run.local_on < local.date():
        return "too_late"
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if _count_others(store, message, midnight) >= chosen.most_a_day:
        return "cap_of_the_day"
    if _count_others(store, message, clock.now() - WEEK) >= chosen.most_a_week:
        return "cap_of_the_week"
    return None


def _taking_part(employee_key: int) -> Any:
    return select(Consent.employee_key).where(
        Consent.employee_key == employee_key, Consent.purpose == Purpose.TAKE_PART
    )


def _count_others(store: Session, message: Message, since: datetime) -> int:
    """Count what left to a person since an instant, besides this message."""
    return (
        store.scalar(
            select(func.count()).where(
                Message.employee_key == message.employee_key,
                Message.id != message.id,
                Message.claimed_at >= since,
                Message.state.in_(LEFT),
            )
        )
        or 0
    )


def cancel(store: Session, message_id: UUID, reason: str) -> None:
    """End a waiting message that has nothing to say."""
    message = store.get(Message, message_id, with_for_update=True)
    if message is not None and message.state is MessageState.WAITING:
        message.state, message.outcome = MessageState.CANCELLED, reason


def settle(store: Session, message_id: UUID, result: Result) -> None:
    """Write what became of a claimed message. One that the server wants later waits again, three times at most."""
    message = store.get_one(Message, message_id, with_for_update=True)
    if message.state is not MessageState.SENDING:
        return  # it took too long, and was given up meanwhile
    message.outcome = result.reason or None
    if result.fate is Fate.SENT:
        message.state, message.sent_at = MessageState.SENT, clock.now()
    elif result.fate is Fate.UNWANTED:
        message.state, message.outcome = MessageState.CANCELLED, "opted_out"
    elif result.fate is Fate.UNKNOWN:
        message.state = MessageState.UNKNOWN
    elif result.fate is Fate.LATER and message.attempts <= len(PAUSES):
        message.state, message.claimed_at = MessageState.WAITING, None
        message.due_at = clock.now() + PAUSES[message.attempts - 1]
    else:
        message.state = MessageState.FAILED
        if result.fate is Fate.ADDRESS_REFUSED:
            _pause_mail(store, message.employee_key, result.reason)


def put_back(store: Session, message_id: UUID) -> None:
    """Let a claimed message wait again: there was no way out, so nothing left, and no attempt was made."""
    message = store.get_one(Message, message_id, with_for_update=True)
    if message.state is MessageState.SENDING:
        message.state, message.claimed_at = MessageState.WAITING, None
        message.attempts -= 1


def _pause_mail(store: Session, employee_key: int, reason: str) -> None:
    """Stop mail to an address that was refused for good, and say so where the person will see it."""
    paused = {"mail_paused_at": clock.now(), "mail_pause_reason": reason}
    store.execute(
        insert(NotificationPreference)
        .values(**first_row(employee_key), **paused)
        .on_conflict_do_update(
            index_elements=[NotificationPreference.employee_key],
            set_=paused | {"version": NotificationPreference.version + 1, "changed_at": clock.now()},
        )
    )
    store.add(Notification(employee_key=employee_key, kind=Kind.MAIL_PAUSED, details={"reason": reason}))
