"""Posts into channels of Teams: at most once whatever the flow does, to the item and never to a person."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.content import announcing, service
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.db import unit_of_work
from advocacy.foundation.egress import posting
from advocacy.foundation.errors import Invalid
from advocacy.notifications.chat_models import ChatConnection, ChatPost, ConnectionState
from advocacy.notifications.models import MessageState
from advocacy.notifications.senders import teams
from advocacy.notifications.service.chats import connecting
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import make_unit
from tests.support.chats import NOON, Says
from workers import notifications as work

POST = "notifications.post_to_teams"


@pytest.fixture
def channel(chat, administrator):
    return connecting.connect_teams(administrator, name="Kiel", url=chat.flow).id


def states():
    ambient.expire_all()
    return [(row.state, row.outcome) for row in ambient.scalars(select(ChatPost).order_by(ChatPost.created_at))]


def connection():
    ambient.expire_all()
    return ambient.scalars(select(ChatConnection)).one()


def post_again(after):
    with time_machine.travel(NOON + after, tick=False), unit_of_work():
        work.post_to_teams()


def test_a_card_leads_to_the_item_and_to_nobodys_own_page(chat, channel, announce, recorded_jobs, settings):
    item_id = announce(
        channels=[channel], texts={"en": {"title": "The [pump](https://evil.example)", "summary": "It is in service."}}
    )
    recorded_jobs.run(POST)
    (came,) = chat.calls("flow")
    assert came.fields["type"] == "message"
    (attachment,) = came.fields["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert card["actions"][0]["url"] == f"{settings.portal_url}/items/{item_id}/share"
    assert "from-mail" not in str(card)
    words = [run["text"] for block in card["body"] for run in block["inlines"]]
    assert words[:3] == ["The [pump](https://evil.example)", "We open it on Friday.", "It is in service."]
    assert {run["type"] for block in card["body"] for run in block["inlines"]} == {"TextRun"}
    assert states() == [(MessageState.SENT, None)]
    assert connection().last_sent_at == NOON
    work.post_to_teams()
    assert len(chat.calls("flow")) == 1


@pytest.mark.parametrize(
    "said",
    [Says(500), Says(502), Says(504), Says(ends="before"), Says(202, b"{", ends="reset"), Says(ends="slow")],
    ids=lambda said: said.ends or str(said.status),
)
def test_what_is_in_doubt_is_never_posted_twice_and_stays_visible(
    chat, channel, announce, recorded_jobs, monkeypatch, said
):
    monkeypatch.setattr(posting, "READ_SECONDS", 0.2)
    announce(channels=[channel])
    chat.says("flow", said)
    recorded_jobs.run(POST)
    if said.ends == "reset":
        assert states()[0][0] in {MessageState.UNKNOWN, MessageState.SENT}
    else:
        assert states()[0][0] is MessageState.UNKNOWN
        assert connection().last_error
    post_again(timedelta(hours=2))
    assert len(chat.calls("flow")) == 1


@pytest.mark.parametrize("said", [Says(429, headers={"Retry-After": "40"}), Says(503, headers={"Retry-After": "40"})])
def test_a_busy_flow_is_asked_again_when_it_wants(chat, channel, announce, recorded_jobs, said):
    announce(channels=[channel])
    chat.says("flow", said)
    recorded_jobs.run(POST)
    assert states()[0][0] is MessageState.WAITING
    post_again(timedelta(seconds=39))
    assert len(chat.calls("flow")) == 1
    post_again(timedelta(seconds=41))
    assert states() == [(MessageState.SENT, None)]


@pytest.mark.parametrize(
    "said",
    [
        Says(404, {"error": {"code": "WorkflowNotFound"}}),
        Says(401, b"no"),
        Says(302, headers={"Location": "https://evil.example/"}),
        Says(400, {"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "Off."}}),
    ],
    ids=lambda said: str(said.status),
)
def test_a_flow_that_is_gone_is_broken_and_what_waits_is_given_up_after_a_day(
    chat, channel, announce, recorded_jobs, said
):
    announce(channels=[channel])
    chat.says("flow", said)
    recorded_jobs.run(POST)
    assert states()[0][0] is MessageState.WAITING
    assert (connection().state, str(said.status) in connection().last_error) == (ConnectionState.BROKEN, True)
    post_again(timedelta(hours=25))
    assert states() == [(MessageState.CANCELLED, "too_late")]
    assert len(chat.calls("flow")) == 1


def test_a_test_that_arrives_brings_a_broken_channel_back(chat, channel, announce, administrator, recorded_jobs):
    announce(channels=[channel])
    chat.says("flow", Says(404))
    recorded_jobs.run(POST)
    connecting.ask_for_test(administrator, channel)
    recorded_jobs.run("notifications.test_chat")
    assert (connection().state, connection().test_outcome) == (ConnectionState.WORKING, "sent")
    post_again(timedelta(minutes=1))
    assert states()[0][0] is MessageState.SENT


@pytest.mark.parametrize("status", [400, 413])
def test_a_card_that_is_refused_fails_and_is_not_tried_again(chat, channel, announce, recorded_jobs, status):
    announce(channels=[channel])
    chat.says("flow", Says(status, b"no"))
    recorded_jobs.run(POST)
    post_again(timedelta(hours=1))
    assert states() == [(MessageState.FAILED, str(status))]
    assert connection().state is ConnectionState.WORKING
    assert len(chat.calls("flow")) == 1


def test_a_card_too_large_for_teams_never_leaves(chat):
    handed = teams.post_card(chat.flow, {"type": "AdaptiveCard", "body": ["x" * 29_000]})
    assert handed.result.reason == "too_large"
    assert chat.came == []


def test_what_was_withdrawn_meanwhile_is_not_posted(chat, channel, announce, recorded_jobs):
    item_id = announce(channels=[channel])
    service.withdraw_item(make_actor(Role.CURATOR), item_id, reason="Wrong number", stops_links=False)
    recorded_jobs.run(POST)
    assert states() == [(MessageState.CANCELLED, "item_over")]


def test_disconnecting_cancels_what_waits(chat, channel, announce, administrator, recorded_jobs):
    announce(channels=[channel])
    connecting.disconnect(administrator, channel)
    recorded_jobs.run(POST)
    assert states() == [(MessageState.CANCELLED, "disconnected")]
    assert chat.came == []


def test_a_killed_worker_leaves_a_post_in_doubt(chat, channel, announce):
    announce(channels=[channel])
    row = ambient.scalars(select(ChatPost)).one()
    row.state, row.claimed_at = MessageState.SENDING, NOON
    ambient.commit()
    post_again(timedelta(minutes=16))
    assert states() == [(MessageState.UNKNOWN, "interrupted")]
    assert chat.came == []


def test_a_channel_of_a_unit_is_for_its_own_makers(chat, administrator):
    root = make_unit("Meridian Works")
    sales = make_unit("Sales", parent=root)
    everybody = connecting.connect_teams(administrator, name="Everybody", url=chat.flow)
    own = connecting.connect_teams(administrator, name="Sales", url=chat.flow, unit_id=sales.id)
    maker = make_actor(Role.CURATOR, unit=sales)
    item = make_live_item(author=maker, unit_id=sales.id, audience={"unit_ids": [sales.id]})
    item_id, everybody_id, own_id = item.id, everybody.id, own.id
    ambient.commit()
    with pytest.raises(Invalid) as refusal:
        announcing.announce_item(maker, item_id, channel_ids=[everybody_id])
    assert [problem.pointer for problem in refusal.value.problems] == ["channel_ids"]
    ambient.rollback()
    found = announcing.announce_item(maker, item_id, channel_ids=[own_id])
    assert announcing.Progress.of(found).posts[0].channel == "Sales"
