"""Noting what a share led to. Ten seconds: kind and outcome; the rest only if one likes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.activity import service as activity
from advocacy.activity.kinds import Kind
from advocacy.conversations.limits import LONGEST_ACCOUNT, LONGEST_NOTE
from advocacy.conversations.models import KIND_NUMBERS, BuyingRole, Conversation, ConversationKind, Outcome
from advocacy.conversations.queries import NOTE
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.encryption import encrypt
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.fields import unfit_character
from advocacy.sharing.models import Link
from advocacy.sharing.queries import get_share
from advocacy.sharing.service import require_participant

DAYS_A_MONTH = 31


def log_conversation(
    actor: Actor,
    *,
    kind: ConversationKind,
    outcome: Outcome,
    share_id: UUID | None = None,
    buying_role: BuyingRole | None = None,
    account: str | None = None,
    note: str | None = None,
    occurred_at: datetime | None = None,
) -> Conversation:
    """Note a conversation. The note is encrypted and opens for its owner only; the ledger gets kind and share.

    Raises NotPermitted without the yes to taking part, NotFound for somebody else's share, Conflict where a role
    in buying makes no sense, Invalid.
    """
    require(actor, Permission.CONVERSATIONS_WRITE)
    employee_key = require_participant(actor)
    share = get_share(share_id, visible_to=actor) if share_id is not None else None
    if buying_role is not None and kind not in {ConversationKind.PROSPECT, ConversationKind.CUSTOMER}:
        raise Conflict(_("Only prospects and customers have a role in buying."))
    happened = occurred_at or clock.now()
    if happened.tzinfo is None or happened > clock.now() + timedelta(minutes=1):
        raise Invalid.field("occurred_at", _("This has to be a time in the past, with its time zone."))
    if happened < clock.now() - timedelta(days=int(preferences.get("retention_note_months")) * DAYS_A_MONTH):
        raise Invalid.field("occurred_at", _("This is longer ago than notes are kept."))
    conversation_id = new_id()
    words = _text("note", note, LONGEST_NOTE)
    conversation = Conversation(
        id=conversation_id,
        employee_key=employee_key,
        share_key=share.key if share is not None else None,
        kind=kind,
        outcome=outcome,
        buying_role=buying_role,
        account_name=_text("account", account, LONGEST_ACCOUNT),
        note_encrypted=encrypt(words, purpose=NOTE, owner=str(conversation_id)) if words else None,
        occurred_at=happened.astimezone(UTC),
    )
    session.add(conversation)
    activity.record(
        Kind.CONVERSATION_LOGGED,
        occurred_at=conversation.occurred_at,
        employee_key=employee_key,
        item_key=share.item_key if share is not None else None,
        share_key=share.key if share is not None else None,
        link_key=session.scalar(select(Link.key).where(Link.share_key == share.key)) if share is not None else None,
        network=share.network if share is not None else None,
        detail=KIND_NUMBERS[kind],
    )
    session.flush()  # the answer shows what is stored
    return conversation


def _text(name: str, text: str | None, longest: int) -> str | None:
    cleaned = (text or "").strip()
    if len(cleaned) > longest:
        raise Invalid.field(name, _("At most %(longest)s characters.", longest=longest), code="too_long")
    if unfit_character(cleaned) is not None:
        raise Invalid.field(name, _("It contains a character that cannot be stored."))
    return cleaned or None
