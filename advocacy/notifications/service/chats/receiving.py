"""What Slack tells us when somebody presses something: checked, written down once, and answered within the second."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import clock, jobs
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.encryption import CannotDecrypt
from advocacy.foundation.errors import Invalid, NotAvailable, NotSignedIn
from advocacy.notifications.chat_models import ChatAnswer, ChatConnection, ChatMember
from advocacy.notifications.queries.chats import signing_secrets, slack_connection
from advocacy.notifications.senders import slack
from advocacy.notifications.service.chats.joining import leave_slack

LARGEST_BYTES = 262_144  # the message comes along
MOST_FIELDS = 50
NOT_FOR_ME, STOP = "not_for_me", "stop"
JOB = "notifications.answer_in_slack"
LONGEST_PLACE, LONGEST_REASON = 100, 40


@dataclass(frozen=True, slots=True)
class Pressed:
    """One thing somebody pressed: who they are in Slack, what it was, and where the message stands."""

    member_id: str
    action: str
    value: str
    place: str


def receive_press(*, headers: Mapping[str, str], raw: bytes) -> bool:
    """Take what somebody pressed in Slack; return False when it came before, and then change nothing.

    Raises NotSignedIn without a valid signature of the last five minutes, or for another workspace, Invalid for what
    cannot be read. A wish to be left alone is done before this returns; anything else is written down for a task. What
    is not ours or of nobody we know is passed over: Slack shows an error for any other answer.
    """
    connection, form = _checked(headers, raw)
    payload = _payload(form.get("payload", ""))
    if not _is_of(payload.get("team"), connection):
        raise NotSignedIn(_("This comes from another workspace."), code="other_workspace")
    signature = headers.get("x-slack-signature", "")
    signature_hash = hashlib.sha256(signature.encode("utf-8", "replace")).digest()
    pressed = _pressed(payload)
    employee_key = _known(connection, pressed) if pressed is not None else None
    if pressed is None or employee_key is None:
        return True
    if pressed.action == STOP:
        leave_slack(employee_key)  # it stands before the answer, and twice is once
        return True
    item_id, reason = _item_and_reason(pressed.value)
    if pressed.action != NOT_FOR_ME or item_id is None:
        return True  # the button to share is a link: Slack only tells that it was pressed
    answer_id = session.scalar(
        insert(ChatAnswer)
        .values(
            id=new_id(),
            signature_hash=signature_hash,
            employee_key=employee_key,
            item_id=item_id,
            reason=reason,
            place=pressed.place,
            received_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=[ChatAnswer.signature_hash])
        .returning(ChatAnswer.id)
    )
    if answer_id is None:
        return False
    jobs.enqueue(JOB, answer_id=answer_id)
    return True


def _checked(headers: Mapping[str, str], raw: bytes) -> tuple[ChatConnection, dict[str, str]]:
    """Return the connection and the form of a request that Slack signed. Raises NotSignedIn, Invalid, NotAvailable."""
    connection = slack_connection()
    try:
        secrets = signing_secrets(connection) if connection is not None else []
    except CannotDecrypt as error:
        raise NotAvailable(_("Slack is not connected. Ask an administrator."), code="key_gone") from error
    if connection is None or not slack.is_signed(raw, headers, secrets):
        raise NotSignedIn(_("The signature of this message is not valid."), code="bad_signature")
    try:
        fields = parse_qs(raw.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Invalid(_("This is no form that Slack sends.")) from error
    return connection, {name: values[-1] for name, values in fields.items()}


def _payload(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("This is no form that Slack sends.")) from error
    if not isinstance(payload, dict):
        raise Invalid(_("This is no form that Slack sends."))
    return payload


def _is_of(team: Any, connection: ChatConnection) -> bool:
    """Return whether it comes from the workspace that is connected. An app may be in several."""
    return isinstance(team, dict) and connection.workspace_id is not None and team.get("id") == connection.workspace_id


def _pressed(payload: dict[str, Any]) -> Pressed | None:
    """Return what was pressed, or None for anything that is not a press of something in a message."""
    actions, user, container = payload.get("actions"), payload.get("user"), payload.get("container")
    if payload.get("type") != "block_actions" or not isinstance(actions, list) or not isinstance(user, dict):
        return None
    action = actions[0] if actions and isinstance(actions[0], dict) else {}
    chosen = action.get("selected_option")
    value = chosen.get("value") if isinstance(chosen, dict) else action.get("value", "")
    place = container if isinstance(container, dict) else {}
    texts = (
        user.get("id"), action.get("action_id"), value, place.get("channel_id", ""), place.get("message_ts", "")
    )  # fmt: skip
    if not all(isinstance(text, str) for text in texts):
        return None
    member_id, action_id, chosen_value, channel, stamp = map(str, texts)
    return Pressed(member_id, action_id, chosen_value, f"{channel}/{stamp}"[:LONGEST_PLACE])


def _known(connection: ChatConnection, pressed: Pressed) -> int | None:
    return session.scalar(
        select(ChatMember.employee_key).where(
            ChatMember.connection_id == connection.id, ChatMember.member_id == pressed.member_id
        )
    )


def _item_and_reason(value: str) -> tuple[UUID | None, str]:
    item, _separator, reason = value.partition("/")
    try:
        return UUID(item), reason[:LONGEST_REASON]
    except ValueError:
        return None, ""
