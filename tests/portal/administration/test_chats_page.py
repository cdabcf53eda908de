"""The pages around chats: administrators connect them, people join for themselves, makers choose channels."""

import pytest
import time_machine
from sqlalchemy import select

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.notifications import queries
from advocacy.notifications.chat_models import ChatConnection, ChatMember, ChatPost
from advocacy.notifications.service.chats import connecting
from tests.factories.content import make_actor, make_live_item
from tests.factories.notifications import choose
from tests.factories.people import make_advocate, make_unit
from tests.support.chats import BOT_TOKEN, NOON, SIGNING_SECRET, Says, chat_server
from tests.support.html import checked_page


@pytest.fixture
def chat(session, environment):
    with chat_server(environment) as server, time_machine.travel(NOON, tick=False):
        make_unit("Meridian Works")
        yield server


@pytest.fixture
def boss(chat, sign_in):
    return sign_in(make_advocate(), Role.ADMINISTRATOR)


def connections():
    ambient.expire_all()
    return ambient.scalars(select(ChatConnection).order_by(ChatConnection.created_at)).all()


def test_slack_is_connected_tried_and_disconnected_and_never_shows_its_secrets(chat, boss, recorded_jobs):
    assert "No chat is connected" in checked_page(boss.get("/settings/chats")).text
    form = {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    assert boss.post("/settings/chats/slack", data=form).status_code == 302
    (row,) = connections()
    id_ = row.id
    checking = checked_page(boss.get("/settings/chats")).text
    assert "being checked" in checking
    assert f"/settings/chats/{id_}/state" in checking
    chat.says("users.lookupByEmail", Says(body={"ok": True, "user": {"id": "U0BOSS"}}))
    recorded_jobs.run("notifications.check_slack")
    assert boss.post(f"/settings/chats/{id_}/test").status_code == 302
    recorded_jobs.run("notifications.test_chat")
    shown = checked_page(boss.get("/settings/chats")).text
    for words in ("Slack is connected", "Meridian", "It arrived.", "/api/v1/hooks/slack/interactions"):
        assert words in shown
    assert "hx-trigger" not in boss.get(f"/settings/chats/{id_}/state").text
    for secret in (BOT_TOKEN, SIGNING_SECRET):
        assert secret not in shown
    assert boss.post(f"/settings/chats/{id_}/disconnect").status_code == 302
    assert "No chat is connected" in checked_page(boss.get("/settings/chats")).text


def test_what_is_wrong_is_said_and_no_secret_comes_back(boss):
    refused = checked_page(
        boss.post("/settings/chats/slack", data={"bot_token": "xoxp-user-token", "signing_secret": SIGNING_SECRET}),
        status=422,
    )
    assert "begins with xoxb-" in refused.text
    assert SIGNING_SECRET not in refused.text
    refused = checked_page(
        boss.post("/settings/chats/teams", data={"name": "Kiel", "url": "https://evil.example/secret"}), status=422
    )
    assert "no address of a flow" in refused.text
    assert "evil.example" not in refused.text
    assert refused.field("name") == "Kiel"


def test_a_channel_that_broke_says_what_to_do(chat, boss, recorded_jobs):
    assert boss.post("/settings/chats/teams", data={"name": "Kiel", "url": chat.flow}).status_code == 302
    (row,) = connections()
    chat.says("flow", Says(404))
    boss.post(f"/settings/chats/{row.id}/test")
    recorded_jobs.run("notifications.test_chat")
    shown = checked_page(boss.get("/settings/chats")).text
    assert "takes nothing" in shown
    assert "The flow is gone." in shown
    assert "only-the-flow-knows" not in shown


def test_somebody_joins_and_leaves_by_themselves(chat, sign_in, recorded_jobs):
    person = make_advocate()
    browser = sign_in(person)
    assert "In Slack" not in checked_page(browser.get("/notifications/settings")).text
    assert browser.post("/notifications/slack").status_code == 302
    assert "Slack is not connected" in browser.get("/notifications/settings").text
    connecting.connect_slack(make_actor(Role.ADMINISTRATOR), bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    recorded_jobs.run("notifications.check_slack")
    assert "Tell me in Slack" in checked_page(browser.get("/notifications/settings")).text
    browser.post("/notifications/slack")
    assert "being looked up" in checked_page(browser.get("/notifications/settings")).text
    recorded_jobs.run("notifications.find_chat_member")
    assert "Nobody in Slack has this mail address." in checked_page(browser.get("/notifications/settings")).text
    chat.members[ambient.merge(person).email] = "U1"
    browser.post("/notifications/slack")
    recorded_jobs.run("notifications.find_chat_member")
    shown = checked_page(browser.get("/notifications/settings"))
    assert "You are told in Slack since" in shown.text
    assert "slack:suggestions" in [box.get("value") for box in shown.all("input")]
    browser.post("/notifications/slack/leave")
    ambient.expire_all()
    assert ambient.scalars(select(ChatMember)).all() == []


def test_choices_about_a_chat_that_is_not_offered_are_kept(chat, sign_in):
    person = make_advocate()
    choose(person, off=["slack:suggestions"])
    browser = sign_in(person)
    shown = checked_page(browser.get("/notifications/settings"))
    form = {"version": shown.field("version"), "on": ["mail:suggestions"], "digest_days": ["2"], "digest_hour": "9"}
    form |= {"quiet_from": "20", "quiet_until": "7", "most_a_day": "1", "most_a_week": "3"}
    assert browser.post("/notifications/settings", data=form).status_code == 302
    muted = queries.choices_of(person.key).muted
    assert "slack:suggestions" in muted
    choose(person, off=["web_push:suggestions"])
    form["version"] = checked_page(browser.get("/notifications/settings")).field("version")
    browser.post("/notifications/settings", data=form)
    ambient.expire_all()
    assert "slack:suggestions" not in queries.choices_of(person.key).muted


def test_a_maker_chooses_channels_and_sees_what_became_of_them(chat, sign_in, recorded_jobs):
    administrator, maker = make_actor(Role.ADMINISTRATOR), make_advocate()
    channel = connecting.connect_teams(administrator, name="News Kiel", url=chat.flow).id
    browser = sign_in(maker, Role.CURATOR)
    item = make_live_item().id
    assert "News Kiel" in checked_page(browser.get(f"/studio/{item}/announce")).text
    refused = browser.post(f"/studio/{item}/announce", data={"note": "", "channel_ids": "x"})
    assert refused.status_code == 422
    stranger = browser.post(f"/studio/{item}/announce", data={"note": "", "channel_ids": str(item)})
    assert stranger.status_code == 422
    assert "being told" not in stranger.text
    answer = browser.post(f"/studio/{item}/announce", data={"note": "Now", "channel_ids": str(channel)})
    assert answer.status_code == 302
    chat.says("flow", Says(500))
    recorded_jobs.run("notifications.post_to_teams")
    assert ambient.scalars(select(ChatPost)).one().outcome == "500"
    shown = checked_page(browser.get(f"/studio/{item}/announce")).text
    assert "in doubt" in shown
    assert "News Kiel" in shown
