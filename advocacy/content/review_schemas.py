"""What the content API takes and answers about review."""

from marshmallow import fields, validate

from advocacy.content.models import ItemKind
from advocacy.content.review_models import Business
from advocacy.content.reviewing import LONGEST_NAME, LONGEST_WORD, MOST_APPROVALS, MOST_HOURS, MOST_WORDS, USUAL_HOURS
from advocacy.foundation.fields import Schema, Text


class ReviewRuleIn(Schema):
    """Which items need how many approvals, of whom, by when. What is left out asks nothing."""

    name = Text(longest=LONGEST_NAME, required=True)
    approvals = fields.Integer(strict=True, required=True, validate=validate.Range(0, MOST_APPROVALS))
    due_hours = fields.Integer(strict=True, load_default=USUAL_HOURS, validate=validate.Range(1, MOST_HOURS))
    kinds = fields.List(fields.Enum(ItemKind, by_value=True), load_default=list)
    topic_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=100))
    campaign_id = fields.UUID(load_default=None, allow_none=True)
    countries = fields.List(Text(longest=2), load_default=list, validate=validate.Length(max=250))
    words = fields.List(Text(longest=LONGEST_WORD), load_default=list, validate=validate.Length(max=MOST_WORDS))
    business = fields.Enum(Business, by_value=True, load_default=None, allow_none=True)
    desk = Text(longest=LONGEST_NAME, load_default=None, allow_none=True)
    desk_account_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=100))
    deputy_account_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=100))


class ReviewRuleOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    approvals = fields.Integer(required=True)
    due_hours = fields.Integer(required=True)
    kinds = fields.List(fields.String(), required=True)
    countries = fields.List(fields.String(), required=True)
    words = fields.List(fields.String(), required=True)
    business = fields.Enum(Business, by_value=True, required=True, allow_none=True)
    desk = fields.String(required=True, allow_none=True)


class ReviewRulesOut(Schema):
    data = fields.List(fields.Nested(ReviewRuleOut), required=True)


class EvidenceOut(Schema):
    """What was approved, by whom and when, under which rules, with links of the audit chain that can be checked."""

    format = fields.String(required=True)
    made_at = fields.String(required=True)
    item = fields.Dict(required=True)
    version = fields.Dict(required=True)
    approved = fields.Dict(required=True)
    decisions = fields.List(fields.Dict(), required=True)
    asked = fields.Dict(required=True, allow_none=True)
    audit = fields.List(fields.Dict(), required=True)
