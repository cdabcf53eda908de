"""What the API takes and answers about recognition."""

from marshmallow import fields, validate

from advocacy.foundation.fields import Schema, Text
from advocacy.programme.recognition.limits import LONGEST_NOTE, LONGEST_WHY
from advocacy.programme.recognition.models import HighlightKind


class HighlightIn(Schema):
    """Something of one's own to show: `kind` and the id of what it is, as `offered` names them."""

    kind = fields.Enum(HighlightKind, by_value=True, required=True)
    subject_id = fields.UUID(required=True)


class OfferedOut(Schema):
    kind = fields.Enum(HighlightKind, by_value=True, required=True)
    subject_id = fields.UUID(required=True)
    title = fields.String(required=True)
    highlight_id = fields.UUID(attribute="highlight.id", dump_default=None, required=True, allow_none=True)


class HighlightOut(Schema):
    """A highlight somebody shows. How many thanked for it is told to its owner alone."""

    id = fields.UUID(attribute="highlight.id", required=True)
    kind = fields.Enum(HighlightKind, attribute="highlight.kind", by_value=True, required=True)
    title = fields.String(attribute="highlight.title", required=True)
    name = fields.String(required=True)
    unit_name = fields.String(required=True, allow_none=True)
    shown_at = fields.AwareDateTime(attribute="highlight.shown_at", required=True)
    is_own = fields.Boolean(required=True)
    is_thanked = fields.Boolean(required=True)


class ReceivedOut(Schema):
    highlight_id = fields.UUID(attribute="highlight.id", required=True)
    title = fields.String(attribute="highlight.title", required=True)
    giver_id = fields.UUID(required=True)
    name = fields.String(required=True)
    note = fields.String(attribute="thanks.note", required=True)
    given_at = fields.AwareDateTime(attribute="thanks.given_at", required=True)


class MilestoneOut(Schema):
    kind = fields.String(required=True)
    reached_at = fields.AwareDateTime(required=True)


class RecognitionOut(Schema):
    """What colleagues show, what one may show, and what is one's own alone."""

    highlights = fields.List(fields.Nested(HighlightOut), required=True)
    offered = fields.List(fields.Nested(OfferedOut), required=True)
    received = fields.List(fields.Nested(ReceivedOut), required=True)
    milestones = fields.List(fields.Nested(MilestoneOut), required=True)


class ThanksIn(Schema):
    note = Text(longest=LONGEST_NOTE, blank=True, load_default="")


class GoalIn(Schema):
    target_percent = fields.Integer(strict=True, required=True, validate=validate.Range(1, 100))
    until = fields.Date(required=True)
    why = Text(longest=LONGEST_WHY, blank=True, load_default="")


class GoalOut(Schema):
    """A unit's goal. `percent` is its participation in the newest whole month, or null with the reason."""

    unit_id = fields.UUID(required=True)
    unit_name = fields.String(required=True)
    target_percent = fields.Integer(attribute="goal.target_percent", required=True)
    until = fields.Date(attribute="goal.until_on", required=True)
    why = fields.String(attribute="goal.why", required=True)
    percent = fields.Function(
        lambda one: round(float(one.now.value) * 100, 1) if one.now.value is not None else None,
        metadata={"type": ["number", "null"]},
    )
    reason = fields.String(attribute="now.reason", required=True, allow_none=True)
    on = fields.Date(attribute="now.on", required=True)
    as_of = fields.AwareDateTime(attribute="now.as_of", required=True, allow_none=True)


class GoalsOut(Schema):
    data = fields.List(fields.Nested(GoalOut), required=True)


class WeekOut(Schema):
    """One week of one's own, in points and in what they are made of. `reached` sums networks of known size."""

    last_on = fields.Date(required=True)
    score = fields.Function(lambda week: round(week.score, 2), metadata={"type": "number"})
    for_shares = fields.Function(lambda week: round(week.for_shares, 2), metadata={"type": "number"})
    for_conversations = fields.Function(lambda week: round(week.for_conversations, 2), metadata={"type": "number"})
    for_lessons = fields.Integer(required=True)
    for_suggestions = fields.Integer(required=True)
    times_usual = fields.Function(
        lambda week: round(week.times_usual, 2) if week.has_rate else None,
        metadata={"type": ["number", "null"], "description": "Null where it is not known: then it counts as 1."},
    )
    shares = fields.Integer(required=True)
    reached = fields.Integer(required=True)
    clicks = fields.Integer(required=True)
    conversations = fields.Integer(required=True)


class WeeksOut(Schema):
    """One's own weeks, the running one first; shown to nobody else."""

    data = fields.List(fields.Nested(WeekOut), attribute="weeks", required=True)
    best = fields.Nested(WeekOut, required=True, allow_none=True)
    as_of = fields.AwareDateTime(required=True, allow_none=True)
    definition = fields.Dict(required=True)


class TeamOut(Schema):
    unit_id = fields.UUID(required=True)
    name = fields.String(required=True)
    score = fields.Float(required=True)
    low = fields.Float(required=True)
    high = fields.Float(required=True)
    is_own = fields.Boolean(required=True)


class TeamsOut(Schema):
    """The teams beside one's own in the newest whole week, by the lower bound; `untold` are left out."""

    data = fields.List(fields.Nested(TeamOut), attribute="teams", required=True)
    within = fields.String(required=True)
    on = fields.Date(required=True, allow_none=True)
    as_of = fields.AwareDateTime(required=True, allow_none=True)
    untold = fields.Integer(required=True)
    is_counted = fields.Boolean(required=True)
    definition = fields.Dict(required=True)
