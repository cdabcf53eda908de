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
    Kind,
    Message,
    MessageState,
    Notification,
    NotificationPreference,
    Subject,
)
from advocacy.notifications.senders.email import Fate, Result
from advocacy.notifications.service.preference_rows import first_row
from advocacy.people.queries import today

PAUSES = (timedelta(minutes=5), timedelta(minutes=20), timedelta(minutes=60))  # greylisting lets in who comes back
LONGEST_WAIT = timedelta(hours=6)  # what a server wants later than that is news no more
# A week of the cap: today and the six days before it, on the reader's calendar. By the second, a Monday's digest would
# stand in the way of the next Monday's.
DAYS_BEFORE_TODAY = timedelta(days=6)
ENOUGH_DAYS = timedelta(days=8)  # to hold such a week in every time zone, when clocks change too
# How the occasion of a message begins that its reader asked for, for this moment: no cap and no subject that is off
# speaks against it, and it takes no place of others. Everything off, quiet hours and a no do.
ASKED_FOR = "asked-for:"

# Everything that can speak against a message, in one question. Accounts belong to identity, which stands above; only
# the names are known here.
_FACTS = text("""
SELECT message.channel, message.occasion, employee.email, employee.external_id, employee.erased_at, employee.left_on,
    employee.time_zone AS roster_zone,
    EXISTS (SELECT FROM consent WHERE consent.employee_key = employee.key AND purpose = 'take_part') AS takes_part,
    EXISTS (SELECT FROM account WHERE account.employee_key = employee.key AND NOT is_active) AS is_shut_out,
    run.local_on, chosen.version, chosen.everything_off_at, chosen.muted, chosen.time_zone, chosen.digest_days,
    chosen.digest_hour, chosen.quiet_from, chosen.quiet_until, chosen.most_a_day, chosen.most_a_week,
    chosen.mail_paused_at, chosen.mail_pause_reason,
    ARRAY(
        SELECT other.claimed_at FROM message AS other
        WHERE other.employee_key = employee.key AND other.id <> message.id AND other.claimed_at >= :since
            AND other.state IN ('sending', 'sent', 'unknown') AND NOT starts_with(other.occasion, :asked_for)
    ) AS others
FROM message
JOIN employee ON employee.key = message.employee_key
LEFT JOIN digest_run AS run ON run.id = message.run_id
LEFT JOIN notification_preference AS chosen ON chosen.employee_key = message.employee_key
WHERE message.id = :id
""")
_HOLD_YES = text("SELECT FROM consent WHERE employee_key = :key AND purpose = 'take_part' FOR SHARE")


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
    store.execute(_HOLD_YES, {"key": message.employee_key})
    reason = reason_against(store, message.id)
    if reason is not None:
        message.state, message.outcome = MessageState.CANCELLED, reason
        return False
    message.state, message.claimed_at = MessageState.SENDING, clock.now()
    message.attempts += 1
    return True


def is_still_wanted(store: Session, message_id: UUID) -> bool:
    """Return whether nothing was said against a claimed message meanwhile: asked just before its words leave."""
    return reason_against(store, message_id) is None


def reason_against(store: Session, message_id: UUID) -> str | None:
    """Return why a person must not be written to at this moment, or None."""
    now = clock.now()
    facts = store.execute(_FACTS, {"id": message_id, "since": now - ENOUGH_DAYS, "asked_for": ASKED_FOR}).one()
    chosen = choices_in(facts)
    zone = chosen.zone_of(facts.roster_zone)
    local = now.astimezone(zone)
    today_from, week_from = (clock.day_bounds(local.date() - ago, zone)[0] for ago in (timedelta(0), DAYS_BEFORE_TODAY))
    is_asked_for = facts.occasion.startswith(ASKED_FOR)
    wants = is_asked_for or chosen.wants(Channel(facts.channel), Subject.SUGGESTIONS)
    reasons = {
        "opted_out": not facts.takes_part or facts.email is None or _has_left(facts),
        "shut_out": facts.is_shut_out,
        "off": chosen.is_everything_off or not wants,
        "paused": facts.channel == Channel.MAIL and chosen.mail_paused_at is not None,
        "quiet_hours": is_quiet(local.hour, chosen.quiet_from, chosen.quiet_until),
        "too_late": facts.local_on is not None and facts.local_on < local.date(),
        "cap_of_the_day": not is_asked_for and sum(at >= today_from for at in facts.others) >= chosen.most_a_day,
        "cap_of_the_week": not is_asked_for and sum(at >= week_from for at in facts.others) >= chosen.most_a_week,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _has_left(facts: Any) -> bool:
    left = facts.left_on is not None and facts.left_on < today()
    return facts.external_id is None or facts.erased_at is not None or left


def cancel(store: Session, message_id: UUID, reason: str) -> None:
    """End a waiting message that has nothing to say."""
    message = store.get(Message, message_id, with_for_update=True)
    if message is not None and message.state is MessageState.WAITING:
        message.state, message.outcome = MessageState.CANCELLED, reason


def put_off(store: Session, message_id: UUID, until: datetime) -> None:
    """Let a waiting message wait longer: nobody was asked, so it is no attempt."""
    message = store.get(Message, message_id, with_for_update=True)
    if message is not None and message.state is MessageState.WAITING:
        message.due_at = until


def settle(store: Session, message_id: UUID, result: Result) -> None:
    """Write what became of a claimed message. One that the server wants later waits again, three times at most.

    It waits for as long as the server asks, unless that is too long to be news then.
    """
    message = store.get_one(Message, message_id, with_for_update=True)
    if message.state is not MessageState.SENDING:
        return  # it took too long, and was given up meanwhile
    message.outcome = result.reason or None
    if result.fate is Fate.SENT:
        message.state, message.sent_at = MessageState.SENT, clock.now()
    elif result.fate is Fate.UNWANTED:
        message.state, message.outcome = MessageState.CANCELLED, result.reason or "opted_out"
    elif result.fate is Fate.UNKNOWN:
        message.state = MessageState.UNKNOWN
    elif result.fate is Fate.LATER and message.attempts <= len(PAUSES) and result.wait <= LONGEST_WAIT:
        message.state, message.claimed_at = MessageState.WAITING, None
        message.due_at = clock.now() + max(PAUSES[message.attempts - 1], result.wait)
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
