"""What the API takes and answers of planned shares."""

from marshmallow import fields

from advocacy.foundation.fields import Schema, Text
from advocacy.sharing.limits import LONGEST_TEXT
from advocacy.sharing.plan_models import PlanState


class PlanChangeIn(Schema):
    """Words and the moment to be reminded, or to have them posted. `planned_for` is an instant; seconds are dropped."""

    network = Text(longest=30, required=True)
    text = Text(longest=LONGEST_TEXT, newlines=True, blank=True, required=True)
    planned_for = fields.AwareDateTime(required=True)
    caption_id = fields.UUID(load_default=None, allow_none=True)
    server = Text(longest=253, load_default=None, allow_none=True)
    discloses = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=True,
        metadata={"description": "Whether to say where one works, where the rule in force leaves that to the author."},
    )
    posts = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=False,
        metadata={"description": "Post it then with one's own connected account, word for word, instead of reminding."},
    )


class PlanIn(PlanChangeIn):
    item_id = fields.UUID(required=True)


class PlanOut(Schema):
    """One's own planned share: at its moment one is reminded, or it is posted as `posted_text` with one's account."""

    id = fields.UUID(attribute="plan.id", required=True)
    item_id = fields.UUID(required=True)
    title = fields.String(required=True, allow_none=True)
    is_over = fields.Boolean(required=True, metadata={"description": "Whether the item is there no more."})
    network = fields.String(attribute="network.key", required=True)
    text = fields.String(attribute="plan.text", required=True)
    server = fields.String(attribute="plan.server", required=True, allow_none=True)
    discloses = fields.Boolean(attribute="plan.discloses", required=True)
    posts = fields.Boolean(attribute="plan.posts", required=True)
    posted_text = fields.String(attribute="plan.posted_text", required=True, allow_none=True)
    planned_for = fields.AwareDateTime(attribute="local", required=True)
    time_zone = fields.String(attribute="plan.time_zone", required=True)
    state = fields.Enum(PlanState, attribute="plan.state", by_value=True, required=True)
    created_at = fields.AwareDateTime(attribute="plan.created_at", required=True)
    reminded_at = fields.AwareDateTime(attribute="plan.due_at", required=True, allow_none=True)
