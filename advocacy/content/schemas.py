"""What the content API takes and answers."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validate, validates_schema

from advocacy.content.bulk_orders import MOST_AT_ONCE, BulkAction
from advocacy.content.campaigns import LONGEST_GOAL, LONGEST_LABEL, LONGEST_NAME
from advocacy.content.circumstances import FARTHEST
from advocacy.content.models import Decision, ItemKind, ItemState, SkipReason
from advocacy.content.queries import Due, Mark
from advocacy.content.queries.board import LONGEST_SEARCH
from advocacy.content.skipping import LONGEST_REMARK
from advocacy.content.wording import (
    LONGEST_ALTERNATIVE,
    LONGEST_CAPTION,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    MOST_CAPTIONS,
    MOST_LANGUAGES,
)
from advocacy.foundation.fields import Schema, Text
from advocacy.foundation.rest import PageFilter
from advocacy.people.job_roles import LONGEST_ROLE
from advocacy.people.queries import today
from config.networks import network_of, networks

NETWORK_KEYS = [network.key for network in networks()]
LONGEST_URL = 2_000
MOST_CALENDAR_DAYS = 400


def network_name(number: int | None) -> str | None:
    """Return a network's key for the number that is stored."""
    return network_of(number).key if number is not None else None


class CaptionOut(Schema):
    """A suggested wording to start one's own words from."""

    id = fields.UUID(required=True)
    network = fields.Function(lambda caption: network_name(caption.network), metadata={"type": ["string", "null"]})
    language = fields.String(required=True)
    text = fields.String(required=True)


class ReasonOut(Schema):
    """Why the reader sees an item: `unit`, `topic`, `role`, `country`, `language` or `everyone`.

    Further kinds say why it stands where it does: `pinned`, `follows`, `reads`, `priority`, `new`, `seen`, `turn`.
    """

    kind = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    count = fields.Integer(required=True, allow_none=True)


class FeedEntryOut(Schema):
    """One item worth sharing, as the reader sees it."""

    id = fields.UUID(required=True)
    kind = fields.Enum(ItemKind, by_value=True, required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    language = fields.String(required=True)
    image_url = fields.String(required=True, allow_none=True)
    image_alternative = fields.String(attribute="version.image_alternative", required=True, allow_none=True)
    destination_host = fields.String(required=True, allow_none=True)
    is_pinned = fields.Boolean(required=True)
    is_text_locked = fields.Boolean(attribute="version.is_text_locked", required=True)
    why = fields.Nested(ReasonOut, required=True)
    reasons = fields.List(
        fields.Nested(ReasonOut),
        required=True,
        metadata={"description": "Every reason why it is there and stands where it stands."},
    )
    live_from = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    networks = fields.List(fields.String(), required=True)
    captions = fields.List(fields.Nested(CaptionOut), required=True)


class TextIn(Schema):
    title = Text(longest=LONGEST_TITLE, required=True)
    summary = Text(longest=LONGEST_SUMMARY, newlines=True, blank=True, load_default="")


class CaptionIn(Schema):
    network = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(NETWORK_KEYS))
    language = Text(longest=20, required=True)
    text = Text(longest=LONGEST_CAPTION, newlines=True, required=True)


class SkipIn(Schema):
    """Why an item is not for the reader. Everything may be left out; nothing of it leads to the reader."""

    reason = fields.Enum(SkipReason, by_value=True, load_default=None, allow_none=True)
    remark = Text(longest=LONGEST_REMARK, blank=True, load_default="")


class SkipCountOut(Schema):
    reason = fields.Enum(SkipReason, by_value=True, required=True)
    at_least = fields.Integer(required=True)


class SkipsOut(Schema):
    """Why people passed an item by, in full groups of `smallest_group` people; reasons of fewer are not told."""

    smallest_group = fields.Integer(attribute="smallest", required=True)
    data = fields.Function(
        lambda skips: [{"reason": reason.value, "at_least": people} for reason, people in skips.reasons],
        metadata={"type": "array", "items": {"type": "object"}},
    )
    remarks = fields.List(fields.String(), required=True)


class ConditionsIn(Schema):
    unit_ids = fields.List(fields.UUID(), validate=validate.Length(max=500))
    countries = fields.List(Text(longest=2), validate=validate.Length(max=250))
    languages = fields.List(Text(longest=20), validate=validate.Length(max=100))
    topic_ids = fields.List(fields.UUID(), validate=validate.Length(max=100))
    roles = fields.List(Text(longest=LONGEST_ROLE), validate=validate.Length(max=100))


class AudienceIn(ConditionsIn):
    """Lists that are not empty must be met: `match` says all of them or any; who meets one of `excluded` is left out.

    Units include those below; roles are words of job titles.
    """

    match = fields.String(validate=validate.OneOf(["all", "any"]))
    excluded = fields.Nested(ConditionsIn)


class ItemChangeIn(Schema):
    """What may change about an item. What is not mentioned stays."""

    kind = fields.Enum(ItemKind, by_value=True)
    unit_id = fields.UUID()
    texts = fields.Dict(
        keys=Text(longest=20), values=fields.Nested(TextIn), validate=validate.Length(min=1, max=MOST_LANGUAGES)
    )
    captions = fields.List(fields.Nested(CaptionIn), validate=validate.Length(max=MOST_CAPTIONS))
    destination = Text(longest=LONGEST_URL, allow_none=True)
    image_sha256 = fields.String(allow_none=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))
    image_alternative = Text(longest=LONGEST_ALTERNATIVE, newlines=True, blank=True, allow_none=True)
    is_text_locked = fields.Boolean(truthy={True}, falsy={False})
    is_product = fields.Boolean(truthy={True}, falsy={False})
    is_non_business = fields.Boolean(truthy={True}, falsy={False})
    audience = fields.Nested(AudienceIn)
    opening_reference = Text(longest=200, blank=True, allow_none=True)
    topic_ids = fields.List(fields.UUID(), validate=validate.Length(max=50))
    priority = fields.Integer(strict=True, validate=validate.Range(0, 100))
    is_pinned = fields.Boolean(truthy={True}, falsy={False})
    live_from = fields.AwareDateTime(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True)
    embargo_until = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Before this nobody sees it. An approval is bound to it."}
    )
    campaign_id = fields.UUID(allow_none=True)


class ItemIn(ItemChangeIn):
    """A new item, for the whole organisation unless it says otherwise."""

    kind = fields.Enum(ItemKind, by_value=True, required=True)
    texts = fields.Dict(
        keys=Text(longest=20),
        values=fields.Nested(TextIn),
        required=True,
        validate=validate.Length(min=1, max=MOST_LANGUAGES),
    )


class TextOut(Schema):
    language = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)


class ReviewOut(Schema):
    decision = fields.Enum(Decision, by_value=True, required=True)
    reason = fields.String(required=True)
    decided_at = fields.AwareDateTime(required=True)
    version_hash = fields.Function(lambda review: review.version_hash.hex(), metadata={"type": "string"})


class ItemOut(Schema):
    """An item as its makers see it: the version that is being worked on. `version_hash` is what an approval names."""

    id = fields.UUID(required=True)
    kind = fields.Enum(ItemKind, by_value=True, required=True)
    state = fields.Enum(ItemState, by_value=True, required=True)
    is_live = fields.Boolean(required=True, metadata={"description": "Whether people see some version of it now."})
    version_number = fields.Integer(required=True)
    version_hash = fields.String(required=True)
    texts = fields.List(fields.Nested(TextOut), required=True)
    captions = fields.List(fields.Nested(CaptionOut), required=True)
    destination = fields.String(required=True, allow_none=True)
    image_url = fields.String(required=True, allow_none=True)
    image_alternative = fields.String(required=True, allow_none=True)
    is_text_locked = fields.Boolean(required=True)
    is_product = fields.Boolean(required=True)
    opening_reference = fields.String(required=True, allow_none=True)
    priority = fields.Integer(required=True)
    is_pinned = fields.Boolean(required=True)
    live_from = fields.AwareDateTime(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    embargo_until = fields.AwareDateTime(required=True, allow_none=True)
    campaign_id = fields.UUID(required=True, allow_none=True)
    withdrawn_reason = fields.String(required=True, allow_none=True)
    reviews = fields.List(fields.Nested(ReviewOut), required=True)


class BoardRowOut(Schema):
    id = fields.UUID(attribute="item.id", required=True)
    kind = fields.Enum(ItemKind, attribute="item.kind", by_value=True, required=True)
    state = fields.Enum(ItemState, attribute="item.state", by_value=True, required=True)
    unit_name = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    changed_at = fields.AwareDateTime(attribute="item.changed_at", required=True)


class BoardOut(Schema):
    data = fields.List(fields.Nested(BoardRowOut), required=True)


class DecisionIn(Schema):
    """A decision about exactly the version with this hash."""

    decision = fields.Enum(Decision, by_value=True, required=True)
    seen_hash = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))
    reason = Text(longest=2_000, newlines=True, blank=True, load_default="")


class WithdrawalIn(Schema):
    reason = Text(longest=2_000, newlines=True, required=True)
    stops_links = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=False,
        metadata={"description": "Whether links already shared show a page that says they are no longer in use."},
    )


class BoardQuery(PageFilter):
    """Which items to list. What is left out asks nothing."""

    search = Text(longest=LONGEST_SEARCH, load_default="", metadata={"description": "Words, misspelt or not."})
    state = fields.List(fields.Enum(ItemState, by_value=True), load_default=list)
    campaign_id = fields.UUID(load_default=None)
    topic_id = fields.UUID(load_default=None)
    language = Text(longest=20, load_default=None)
    owner_id = fields.UUID(load_default=None, metadata={"description": "The account of who wrote it."})
    due = fields.Enum(Due, by_value=True, load_default=None)


class BulkIn(Schema):
    """One act on many items; each is told what became of it, and one that is refused does not stop the others."""

    item_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_AT_ONCE))
    action = fields.Enum(BulkAction, by_value=True, required=True)
    live_from = fields.AwareDateTime(load_default=None, allow_none=True)
    reason = Text(longest=2_000, newlines=True, blank=True, load_default="")
    stops_links = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    campaign_id = fields.UUID(load_default=None, allow_none=True)


class BulkResultOut(Schema):
    item_id = fields.UUID(required=True)
    is_done = fields.Boolean(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    state = fields.String(required=True, allow_none=True)


class BulkOut(Schema):
    data = fields.List(fields.Nested(BulkResultOut), required=True)


class CalendarQuery(Schema):
    first = fields.Date(required=True)
    last = fields.Date(required=True)

    @validates_schema
    def check_order(self, data: Any, **_options: Any) -> None:
        """Refuse a calendar without an end, or one that nobody would look at."""
        if any(abs(data[name] - today()) > FARTHEST for name in ("first", "last")):
            raise ValidationError(_("Choose a day within twenty years of today."), "first")
        if not data["first"] <= data["last"] <= data["first"] + timedelta(days=MOST_CALENDAR_DAYS):
            raise ValidationError(f"Ask for 1 to {MOST_CALENDAR_DAYS} days.", "last")


class CalendarEntryOut(Schema):
    """Something that happens to an item: `starts`, `embargo_ends` or `ends`."""

    mark = fields.Enum(Mark, by_value=True, required=True)
    at = fields.AwareDateTime(required=True)
    day = fields.Date(required=True)
    item_id = fields.UUID(required=True)
    kind = fields.Enum(ItemKind, by_value=True, required=True)
    state = fields.Enum(ItemState, by_value=True, required=True)
    title = fields.String(required=True)


class CalendarOut(Schema):
    data = fields.List(fields.Nested(CalendarEntryOut), required=True)


class CampaignChangeIn(Schema):
    name = Text(longest=LONGEST_NAME)
    goal = Text(longest=LONGEST_GOAL, newlines=True)
    starts_on = fields.Date()
    ends_on = fields.Date(allow_none=True)
    label = Text(longest=LONGEST_LABEL, blank=True, allow_none=True)
    is_archived = fields.Boolean(truthy={True}, falsy={False})


class CampaignIn(Schema):
    name = Text(longest=LONGEST_NAME, required=True)
    goal = Text(longest=LONGEST_GOAL, newlines=True, required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(allow_none=True)
    label = Text(longest=LONGEST_LABEL, blank=True, allow_none=True)
    unit_id = fields.UUID()


class CampaignOut(Schema):
    """A campaign and how far it is, counted over the items of the reader's units."""

    id = fields.UUID(attribute="campaign.id", required=True)
    name = fields.String(attribute="campaign.name", required=True)
    goal = fields.String(attribute="campaign.goal", required=True)
    label = fields.String(attribute="campaign.label", required=True, allow_none=True)
    starts_on = fields.Date(attribute="campaign.starts_on", required=True)
    ends_on = fields.Date(attribute="campaign.ends_on", required=True, allow_none=True)
    is_archived = fields.Function(lambda row: row.campaign.archived_at is not None, metadata={"type": "boolean"})
    items = fields.Integer(required=True)
    published = fields.Integer(required=True)
    days = fields.Integer(required=True, allow_none=True)
    days_done = fields.Integer(required=True)


class CampaignsOut(Schema):
    data = fields.List(fields.Nested(CampaignOut), required=True)


class PictureOut(Schema):
    sha256 = fields.String(required=True)
    type = fields.String(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)
    url = fields.String(required=True)


class HostIn(Schema):
    includes_subdomains = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class HostOut(Schema):
    host = fields.String(required=True)
    includes_subdomains = fields.Boolean(required=True)
    added_at = fields.AwareDateTime(required=True)


class HostsOut(Schema):
    data = fields.List(fields.Nested(HostOut), required=True)
