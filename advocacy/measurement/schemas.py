"""What the measurement API takes and answers. A number that is null says why in `reasons`."""

from marshmallow import fields, validate

from advocacy.foundation.fields import Schema
from advocacy.measurement.queries import LONGEST_SERIES_DAYS
from config.networks import networks


def _number(description: str) -> fields.Integer:
    return fields.Integer(required=True, allow_none=True, metadata={"description": description})


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
