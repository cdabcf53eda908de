"""Sending what is due in Slack, one message after the other, as fast as Slack takes it and at most once each."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from advocacy.content.queries import get_live_item
from advocacy.foundation import clock, failpoints, jobs
from advocacy.foundation.db import own_transaction, session
from advocacy.foundation.errors import NotFound
from advocacy.notifications.chat_models import ChatMember, ConnectionState, MemberState
from advocacy.notifications.models import Announcement, AnnouncementState, Channel, Message, MessageState
from advocacy.notifications.queries.chats import Way, open_way, slack_connection
from advocacy.notifications.senders import slack
from advocacy.notifications.senders.email import Fate, Result
from advocacy.notifications.service import messages
from advocacy.notifications.service.chats import health
from advocacy.notifications.service.chats.joining import end_member
from advocacy.notifications.service.chats.planning import SEND
from advocacy.notifications.service.pushing import OCCASION
from advocacy.people.models import Employee
from advocacy.sharing.chats.pacing import Pace
from advocacy.sharing.chats.slack_words import SlackMessage, write_message
from advocacy.sharing.digests import links
from advocacy.sharing.queries import posted_item_keys

ENOUGH_SECONDS = 20  # then the rest is another task: a letter to sign in may wait for this one
READ_AT_ONCE = 50
SOON = timedelta(seconds=1)

log = structlog.get_logger("advocacy.chats")


def send_due_messages() -> None:
    """Send what is due in Slack while it takes messages, and want the rest sent when it is due."""
    # While Slack takes its time, the transaction of the task waits for longer than a request's may.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    began, pace = time.monotonic(), Pace()
    while (way := open_way(slack_connection())) is not None and time.monotonic() - began < ENOUGH_SECONDS:
        due = _due()
        if not due:
            break
        for message_id, employee_key, occasion in due:
            if time.monotonic() - began > ENOUGH_SECONDS:
                break
            if not _send_one(way, pace, message_id, employee_key, occasion):
                break  # the way may be shut now: look again
    _want_the_rest()


def _due() -> Sequence[Any]:
    return session.execute(
        select(Message.id, Message.employee_key, Message.occasion)
        .where(Message.channel == Channel.SLACK, Message.state == MessageState.WAITING, Message.due_at <= clock.now())
        .order_by(Message.due_at, Message.id)
        .limit(READ_AT_ONCE)
    ).all()


def _want_the_rest() -> None:
    """Want what waits sent when it is due and Slack takes messages again. A repair brings it back."""
    connection = slack_connection()
    due = session.scalar(
        select(func.min(Message.due_at)).where(Message.channel == Channel.SLACK, Message.state == MessageState.WAITING)
    )
    if due is None or connection is None or connection.state is not ConnectionState.WORKING:
        return
    ready = max(due, connection.paused_until or due)
    jobs.enqueue(SEND, delay=max(ready - clock.now(), SOON))


def _send_one(way: Way, pace: Pace, message_id: UUID, employee_key: int, occasion: str) -> bool:
    """Write, claim and send one message, and write down what became of it; return whether the next one may follow."""
    announcement = session.get(Announcement, UUID(occasion.removeprefix(OCCASION)))
    employee = session.get_one(Employee, employee_key)
    told, reason = _written(employee, announcement)
    if told is None:
        with own_transaction() as store:
            messages.cancel(store, message_id, reason)
        return True
    time.sleep(pace.wait(employee_key))
    with own_transaction() as store:
        member_id = _claimed(store, way, message_id, employee_key)
    if member_id is None:
        return True
    failpoints.hit("after_message_row", SEND)
    handed = slack.call(
        way.secret,
        "chat.postMessage",
        channel=member_id,
        text=told.text,
        blocks=told.blocks,
        # Slack opens links to show what is behind them; these are one person's own.
        unfurl_links=False,
        unfurl_media=False,
    )
    failpoints.hit("after_message_left", SEND)
    with own_transaction() as store:
        health.note(store, way.id, way.version, handed)
        if handed.is_closed or handed.wait is not None:
            messages.put_back(store, message_id)
        elif handed.fate is Fate.ADDRESS_REFUSED:
            messages.settle(store, message_id, Result(Fate.LETTER_REFUSED, handed.result.reason))
            end_member(store, employee_key, handed.result.reason)
        else:
            messages.settle(store, message_id, handed.result)
    return handed.fate not in {Fate.LATER, Fate.UNKNOWN}


def _claimed(store: Session, way: Way, message_id: UUID, employee_key: int) -> str | None:
    """Return whom to write to once the message is claimed, or None because it is no longer wanted.

    Who somebody is in Slack is held until the commit: leaving at the same moment waits, or is seen.
    """
    member_id = store.scalar(
        select(ChatMember.member_id)
        .where(
            ChatMember.employee_key == employee_key,
            ChatMember.connection_id == way.id,
            ChatMember.state == MemberState.CONNECTED,
        )
        .with_for_update(read=True)
    )
    if member_id is None:
        messages.cancel(store, message_id, "not_in_slack")
        return None
    return member_id if messages.claim(store, message_id) else None


def _written(employee: Employee, announcement: Announcement | None) -> tuple[SlackMessage | None, str]:
    """Return the message, or why there is none: what it is about is over, not meant for them, or shared already."""
    if announcement is None or announcement.state is AnnouncementState.CANCELLED:
        return None, "announcement_stopped"
    reader = links.reader(employee)
    try:
        entry = get_live_item(announcement.item_id, visible_to=reader)
    except NotFound:
        return None, "item_over"
    if entry.key in posted_item_keys(reader):
        return None, "shared_already"
    try:
        return write_message(employee, entry, announcement.note), ""
    except SQLAlchemyError:
        raise
    except Exception as error:
        # One item that cannot be written about must not keep everybody behind it from their messages.
        log.error("slack_message_not_written", exc_info=error, announcement_id=str(announcement.id))
        return None, "not_written"
