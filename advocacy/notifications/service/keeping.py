"""How long what was told is kept, and what goes with a person."""

from datetime import timedelta

from sqlalchemy import delete, select, text

from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.notifications.chat_models import ChatAnswer
from advocacy.notifications.models import Delivery, DeliveryState, DigestRun, Message, MessageState, Notification

BATCH = 20_000

# A leaver's facts stay; these are no facts.
_LEAVERS_OWN = tuple(
    text(f"DELETE FROM {table} WHERE employee_key IN (SELECT key FROM employee WHERE external_id IS NULL)")
    for table in (
        "notification",
        "notification_preference",
        "message",
        "private_feed",
        "push_subscription",
        "chat_member",
        "chat_answer",
    )
)


def forget_deliveries(older_than: timedelta) -> int:
    """Delete deliveries that are over and old; return how many."""
    gone = delete(Delivery).where(
        Delivery.state.in_([DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED]),
        Delivery.created_at < clock.now() - older_than,
    )
    return len(session.execute(gone.returning(Delivery.id)).all())


def forget_notifications(older_than: timedelta) -> int:
    """Delete a batch of the oldest notifications beyond an age, read or not; return how many."""
    old = (
        select(Notification.id)
        .where(Notification.created_at < clock.now() - older_than)
        .order_by(Notification.created_at)
        .limit(BATCH)
    )
    gone = delete(Notification).where(Notification.id.in_(old)).execution_options(synchronize_session=False)
    return len(session.execute(gone.returning(Notification.id)).all())


def forget_messages(older_than: timedelta) -> int:
    """Delete a batch of the oldest messages that are over, and runs that no message names any more; return how many."""
    before = clock.now() - older_than
    old = (
        select(Message.id)
        .where(Message.created_at < before, Message.state.not_in((MessageState.WAITING, MessageState.SENDING)))
        .order_by(Message.created_at)
        .limit(BATCH)
    )
    gone = delete(Message).where(Message.id.in_(old)).execution_options(synchronize_session=False)
    forgotten = len(session.execute(gone.returning(Message.id)).all())
    named = select(Message.run_id).where(Message.run_id == DigestRun.id)
    session.execute(
        delete(DigestRun)
        .where(DigestRun.started_at < before, ~named.exists())
        .execution_options(synchronize_session=False)
    )
    return forgotten


def forget_answers(older_than: timedelta) -> None:
    """Delete what people pressed in a chat so long ago that no repeat of it can come."""
    session.execute(
        delete(ChatAnswer)
        .where(ChatAnswer.received_at < clock.now() - older_than)
        .execution_options(synchronize_session=False)
    )


def forget_leavers() -> None:
    """Delete lists and choices of people who left."""
    for statement in _LEAVERS_OWN:
        session.execute(statement)
