"""What the measurement API takes and answers. A number that is null says why in `reasons`."""

from typing import get_args

from marshmallow import fields, validate

from advocacy.foundation.fields import Schema
from advocacy.measurement.catalogue import METRICS
from advocacy.measurement.catalogue.metric import Dimension, NullReason
from advocacy.measurement.queries import LONGEST_SERIES_DAYS
from advocacy.measurement.reading.points import State
from config.networks import networks


def _number(description: str) -> fields.Integer:
    return fields.Integer(required=True, allow_none=True, metadata={"description": description})


def _older() -> fields.Dict:
    return fields.Dict(
        keys=fields.String(),
        values=fields.Date(),
        required=True,
        metadata={"description": "Numbers that are those of an earlier day: too few people came or went since."},
    )


class ReachFilter(Schema):
    """Which unit and day are meant."""

    unit = fields.UUID(load_default=None, metadata={"description": "A unit; without it the highest one in reach."})
    on = fields.Date(load_default=None, metadata={"description": "A day; without it the last one counted."})
    series_days = fields.Integer(
        load_default=0,
        validate=validate.Range(0, LONGEST_SERIES_DAYS),
        metadata={"description": "How many days of figures for a chart to add."},
    )


class UnitOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class BrandChannelOut(Schema):
    network = fields.String(required=True, validate=validate.OneOf([network.key for network in networks()]))
    followers = fields.Integer(required=True)
    observed_on = fields.Date(required=True)
    source = fields.String(required=True)
    is_stale = fields.Boolean(required=True)


class CoverageOut(Schema):
    sizes = fields.Float(required=True, allow_none=True)
    delivered = fields.Float(required=True, allow_none=True)


class AmplificationUnitOut(UnitOut):
    """The figures of one unit and everything below it."""

    employed = _number("People employed.")
    taking_part = _number("People whose consent is in force.")
    with_size = _number("People who told an exact network size.")
    potential = _number("Connections all of them have, gross.")
    activated = _number("Connections of those who shared in the window, gross.")
    delivered = _number("Impressions reported by networks.")
    measured_shares = _number("Shares with reported impressions.")
    active = _number("People who shared in the window.")
    shares = _number("Published shares of the window.")
    clicks = _number("Human clicks of the window.")


class AmplificationDayOut(Schema):
    day = fields.Date(required=True)
    told_on = _older()
    potential = _number("Potential audience.")
    activated = _number("Activated audience.")
    clicks = _number("Human clicks of the 30 days that end on the day.")
    shares = _number("Shares of the 30 days that end on the day.")


class _AnswerOut(Schema):
    unit = fields.Nested(UnitOut, required=True)
    on = fields.Date(required=True)
    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "How old the oldest number here is."}
    )
    smallest_group = fields.Integer(required=True)
    reasons = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(["suppressed", "not_collected", "no_denominator"])),
        required=True,
    )
    told_on = _older()
    definitions = fields.Dict(keys=fields.String(), values=fields.Dict(), required=True)


class AmplificationOut(_AnswerOut):
    """Three tiers of amplification: potential, activated, delivered."""

    potential = _number("Connections everybody who takes part has, gross.")
    activated = _number("Connections of those who shared in the window, gross.")
    delivered = _number("Impressions reported by networks.")
    brand_followers = _number("Followers of the brand's own channels.")
    ratio = fields.Float(required=True, allow_none=True)
    ratio_exact = fields.String(required=True, allow_none=True)
    ratio_activated = fields.Float(required=True, allow_none=True)
    ratio_activated_exact = fields.String(required=True, allow_none=True)
    employed = _number("People employed.")
    taking_part = _number("People whose consent is in force.")
    with_size = _number("People who told an exact network size.")
    active = _number("People who shared in the window.")
    shares = _number("Published shares of the window.")
    clicks = _number("Human clicks of the window.")
    coverage = fields.Nested(CoverageOut, required=True)
    brand_channels = fields.List(fields.Nested(BrandChannelOut), required=True)
    units_below = fields.List(fields.Nested(AmplificationUnitOut), required=True)
    series = fields.List(fields.Nested(AmplificationDayOut))


class RecruitingFigures(Schema):
    potential = _number("Connections of people for whom a job was meant, gross.")
    activated = _number("Connections of people who shared a job, gross.")
    shares = _number("Published shares of jobs.")
    clicks = _number("Human clicks on jobs.")
    applications = _number("Applications by a person's link.")
    interviews = _number("Of these, interviews.")
    offers = _number("Of these, offers.")
    hires = _number("Of these, hires.")


class RecruitingUnitOut(RecruitingFigures):
    """The figures of one unit and everything below it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class RecruitingDayOut(Schema):
    day = fields.Date(required=True)
    told_on = _older()
    clicks = _number("Human clicks of the 30 days that end on the day.")
    applications = _number("Applications of the 90 days that end on the day.")
    hires = _number("Hires of the 90 days that end on the day.")


class RecruitingReachOut(_AnswerOut, RecruitingFigures):
    """Reach of job content and what came of it."""

    units_below = fields.List(fields.Nested(RecruitingUnitOut), required=True)
    series = fields.List(fields.Nested(RecruitingDayOut))


class OwnSharesOut(Schema):
    opened = fields.Integer(required=True)
    published = fields.Integer(required=True)
    opened_ever = fields.Integer(required=True)
    published_ever = fields.Integer(required=True)


class OwnClicksOut(Schema):
    raw = fields.Integer(required=True)
    human = fields.Integer(required=True)
    preview_bot = fields.Integer(required=True)
    scanner = fields.Integer(required=True)
    internal = fields.Integer(required=True)
    own = fields.Integer(required=True)
    repeated = fields.Integer(required=True)


class OwnDayOut(Schema):
    day = fields.Date(required=True)
    clicks = fields.Integer(required=True)


class OwnNetworkOut(Schema):
    network = fields.String(required=True)
    audience_size = _number("Followers or connections, as told.")
    is_floor = fields.Boolean(required=True)
    observed_on = fields.Date(required=True)


class OwnImpactOut(Schema):
    """What a person sees of themselves."""

    on = fields.Date(required=True)
    days = fields.Integer(required=True)
    shares = fields.Nested(OwnSharesOut, required=True)
    clicks = fields.Nested(OwnClicksOut, required=True)
    series = fields.List(fields.Nested(OwnDayOut), required=True)
    networks = fields.List(fields.Nested(OwnNetworkOut), required=True)
    as_of = fields.AwareDateTime(required=True, allow_none=True)


class MetricsFilter(Schema):
    """Which part of the catalogue is meant."""

    domain = fields.String(
        load_default=None,
        validate=validate.OneOf(sorted({metric.domain for metric in METRICS})),
        metadata={"description": "Metrics whose key begins so."},
    )


class MetricFilter(Schema):
    """Which unit, days and pieces of one metric are meant."""

    unit = fields.UUID(load_default=None, metadata={"description": "A unit; without it the highest one in reach."})
    first = fields.Date(
        data_key="from", load_default=None, metadata={"description": "The first day; without it 30 days before `to`."}
    )
    last = fields.Date(
        data_key="to", load_default=None, metadata={"description": "The last day; without it the last one counted."}
    )
    by = fields.String(
        load_default=None,
        validate=validate.OneOf(get_args(Dimension)),
        metadata={"description": "One number a piece: the metric says by what it can be asked."},
    )


class MetricReadingFilter(MetricFilter):
    as_known_at = fields.AwareDateTime(
        load_default=None,
        metadata={
            "description": "Count only what was recorded up to this instant: the end of a calendar quarter that is "
            "over, at midnight of the programme's time zone, such as 2026-04-01T00:00:00+02:00. The number is that of "
            "the quarter's last day. What would tell of a few people beside today's number is suppressed."
        },
    )


class MetricExportFilter(MetricFilter):
    format = fields.String(load_default="csv", validate=validate.OneOf(["csv", "parquet"]))


class MetricOut(Schema):
    """One declaration of the catalogue."""

    key = fields.String(required=True)
    domain = fields.String(required=True)
    version = fields.Integer(required=True)
    hash = fields.String(required=True, attribute="definition_hash")
    name = fields.String(required=True)
    question = fields.String(required=True)
    definition = fields.String(required=True)
    formula = fields.String(required=True)
    expression = fields.String(required=True)
    kind = fields.String(required=True)
    unit = fields.String(required=True)
    window = fields.String(required=True)
    denominator = fields.String(required=True)
    inputs = fields.List(fields.String(), required=True)
    additivity = fields.String(required=True)
    evidence = fields.String(required=True)
    privacy = fields.String(required=True)
    by = fields.List(fields.String(), required=True)
    null_reasons = fields.List(fields.String(), required=True)
    interval = fields.String(required=True)
    min_n = fields.Integer(required=True)
    maturity_days = fields.Integer(required=True)
    owner = fields.String(required=True)
    caveats = fields.List(fields.String(), required=True)
    missing = fields.String(required=True, allow_none=True)


class MetricListOut(Schema):
    data = fields.List(fields.Nested(MetricOut), required=True)


class MetricPointOut(Schema):
    """One value as of a day, how sure it is, and why it is null where it is."""

    on = fields.Date(required=True)
    unit = fields.Nested(UnitOut, required=True, allow_none=True)
    network = fields.String(required=True, allow_none=True)
    cohort = fields.String(required=True, allow_none=True)
    value = fields.Float(required=True, allow_none=True)
    value_exact = fields.String(required=True, allow_none=True)
    numerator = _number("What was counted.")
    denominator = _number("What it was divided by.")
    n = _number("Observations behind the value.")
    low = fields.Float(required=True, allow_none=True)
    high = fields.Float(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True, validate=validate.OneOf(get_args(NullReason)))
    as_of = fields.AwareDateTime(required=True, allow_none=True)
    state = fields.String(required=True, allow_none=True, validate=validate.OneOf(get_args(State)))
    told_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The day the value is of, where too few people came or went since."},
    )
    small_sample = fields.Boolean(
        required=True,
        metadata={"description": "Fewer than 30 observations or 10 successes: read the interval, not the value."},
    )


class MetricReadingOut(Schema):
    """One metric with its definition and its points."""

    definition = fields.Nested(MetricOut, required=True)
    unit = fields.Nested(UnitOut, required=True)
    evidence = fields.String(required=True)
    interval = fields.String(required=True)
    smallest_group = fields.Integer(required=True)
    as_known_at = fields.AwareDateTime(required=True, allow_none=True)
    data = fields.List(fields.Nested(MetricPointOut), required=True)
