"""What the content API answers about versions."""

from marshmallow import fields

from advocacy.content.schemas import CaptionOut, TextOut
from advocacy.foundation.fields import Schema


class VersionOut(Schema):
    """A version as it was fixed; `hash` is what a decision about it is bound to."""

    number = fields.Integer(required=True)
    hash = fields.Function(lambda row: row["version"].hash.hex(), metadata={"type": "string"})
    created_at = fields.AwareDateTime(attribute="version.created_at", required=True)
    destination = fields.String(attribute="version.destination", required=True, allow_none=True)
    image_alternative = fields.String(attribute="version.image_alternative", required=True, allow_none=True)
    is_text_locked = fields.Boolean(attribute="version.is_text_locked", required=True)
    is_live = fields.Boolean(required=True)
    texts = fields.List(fields.Nested(TextOut), required=True)
    captions = fields.List(fields.Nested(CaptionOut), required=True)


class VersionsOut(Schema):
    data = fields.List(fields.Nested(VersionOut), required=True)
