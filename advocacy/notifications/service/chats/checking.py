"""Asking a chat whether it knows us: once when it is connected, and whenever an administrator wants a test message."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from advocacy.foundation import clock, encryption, jobs, preferences
from advocacy.foundation.db import own_transaction, session
from advocacy.notifications.chat_models import ChatConnection, ChatMember, ChatService, ConnectionState, MemberState
from advocacy.notifications.letters import catalogue
from advocacy.notifications.queries.chats import secrets_of
from advocacy.notifications.senders import slack, teams
from advocacy.notifications.senders.chat import Handed
from advocacy.notifications.senders.email import Fate
from advocacy.notifications.service.chats import health
from advocacy.notifications.service.chats.connecting import CHECK, WAITING
from advocacy.notifications.service.chats.joining import FIND
from advocacy.people.models import Employee

PAUSE = timedelta(minutes=1)
LEFT, SENDING = "sent", "sending"
LONGEST_NAME = 80


def check_slack(connection_id: UUID) -> None:
    """Ask Slack whose token this is. Another workspace starts without anybody; where Slack is away, ask again."""
    connection = session.get(ChatConnection, connection_id)
    if connection is None or connection.state is not ConnectionState.CHECKING:
        return
    asked = _ask(connection)
    if not asked.went_well and not asked.is_closed:
        jobs.enqueue(CHECK, delay=max(asked.wait or PAUSE, PAUSE), connection_id=connection_id)


def _ask(connection: ChatConnection) -> Handed:
    """Ask Slack, and keep the answer: that it works and whose workspace it is stand there at once, or neither does."""
    connection_id, version = connection.id, connection.version
    try:
        token = str(secrets_of(connection)["token"])
    except encryption.CannotDecrypt:
        asked = Handed.closed(health.KEY_GONE)
    else:
        asked = slack.call(token, "auth.test")
    if asked.fate in {Fate.LETTER_REFUSED, Fate.ADDRESS_REFUSED}:
        asked = Handed.closed(asked.result.reason)
    with own_transaction() as store:
        row = health.note(store, connection_id, version, asked, is_check=True)
        is_known = row is not None and asked.went_well
        if row is not None and is_known:
            _settle(store, row, str(asked.body.get("team_id", "")), str(asked.body.get("team", "")))
    if is_known:
        _look_for_members(connection_id)
    return asked


def _settle(store: Session, row: ChatConnection, workspace_id: str, name: str) -> None:
    if row.workspace_id not in {None, workspace_id}:
        store.execute(delete(ChatMember).where(ChatMember.connection_id == row.id))
    row.workspace_id = workspace_id
    row.name = "".join(c if c.isprintable() else " " for c in name).strip()[:LONGEST_NAME] or row.name


def _look_for_members(connection_id: UUID) -> None:
    looking = select(ChatMember.employee_key).where(
        ChatMember.connection_id == connection_id, ChatMember.state == MemberState.LOOKING
    )
    for employee_key in session.scalars(looking).all():
        jobs.enqueue(FIND, employee_key=employee_key)


def send_test(connection_id: UUID, employee_key: int) -> None:
    """Send the test message somebody asked for, once, and write on the connection what became of it.

    Where Slack did not work, it is checked first: that is how a repair in Slack comes to be known.
    """
    connection = session.get(ChatConnection, connection_id)
    if connection is None or connection.state is ConnectionState.ENDED or not _take(connection_id):
        return
    try:
        opened, version = secrets_of(connection), connection.version
    except encryption.CannotDecrypt:
        with own_transaction() as store:
            row = store.get_one(ChatConnection, connection_id, with_for_update=True)
            row.tested_at, row.test_outcome = clock.now(), health.KEY_GONE
        return
    words = catalogue(preferences.deployment().default_language).gettext
    text = words("A test message of {organisation}: what there is to share will be told here.").format(
        organisation=preferences.deployment().organisation_name
    )
    refusal = None
    if connection.service is ChatService.SLACK and connection.state is not ConnectionState.WORKING:
        asked = _ask(connection)
        refusal = None if asked.went_well else asked
    if refusal is not None:
        handed = refusal
    elif connection.service is ChatService.TEAMS:
        handed = teams.post_card(str(opened["url"]), test_card(text))
    else:
        handed = _test_slack(str(opened["token"]), employee_key, text)
    with own_transaction() as store:
        if refusal is None:  # a refusal is noted already
            health.note(store, connection_id, version, handed)
        row = store.get_one(ChatConnection, connection_id, with_for_update=True)
        row.tested_at = clock.now()
        row.test_outcome = LEFT if handed.went_well else handed.result.reason or handed.fate.value


def _take(connection_id: UUID) -> bool:
    """Take the test in a transaction of its own: a task that runs again sends no second one."""
    with own_transaction() as store:
        taken = store.scalar(
            update(ChatConnection)
            .where(ChatConnection.id == connection_id, ChatConnection.test_outcome == WAITING)
            .values(test_outcome=SENDING)
            .returning(ChatConnection.id)
        )
    return taken is not None


def _test_slack(token: str, employee_key: int, text: str) -> Handed:
    address = session.scalar(select(Employee.email).where(Employee.key == employee_key))
    found = slack.call(token, "users.lookupByEmail", email=address or "")
    user = found.body.get("user")
    if not found.went_well or not isinstance(user, dict):
        return found
    return slack.call(token, "chat.postMessage", channel=str(user.get("id", "")), text=text)


def test_card(text: str) -> dict[str, object]:
    """Return a card that says one sentence."""
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": text, "wrap": True}],
    }
