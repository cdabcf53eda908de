"""What the API of chats takes and answers. No secret is ever answered."""

from marshmallow import fields

from advocacy.foundation.fields import Schema, Text
from advocacy.notifications.chat_models import ChatService, ConnectionState, MemberState
from advocacy.notifications.service.chats.connecting import LONGEST_NAME, LONGEST_SECRET


class ConnectionOut(Schema):
    """A connection to a chat, and how it is doing."""

    id = fields.UUID(required=True)
    service = fields.Enum(ChatService, by_value=True, required=True)
    name = fields.String(required=True)
    hint = fields.String(required=True, metadata={"description": "How the token ends, or the host of the flow."})
    state = fields.Enum(ConnectionState, by_value=True, required=True)
    paused_until = fields.AwareDateTime(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    last_error_at = fields.AwareDateTime(required=True, allow_none=True)
    last_sent_at = fields.AwareDateTime(required=True, allow_none=True)
    tested_at = fields.AwareDateTime(required=True, allow_none=True)
    test_outcome = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "waiting, sending, sent, or why the last test message did not arrive."},
    )
    created_at = fields.AwareDateTime(required=True)


class ConnectionsOut(Schema):
    """What is connected."""

    data = fields.List(fields.Nested(ConnectionOut), required=True)


class SlackIn(Schema):
    """The secrets of the organisation's Slack app. They are kept sealed and never shown again."""

    bot_token = Text(longest=LONGEST_SECRET, required=True)
    signing_secret = Text(longest=LONGEST_SECRET, required=True)


class TeamsIn(Schema):
    """The address of a flow that posts into one channel of Teams. It is kept sealed and never shown again."""

    name = Text(longest=LONGEST_NAME, required=True)
    url = Text(longest=2_000, required=True)
    unit_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Whose makers may post there; without one, those of the whole organisation."},
    )


class MemberOut(Schema):
    """How it stands with oneself in Slack."""

    state = fields.Enum(MemberState, by_value=True, required=True)
    reason = fields.String(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)
    connected_at = fields.AwareDateTime(required=True, allow_none=True)


class PressOut(Schema):
    """Whether it came for the first time. Slack needs the status only."""

    is_new = fields.Boolean(required=True)
