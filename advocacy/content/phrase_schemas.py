"""What the API takes and answers about phrases to avoid."""

from marshmallow import fields

from advocacy.content.phrases import LONGEST_PHRASE, LONGEST_REASON
from advocacy.foundation.fields import Schema, Text

LONGEST_TEXT = 65_000


class PhraseIn(Schema):
    """A phrase for the list. One that touches protected speech needs `override_reason`."""

    phrase = Text(longest=LONGEST_PHRASE, required=True)
    why = Text(longest=LONGEST_REASON, required=True)
    instead = Text(longest=LONGEST_PHRASE, load_default=None, allow_none=True)
    is_blocking = fields.Boolean(truthy={True}, falsy={False}, load_default=False)
    override_reason = Text(longest=LONGEST_REASON, load_default=None, allow_none=True)


class PhraseOut(Schema):
    id = fields.UUID(required=True)
    phrase = fields.String(required=True)
    why = fields.String(required=True)
    instead = fields.String(required=True, allow_none=True)
    is_blocking = fields.Boolean(required=True)
    override_reason = fields.String(required=True, allow_none=True)
    added_at = fields.AwareDateTime(required=True)


class PhrasesOut(Schema):
    data = fields.List(fields.Nested(PhraseOut), required=True)


class PhraseCheckIn(Schema):
    text = Text(longest=LONGEST_TEXT, newlines=True, blank=True, required=True)


class FoundPhraseOut(Schema):
    """A phrase in the text. `start` and `end` count Unicode characters."""

    phrase = fields.Nested(PhraseOut, required=True)
    start = fields.Integer(attribute="place.start", required=True)
    end = fields.Integer(attribute="place.end", required=True)
    around = fields.String(required=True)


class FoundPhrasesOut(Schema):
    data = fields.List(fields.Nested(FoundPhraseOut), required=True)
