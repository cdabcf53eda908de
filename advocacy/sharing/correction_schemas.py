"""What the API takes and answers about posts to mend. Nothing in it says whose post it is."""

from marshmallow import fields

from advocacy.foundation.fields import Schema, Text
from advocacy.sharing.correction_models import Asks, CorrectionState
from advocacy.sharing.limits import LONGEST_REASON


class CorrectionIn(Schema):
    """The post by its address or the short link in it, what its author should do, and why."""

    address = Text(longest=2_000, required=True)
    asks = fields.Enum(Asks, by_value=True, required=True)
    reason = Text(longest=LONGEST_REASON, required=True)


class CorrectionOut(Schema):
    id = fields.UUID(attribute="correction.id", required=True)
    item_id = fields.UUID(required=True)
    title = fields.String(required=True)
    network = fields.String(attribute="network.key", required=True)
    address = fields.String(attribute="correction.address", required=True)
    asks = fields.Enum(Asks, attribute="correction.asks", by_value=True, required=True)
    reason = fields.String(attribute="correction.reason", required=True)
    state = fields.Enum(CorrectionState, attribute="correction.state", by_value=True, required=True)
    approvals = fields.Integer(required=True)
    proposed_at = fields.AwareDateTime(attribute="correction.proposed_at", required=True)
    asked_at = fields.AwareDateTime(attribute="correction.asked_at", required=True, allow_none=True)
    closed_at = fields.AwareDateTime(attribute="correction.closed_at", required=True, allow_none=True)
    answer = fields.String(attribute="correction.answer", required=True, allow_none=True)


class CorrectionsOut(Schema):
    data = fields.List(fields.Nested(CorrectionOut), required=True)


class CorrectionStateOut(Schema):
    id = fields.UUID(required=True)
    state = fields.Enum(CorrectionState, by_value=True, required=True)


class CorrectionAnswerIn(Schema):
    is_done = fields.Boolean(truthy={True}, falsy={False}, required=True)
    note = Text(longest=LONGEST_REASON, blank=True, load_default="")
