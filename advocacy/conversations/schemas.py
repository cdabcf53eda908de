"""What the conversations API takes and answers."""

from marshmallow import fields

from advocacy.conversations.limits import LONGEST_ACCOUNT, LONGEST_NOTE
from advocacy.conversations.models import BuyingRole, ConversationKind, Outcome
from advocacy.foundation.fields import Schema, Text


class ConversationIn(Schema):
    """A conversation one had. `share_id` says what it came from, where it came from a share."""

    share_id = fields.UUID(load_default=None, allow_none=True)
    kind = fields.Enum(ConversationKind, by_value=True, required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    buying_role = fields.Enum(BuyingRole, by_value=True, load_default=None, allow_none=True)
    account = Text(longest=LONGEST_ACCOUNT, blank=True, load_default=None, allow_none=True)
    note = Text(longest=LONGEST_NOTE, newlines=True, blank=True, load_default=None, allow_none=True)
    occurred_at = fields.AwareDateTime(load_default=None, allow_none=True)


class ConversationOut(Schema):
    """One's own conversation. Nobody else reads it."""

    id = fields.UUID(attribute="conversation.id", required=True)
    share_id = fields.UUID(required=True, allow_none=True)
    kind = fields.Enum(ConversationKind, attribute="conversation.kind", by_value=True, required=True)
    outcome = fields.Enum(Outcome, attribute="conversation.outcome", by_value=True, required=True)
    buying_role = fields.Enum(
        BuyingRole, attribute="conversation.buying_role", by_value=True, required=True, allow_none=True
    )
    account = fields.String(attribute="conversation.account_name", required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    occurred_at = fields.AwareDateTime(attribute="conversation.occurred_at", required=True)
