"""What the API of connected accounts takes and answers."""

from marshmallow import fields, validate

from advocacy.foundation.fields import Schema, Text
from advocacy.sharing.account_models import AccountState, PostState, Press
from advocacy.sharing.limits import LONGEST_TEXT
from advocacy.sharing.schemas import LONGEST_URL
from config.networks import network_of


class AccountOut(Schema):
    """One's own account on a network. What we were given to use it is never told."""

    network = fields.Function(lambda account: network_of(account.network).key, metadata={"type": "string"})
    handle = fields.String(required=True)
    server = fields.String(required=True, metadata={"description": "Empty where the network is one server."})
    state = fields.Enum(AccountState, by_value=True, required=True)
    scopes = fields.List(fields.String(), required=True)
    reads_numbers = fields.Boolean(required=True)
    reads_followers = fields.Boolean(required=True)
    connected_at = fields.AwareDateTime(required=True)
    used_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "By when to connect again; null: not told."}
    )


class AccountsOut(Schema):
    data = fields.List(fields.Nested(AccountOut), required=True)
    networks = fields.List(fields.String(), required=True)


class PostIn(Schema):
    """An item, posted to a network with one's own account, in one's own words."""

    item_id = fields.UUID(required=True)
    network = Text(longest=30, required=True)
    text = Text(longest=LONGEST_TEXT, newlines=True, blank=True, required=True)
    caption_id = fields.UUID(load_default=None, allow_none=True)
    discloses = fields.Boolean(truthy={True}, falsy={False}, load_default=True)


class PostOut(Schema):
    """What became of a press. `unknown`: it may be out or not, and only the person can look."""

    share_id = fields.UUID(required=True)
    network = fields.String(required=True)
    state = fields.Enum(PostState, by_value=True, required=True)
    press = fields.Enum(Press, by_value=True, required=True)
    pressed_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    next_try_at = fields.AwareDateTime(required=True, allow_none=True)
    problem = fields.String(required=True, allow_none=True)
    detail = fields.String(required=True, allow_none=True)


class PostAnswerIn(Schema):
    """What somebody found at the network."""

    is_there = fields.Boolean(truthy={True}, falsy={False}, required=True)
    post_url = Text(longest=LONGEST_URL, load_default=None, allow_none=True)


class NetworkAccessIn(Schema):
    """The switch of a network. A secret that is left out stays as it is."""

    is_on = fields.Boolean(truthy={True}, falsy={False}, required=True)
    knows_terms = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    reads_numbers = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    client_id = Text(longest=300, load_default=None, allow_none=True)
    client_secret = Text(longest=300, load_default=None, allow_none=True)
    most_posts_a_month = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(1, 10_000_000)
    )


class NetworkAccessOut(Schema):
    """What a network costs and demands, in US dollars a request, and what was decided about it."""

    network = fields.String(required=True)
    is_on = fields.Boolean(required=True)
    reads_numbers = fields.Boolean(required=True)
    client_id = fields.String(required=True, allow_none=True)
    has_secret = fields.Boolean(required=True)
    most_posts_a_month = fields.Integer(required=True, allow_none=True)
    needs_app = fields.Boolean(required=True)
    gives_impressions = fields.Boolean(required=True)
    needs_approval = fields.Boolean(required=True)
    post_usd = fields.String(required=True)
    post_with_link_usd = fields.String(required=True)
    read_usd = fields.String(required=True)
    terms_url = fields.String(required=True)
    source = fields.String(required=True)
    checked_on = fields.Date(required=True)
    version = fields.Integer(required=True)


class NetworkAccessesOut(Schema):
    data = fields.List(fields.Nested(NetworkAccessOut), required=True)
