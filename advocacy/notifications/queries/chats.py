"""Reading what is connected to Slack and Teams. Secrets are opened here and nowhere shown."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import or_, select

from advocacy.foundation import clock, encryption
from advocacy.foundation.access import Actor, Permission, require, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.notifications.chat_models import (
    ChatConnection,
    ChatMember,
    ChatPost,
    ChatService,
    ConnectionState,
)

SEALED_FOR = "chat_connection"


@dataclass(frozen=True, slots=True)
class Way:
    """A connection as it is needed to send: which one, and the secret it goes with (a token, or an address).

    `version` tells this secret from the ones before and after it.
    """

    id: UUID
    version: int
    secret: str


def secrets_of(connection: ChatConnection) -> dict[str, Any]:
    """Return the secrets of a connection that is not over. Raises CannotDecrypt."""
    assert connection.sealed is not None  # noqa: S101 - the table says so for all that are not over
    opened = encryption.decrypt(connection.sealed, purpose=SEALED_FOR, owner=str(connection.id))
    return dict(json.loads(opened))


def signing_secrets(connection: ChatConnection) -> list[str]:
    """Return what Slack may sign with at this moment, newest first. Raises CannotDecrypt.

    A secret that was replaced holds until `former_until`: one that leaked must not hold for ever.
    """
    opened = secrets_of(connection)
    newest, *former = opened["signing_secrets"]
    until = opened.get("former_until")
    return [newest, *former] if until and clock.now() < datetime.fromisoformat(until) else [newest]


def slack_connection() -> ChatConnection | None:
    """Return the connection to Slack, whatever its state, or None where nobody made one."""
    return session.scalar(
        select(ChatConnection)
        .where(ChatConnection.service == ChatService.SLACK, ChatConnection.state != ConnectionState.ENDED)
        .execution_options(populate_existing=True)
    )


def slack_is_offered() -> bool:
    """Return whether people can choose to be told in Slack."""
    found = slack_connection()
    return found is not None and found.state is not ConnectionState.CHECKING


def open_way(connection: ChatConnection | None) -> Way | None:
    """Return the way to a chat that takes messages at this moment, or None; so where its key is gone."""
    if connection is None or connection.state is not ConnectionState.WORKING:
        return None
    if connection.paused_until is not None and connection.paused_until > clock.now():
        return None
    try:
        opened = secrets_of(connection)
    except encryption.CannotDecrypt:
        return None
    return Way(
        connection.id,
        connection.version,
        str(opened["url"] if connection.service is ChatService.TEAMS else opened["token"]),
    )


def connections(actor: Actor) -> Sequence[ChatConnection]:
    """Return what is connected, Slack first. Raises NotPermitted."""
    require(actor, Permission.SETTINGS_READ)
    return session.scalars(
        select(ChatConnection)
        .where(ChatConnection.state != ConnectionState.ENDED)
        .order_by(ChatConnection.service, ChatConnection.name, ChatConnection.id)
    ).all()


def get_connection(connection_id: UUID, *, visible_to: Actor, lock: bool = False) -> ChatConnection:
    """Return a connection that is not over. Raises NotPermitted, NotFound."""
    require(visible_to, Permission.SETTINGS_READ)
    found = session.get(ChatConnection, connection_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or found.state is ConnectionState.ENDED:
        raise NotFound(_("There is no such connection."))
    return found


def member_of(actor: Actor) -> ChatMember | None:
    """Return how it stands with the actor in Slack, or None where they never asked."""
    return session.get(ChatMember, require_self(actor))


def channels_for(actor: Actor, unit_key: int) -> Sequence[ChatConnection]:
    """Return the channels of Teams into which the actor may post an item of a unit, by name.

    A channel of a unit is for whoever makes content there, one of the whole organisation for whoever does everywhere.
    """
    reached = actor.unit_keys_for(Permission.CONTENT_WRITE)
    statement = select(ChatConnection).where(
        ChatConnection.service == ChatService.TEAMS, ChatConnection.state != ConnectionState.ENDED
    )
    if reached is not None:
        statement = statement.where(ChatConnection.unit_key.in_(reached))
    if not actor.may_in(Permission.CONTENT_WRITE, unit_key):
        return []
    return session.scalars(statement.order_by(ChatConnection.name, ChatConnection.id)).all()


def posts_of(announcement_ids: Collection[UUID]) -> dict[UUID, list[tuple[ChatPost, str]]]:
    """Return what was posted of announcements, with the name of each channel."""
    found: dict[UUID, list[tuple[ChatPost, str]]] = {}
    rows = session.execute(
        select(ChatPost, ChatConnection.name)
        .join(ChatConnection, ChatConnection.id == ChatPost.connection_id)
        .where(ChatPost.announcement_id.in_(announcement_ids))
        .order_by(ChatConnection.name, ChatPost.id)
        .execution_options(populate_existing=True)
    )
    for row, name in rows:
        found.setdefault(row.announcement_id, []).append((row, name))
    return found


def is_open_now() -> Any:
    """Return the condition under which a connection takes messages at this moment."""
    return (ChatConnection.state == ConnectionState.WORKING) & or_(
        ChatConnection.paused_until.is_(None), ChatConnection.paused_until <= clock.now()
    )
