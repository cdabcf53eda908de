"""Connecting Slack and Teams: an administrator gives the secrets once, and they are never shown again."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from advocacy.foundation import audit, clock, encryption, jobs
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.fields import unfit_character
from advocacy.notifications.chat_models import (
    ChatConnection,
    ChatMember,
    ChatPost,
    ChatService,
    ConnectionState,
)
from advocacy.notifications.models import Channel, Message, MessageState
from advocacy.notifications.queries.chats import (
    SEALED_FOR,
    get_connection,
    secrets_of,
    signing_secrets,
    slack_connection,
)
from advocacy.notifications.senders.teams import is_address_of_a_flow
from advocacy.people.queries import get_unit

LONGEST_NAME, LONGEST_SECRET = 80, 300
MOST_CHANNELS = 200
FORMER_HOLDS = timedelta(hours=24)  # Slack signs with the old one for a while after a new one was made
BOT_TOKEN = re.compile(r"xoxb-[A-Za-z0-9-]{10,250}\Z")
SIGNING_SECRET = re.compile(r"[A-Za-z0-9]{16,128}\Z")
CHECK, TEST = "notifications.check_slack", "notifications.test_chat"
WAITING = "waiting"  # a test that was asked for and did not leave yet


def connect_slack(actor: Actor, *, bot_token: str, signing_secret: str) -> ChatConnection:
    """Keep the secrets of the organisation's Slack app, sealed, and have them checked; new ones replace old ones.

    Raises NotPermitted, and Invalid for what cannot be a secret of Slack's.
    """
    require(actor, Permission.SETTINGS_WRITE)
    token, secret = bot_token.strip(), signing_secret.strip()
    if not BOT_TOKEN.match(token):
        raise Invalid.field(
            "bot_token", _("Copy the bot token from Slack under OAuth & Permissions: it begins with xoxb-.")
        )
    if not SIGNING_SECRET.match(secret):
        raise Invalid.field(
            "signing_secret", _("Copy the signing secret from Slack under Basic Information, not the client secret.")
        )
    present = slack_connection()
    row = present or _new(actor, ChatService.SLACK, name="Slack")
    if present is not None:
        session.refresh(row, with_for_update=True)
        row.version += 1
    _seal(row, {"token": token, **_signing(secret, present)})
    row.hint = f"…{token[-4:]}"
    row.state, row.failures, row.paused_until, row.told_at = ConnectionState.CHECKING, 0, None, None
    session.add(row)
    session.flush()  # of two at once one fails here
    jobs.enqueue(CHECK, connection_id=row.id)
    audit.record(actor, "chat.connected", subject_kind="chat_connection", subject_id=row.id)
    return row


def connect_teams(actor: Actor, *, name: str, url: str, unit_id: UUID | None = None) -> ChatConnection:
    """Keep the address of a flow that posts into one channel of Teams, sealed; a unit's own makers may use it.

    Without a unit it is for those who make content for the whole organisation. Raises NotPermitted, NotFound, Conflict,
    and Invalid for an address of any other host than those the deployment names.
    """
    require(actor, Permission.SETTINGS_WRITE)
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > LONGEST_NAME or unfit_character(cleaned) is not None:
        raise Invalid.field("name", _("Enter a name of at most %(most)s characters.", most=LONGEST_NAME))
    address = url.strip()
    if not is_address_of_a_flow(address):
        raise Invalid.field(
            "url",
            _("This is no address of a flow in Power Automate. Make one with the Workflows app of Teams and copy it."),
        )
    present = select(func.count()).where(
        ChatConnection.service == ChatService.TEAMS, ChatConnection.state != ConnectionState.ENDED
    )
    if (session.scalar(present) or 0) >= MOST_CHANNELS:
        raise Conflict(_("There are %(most)s channels already. Disconnect one first.", most=MOST_CHANNELS))
    row = _new(actor, ChatService.TEAMS, name=cleaned)
    row.unit_key = get_unit(unit_id).key if unit_id is not None else None
    _seal(row, {"url": address})
    row.hint = address.partition("://")[2].partition("/")[0][:LONGEST_NAME]
    row.state = ConnectionState.WORKING  # a flow can be asked nothing: the first card shows
    session.add(row)
    session.flush()
    audit.record(actor, "chat.connected", subject_kind="chat_connection", subject_id=row.id)
    return row


def disconnect(actor: Actor, connection_id: UUID) -> None:
    """End a connection at once: its secrets and who was told there are forgotten, what waits is cancelled.

    Raises NotPermitted, NotFound.
    """
    require(actor, Permission.SETTINGS_WRITE)
    row = get_connection(connection_id, visible_to=actor, lock=True)
    row.state, row.sealed, row.hint = ConnectionState.ENDED, None, ""
    session.execute(delete(ChatMember).where(ChatMember.connection_id == row.id))
    cancelled = {"state": MessageState.CANCELLED, "outcome": "disconnected"}
    if row.service is ChatService.SLACK:
        session.execute(
            update(Message)
            .where(Message.channel == Channel.SLACK, Message.state == MessageState.WAITING)
            .values(cancelled)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(ChatPost)
        .where(ChatPost.connection_id == row.id, ChatPost.state == MessageState.WAITING)
        .values(cancelled)
        .execution_options(synchronize_session=False)
    )
    audit.record(actor, "chat.disconnected", subject_kind="chat_connection", subject_id=row.id)


def ask_for_test(actor: Actor, connection_id: UUID) -> ChatConnection:
    """Want a test message sent: in Slack to the actor alone, in Teams into the channel. The outcome shows on the row.

    Raises NotPermitted, NotFound.
    """
    require(actor, Permission.SETTINGS_WRITE)
    row = get_connection(connection_id, visible_to=actor, lock=True)
    row.tested_at, row.test_outcome = clock.now(), WAITING
    jobs.enqueue(TEST, connection_id=row.id, employee_key=require_self(actor))
    audit.record(actor, "chat.tested", subject_kind="chat_connection", subject_id=row.id)
    return row


def _new(actor: Actor, service: ChatService, *, name: str) -> ChatConnection:
    assert actor.account_id is not None  # noqa: S101 - whoever may change settings has an account
    return ChatConnection(
        id=new_id(), service=service, name=name, hint="", version=1, failures=0, created_by=actor.account_id
    )


def _signing(secret: str, present: ChatConnection | None) -> dict[str, Any]:
    """Return the secret with the one it replaces, which holds for a day more. The same one replaces nothing."""
    try:
        kept = secrets_of(present) if present is not None else {}
        active = signing_secrets(present) if present is not None else []
    except encryption.CannotDecrypt:  # its key is gone, which new secrets repair
        kept, active = {}, []
    if active and active[0] == secret:
        return {"signing_secrets": active, "former_until": kept.get("former_until")}
    return {"signing_secrets": [secret, *active[:1]], "former_until": (clock.now() + FORMER_HOLDS).isoformat()}


def _seal(row: ChatConnection, secrets: dict[str, Any]) -> None:
    row.sealed = encryption.encrypt(json.dumps(secrets), purpose=SEALED_FOR, owner=str(row.id))
