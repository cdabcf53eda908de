"""What the programme's API takes and answers."""

from collections.abc import Mapping
from typing import Any, get_args

from flask_babel import gettext as _
from marshmallow import ValidationError, fields, post_load, validate

from advocacy.activity.kinds import Cause
from advocacy.foundation.fields import Schema, Text
from advocacy.foundation.rest import PageFilter
from advocacy.measurement.scenario import BRAND_OVERLAPS, SPREADS, WHO, Inputs
from advocacy.measurement.scenario.exact import LONGEST_NUMBER
from advocacy.measurement.scenario.inputs import LONGEST_SOURCE
from advocacy.measurement.scenario.networks import MOST_CLASSES
from advocacy.programme.limits import LONGEST_NAME, LONGEST_NOTE
from advocacy.programme.restated import Status


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


class FreezeIn(Schema):
    """A report to freeze: the organisation's numbers as of its last day."""

    title = Text(longest=LONGEST_NAME, required=True)
    note = Text(longest=LONGEST_NOTE, newlines=True, blank=True, load_default=None, allow_none=True)
    first = fields.Date(
        data_key="from",
        load_default=None,
        allow_none=True,
        metadata={"description": "The first day; without it that of the month."},
    )
    last = fields.Date(
        data_key="to",
        load_default=None,
        allow_none=True,
        metadata={"description": "The last day; without it the last one counted."},
    )


class ReportOut(Schema):
    """A frozen report without its figures."""

    id = fields.UUID(attribute="report.id", required=True)
    title = fields.String(attribute="report.title", required=True)
    note = fields.String(attribute="report.note", required=True, allow_none=True)
    first = fields.Date(attribute="report.first_on", data_key="from", required=True)
    last = fields.Date(attribute="report.last_on", data_key="to", required=True)
    unit = fields.String(attribute="report.unit_name", required=True)
    smallest_group = fields.Integer(attribute="report.smallest_group", required=True)
    computed_with = fields.String(attribute="report.computed_with", required=True)
    digest = fields.String(
        attribute="report.digest", required=True, metadata={"description": "The hash of all its figures."}
    )
    frozen_at = fields.AwareDateTime(attribute="report.frozen_at", required=True)
    frozen_by = fields.String(required=True, allow_none=True)


class NowOut(Schema):
    """What a frozen figure is today. `untold`: it changed, and too few people stand behind the change to say more."""

    status = fields.String(required=True, validate=validate.OneOf(get_args(Status)))
    value = fields.Float(required=True, allow_none=True)
    value_exact = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    is_other_definition = fields.Boolean(required=True)
    causes = fields.Function(
        lambda now: sorted(cause.name.lower() for cause in now.causes),
        required=True,
        metadata={
            "type": "array",
            "items": {"type": "string", "enum": [cause.name.lower() for cause in Cause]},
            "description": "Why it became another, as far as that was noted.",
        },
    )


class FigureOut(Schema):
    """One frozen figure with the definition it was counted by."""

    metric = fields.String(attribute="figure.metric", required=True)
    version = fields.Integer(attribute="figure.version", required=True)
    definition_hash = fields.String(attribute="figure.definition_hash", required=True)
    name = fields.String(attribute="figure.name", required=True)
    definition = fields.String(attribute="figure.definition", required=True)
    formula = fields.String(attribute="figure.formula", required=True)
    window = fields.String(attribute="figure.counted_over", required=True)
    out_of = fields.String(attribute="figure.out_of", required=True)
    unit = fields.String(attribute="figure.unit", required=True)
    evidence = fields.String(attribute="figure.evidence", required=True)
    interval = fields.String(attribute="figure.interval", required=True)
    on = fields.Date(attribute="figure.on_day", required=True)
    told_on = fields.Date(
        attribute="figure.told_on",
        required=True,
        allow_none=True,
        metadata={"description": "The day the value is of, where too few people came or went since."},
    )
    small_sample = fields.Boolean(
        attribute="figure.is_small_sample",
        required=True,
        metadata={"description": "Fewer than 30 observations or 10 successes: read the interval, not the value."},
    )
    value = fields.Float(attribute="figure.value", required=True, allow_none=True)
    value_exact = fields.String(attribute="figure.value_exact", required=True, allow_none=True)
    numerator = fields.Integer(attribute="figure.numerator", required=True, allow_none=True)
    denominator = fields.Integer(attribute="figure.denominator", required=True, allow_none=True)
    n = fields.Integer(attribute="figure.n", required=True, allow_none=True)
    low = fields.Float(attribute="figure.low", required=True, allow_none=True)
    high = fields.Float(attribute="figure.high", required=True, allow_none=True)
    reason = fields.String(attribute="figure.reason", required=True, allow_none=True)
    state = fields.String(attribute="figure.state", required=True, allow_none=True)
    as_of = fields.AwareDateTime(attribute="figure.as_of", required=True, allow_none=True)
    now = fields.Nested(NowOut, required=True)


class OpenedReportOut(ReportOut):
    """A frozen report with its figures, and what each is today."""

    figures = fields.List(fields.Nested(FigureOut), required=True)
