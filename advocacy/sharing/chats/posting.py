"""Posting announcements into channels of Teams, each at most once. The row says `sending` before anything leaves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from advocacy.content import announcing
from advocacy.content.models import ContentItem
from advocacy.content.queries.studio import text_of
from advocacy.foundation import clock, failpoints, jobs, preferences
from advocacy.foundation.db import own_transaction, session
from advocacy.notifications.chat_models import ChatConnection, ChatPost, ConnectionState
from advocacy.notifications.models import Announcement, AnnouncementState, MessageState
from advocacy.notifications.queries.chats import is_open_now, open_way
from advocacy.notifications.senders import teams
from advocacy.notifications.senders.chat import Handed
from advocacy.notifications.senders.email import Fate
from advocacy.notifications.service.chats import health
from advocacy.notifications.service.chats.planning import POST
from advocacy.sharing.chats.teams_card import write_card

MOST_AT_ONCE = 10
NO_POST_AFTER, GIVEN_UP_AFTER = timedelta(hours=24), timedelta(minutes=15)
SOON = timedelta(seconds=1)
_ENDS = {
    Fate.SENT: MessageState.SENT,
    Fate.UNKNOWN: MessageState.UNKNOWN,
}


def post_due_cards() -> None:
    """Post what is due into the channels that take posts, and want the rest posted when it is due."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    _settle_leftovers()
    due = _due()
    for post_id in due:
        _post_one(post_id)
    open_at = session.scalar(
        select(func.min(func.greatest(ChatPost.due_at, func.coalesce(ChatConnection.paused_until, ChatPost.due_at))))
        .join(ChatConnection, ChatConnection.id == ChatPost.connection_id)
        .where(ChatPost.state == MessageState.WAITING, ChatConnection.state == ConnectionState.WORKING)
    )
    if open_at is not None:
        jobs.enqueue(POST, delay=max(open_at - clock.now(), SOON))


def _settle_leftovers() -> None:
    """Give up what a killed worker left open, and what nobody would want any more."""
    with own_transaction() as store:
        store.execute(
            update(ChatPost)
            .where(ChatPost.state == MessageState.SENDING, ChatPost.claimed_at < clock.now() - GIVEN_UP_AFTER)
            .values(state=MessageState.UNKNOWN, outcome="interrupted")
        )
        store.execute(
            update(ChatPost)
            .where(ChatPost.state == MessageState.WAITING, ChatPost.created_at < clock.now() - NO_POST_AFTER)
            .values(state=MessageState.CANCELLED, outcome="too_late")
        )


def _due() -> Sequence[UUID]:
    return session.scalars(
        select(ChatPost.id)
        .join(ChatConnection, ChatConnection.id == ChatPost.connection_id)
        .where(ChatPost.state == MessageState.WAITING, ChatPost.due_at <= clock.now(), is_open_now())
        .order_by(ChatPost.due_at, ChatPost.id)
        .limit(MOST_AT_ONCE)
    ).all()


def _post_one(post_id: UUID) -> None:
    connection_id, announcement_id = session.execute(
        select(ChatPost.connection_id, ChatPost.announcement_id).where(ChatPost.id == post_id)
    ).one()
    connection = session.get_one(ChatConnection, connection_id, populate_existing=True)
    way = open_way(connection)
    if way is None:
        return  # another post into this channel just ended badly
    card = _card(session.get_one(Announcement, announcement_id))
    with own_transaction() as store:
        if not _claimed(store, post_id, is_wanted=card is not None) or card is None:
            return
    failpoints.hit("after_message_row", POST)
    handed = teams.post_card(way.secret, card)
    failpoints.hit("after_message_left", POST)
    with own_transaction() as store:
        health.note(store, way.id, way.version, handed)
        _settle(store, post_id, handed)


def _claimed(store: Session, post_id: UUID, *, is_wanted: bool) -> bool:
    row = store.get(ChatPost, post_id, with_for_update=True)
    if row is None or row.state is not MessageState.WAITING:
        return False
    if not is_wanted:
        row.state, row.outcome = MessageState.CANCELLED, "item_over"
        return False
    row.state, row.claimed_at = MessageState.SENDING, clock.now()
    row.attempts += 1
    return True


def _settle(store: Session, post_id: UUID, handed: Handed) -> None:
    row = store.get_one(ChatPost, post_id, with_for_update=True)
    if row.state is not MessageState.SENDING:
        return  # it took too long, and was given up meanwhile
    row.outcome = handed.result.reason or None
    if handed.is_closed or handed.wait is not None:
        row.state, row.claimed_at = MessageState.WAITING, None
        row.attempts -= 1
        return
    row.state = _ENDS.get(handed.fate, MessageState.FAILED)
    row.sent_at = clock.now() if handed.went_well else None


def _card(announcement: Announcement) -> dict[str, Any] | None:
    """Return the card, or None where there is nothing to share any more."""
    item = session.scalar(select(ContentItem).where(ContentItem.id == announcement.item_id))
    if announcement.state is AnnouncementState.CANCELLED or item is None or item.live_version_id is None:
        return None
    if not announcing.is_live(item):
        return None
    language = preferences.deployment().default_language
    return write_card(item.id, text_of(item.live_version_id, language), announcement.note)
