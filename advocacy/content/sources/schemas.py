"""What the API takes and answers about sources, the inbox and suggestions."""

from marshmallow import fields, validate

from advocacy.content.models import ItemKind, ItemState
from advocacy.content.sources.feeds import SourceKind
from advocacy.content.sources.inbox import MOST_AT_ONCE
from advocacy.content.sources.models import EntryState, PauseReason
from advocacy.content.sources.suggesting import LONGEST_ANSWER, LONGEST_WHY
from advocacy.foundation.fields import Schema, Text
from advocacy.foundation.rest import PageFilter

LONGEST_URL = 2_000


class SourceIn(Schema):
    """A feed, a site that names one, or a page of openings."""

    url = Text(longest=LONGEST_URL, required=True)
    title = Text(longest=100, blank=True, load_default="")
    unit_id = fields.UUID(load_default=None, allow_none=True)


class SourceChangeIn(Schema):
    title = Text(longest=100, blank=True)
    is_paused = fields.Boolean(truthy={True}, falsy={False})


class SourceOut(Schema):
    """A source with how reading it went last: `problem` is null when it went well."""

    id = fields.UUID(required=True)
    url = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.Enum(SourceKind, by_value=True, required=True, allow_none=True)
    unit_name = fields.String(required=True)
    waiting = fields.Integer(required=True, metadata={"description": "Entries nobody decided about yet."})
    polled_at = fields.AwareDateTime(required=True, allow_none=True)
    ok_at = fields.AwareDateTime(required=True, allow_none=True)
    next_poll_at = fields.AwareDateTime(required=True)
    failures = fields.Integer(required=True)
    problem = fields.String(required=True, allow_none=True)
    told = fields.String(required=True, metadata={"description": "How it went last, in plain words."})
    paused_at = fields.AwareDateTime(required=True, allow_none=True)
    pause_reason = fields.Enum(PauseReason, by_value=True, required=True, allow_none=True)


class SourcesOut(Schema):
    data = fields.List(fields.Nested(SourceOut), required=True)


class InboxFilter(PageFilter):
    state = fields.Enum(EntryState, by_value=True, load_default=EntryState.NEW)
    source_id = fields.UUID(load_default=None)
    suggested = fields.Boolean(load_default=False)


class VoiceOut(Schema):
    """A colleague's word for a page."""

    name = fields.String(required=True, allow_none=True)
    why = fields.String(attribute="suggestion.why", required=True)


class EntryOut(Schema):
    """Something to decide about, as plain text. `item_id` is the draft that was made of it."""

    id = fields.UUID(attribute="entry.id", required=True)
    state = fields.Enum(EntryState, attribute="entry.state", by_value=True, required=True)
    url = fields.String(attribute="entry.url", required=True)
    title = fields.String(attribute="entry.title", required=True)
    summary = fields.String(attribute="entry.summary", required=True)
    kind = fields.Enum(ItemKind, attribute="entry.kind", by_value=True, required=True)
    author = fields.String(attribute="entry.author", required=True, allow_none=True)
    language = fields.String(attribute="entry.language", required=True, allow_none=True)
    published_at = fields.AwareDateTime(attribute="entry.published_at", required=True, allow_none=True)
    source_title = fields.String(required=True, allow_none=True)
    unit_name = fields.String(required=True)
    voices = fields.List(fields.Nested(VoiceOut), required=True)
    known_item_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "An item that leads to the same page already."}
    )
    item_id = fields.UUID(required=True, allow_none=True)


class EntryDecisionIn(Schema):
    answer = Text(
        longest=LONGEST_ANSWER, blank=True, load_default="", metadata={"description": "A word to who suggested it."}
    )


class DecisionsIn(Schema):
    decision = fields.String(required=True, validate=validate.OneOf(["accept", "dismiss", "restore"]))
    entry_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_AT_ONCE))


class RefusedOut(Schema):
    title = fields.String(required=True)
    detail = fields.String(required=True)


class DecisionsOut(Schema):
    done = fields.List(fields.UUID(), required=True)
    refused = fields.List(fields.Nested(RefusedOut), required=True)


class SuggestionIn(Schema):
    url = Text(longest=LONGEST_URL, required=True)
    why = Text(longest=LONGEST_WHY, required=True)


class SuggestionOut(Schema):
    """One's own suggestion and what became of it."""

    id = fields.UUID(required=True)
    url = fields.String(required=True)
    title = fields.String(required=True)
    why = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    state = fields.Enum(EntryState, by_value=True, required=True)
    answer = fields.String(required=True, allow_none=True)
    item_state = fields.Enum(ItemState, by_value=True, required=True, allow_none=True)


class SuggestionsOut(Schema):
    data = fields.List(fields.Nested(SuggestionOut), required=True)
