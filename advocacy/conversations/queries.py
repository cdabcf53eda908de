"""Reading conversations: always one's own, notes included."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.conversations.models import Conversation
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.foundation.encryption import CannotDecrypt, decrypt
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, Page, page_of
from advocacy.sharing.models import Share

NOTE = "conversation note"


@dataclass(frozen=True, slots=True)
class OwnConversation:
    """A conversation as its owner sees it."""

    conversation: Conversation
    share_id: UUID | None

    @property
    def note(self) -> str | None:
        return note_of(self.conversation)


def note_of(conversation: Conversation) -> str | None:
    """Return the note in clear, or None when there is none or its key is gone."""
    if conversation.note_encrypted is None:
        return None
    try:
        return decrypt(conversation.note_encrypted, purpose=NOTE, owner=str(conversation.id))
    except CannotDecrypt:
        return None


def get_conversation(conversation_id: UUID, *, visible_to: Actor) -> OwnConversation:
    """Return one's own conversation. Raises NotFound, also for everybody else's."""
    conversation = session.scalars(
        select(Conversation).where(
            Conversation.id == conversation_id, Conversation.employee_key == require_self(visible_to)
        )
    ).one_or_none()
    if conversation is None:
        raise NotFound(_("There is no such conversation of yours."))
    return _present([conversation])[0]


def conversations_of(actor: Actor, limit: int = DEFAULT_ROWS, cursor: str | None = None) -> Page[OwnConversation]:
    """Return one's own conversations, newest first."""
    statement = select(Conversation).where(Conversation.employee_key == require_self(actor))
    page = page_of(
        statement,
        (Conversation.occurred_at, Conversation.id),
        limit=limit,
        cursor=cursor,
        filters={"list": "conversations"},
    )
    return Page(_present(page.rows), page.next_cursor)


def _present(conversations: Sequence[Conversation]) -> list[OwnConversation]:
    keys = {conversation.share_key for conversation in conversations if conversation.share_key is not None}
    shares: dict[int | None, UUID] = {
        share.key: share.id for share in session.scalars(select(Share).where(Share.key.in_(keys)))
    }
    return [OwnConversation(conversation, shares.get(conversation.share_key)) for conversation in conversations]


def own_data(employee_key: int) -> list[dict[str, Any]]:
    """Return everything conversations know about a person, for their export."""
    conversations = session.scalars(
        select(Conversation).where(Conversation.employee_key == employee_key).order_by(Conversation.occurred_at)
    ).all()
    return [
        {
            "id": str(own.conversation.id),
            "share_id": str(own.share_id) if own.share_id is not None else None,
            "kind": own.conversation.kind.value,
            "outcome": own.conversation.outcome.value,
            "buying_role": own.conversation.buying_role.value if own.conversation.buying_role else None,
            "account": own.conversation.account_name,
            "note": own.note,
            "occurred_at": own.conversation.occurred_at,
        }
        for own in _present(conversations)
    ]


def conversations_of_share(actor: Actor, share: Share) -> list[OwnConversation]:
    """Return one's own conversations that came of one of one's own shares, newest first."""
    found = session.scalars(
        select(Conversation)
        .where(Conversation.employee_key == require_self(actor), Conversation.share_key == share.key)
        .order_by(Conversation.occurred_at.desc(), Conversation.id.desc())
    ).all()
    return _present(found)


def count_conversations(actor: Actor) -> int:
    """Return how many conversations somebody noted."""
    return (
        session.scalar(
            select(func.count()).select_from(Conversation).where(Conversation.employee_key == require_self(actor))
        )
        or 0
    )
