"""The JSON API of conversations. Everything here is one's own."""

from typing import Any
from uuid import UUID

from advocacy.conversations import queries, service
from advocacy.conversations.schemas import ConversationIn, ConversationOut
from advocacy.foundation.access import Permission
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint, PageFilter
from advocacy.foundation.web import current_actor, requires

blueprint = ApiBlueprint("conversations", description="What a share led to.", url_prefix="/conversations")


@blueprint.post("")
@requires(Permission.CONVERSATIONS_WRITE)
@blueprint.arguments(ConversationIn)
@blueprint.response(201, ConversationOut)
def log_conversation(conversation: dict[str, Any]) -> queries.OwnConversation:
    """Note a conversation."""
    noted = service.log_conversation(current_actor(), **conversation)
    return queries.get_conversation(noted.id, visible_to=current_actor())


@blueprint.get("")
@requires(Permission.CONVERSATIONS_READ)
@blueprint.arguments(PageFilter, location="query")
@blueprint.pages_of(ConversationOut)
def conversations(filters: dict[str, Any]) -> Page[queries.OwnConversation]:
    """Return one's own conversations, newest first."""
    return queries.conversations_of(current_actor(), **filters)


@blueprint.get("/<uuid:conversation_id>")
@requires(Permission.CONVERSATIONS_READ)
@blueprint.response(200, ConversationOut)
def conversation(conversation_id: UUID) -> queries.OwnConversation:
    """Return one's own conversation."""
    return queries.get_conversation(conversation_id, visible_to=current_actor())
