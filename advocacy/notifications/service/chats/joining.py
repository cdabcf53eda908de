"""Choosing to be told in Slack. It begins with a person's own yes and ends with their no; nobody joins others."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from advocacy.foundation import clock, jobs, preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import own_transaction, session
from advocacy.foundation.errors import Conflict
from advocacy.notifications.chat_models import ChatMember, ConnectionState, MemberState
from advocacy.notifications.choices import pair
from advocacy.notifications.letters import catalogue
from advocacy.notifications.models import Channel, Kind, Notification, Subject
from advocacy.notifications.queries.chats import secrets_of, slack_connection
from advocacy.notifications.senders import slack
from advocacy.notifications.senders.chat import Handed
from advocacy.notifications.senders.email import Fate
from advocacy.notifications.service.chats import health
from advocacy.notifications.service.choosing import mute, unmute
from advocacy.people.models import Employee

FIND = "notifications.find_chat_member"
SUGGESTIONS = pair(Channel.SLACK, Subject.SUGGESTIONS)
PAUSE, LOOKED_FOR = timedelta(minutes=10), timedelta(days=1)
LONGEST_MEMBER_ID = 40


def join_slack(actor: Actor) -> ChatMember:
    """Want the actor told in Slack: they are looked up there by the mail address the roster has. Twice is once.

    Raises Conflict where Slack is not connected, or there is no address to look for.
    """
    key = require_self(actor)
    connection = slack_connection()
    if connection is None or connection.state is ConnectionState.CHECKING:
        raise Conflict(_("Slack is not connected. Ask an administrator."), code="chat_not_connected")
    if session.scalar(select(Employee.email).where(Employee.key == key)) is None:
        raise Conflict(_("There is no mail address of yours to look for in Slack."), code="no_address")
    present = session.get(ChatMember, key, with_for_update=True)
    if present is None or present.state is not MemberState.CONNECTED:
        _put(session(), key, connection.id, {"state": MemberState.LOOKING, "member_id": None, "reason": None})
        jobs.enqueue(FIND, employee_key=key)
    unmute(key, SUGGESTIONS)
    return session.get_one(ChatMember, key, populate_existing=True)


def leave_slack(employee_key: int) -> None:
    """Stop telling somebody in Slack and forget who they are there. It outlives a restored backup as any no does."""
    session.execute(delete(ChatMember).where(ChatMember.employee_key == employee_key))
    mute(employee_key, SUGGESTIONS)


def find_member(employee_key: int) -> None:
    """Look somebody up in Slack who asked for it, and greet them there. Where Slack is away, look again later."""
    member = session.get(ChatMember, employee_key)
    connection = slack_connection()
    if member is None or member.state is not MemberState.LOOKING or connection is None:
        return
    address = session.scalar(select(Employee.email).where(Employee.key == employee_key))
    version, token = connection.version, str(secrets_of(connection)["token"])
    found = slack.call(token, "users.lookupByEmail", email=address or "")
    with own_transaction() as store:
        noted = health.note(store, connection.id, version, found)
    if noted is None:  # these may be the ids of another workspace: the check of the new secrets has them looked for
        return
    if found.went_well:
        member_id = _member_id(found)
        if member_id is None:
            _settle(employee_key, MemberState.NOT_FOUND, "not_a_person")
        elif _connect(employee_key, connection.id, member_id):
            _greet(token, member_id, employee_key)
        else:
            _settle(employee_key, MemberState.NOT_FOUND, "taken")
    elif found.fate in {Fate.LATER, Fate.UNKNOWN} and member.asked_at > clock.now() - LOOKED_FOR:
        jobs.enqueue(FIND, delay=max(PAUSE, found.wait or PAUSE), employee_key=employee_key)
    else:
        _settle(employee_key, MemberState.NOT_FOUND, found.result.reason)


def end_member(store: Session, employee_key: int, reason: str) -> None:
    """Write down that Slack takes no messages for somebody any more, and say so where they will see it."""
    member = store.get(ChatMember, employee_key, with_for_update=True)
    if member is not None and member.state is MemberState.CONNECTED:
        member.state, member.reason = MemberState.ENDED, reason
        store.add(Notification(employee_key=employee_key, kind=Kind.CHAT_ENDED, details={"reason": reason}))


def _member_id(found: Handed) -> str | None:
    """Return the id of a person of flesh and blood, or None: robots and closed accounts are written to in vain."""
    user = found.body.get("user")
    if not isinstance(user, dict) or user.get("deleted") is True or user.get("is_bot") is True:
        return None
    member_id = user.get("id")
    is_usable = isinstance(member_id, str) and member_id.isalnum() and len(member_id) <= LONGEST_MEMBER_ID
    return member_id if is_usable else None


def _connect(employee_key: int, connection_id: UUID, member_id: str) -> bool:
    """Keep who somebody is in Slack, unless they said no meanwhile; return whether it is theirs."""
    try:
        with own_transaction() as store:
            row = store.get(ChatMember, employee_key, with_for_update=True)
            if row is None or row.state is not MemberState.LOOKING:
                return False
            for name, value in _connected(member_id).items():
                setattr(row, name, value)
    except IntegrityError:
        return False
    return True


def _settle(employee_key: int, state: MemberState, reason: str) -> None:
    with own_transaction() as store:
        row = store.get(ChatMember, employee_key, with_for_update=True)
        if row is not None and row.state is MemberState.LOOKING:
            row.state, row.reason = state, reason


def _connected(member_id: str) -> dict[str, Any]:
    return {
        "state": MemberState.CONNECTED,
        "member_id": member_id,
        "reason": None,
        "connected_at": clock.now(),
    }


def _put(store: Session, employee_key: int, connection_id: UUID, values: dict[str, Any]) -> None:
    written = {"connection_id": connection_id, "asked_at": clock.now(), "connected_at": None, **values}
    store.execute(
        insert(ChatMember)
        .values(employee_key=employee_key, **written)
        .on_conflict_do_update(index_elements=[ChatMember.employee_key], set_=written)
    )


def _greet(token: str, member_id: str, employee_key: int) -> None:
    """Say in Slack what was agreed on and how to end it. It answers what the person just did, so no cap counts it."""
    language = (session.scalar(select(Employee.language).where(Employee.key == employee_key)) or "").split("-")[0]
    words = catalogue(language or preferences.deployment().default_language).gettext
    text = words(
        "You asked {organisation} to tell you here what there is to share: at most as often as you chose, never in "
        "your quiet hours. You change or end it under {url}."
    ).format(
        organisation=preferences.deployment().organisation_name,
        url=f"{preferences.deployment().portal_url}/notifications/settings",
    )
    slack.call(token, "chat.postMessage", channel=member_id, text=text, unfurl_links=False, unfurl_media=False)
