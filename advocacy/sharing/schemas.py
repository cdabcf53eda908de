"""What the sharing API takes and answers."""

from marshmallow import fields, validate

from advocacy.foundation.fields import Schema, Text
from advocacy.sharing.limits import LONGEST_TEXT, MOST_REPORTED
from advocacy.sharing.models import MeasureSource, ShareState

LONGEST_URL = 2_000


class ShareIn(Schema):
    """An item, taken to a network in one's own words. `server` is one's own server, where the network has many."""

    item_id = fields.UUID(required=True)
    network = Text(longest=30, required=True)
    text = Text(longest=LONGEST_TEXT, newlines=True, blank=True, required=True)
    caption_id = fields.UUID(load_default=None, allow_none=True)
    server = Text(longest=253, load_default=None, allow_none=True)
    discloses = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=True,
        metadata={"description": "Whether to say where one works, where the rule in force leaves that to the author."},
    )
    planned_share_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "One's own planned share of the same item: it is done with."},
    )


class ClicksOut(Schema):
    """Clicks on the share's link by class; `raw` is their sum. They come up to a minute late."""

    raw = fields.Integer(required=True)
    human = fields.Integer(required=True)
    preview_bot = fields.Integer(required=True)
    scanner = fields.Integer(required=True)
    internal = fields.Integer(required=True)
    own = fields.Integer(required=True)
    repeated = fields.Integer(required=True)
    as_of = fields.AwareDateTime(required=True, allow_none=True)


class QrCodeOut(Schema):
    """A code to scan: the short link in it, its picture as SVG, and the clicks on it."""

    link_url = fields.String(required=True)
    title = fields.String(required=True)
    svg = fields.String(required=True)
    clicks = fields.Nested(ClicksOut, required=True)


class EngagementIn(Schema):
    """What the network shows about the post. What is left out was not shown."""

    impressions = fields.Integer(strict=True, validate=validate.Range(0, MOST_REPORTED))
    reactions = fields.Integer(strict=True, validate=validate.Range(0, MOST_REPORTED))
    comments = fields.Integer(strict=True, validate=validate.Range(0, MOST_REPORTED))
    reshares = fields.Integer(strict=True, validate=validate.Range(0, MOST_REPORTED))
    observed_at = fields.AwareDateTime()


class EngagementOut(Schema):
    impressions = fields.Integer(required=True, allow_none=True)
    reactions = fields.Integer(required=True, allow_none=True)
    comments = fields.Integer(required=True, allow_none=True)
    reshares = fields.Integer(required=True, allow_none=True)
    source = fields.Enum(MeasureSource, by_value=True, required=True)
    observed_at = fields.AwareDateTime(required=True)


class ShareOut(Schema):
    """One's own share. `text` is what goes out, with the disclosure that was added when it was missing."""

    id = fields.UUID(attribute="share.id", required=True)
    item_id = fields.UUID(required=True)
    title = fields.String(required=True)
    network = fields.String(attribute="network.key", required=True)
    state = fields.Enum(ShareState, attribute="share.state", by_value=True, required=True)
    text = fields.String(attribute="share.text", required=True)
    disclosure_added = fields.Function(
        lambda shared: bool(shared.share.disclosure.get("added")), metadata={"type": "boolean"}
    )
    link_url = fields.String(required=True, allow_none=True)
    intent_url = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Opens the network's dialog; null where it has none: copy the text and the link."},
    )
    opened_at = fields.AwareDateTime(attribute="share.opened_at", required=True)
    confirmed_at = fields.AwareDateTime(attribute="share.confirmed_at", required=True, allow_none=True)
    evidenced_at = fields.AwareDateTime(attribute="share.evidenced_at", required=True, allow_none=True)
    post_url = fields.String(attribute="share.post_url", required=True, allow_none=True)
    clicks = fields.Nested(ClicksOut, required=True)
    engagement = fields.Nested(EngagementOut, required=True, allow_none=True)


class ConfirmationIn(Schema):
    """The address of the post, for those who like to keep it."""

    post_url = Text(longest=LONGEST_URL, load_default=None, allow_none=True)


class NetworkOut(Schema):
    """A network as the product knows it: how long a text may be there, and how it is counted."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    prefills = fields.Boolean(required=True)
    limit = fields.Integer(required=True)
    counting = fields.String(required=True)
    link_length = fields.Integer(required=True)
    asks_for_server = fields.Boolean(required=True)
    has_audience = fields.Boolean(required=True)
    fold = fields.Integer(required=True, metadata={"description": "After so many characters a post is folded away."})
    fold_lines = fields.Integer(required=True, metadata={"description": "After so many lines; 0: no limit."})
    evidence = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "Where the limits were read; may be empty."})
    checked_on = fields.Date(required=True)


class NetworksOut(Schema):
    version = fields.String(required=True)
    data = fields.List(fields.Nested(NetworkOut), required=True)


class TextCheckIn(Schema):
    """A text being written, for a network. `discloses` is heard where the rule leaves it to the author."""

    network = Text(longest=30, required=True)
    text = Text(longest=LONGEST_TEXT, newlines=True, blank=True, required=True)
    discloses = fields.Boolean(truthy={True}, falsy={False}, load_default=True)


class PlaceOut(Schema):
    """A place in the text as it was sent, in Unicode characters."""

    start = fields.Integer(required=True)
    end = fields.Integer(required=True)


class LikenessOut(PlaceOut):
    """The writer's own words that are most like suggested ones, or like what others shared there lately."""

    is_suggested = fields.Boolean(required=True)


class AdviceOut(Schema):
    """At least so many colleagues in the last 24 hours, in whole smallest groups, and a quieter hour of one's day."""

    at_least = fields.Integer(required=True)
    quieter_hour = fields.Integer(required=True)


class AvoidedOut(PlaceOut):
    phrase = fields.String(required=True)
    why = fields.String(required=True)
    instead = fields.String(required=True, allow_none=True)
    is_blocking = fields.Boolean(required=True)


class TextCheckOut(Schema):
    """What would go out, what a network makes of it, and what the writer may want to know first."""

    text = fields.String(required=True)
    disclosure_added = fields.Boolean(required=True)
    length = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    fits = fields.Boolean(required=True)
    seen = fields.String(required=True, metadata={"description": "What is seen before a reader opens the post."})
    avoided = fields.List(fields.Nested(AvoidedOut), required=True)
    likeness = fields.Nested(LikenessOut, required=True, allow_none=True)
    advice = fields.Nested(AdviceOut, required=True, allow_none=True)


class SuggestionFilter(Schema):
    network = Text(longest=30, required=True)


class SuggestionOut(Schema):
    """A wording to start from, or null: then one's own words are best."""

    caption_id = fields.UUID(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
