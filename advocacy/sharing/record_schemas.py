"""What the API takes and answers about shared texts as evidence. Nothing but the evidence itself says who shared."""

from marshmallow import fields

from advocacy.content.review_schemas import EvidenceOut
from advocacy.foundation.fields import Schema, Text
from advocacy.sharing.limits import LONGEST_REASON


class RecordRequestIn(Schema):
    reason = Text(longest=LONGEST_REASON, required=True)


class RecordRequestOut(Schema):
    id = fields.UUID(required=True)
    reason = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    opened_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the second of two others agreed, else null."},
    )


class RecordRequestShownOut(Schema):
    id = fields.UUID(attribute="request.id", required=True)
    reason = fields.String(attribute="request.reason", required=True)
    asked_by = fields.String(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(attribute="request.asked_at", required=True)
    opened_at = fields.AwareDateTime(attribute="request.opened_at", required=True, allow_none=True)
    approvals = fields.Integer(required=True)
    is_open = fields.Boolean(required=True)


class RecordRequestsOut(Schema):
    data = fields.List(fields.Nested(RecordRequestShownOut), required=True)


class RecordsOut(EvidenceOut):
    """The evidence, and every text that was shared of the item until two agreed."""

    shared_texts = fields.List(fields.Dict(), required=True)
