"""What the people API takes and answers."""

from marshmallow import fields, validate

from advocacy.foundation.fields import Schema, Text
from advocacy.people.models import Purpose, SizeSource
from config.networks import network_of, networks

NETWORK_KEYS = [network.key for network in networks()]
LONGEST_HANDLE = 200
LARGEST_AUDIENCE = 2_000_000_000


class UnitOut(Schema):
    """A unit of the organisation."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class UnitNodeOut(UnitOut):
    """A unit and where it hangs. Parents come before their children."""

    external_id = fields.String(required=True, metadata={"description": "The HR system's id, or the path."})
    parent_id = fields.UUID(required=True, allow_none=True)
    depth = fields.Integer(required=True)
    path = fields.List(fields.String(), required=True, metadata={"description": "Names from the top unit down."})


class UnitTreeOut(Schema):
    """The tree of units on a day."""

    on = fields.Date(required=True)
    data = fields.List(fields.Nested(UnitNodeOut), required=True)


class UnitTreeFilter(Schema):
    """Which day's tree is wanted."""

    on = fields.Date(load_default=None, metadata={"description": "Default: today."})


class ConsentOut(Schema):
    """One consent in force."""

    purpose = fields.Enum(Purpose, by_value=True, required=True)
    granted_at = fields.AwareDateTime(required=True)


class ConsentsOut(Schema):
    """Every consent in force. What is not listed was not agreed to."""

    data = fields.List(fields.Nested(ConsentOut), required=True)


class TopicOut(Schema):
    """A topic to follow."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class MeOut(Schema):
    """What the organisation's roster says about the one who asks."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    time_zone = fields.String(required=True, allow_none=True)
    onboarded_at = fields.AwareDateTime(required=True, allow_none=True)
    unit = fields.Nested(UnitOut, required=True, allow_none=True)
    consents = fields.List(fields.Nested(ConsentOut), required=True)
    topics = fields.List(fields.Nested(TopicOut), required=True)


class NetworkIn(Schema):
    """One's own network with its size, or none when the size is not known."""

    network = fields.String(required=True, validate=validate.OneOf(NETWORK_KEYS))
    audience_size = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(0, LARGEST_AUDIENCE)
    )
    is_floor = fields.Boolean(
        load_default=False, metadata={"description": "The network shows only “at least this many”."}
    )
    handle = Text(longest=LONGEST_HANDLE, load_default=None, allow_none=True)


class NetworksIn(Schema):
    """All of one's networks: those that are not named are forgotten."""

    data = fields.List(fields.Nested(NetworkIn), required=True, validate=validate.Length(max=len(NETWORK_KEYS)))


class NetworkOut(Schema):
    """A network with its latest size."""

    network = fields.Function(lambda profile: network_of(profile.network).key, metadata={"type": "string"})
    audience_size = fields.Integer(required=True, allow_none=True)
    is_floor = fields.Boolean(required=True)
    handle = fields.String(required=True, allow_none=True)
    source = fields.Enum(SizeSource, by_value=True, required=True)
    observed_on = fields.Date(required=True)


class NetworksOut(Schema):
    """One's networks."""

    data = fields.List(fields.Nested(NetworkOut), required=True)


class ParagraphOut(Schema):
    """One paragraph of the policy."""

    heading = fields.String(required=True)
    text = fields.String(required=True)


class PolicyOut(Schema):
    """The policy in force, in the reader's language where there is one."""

    id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    published_at = fields.AwareDateTime(required=True)
    language = fields.String(required=True)
    paragraphs = fields.List(fields.Nested(ParagraphOut), required=True)
    is_acknowledged = fields.Boolean(required=True)
