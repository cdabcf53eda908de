"""What the recruiting API takes and answers."""

from marshmallow import fields

from advocacy.foundation.fields import Schema, Text
from advocacy.recruiting.limits import LONGEST_FIELD, LONGEST_NAME, LONGEST_REFERENCE


class ReceiptOut(Schema):
    """What became of a message: `is_new` is false when it came before."""

    is_new = fields.Boolean(required=True)


class ConnectionIn(Schema):
    name = Text(longest=LONGEST_NAME, required=True)


class ConnectionOut(Schema):
    """A system that reports applications."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    is_active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


class ConnectionsOut(Schema):
    data = fields.List(fields.Nested(ConnectionOut), required=True)


class NewSecretOut(ConnectionOut):
    """A connection with a secret that is shown only now."""

    secret = fields.String(required=True)
    url = fields.String(required=True, metadata={"description": "Where the system sends its messages."})


class OpeningChangeIn(Schema):
    title = Text(longest=LONGEST_FIELD, blank=True, allow_none=True)
    family = Text(longest=LONGEST_FIELD, blank=True, allow_none=True)
    place = Text(longest=LONGEST_FIELD, blank=True, allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    url = Text(longest=LONGEST_FIELD, blank=True, allow_none=True)
    closes_on = fields.Date(allow_none=True)


class OpeningIn(OpeningChangeIn):
    reference = Text(longest=LONGEST_REFERENCE, required=True)


class OpeningOut(Schema):
    id = fields.UUID(attribute="opening.id", required=True)
    reference = fields.String(attribute="opening.reference", required=True)
    title = fields.String(attribute="opening.title", required=True, allow_none=True)
    family = fields.String(attribute="opening.family", required=True, allow_none=True)
    place = fields.String(attribute="opening.place", required=True, allow_none=True)
    unit_id = fields.UUID(required=True, allow_none=True)
    unit_name = fields.String(required=True, allow_none=True)
    url = fields.String(attribute="opening.url", required=True, allow_none=True)
    closes_on = fields.Date(attribute="opening.closes_on", required=True, allow_none=True)
