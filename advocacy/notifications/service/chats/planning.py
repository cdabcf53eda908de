"""What an announcement puts on the way to Slack and Teams, in the transaction that tells of it."""

from collections.abc import Iterable
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.foundation import clock, jobs
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.notifications.chat_models import ChatMember, ChatPost, MemberState
from advocacy.notifications.models import Channel
from advocacy.notifications.queries.chats import channels_for
from advocacy.notifications.service.pushing import plan_messages

SEND, POST = "notifications.send_slack_messages", "notifications.post_to_teams"


def plan_slack_messages(announcement_id: UUID, keys: list[int]) -> None:
    """Write a message for each of these people who is told in Slack, and want them sent."""
    reached = list(
        session.scalars(
            select(ChatMember.employee_key)
            .where(ChatMember.employee_key.in_(keys), ChatMember.state == MemberState.CONNECTED)
            .order_by(ChatMember.employee_key)
        )
    )
    if reached:
        plan_messages(Channel.SLACK, announcement_id, reached)
        jobs.enqueue(SEND)


def plan_posts(actor: Actor, announcement_id: UUID, unit_key: int, connection_ids: Iterable[UUID]) -> None:
    """Write a post for each of these channels of Teams, and want them posted.

    Raises Invalid for one into which the actor may not post an item of this unit.
    """
    wanted = set(connection_ids)
    if not wanted:
        return
    channels = {row.id for row in channels_for(actor, unit_key)}
    if wanted - channels:
        raise Invalid.field("channel_ids", _("Choose from the channels of Teams that are offered."))
    session.add_all(
        ChatPost(announcement_id=announcement_id, connection_id=connection_id, attempts=0, due_at=clock.now())
        for connection_id in sorted(wanted)
    )
    session.flush()
    jobs.enqueue(POST)
