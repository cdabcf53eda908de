"""Doing what somebody pressed below a message in Slack. Afterwards nothing says any more who it was."""

from contextlib import suppress
from uuid import UUID

from sqlalchemy import text, update

from advocacy.content.models import SkipReason
from advocacy.content.skipping import skip_item
from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.notifications.chat_models import ChatAnswer, ConnectionState
from advocacy.notifications.queries.chats import secrets_of, slack_connection
from advocacy.notifications.senders import slack
from advocacy.people.models import Employee
from advocacy.sharing.chats.slack_words import write_answer
from advocacy.sharing.digests import links


def answer(answer_id: UUID) -> None:
    """Pass an item by for whoever said so, and say in Slack that it was heard. Twice is once."""
    # While Slack takes its time, the transaction of the task waits for longer than a request's may.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    row = session.get(ChatAnswer, answer_id, with_for_update=True)
    if row is None or row.done_at is not None or row.employee_key is None or row.item_id is None:
        return
    employee = session.get_one(Employee, row.employee_key)
    reason = SkipReason(row.reason) if row.reason in set(SkipReason) else SkipReason.NOT_SAID
    place = row.place or ""
    title = None
    with suppress(NotFound):  # it is over meanwhile: there is nothing to pass by
        title = skip_item(links.reader(employee), row.item_id, reason=reason).entry.title
    session.execute(
        update(ChatAnswer)
        .where(ChatAnswer.id == answer_id)
        .values(employee_key=None, item_id=None, reason=None, place=None, done_at=clock.now())
    )
    if title is not None:
        _replace(place, employee.language, title)


def _replace(place: str, language: str | None, title: str) -> None:
    """Put a sentence in the place of the message. Slack may refuse: what counts stands already."""
    connection = slack_connection()
    channel, _separator, stamp = place.partition("/")
    if connection is None or connection.state is not ConnectionState.WORKING or not channel or not stamp:
        return
    told = write_answer(language, title)
    token = str(secrets_of(connection)["token"])
    slack.call(token, "chat.update", channel=channel, ts=stamp, text=told.text, blocks=told.blocks)
