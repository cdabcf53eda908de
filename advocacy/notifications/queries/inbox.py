"""Reading one's own notifications and how one wants to be told."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, MOST_ROWS, Page, page_of
from advocacy.notifications.chat_models import ChatMember
from advocacy.notifications.choices import Choices, choices_in
from advocacy.notifications.models import Message, Notification, NotificationPreference, PrivateFeed, PushSubscription

MOST_COUNTED = 100


def notifications_of(
    actor: Actor, *, limit: int = DEFAULT_ROWS, cursor: str | None = None, unread: bool = False
) -> Page[Notification]:
    """Return the actor's notifications, newest first. Raises what `page_of` raises for a cursor that is not ours."""
    found: Select[Any] = select(Notification).where(Notification.employee_key == require_self(actor))
    if unread:
        found = found.where(Notification.read_at.is_(None))
    return page_of(
        found,
        (Notification.created_at, Notification.id),
        limit=max(1, min(limit, MOST_ROWS)),
        cursor=cursor,
        filters={"list": "notifications", "unread": unread},
    )


def get_notification(notification_id: UUID, *, visible_to: Actor) -> Notification:
    """Return one of the actor's own notifications. Raises NotFound."""
    line = session.scalar(
        select(Notification).where(
            Notification.id == notification_id, Notification.employee_key == require_self(visible_to)
        )
    )
    if line is None:
        raise NotFound(_("There is no such notification."))
    return line


def count_unread(employee_key: int) -> int:
    """Return how many notifications somebody has not read, counted up to a hundred: more is not told apart."""
    some = (
        select(Notification.id)
        .where(Notification.employee_key == employee_key, Notification.read_at.is_(None))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def choices_of(employee_key: int) -> Choices:
    """Return how somebody wants to be told: what they chose, else the defaults."""
    return choices_in(session.get(NotificationPreference, employee_key))


def private_feed_of(actor: Actor) -> PrivateFeed | None:
    """Return what is kept of the actor's secret address: when it was made and how it ends, never the secret."""
    return session.get(PrivateFeed, require_self(actor))


def browsers_of(actor: Actor) -> list[PushSubscription]:
    """Return the actor's browsers that take pushes, oldest first."""
    return list(
        session.scalars(
            select(PushSubscription)
            .where(PushSubscription.employee_key == require_self(actor))
            .order_by(PushSubscription.id)
        )
    )


def find_feed_owner(token_hash: bytes) -> int | None:
    """Return whose feed a secret address opens, or None."""
    return session.scalar(select(PrivateFeed.employee_key).where(PrivateFeed.token_hash == token_hash))


def own_data(employee_key: int) -> dict[str, Any]:
    """Return what is kept about somebody's notifications, as plain JSON values."""
    choices = choices_of(employee_key)
    told = session.scalars(
        select(Notification).where(Notification.employee_key == employee_key).order_by(Notification.created_at)
    )
    messages = session.scalars(
        select(Message).where(Message.employee_key == employee_key).order_by(Message.created_at, Message.id)
    )
    feed = session.get(PrivateFeed, employee_key)
    browsers = session.scalars(select(PushSubscription).where(PushSubscription.employee_key == employee_key)).all()
    member = session.get(ChatMember, employee_key)
    return {
        "slack": {
            "member_id": member.member_id,
            "state": member.state.value,
            "asked_at": member.asked_at.isoformat(),
            "connected_at": member.connected_at.isoformat() if member.connected_at else None,
        }
        if member
        else None,
        "private_feed": {"made_at": feed.created_at.isoformat(), "ends_with": feed.hint} if feed else None,
        "browsers": [{"device": row.device, "since": row.created_at.isoformat()} for row in browsers],
        "choices": {
            "everything_off_at": choices.everything_off_at.isoformat() if choices.everything_off_at else None,
            "off": list(choices.muted),
            "time_zone": choices.time_zone,
            "digest_days": list(choices.digest_days),
            "digest_hour": choices.digest_hour,
            "quiet_from": choices.quiet_from,
            "quiet_until": choices.quiet_until,
            "most_a_day": choices.most_a_day,
            "most_a_week": choices.most_a_week,
            "mail_paused_at": choices.mail_paused_at.isoformat() if choices.mail_paused_at else None,
        },
        "notifications": [
            {
                "kind": row.kind.value,
                "about": str(row.subject_id) if row.subject_id else None,
                "at": row.created_at.isoformat(),
                "read_at": row.read_at.isoformat() if row.read_at else None,
            }
            for row in told
        ],
        "messages": [
            {
                "channel": row.channel.value,
                "occasion": row.occasion,
                "state": row.state.value,
                "at": (row.claimed_at or row.created_at).isoformat(),
                "because": row.outcome,
            }
            for row in messages
        ],
    }
