"""Messages in Slack: what they say, to whom, at most once whatever Slack does, and never after a no."""

import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.content import service
from advocacy.content.models import ContentItem
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.db import unit_of_work
from advocacy.foundation.egress import posting
from advocacy.notifications.chat_models import ChatConnection, ChatMember, ConnectionState, MemberState
from advocacy.notifications.models import Announcement, AnnouncementState, Kind, Message, MessageState, Notification
from advocacy.notifications.service.chats import joining
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing.chats.pacing import GAP_SECONDS, SAME_PLACE_SECONDS, Pace
from tests.factories.content import make_actor
from tests.factories.identity import give_role, make_account
from tests.factories.notifications import choose
from tests.factories.people import actor_for, make_advocate
from tests.factories.sharing import make_share
from tests.support.chats import NOON, Says, refused
from workers import notifications as work

SEND = "notifications.send_slack_messages"


def states():
    ambient.expire_all()
    # The clock stands still: what was written at one instant is in order of the people.
    rows = ambient.scalars(select(Message).order_by(Message.created_at, Message.employee_key))
    return [(row.state, row.outcome) for row in rows]


def connection():
    ambient.expire_all()
    return ambient.scalars(select(ChatConnection)).one()


def send_again(after):
    with time_machine.travel(NOON + after, tick=False), unit_of_work():
        work.send_slack_messages()


def test_a_person_is_told_in_slack_with_a_way_to_their_own_sheet(slack, join, announce, recorded_jobs, client):
    person = join()
    item_id = announce(
        texts={"en": {"title": "The *pump* that saves <a river>", "summary": "It went into service on Friday."}},
        captions=[{"network": "linkedin", "language": "en", "text": "I helped to build this pump."}],
    )
    recorded_jobs.run(SEND)
    (came,) = slack.calls("chat.postMessage")
    assert came.fields["channel"] == "U2CERLKJA"
    assert came.fields["unfurl_links"] == "false"
    blocks = came.fields["blocks"]
    assert blocks[0] == {
        "type": "header",
        "text": {"type": "plain_text", "text": "The *pump* that saves <a river>", "emoji": False},
    }
    words = str(blocks)
    assert "We open it on Friday." in words
    assert "It went into service on Friday." in words
    assert "I helped to build this pump." in words
    assert "I work at Meridian Works" in words
    (share, not_for_me, stop) = blocks[-1]["elements"]
    assert share["action_id"] == "share"
    assert {option["value"].split("/")[0] for option in not_for_me["options"]} == {str(item_id)}
    assert stop["action_id"] == "stop"
    sheet = client.get("/" + share["url"].split("/", 3)[3])
    assert sheet.status_code == 200
    assert "The *pump* that saves" in sheet.get_data(as_text=True)
    assert states() == [(MessageState.SENT, None)]
    assert ambient.get(ChatMember, person.key).state is MemberState.CONNECTED


def test_only_those_who_asked_for_it_are_told_and_each_once(slack, join, announce, recorded_jobs):
    join()
    make_advocate()
    announce()
    recorded_jobs.run(SEND)
    work.send_slack_messages()
    assert len(slack.calls("chat.postMessage")) == 1


def test_words_are_those_of_the_reader(slack, join, announce, recorded_jobs):
    join(language="de")
    announce()
    recorded_jobs.run(SEND)
    (came,) = slack.calls("chat.postMessage")
    assert "Nicht mein Thema" in str(came.fields["blocks"])


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        ("withdraw", "opted_out"),
        ("muted", "off"),
        ("left", "not_in_slack"),
        ("quiet", "quiet_hours"),
        ("capped", "cap_of_the_day"),
        ("shared", "shared_already"),
    ],
)
def test_a_no_between_the_slice_and_the_message_is_heard(slack, join, announce, recorded_jobs, how, outcome):
    person = join()
    item_id = announce()
    person = ambient.merge(person)
    if how == "withdraw":
        withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    elif how == "muted":
        choose(person, off=["slack:suggestions"])
    elif how == "left":
        joining.leave_slack(person.key)
    elif how == "quiet":
        choose(person, quiet_from=12, quiet_until=14)
    elif how == "shared":
        item = ambient.scalars(select(ContentItem).where(ContentItem.id == item_id)).one()
        make_share(employee=person, item=item, confirmed=True)
    else:
        taken = {"employee_key": person.key, "channel": "mail", "occasion": "digest:2026-11-24", "attempts": 1}
        ambient.add(Message(**taken, state=MessageState.SENT, claimed_at=NOON, due_at=NOON, created_at=NOON))
    ambient.commit()
    recorded_jobs.run(SEND)
    assert slack.calls("chat.postMessage") == []
    assert (MessageState.CANCELLED, outcome) in states()


def test_too_many_is_waited_for_as_long_as_slack_says(slack, join, announce, recorded_jobs):
    join()
    announce()
    slack.says("chat.postMessage", Says(429, headers={"Retry-After": "90"}))
    recorded_jobs.run(SEND)
    assert states() == [(MessageState.WAITING, None)]
    assert connection().paused_until == NOON + timedelta(seconds=90)
    send_again(timedelta(seconds=89))
    assert len(slack.calls("chat.postMessage")) == 1
    send_again(timedelta(seconds=91))
    assert states() == [(MessageState.SENT, None)]
    assert connection().paused_until is None


@pytest.mark.parametrize(
    "said",
    [
        Says(500),
        Says(502, b"<html>bad gateway</html>"),
        Says(200, b"<html>welcome to the hotel</html>"),
        Says(200, b'{"ok": tr'),
        Says(200, {"message": "no ok in it"}),
        Says(ends="before"),
        Says(200, b'{"ok": true', ends="reset"),
        Says(ends="slow"),
        refused("internal_error"),
        refused("fatal_error"),
    ],
    ids=lambda said: said.ends or f"{said.status}-{str(said.body)[:20]}",
)
def test_what_is_in_doubt_is_never_told_twice_and_stays_visible(
    slack, join, announce, recorded_jobs, monkeypatch, said
):
    join()
    announce()
    monkeypatch.setattr(posting, "READ_SECONDS", 0.2)  # only now: what was asked before has to be heard
    slack.says("chat.postMessage", said)
    recorded_jobs.run(SEND)
    assert states()[0][0] is MessageState.UNKNOWN
    assert states()[0][1]
    assert connection().last_error
    assert connection().paused_until == NOON + timedelta(minutes=1)
    send_again(timedelta(hours=2))
    assert len(slack.calls("chat.postMessage")) == 1


def test_a_long_answer_is_read_to_its_end(slack, join, announce, recorded_jobs):
    """The message comes back whole, six bytes for each letter that is not ASCII."""
    join()
    announce()
    echo = Says(body={"ok": True, "channel": "D024BE91L", "message": {"text": "ü" * 3_000}})
    assert len(json.dumps(echo.body)) > 16_384
    slack.says("chat.postMessage", echo)
    recorded_jobs.run(SEND)
    assert states() == [(MessageState.SENT, None)]
    assert (connection().failures, connection().paused_until) == (0, None)


def test_an_outage_does_not_turn_a_campaign_into_messages_in_doubt(slack, join, announce, recorded_jobs):
    for number in range(3):
        join(f"U{number}")
    announce()
    slack.says("chat.postMessage", Says(500), Says(500))
    recorded_jobs.run(SEND)
    assert sorted(state for state, _ in states()) == ["unknown", "waiting", "waiting"]
    send_again(timedelta(minutes=1))
    assert connection().paused_until == NOON + timedelta(minutes=3)
    send_again(timedelta(minutes=3))
    assert sorted(state for state, _ in states()) == ["sent", "unknown", "unknown"]
    assert (connection().state, connection().failures) == (ConnectionState.WORKING, 0)


@pytest.mark.parametrize("said", [Says(503), refused("service_unavailable"), refused("rate_limited")])
def test_who_takes_nothing_now_gets_it_later(slack, join, announce, recorded_jobs, said):
    join()
    announce()
    slack.says("chat.postMessage", said)
    recorded_jobs.run(SEND)
    assert states() == [(MessageState.WAITING, None)]
    send_again(timedelta(minutes=2))
    assert states() == [(MessageState.SENT, None)]


@pytest.mark.parametrize("error", ["account_inactive", "token_revoked", "invalid_auth", "missing_scope"])
def test_a_dead_connection_keeps_what_waits_and_tells_administrators_once(slack, join, announce, recorded_jobs, error):
    boss = make_advocate()
    give_role(make_account(boss), Role.ADMINISTRATOR)
    join()
    announce()
    slack.says("chat.postMessage", refused(error))
    recorded_jobs.run(SEND)
    assert states() == [(MessageState.WAITING, None)]
    assert (connection().state, connection().last_error) == (ConnectionState.BROKEN, error)
    for _ in range(2):
        work.tell_of_broken_chats()
    told = ambient.scalars(select(Notification).where(Notification.kind == Kind.CHAT_BROKEN)).all()
    assert [line.employee_key for line in told] == [boss.key]
    assert told[0].details["reason"] == error
    send_again(timedelta(hours=1))
    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("error", ["channel_not_found", "user_disabled"])
def test_who_is_gone_from_slack_hears_it_once_and_others_go_on(slack, join, announce, recorded_jobs, error):
    person = join("U1")
    join("U2")
    announce()
    slack.says("chat.postMessage", refused(error))
    recorded_jobs.run(SEND)
    assert states() == [(MessageState.FAILED, error), (MessageState.SENT, None)]
    member = ambient.get(ChatMember, person.key)
    assert (member.state, member.reason) == (MemberState.ENDED, error)
    assert connection().state is ConnectionState.WORKING
    told = ambient.scalars(select(Notification).where(Notification.kind == Kind.CHAT_ENDED)).all()
    assert [line.employee_key for line in told] == [person.key]


def test_a_message_slack_does_not_understand_fails_alone(slack, join, announce, recorded_jobs):
    join("U1")
    join("U2")
    announce()
    slack.says("chat.postMessage", refused("invalid_blocks"))
    recorded_jobs.run(SEND)
    assert states() == [(MessageState.FAILED, "invalid_blocks"), (MessageState.SENT, None)]
    assert connection().last_error == "invalid_blocks"


def test_what_was_withdrawn_meanwhile_is_not_told(slack, join, announce, recorded_jobs):
    join()
    item_id = announce()
    service.withdraw_item(make_actor(Role.CURATOR), item_id, reason="Wrong number", stops_links=False)
    recorded_jobs.run(SEND)
    assert states() == [(MessageState.CANCELLED, "item_over")]


def test_a_killed_worker_leaves_a_message_in_doubt(slack, join, announce):
    join()
    announce()
    row = ambient.scalars(select(Message)).one()
    row.state, row.claimed_at = MessageState.SENDING, NOON
    ambient.commit()
    with time_machine.travel(NOON + timedelta(minutes=16), tick=False), unit_of_work():
        work.start_digests()
    send_again(timedelta(minutes=17))
    assert states() == [(MessageState.UNKNOWN, "interrupted")]
    assert slack.calls("chat.postMessage") == []


def test_a_stopped_announcement_is_told_no_further(slack, join, announce, recorded_jobs):
    join()
    announce()
    ambient.scalars(select(Announcement)).one().state = AnnouncementState.CANCELLED
    ambient.commit()
    recorded_jobs.run(SEND)
    assert states() == [(MessageState.CANCELLED, "announcement_stopped")]


def test_calls_are_so_far_apart_as_slack_wants_them():
    at = 100.0
    pace = Pace(lambda: at)
    assert [pace.wait(place) for place in ("a", "b", "a", "c")] == [
        0.0,
        GAP_SECONDS,
        SAME_PLACE_SECONDS,
        SAME_PLACE_SECONDS + GAP_SECONDS,
    ]
