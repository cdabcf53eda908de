"""What the API of unique reach takes and answers. Numbers about groups are as published: rounded, or null."""

from marshmallow import fields, validate

from advocacy.foundation.fields import Schema
from advocacy.measurement.overlap.uploads import IDS_A_PART, MOST_IDS
from config.profiles import profile_forms

NETWORKS = list(profile_forms())
LONGEST_ID = 300


def _people(description: str) -> fields.Integer:
    return fields.Integer(required=True, allow_none=True, metadata={"description": description})


def _ratio(description: str) -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata={"description": description})


class UniqueReachFilter(Schema):
    """Which unit, day and network are meant."""

    unit = fields.UUID(load_default=None, metadata={"description": "A unit; without it the highest one in reach."})
    on = fields.Date(load_default=None, metadata={"description": "A day; without it today."})
    network = fields.String(
        load_default=None, validate=validate.OneOf(NETWORKS), metadata={"description": "Without it all together."}
    )


class _ReachFigures(Schema):
    unique_people = _people("Different people in the union of the networks that were given.")
    unique_low = _people("Its lower bound, three standard deviations.")
    unique_high = _people("Its upper bound, three standard deviations.")
    gross = _people("The same networks added up.")
    dedup_ratio = _ratio("unique_people / gross.")
    dedup_ratio_exact = fields.String(required=True, allow_none=True)
    everyone = _people("Unique reach of everybody who takes part, modelled.")
    everyone_low = _people("What it is at least, whatever the overlap.")
    everyone_high = _people("What it is at most, whatever the overlap.")
    addressable = _people("The size of the world that the model fits to the overlap; null for several networks.")
    contributors = _people("People who gave their list, rounded down to fives.")
    participants = _people("People who take part, when it was published, rounded up to fives.")
    coverage = _ratio("contributors / participants: at least so many.")
    as_of = fields.AwareDateTime(required=True, allow_none=True)
    reasons = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.OneOf(["suppressed", "not_collected", "no_denominator"])),
        required=True,
    )


class ReachUnitOut(_ReachFigures):
    """The figures of a unit right below, with everything below it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ReachOfUnitOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ReachBrandOut(Schema):
    network = fields.String(required=True)
    followers = fields.Integer(required=True)
    observed_on = fields.Date(required=True)
    source = fields.String(required=True)
    is_stale = fields.Boolean(required=True)


class UniqueReachOut(_ReachFigures):
    """Gross, unique and net reach of a unit and everything below it."""

    unit = fields.Nested(ReachOfUnitOut, required=True)
    on = fields.Date(required=True)
    network = fields.String(required=True, allow_none=True)
    networks = fields.List(fields.String(), required=True, metadata={"description": "Networks with shown figures."})
    smallest_group = fields.Integer(required=True)
    brand_followers = _people("Followers of the brand on the same networks.")
    brand_channels = fields.List(fields.Nested(ReachBrandOut), required=True)
    net_low = _people("People reached who do not follow the brand: at least.")
    net_high = _people("People reached who do not follow the brand: at most.")
    ratio_net_low = _ratio("net_low / brand_followers.")
    ratio_net_high = _ratio("net_high / brand_followers.")
    units_below = fields.List(fields.Nested(ReachUnitOut), required=True)
    definitions = fields.Dict(keys=fields.String(), values=fields.Dict(), required=True)


class NetworkUploadIn(Schema):
    """The start of an upload: how many ids will come."""

    network = fields.String(required=True, validate=validate.OneOf(NETWORKS))
    expected = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_IDS))


class NetworkPartIn(Schema):
    """One part of an upload. Ids only, in their canonical form: names, e-mails and companies have no place here."""

    ids = fields.List(
        fields.String(validate=validate.Length(max=LONGEST_ID)),
        required=True,
        validate=validate.Length(1, IDS_A_PART),
        metadata={"description": "Canonical ids such as li:in/ana-diaz."},
    )


class NetworkUploadOut(Schema):
    """How far an upload is."""

    id = fields.UUID(required=True)
    parts = fields.Integer(required=True)
    received = fields.Integer(required=True)
    expected = fields.Integer(required=True)


class OwnOverlapOut(Schema):
    """What one gave of a network, and what only oneself reaches there."""

    network = fields.String(required=True)
    ids = fields.Integer(required=True)
    uploaded_at = fields.AwareDateTime(required=True)
    kept_until = fields.AwareDateTime(required=True)
    marginal = _people("People whom nobody else here reaches.")
    marginal_low = _people("At least, three standard deviations.")
    marginal_high = _people("At most, three standard deviations.")
    reason = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["suppressed", "not_collected", "below_min_n"]),
    )


class OwnOverlapsOut(Schema):
    """What one gave for counting overlaps."""

    data = fields.List(fields.Nested(OwnOverlapOut), required=True)
