"""Conversations for tests, noted the way people note them."""

from typing import Any

from advocacy.conversations import service
from advocacy.conversations.models import Conversation, ConversationKind, Outcome
from advocacy.foundation.access import Actor
from tests.factories.people import actor_for, make_advocate


def make_conversation(*, actor: Actor | None = None, **fields: Any) -> Conversation:
    """Return a conversation of somebody who said yes."""
    values: dict[str, Any] = {"kind": ConversationKind.PROSPECT, "outcome": Outcome.OPEN, **fields}
    return service.log_conversation(actor or actor_for(make_advocate()), **values)
