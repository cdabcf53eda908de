"""A conversation is noted in seconds, and its note is its owner's alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from advocacy.activity.kinds import Kind
from advocacy.activity.models import ActivityEvent
from advocacy.conversations import queries
from advocacy.conversations.models import KIND_NUMBERS, BuyingRole, Conversation, ConversationKind, Outcome
from advocacy.foundation import clock
from advocacy.foundation.db import session as ambient
from advocacy.foundation.encryption import CannotDecrypt, decrypt
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted
from tests.factories.conversations import make_conversation
from tests.factories.people import actor_for, make_advocate, make_employee
from tests.factories.sharing import make_share


@pytest.fixture
def advocate(session):
    return actor_for(make_advocate())


@pytest.mark.parametrize("kind", ConversationKind)
def test_a_conversation_is_counted_by_its_kind_at_its_own_time(advocate, kind):
    opened = make_share(actor=advocate)
    yesterday = clock.now() - timedelta(days=1)
    make_conversation(actor=advocate, share_id=opened.share.id, kind=kind, occurred_at=yesterday)
    event = ambient.scalars(select(ActivityEvent).where(ActivityEvent.kind == Kind.CONVERSATION_LOGGED)).one()
    assert (event.detail, event.occurred_at, event.share_key, event.link_key) == (
        KIND_NUMBERS[kind],
        yesterday,
        opened.share.key,
        opened.link.key,
    )


def test_a_note_is_readable_by_its_owner_and_by_nothing_else(advocate):
    noted = make_conversation(actor=advocate, note="Ms Sayeed wants a pilot in spring.")
    stored = ambient.scalar(select(Conversation.note_encrypted))
    assert b"Sayeed" not in stored
    assert queries.get_conversation(noted.id, visible_to=advocate).note == "Ms Sayeed wants a pilot in spring."
    assert queries.own_data(advocate.employee_key)[0]["note"] == "Ms Sayeed wants a pilot in spring."
    other = make_conversation(actor=advocate)
    with pytest.raises(CannotDecrypt):  # moved to another row it stays shut
        decrypt(stored, purpose=queries.NOTE, owner=str(other.id))
    with pytest.raises(CannotDecrypt):
        decrypt(stored[:-1] + bytes([stored[-1] ^ 1]), purpose=queries.NOTE, owner=str(noted.id))
    with pytest.raises(CannotDecrypt):
        decrypt(stored, purpose="webhook secret", owner=str(noted.id))


def test_somebody_elses_conversation_and_share_are_not_there(advocate):
    stranger = actor_for(make_advocate())
    noted, opened = make_conversation(actor=stranger), make_share(actor=stranger)
    with pytest.raises(NotFound):
        queries.get_conversation(noted.id, visible_to=advocate)
    with pytest.raises(NotFound):
        make_conversation(actor=advocate, share_id=opened.share.id)
    assert queries.conversations_of(advocate).rows == []


def test_nothing_is_noted_without_the_yes_to_taking_part(session):
    with pytest.raises(NotPermitted):
        make_conversation(actor=actor_for(make_employee()))
    assert ambient.scalars(select(Conversation)).all() == []


def test_a_role_in_buying_is_refused_when_nobody_buys(advocate):
    make_conversation(actor=advocate, kind=ConversationKind.CUSTOMER, buying_role=BuyingRole.DECIDER)
    with pytest.raises(Conflict):
        make_conversation(actor=advocate, kind=ConversationKind.COLLEAGUE, buying_role=BuyingRole.DECIDER)


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": "x" * 4001},
        {"account": "x" * 201},
        {"note": "a\x00b"},
        {"account": "a\x00b"},
        {"occurred_at": clock.now() + timedelta(days=1)},
        {"occurred_at": clock.now().replace(tzinfo=None)},
        {"occurred_at": clock.now() - timedelta(days=800)},
    ],
)
def test_a_conversation_is_refused_when_a_field_is_wrong(advocate, wrong):
    with pytest.raises(Invalid):
        make_conversation(actor=advocate, **wrong)


def test_conversations_come_newest_first_and_page_by_page(advocate):
    for days in (3, 1, 2):
        make_conversation(actor=advocate, outcome=Outcome.PARKED, occurred_at=clock.now() - timedelta(days=days))
    first = queries.conversations_of(advocate, limit=2)
    second = queries.conversations_of(advocate, limit=2, cursor=first.next_cursor)
    times = [own.conversation.occurred_at for own in [*first.rows, *second.rows]]
    assert len(times) == 3
    assert times == sorted(times, reverse=True)
    assert second.next_cursor is None
