"""What the API takes and answers about disclosure: rules with their days, words, and the check of a text."""

from marshmallow import fields

from advocacy.foundation.fields import Schema, Text
from advocacy.sharing.limits import LONGEST_REASON, LONGEST_TEXT, LONGEST_WORDING
from advocacy.sharing.rule_models import Incentive, Relationship, Requirement, Statement


class CaseFilter(Schema):
    """A case and a day; what is left out is not asked for."""

    country = Text(longest=2, load_default=None)
    network = Text(longest=30, load_default=None)
    relationship = fields.Enum(Relationship, by_value=True, load_default=Relationship.EMPLOYER)
    incentive = fields.Enum(
        Incentive,
        by_value=True,
        load_default=None,
        metadata={"description": "Without it, what the setting `sharing_is_rewarded` says."},
    )
    on = fields.Date(load_default=None, metadata={"description": "The day; today unless another is named."})


class DisclosureRuleOut(Schema):
    """A rule. What is null holds for every case. `name` of a delivered rule begins with `default:`."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    is_default = fields.Boolean(required=True)
    country = fields.String(required=True, allow_none=True)
    network = fields.Function(
        lambda rule: rule.network.key if rule.network is not None else None,
        metadata={"type": ["string", "null"]},
    )
    relationship = fields.Enum(Relationship, by_value=True, required=True, allow_none=True)
    incentive = fields.Enum(Incentive, by_value=True, required=True, allow_none=True)
    requirement = fields.Enum(Requirement, by_value=True, required=True)
    why = fields.String(required=True)
    source = fields.String(required=True)
    agreement = fields.String(required=True, allow_none=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(
        required=True, allow_none=True, metadata={"description": "The first day it held no more."}
    )


class DisclosureRulesOut(Schema):
    data = fields.List(fields.Nested(DisclosureRuleOut), required=True)


class RulingOut(Schema):
    """What holds for a case. `requirement` can be milder than the rule's where an agreement is needed and missing."""

    network = fields.String(required=True)
    requirement = fields.Enum(Requirement, by_value=True, required=True)
    lacks_agreement = fields.Boolean(required=True)
    rule = fields.Nested(DisclosureRuleOut, required=True)


class RulingsOut(Schema):
    day = fields.Date(required=True)
    data = fields.List(fields.Nested(RulingOut), required=True)


class DisclosureRuleIn(Schema):
    """A rule from a day on. An earlier one for the same case ends there."""

    requirement = fields.Enum(Requirement, by_value=True, required=True)
    why = Text(longest=LONGEST_REASON, required=True)
    source = Text(longest=LONGEST_REASON, required=True)
    country = Text(longest=2, load_default=None, allow_none=True)
    network = Text(longest=30, load_default=None, allow_none=True)
    relationship = fields.Enum(Relationship, by_value=True, load_default=None, allow_none=True)
    incentive = fields.Enum(Incentive, by_value=True, load_default=None, allow_none=True)
    agreement = Text(longest=LONGEST_REASON, load_default=None, allow_none=True)
    valid_from = fields.Date(load_default=None, allow_none=True)


class LastDayIn(Schema):
    """The first day on which it holds no more; today unless another is named."""

    ends_on = fields.Date(load_default=None, allow_none=True)


class WordingIn(Schema):
    """The words for a language, or for any, from a day on. `{organisation}` is filled in."""

    says = fields.Enum(Statement, by_value=True, required=True)
    words = Text(longest=LONGEST_WORDING, required=True)
    language = Text(longest=35, load_default=None, allow_none=True)
    valid_from = fields.Date(load_default=None, allow_none=True)


class WordingOut(Schema):
    id = fields.UUID(required=True)
    says = fields.Enum(Statement, by_value=True, required=True)
    language = fields.String(required=True, allow_none=True)
    words = fields.String(attribute="text", required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(required=True, allow_none=True)


class WordingsOut(Schema):
    data = fields.List(fields.Nested(WordingOut), required=True)


class DisclosureCheckIn(Schema):
    """A text to try. Nothing of it is kept."""

    text = Text(longest=LONGEST_TEXT, newlines=True, blank=True, required=True)
    network = Text(longest=30, required=True)
    country = Text(longest=2, load_default=None, allow_none=True)
    language = Text(longest=35, load_default=None, allow_none=True)
    is_product = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    incentive = fields.Enum(Incentive, by_value=True, load_default=None, allow_none=True)
    discloses = fields.Boolean(truthy={True}, falsy={False}, load_default=True)


class DisclosureCheckOut(Schema):
    """What would go out, and what was found. `at` is where the disclosure begins in `text`, or null."""

    text = fields.String(required=True)
    added = fields.Function(lambda found: found.was_added, metadata={"type": "boolean"})
    near = fields.Function(lambda found: bool(found.evidence["near"]), metadata={"type": "boolean"})
    at = fields.Function(lambda found: found.evidence["at"], metadata={"type": ["integer", "null"]})
    requirement = fields.Enum(Requirement, by_value=True, required=True)
    rule = fields.Nested(DisclosureRuleOut, attribute="ruling.rule", required=True)
