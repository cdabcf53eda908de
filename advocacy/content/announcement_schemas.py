"""What the content API takes and answers about announcements."""

from marshmallow import fields, validate

from advocacy.foundation.fields import Schema, Text
from advocacy.notifications.models import AnnouncementState, MessageState

MOST_CHANNELS = 50


class AnnouncementIn(Schema):
    """A sentence for everybody who is told of the item, or none."""

    note = Text(longest=280, blank=True, load_default="")
    channel_ids = fields.List(
        fields.UUID(),
        load_default=[],
        validate=validate.Length(max=MOST_CHANNELS),
        metadata={"description": "Channels of Teams into which it is posted as well."},
    )


class ChannelOut(Schema):
    """A channel of Teams into which an item may be posted."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ChannelsOut(Schema):
    data = fields.List(fields.Nested(ChannelOut), required=True)


class ChannelPostOut(Schema):
    """What became of an announcement in one channel of Teams."""

    channel = fields.String(required=True)
    state = fields.Enum(MessageState, by_value=True, required=True)
    outcome = fields.String(required=True, allow_none=True)


class AnnouncementOut(Schema):
    """How far an announcement is. Numbers of people are told in full smallest groups, or not at all."""

    id = fields.UUID(attribute="announcement.id", required=True)
    item_id = fields.UUID(attribute="announcement.item_id", required=True)
    note = fields.String(attribute="announcement.note", required=True, allow_none=True)
    state = fields.Enum(AnnouncementState, attribute="announcement.state", by_value=True, required=True)
    told = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "At least so many, in full smallest groups; null where it would tell of the few others."
        },
    )
    meant = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Whom it was meant for when it was announced; null where they are too few to count."},
    )
    share = fields.Float(required=True, metadata={"description": "Which part of the people was gone through."})
    started_at = fields.AwareDateTime(attribute="announcement.started_at", required=True)
    ended_at = fields.AwareDateTime(attribute="announcement.ended_at", required=True, allow_none=True)
    posts = fields.List(fields.Nested(ChannelPostOut), required=True)


class AnnouncementsOut(Schema):
    data = fields.List(fields.Nested(AnnouncementOut), required=True)
