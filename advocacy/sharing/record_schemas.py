"""What the API answers about shared texts as evidence. Nothing here says who shared."""

from marshmallow import fields

from advocacy.foundation.fields import Schema


class RecordRequestShownOut(Schema):
    id = fields.UUID(attribute="request.id", required=True)
    reason = fields.String(attribute="request.reason", required=True)
    asked_by = fields.String(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(attribute="request.asked_at", required=True)
    opened_at = fields.AwareDateTime(
        attribute="request.opened_at",
        required=True,
        allow_none=True,
        metadata={"description": "When the second of two others agreed, else null."},
    )
    approvals = fields.Integer(
        required=True, metadata={"description": "Agreements that count: of people who may still decide about the item."}
    )
    is_waiting = fields.Boolean(
        required=True, metadata={"description": "Whether it can still be agreed to, for two weeks."}
    )
    is_open = fields.Boolean(required=True)


class RecordRequestsOut(Schema):
    data = fields.List(fields.Nested(RecordRequestShownOut), required=True)
