"""What the programme's API takes and answers."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields, post_load, validate

from advocacy.foundation.fields import Schema, Text
from advocacy.foundation.rest import PageFilter
from advocacy.measurement.scenario import BRAND_OVERLAPS, SPREADS, WHO, Inputs
from advocacy.measurement.scenario.exact import LONGEST_NUMBER
from advocacy.measurement.scenario.inputs import LONGEST_SOURCE
from advocacy.measurement.scenario.networks import MOST_CLASSES
from advocacy.programme.limits import LONGEST_NAME, LONGEST_NOTE


class ExactNumber(fields.Field[Any]):
    """A number, or a text that holds one: `0.105` stays exactly that."""

    def __init__(self, **options: Any) -> None:
        forms: list[dict[str, Any]] = [{"type": "number"}, {"type": "string", "maxLength": LONGEST_NUMBER}]
        if options.get("allow_none"):
            forms.append({"type": "null"})
        super().__init__(metadata={"anyOf": forms, **options.pop("metadata", {})}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_options: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValidationError(_("Enter a number, or a text that holds one."))
        return value


def _optional(description: str) -> ExactNumber:
    return ExactNumber(load_default=None, allow_none=True, metadata={"description": description})


class ScenarioInputs(Schema):
    """What a scenario is worked out from. Numbers may be texts, so that they stay exact."""

    employees = ExactNumber(required=True, metadata={"description": "People, a whole number."})
    audience = ExactNumber(required=True, metadata={"description": "Connections each has on average."})
    brand = ExactNumber(required=True, metadata={"description": "The brand's own followers."})
    participation = ExactNumber(required=True, metadata={"description": "The share of people who join, 0 to 1."})
    who = fields.String(load_default="random", validate=validate.OneOf(WHO))
    spread = fields.String(load_default="constant", validate=validate.OneOf(SPREADS))
    histogram = fields.List(
        fields.List(ExactNumber(), validate=validate.Length(equal=2)),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=MOST_CLASSES),
        metadata={"description": "Pairs of size and share of people, for the spread `histogram`."},
    )
    sigma = _optional("Spread of a lognormal distribution; 1.5 where nothing is said.")
    alpha = _optional("Tail of a Pareto distribution, above 1; 2 where nothing is said.")
    addressable = _optional("How many people there are to know.")
    dedup = _optional("Unique divided by gross, as measured.")
    brand_overlap = fields.String(load_default="bounds", validate=validate.OneOf(BRAND_OVERLAPS))
    view_through = _optional("Which part of a network sees a post, 0 to 1.")
    view_through_source = Text(longest=LONGEST_SOURCE, blank=True, load_default=None, allow_none=True)
    posts = fields.Integer(load_default=1, strict=True)

    @post_load
    def make(self, data: dict[str, Any], **_options: Any) -> Inputs:
        """Return the scenario that is meant; the calculator itself says what it cannot be."""
        given = {name: value for name, value in data.items() if value is not None}
        given["histogram"] = tuple((size, share) for size, share in given.get("histogram", ()))
        return Inputs(**given)


class ScenarioIn(Schema):
    """A scenario to keep."""

    name = Text(longest=LONGEST_NAME, required=True)
    note = Text(longest=LONGEST_NOTE, newlines=True, blank=True, load_default=None, allow_none=True)
    inputs = fields.Nested(ScenarioInputs, required=True)


class ScenarioFilter(PageFilter):
    is_archived = fields.Boolean(load_default=False, metadata={"description": "Those put away instead."})


class ScenarioOut(Schema):
    """A saved scenario, with the numbers it gave then."""

    id = fields.UUID(attribute="scenario.id", required=True)
    name = fields.String(attribute="scenario.name", required=True)
    note = fields.String(attribute="scenario.note", required=True, allow_none=True)
    inputs = fields.Dict(attribute="scenario.inputs", required=True)
    seed = fields.String(attribute="scenario.seed", required=True)
    results = fields.Dict(attribute="scenario.results", required=True)
    model_version = fields.Integer(attribute="scenario.model_version", required=True)
    definition_hash = fields.String(attribute="scenario.definition_hash", required=True)
    computed_with = fields.String(attribute="scenario.computed_with", required=True)
    saved_at = fields.AwareDateTime(attribute="scenario.saved_at", required=True)
    saved_by = fields.String(required=True, allow_none=True)
    archived_at = fields.AwareDateTime(attribute="scenario.archived_at", required=True, allow_none=True)


class ReproductionOut(Schema):
    """What today's calculation makes of the same inputs and seed."""

    is_same = fields.Boolean(required=True)
    model_version = fields.Integer(required=True)
    definition_hash = fields.String(required=True)


class ReopenedScenarioOut(ScenarioOut):
    """A saved scenario, and whether today's calculation would give the same numbers."""

    today = fields.Nested(ReproductionOut, required=True)
