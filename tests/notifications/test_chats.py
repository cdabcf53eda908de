"""Connecting Slack and Teams, choosing to be told in Slack, and what Slack tells us."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from advocacy.content.models import SkipCount, SkipReason
from advocacy.foundation.access import Role
from advocacy.foundation.db import own_transaction, unit_of_work
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.notifications import queries
from advocacy.notifications.chat_models import ChatAnswer, ChatConnection, ChatMember, ConnectionState, MemberState
from advocacy.notifications.senders import slack as slack_sender
from advocacy.notifications.senders.chat import Handed
from advocacy.notifications.senders.email import Fate, Result
from advocacy.notifications.senders.teams import is_address_of_a_flow
from advocacy.notifications.service.chats import checking, connecting, health, joining
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import actor_for, make_advocate
from tests.support.chats import BOT_TOKEN, NOON, SIGNING_SECRET, WORKSPACE, Says, chat_server, press, refused, signed

FLOW = "https://prod-23.westeurope.logic.azure.com:443/workflows/0b5e/triggers/manual/paths/invoke?sig=x"
INTERACTIONS = "/api/v1/hooks/slack/interactions"


@pytest.fixture
def chat(session, environment):
    with chat_server(environment) as server, time_machine.travel(NOON, tick=False):
        yield server


@pytest.fixture
def administrator(chat):
    return make_actor(Role.ADMINISTRATOR)


@pytest.fixture
def slack(chat, administrator, recorded_jobs):
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    recorded_jobs.run("notifications.check_slack")
    return chat


@pytest.fixture
def member(slack, recorded_jobs):
    return join(slack, recorded_jobs)


def join(slack, recorded_jobs, member_id="U2CERLKJA"):
    person = make_advocate()
    slack.members[person.email] = member_id
    joining.join_slack(actor_for(person))
    recorded_jobs.run("notifications.find_chat_member")
    return person


def connection():
    ambient.expire_all()
    return ambient.scalars(select(ChatConnection)).one()


def membership(person):
    ambient.expire_all()
    return ambient.get(ChatMember, person.key)


# --- Connecting Slack.


def test_slack_is_connected_once_it_knows_the_token(slack):
    (asked,) = slack.calls("auth.test")
    assert asked.token == BOT_TOKEN
    row = connection()
    assert (row.state, row.name, row.workspace_id) == (ConnectionState.WORKING, "Meridian", "T1DC2JH3J")
    assert row.hint == BOT_TOKEN[-4:].rjust(5, "…")
    assert BOT_TOKEN.encode() not in row.sealed


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "unheard_of"])
def test_a_token_slack_does_not_know_is_broken_and_says_why(chat, administrator, recorded_jobs, error):
    chat.says("auth.test", refused(error))
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    recorded_jobs.run("notifications.check_slack")
    assert (connection().state, connection().last_error) == (ConnectionState.BROKEN, error)


def test_while_slack_is_away_it_is_asked_again(chat, administrator, recorded_jobs):
    chat.says("auth.test", Says(503))
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    recorded_jobs.run("notifications.check_slack")
    assert connection().state is ConnectionState.CHECKING
    assert len(recorded_jobs.all("notifications.check_slack")) == 2


def test_new_secrets_take_the_place_of_old_ones_and_people_stay(slack, member, administrator, recorded_jobs, client):
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret="another5secret5of5slack")
    recorded_jobs.run("notifications.check_slack")
    assert connection().state is ConnectionState.WORKING
    assert membership(member).state is MemberState.CONNECTED
    raw = press("U2CERLKJA", "share")
    for secret in (SIGNING_SECRET, "another5secret5of5slack"):
        assert client.post(INTERACTIONS, data=raw, headers=signed(raw, secret=secret)).status_code == 200


def test_a_replaced_signing_secret_holds_for_a_day(slack, administrator, client):
    """A new secret is often made because the old one leaked."""

    def answers(secret, at):
        raw = press("U-STRANGER", "stop")
        with time_machine.travel(at, tick=False):
            return client.post(INTERACTIONS, data=raw, headers=signed(raw, secret=secret)).status_code

    newer, newest = "another5secret5of5slack", "yet0another0secret0of0slack"
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=newer)
    day = timedelta(days=1)
    assert answers(SIGNING_SECRET, NOON + day - timedelta(seconds=1)) == 200
    with time_machine.travel(NOON + day / 2, tick=False):  # the same one again gives the old one no second day
        connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=newer)
    assert answers(SIGNING_SECRET, NOON + day) == 401
    assert answers(newer, NOON + 9 * day) == 200
    with time_machine.travel(NOON + 2 * day, tick=False):
        connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=newest)
    assert answers(SIGNING_SECRET, NOON + 2 * day) == 401
    assert answers(newer, NOON + 2 * day) == 200
    assert answers(newer, NOON + 3 * day) == 401
    assert answers(newest, NOON + 3 * day) == 200


def test_another_workspace_begins_without_anybody(slack, member, administrator, recorded_jobs):
    slack.says("auth.test", Says(body={"ok": True, "team": "Elsewhere", "team_id": "T2"}))
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    recorded_jobs.run("notifications.check_slack")
    assert connection().name == "Elsewhere"
    assert membership(member) is None


def test_a_call_under_way_says_nothing_of_newer_secrets(slack, member, administrator, recorded_jobs, client):
    """A message that left with the old token must not let the connection work before its workspace is known."""
    before = connection().version
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    ambient.commit()
    for handed in (Handed(Result(Fate.SENT)), Handed.closed("token_revoked"), Handed.of(Fate.UNKNOWN, "500")):
        with own_transaction() as store:
            assert health.note(store, connection().id, before, handed) is None
        assert (connection().state, connection().last_error) == (ConnectionState.CHECKING, None)
        assert connection().paused_until is None
    slack.says("auth.test", Says(body={"ok": True, "team": "Meridian", "team_id": "T2"}))
    recorded_jobs.run("notifications.check_slack")
    assert (connection().state, connection().workspace_id) == (ConnectionState.WORKING, "T2")


def test_only_a_check_lets_slack_begin_to_work(chat, administrator, recorded_jobs):
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    ambient.commit()
    for handed in (Handed(Result(Fate.SENT)), Handed.closed("missing_scope")):
        with own_transaction() as store:
            health.note(store, connection().id, connection().version, handed)
        assert connection().state is ConnectionState.CHECKING
    recorded_jobs.run("notifications.check_slack")
    assert (connection().state, connection().workspace_id) == (ConnectionState.WORKING, WORKSPACE)


def test_that_it_works_and_whose_workspace_it_is_are_written_at_once(chat, administrator, recorded_jobs, monkeypatch):
    def dies(*_):
        raise RuntimeError("The worker dies here.")

    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    ambient.commit()
    with monkeypatch.context() as patched:
        patched.setattr(checking, "_settle", dies)
        with pytest.raises(RuntimeError):
            checking.check_slack(connection().id)
    assert (connection().state, connection().workspace_id) == (ConnectionState.CHECKING, None)
    checking.check_slack(connection().id)
    assert (connection().state, connection().workspace_id) == (ConnectionState.WORKING, WORKSPACE)


def test_a_test_message_after_a_repair_learns_whose_workspace_it_is(chat, api, administrator, recorded_jobs, client):
    chat.says("auth.test", refused("account_inactive"))
    connecting.connect_slack(administrator, bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)
    recorded_jobs.run("notifications.check_slack")
    assert connection().state is ConnectionState.BROKEN
    person = make_advocate()
    chat.members[person.email] = "U0BOSS"
    api(person, Role.ADMINISTRATOR).post(f"/api/v1/chats/{connection().id}/test")
    recorded_jobs.run("notifications.test_chat")
    row = connection()
    assert (row.state, row.workspace_id, row.test_outcome) == (ConnectionState.WORKING, WORKSPACE, "sent")
    raw = press("U-STRANGER", "stop")
    assert client.post(INTERACTIONS, data=raw, headers=signed(raw)).status_code == 200


def test_who_was_found_with_older_secrets_is_looked_for_again(slack, administrator, recorded_jobs, monkeypatch):
    person = make_advocate()
    slack.members[person.email] = "U2CERLKJA"
    joining.join_slack(actor_for(person))
    ambient.commit()
    calls, secrets = slack_sender.call, {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}

    def call(*given, **fields):
        with unit_of_work():  # an administrator enters new ones while Slack answers
            connecting.connect_slack(administrator, **secrets)
        return calls(*given, **fields)

    with monkeypatch.context() as patched, unit_of_work():
        patched.setattr(joining.slack, "call", call)
        joining.find_member(person.key)
    assert membership(person).state is MemberState.LOOKING
    recorded_jobs.run("notifications.check_slack")
    recorded_jobs.run("notifications.find_chat_member")
    assert membership(person).state is MemberState.CONNECTED


@pytest.mark.parametrize(
    ("token", "secret", "field"),
    [
        ("xoxp-1111111111-user-token", SIGNING_SECRET, "bot_token"),
        ("", SIGNING_SECRET, "bot_token"),
        (BOT_TOKEN + "\n\nHost: evil.example", SIGNING_SECRET, "bot_token"),
        (BOT_TOKEN, "short", "signing_secret"),
        (BOT_TOKEN, "with spaces and more of them", "signing_secret"),
    ],
)
def test_what_cannot_be_a_secret_of_slack_is_refused(administrator, token, secret, field):
    with pytest.raises(Invalid) as refusal:
        connecting.connect_slack(administrator, bot_token=token, signing_secret=secret)
    assert [problem.pointer for problem in refusal.value.problems] == [field]


def test_disconnecting_forgets_secrets_and_people(slack, member, administrator):
    connecting.disconnect(administrator, connection().id)
    row = connection()
    assert (row.state, row.sealed, row.hint) == (ConnectionState.ENDED, None, "")
    assert membership(member) is None
    assert queries.own_data(member.key)["slack"] is None


def test_a_test_message_goes_to_who_asked_once(slack, api, recorded_jobs):
    person = make_advocate()
    slack.members[person.email] = "U0BOSS"
    boss = api(person, Role.ADMINISTRATOR)
    id_ = connection().id
    assert boss.post(f"/api/v1/chats/{id_}/test").status_code == 202
    recorded_jobs.run("notifications.test_chat")
    recorded_jobs.run("notifications.test_chat")
    (came,) = slack.calls("chat.postMessage")
    assert came.fields["channel"] == "U0BOSS"
    assert boss.get("/api/v1/chats").json["data"][0]["test_outcome"] == "sent"


# --- Connecting Teams.


@pytest.mark.parametrize(
    "url",
    [
        "https://meridian.webhook.office.com/webhookb2/1", "http://prod-23.westeurope.logic.azure.com/x", "",
        "https://logic.azure.com.evil.example/x", "https://evillogic.azure.com/x", "https://169.254.169.254/x",
        "https://user@prod-23.westeurope.logic.azure.com/x", "file:///etc/passwd", "https://logic.azure.com/x",
    ],
)  # fmt: skip
def test_posts_go_only_to_hosts_of_flows(administrator, url):
    assert not is_address_of_a_flow(url)
    with pytest.raises(Invalid):
        connecting.connect_teams(administrator, name="Kiel", url=url)


def test_the_address_of_a_flow_is_sealed_and_only_its_host_is_shown(administrator, api):
    connecting.connect_teams(administrator, name="Kiel", url=FLOW)
    assert b"sig=x" not in connection().sealed
    shown = api(None, Role.ADMINISTRATOR).get("/api/v1/chats").text
    assert "sig=x" not in shown
    assert "prod-23.westeurope.logic.azure.com" in shown


def test_by_program_and_for_administrators_only(chat, api, recorded_jobs):
    boss, maker = api(None, Role.ADMINISTRATOR), api(None, Role.CURATOR)
    secrets = {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    assert maker.put("/api/v1/chats/slack", json=secrets).status_code == 403
    assert boss.put("/api/v1/chats/slack", json=secrets).json["state"] == "checking"
    made = boss.post("/api/v1/chats/teams", json={"name": "Kiel", "url": FLOW})
    assert (made.status_code, made.json["service"]) == (201, "teams")
    shown = boss.get("/api/v1/chats").text
    assert BOT_TOKEN not in shown
    assert SIGNING_SECRET not in shown
    assert boss.delete(f"/api/v1/chats/{made.json['id']}").status_code == 204
    assert boss.delete(f"/api/v1/chats/{made.json['id']}").status_code == 404
    assert boss.post("/api/v1/chats/teams", json={"name": "Kiel", "url": "https://evil.example"}).status_code == 422


# --- Choosing to be told in Slack.


def test_a_person_is_found_by_their_own_address_and_greeted(slack, recorded_jobs):
    person = make_advocate()
    slack.members[person.email] = "U2CERLKJA"
    assert joining.join_slack(actor_for(person)).state is MemberState.LOOKING
    recorded_jobs.run("notifications.find_chat_member")
    assert (membership(person).state, membership(person).member_id) == (MemberState.CONNECTED, "U2CERLKJA")
    (greeting,) = slack.calls("chat.postMessage")
    assert greeting.fields["channel"] == "U2CERLKJA"
    assert "/notifications/settings" in greeting.fields["text"]
    assert queries.own_data(person.key)["slack"]["member_id"] == "U2CERLKJA"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (None, "users_not_found"),
        (Says(body={"ok": True, "user": {"id": "U1", "deleted": True}}), "not_a_person"),
        (Says(body={"ok": True, "user": {"id": "U1", "is_bot": True}}), "not_a_person"),
        (Says(body={"ok": True, "user": {"id": "../../U1"}}), "not_a_person"),
        (Says(body={"ok": True}), "not_a_person"),
    ],
)
def test_who_is_not_there_is_told_so(slack, recorded_jobs, said, reason):
    person = make_advocate()
    if said is not None:
        slack.says("users.lookupByEmail", said)
    joining.join_slack(actor_for(person))
    recorded_jobs.run("notifications.find_chat_member")
    assert (membership(person).state, membership(person).reason) == (MemberState.NOT_FOUND, reason)


def test_one_member_of_slack_is_one_of_us(slack, member, recorded_jobs):
    other = join(slack, recorded_jobs, "U2CERLKJA")
    assert (membership(other).state, membership(other).reason) == (MemberState.NOT_FOUND, "taken")
    assert membership(member).state is MemberState.CONNECTED


def test_a_no_while_slack_is_asked_is_heard(slack, recorded_jobs):
    person = make_advocate()
    slack.members[person.email] = "U2CERLKJA"
    joining.join_slack(actor_for(person))
    joining.leave_slack(person.key)
    recorded_jobs.run("notifications.find_chat_member")
    assert membership(person) is None
    assert slack.calls("chat.postMessage") == []


def test_while_slack_is_away_the_search_goes_on_for_a_day(slack, recorded_jobs):
    person = make_advocate()
    slack.says("users.lookupByEmail", Says(500), Says(500))
    joining.join_slack(actor_for(person))
    recorded_jobs.run("notifications.find_chat_member")
    assert membership(person).state is MemberState.LOOKING
    assert len(recorded_jobs.all("notifications.find_chat_member")) == 2
    with time_machine.travel(NOON + timedelta(days=1, minutes=1), tick=False):
        joining.find_member(person.key)
    assert membership(person).state is MemberState.NOT_FOUND


def test_without_slack_nobody_can_join(session):
    with pytest.raises(Conflict):
        joining.join_slack(actor_for(make_advocate()))


def test_leaving_is_a_no_that_joining_again_takes_back(slack, member):
    joining.leave_slack(member.key)
    assert membership(member) is None
    assert "slack:suggestions" in queries.choices_of(member.key).muted
    joining.join_slack(actor_for(ambient.merge(member)))
    assert "slack:suggestions" not in queries.choices_of(member.key).muted


def test_by_program_oneself_only(slack, api, recorded_jobs):
    person = make_advocate()
    slack.members[person.email] = "U2CERLKJA"
    program = api(person)
    assert program.get("/api/v1/me/slack").status_code == 404
    assert program.put("/api/v1/me/slack").json["state"] == "looking"
    recorded_jobs.run("notifications.find_chat_member")
    assert program.get("/api/v1/me/slack").json["state"] == "connected"
    assert program.delete("/api/v1/me/slack").status_code == 204
    assert program.get("/api/v1/me/slack").status_code == 404


# --- What Slack tells us.


def test_the_signature_of_slacks_own_example_is_known():
    """The worked example on Slack's page about verifying requests."""
    raw = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    for seconds, is_good in ((0, True), (299, True), (301, False), (-299, True), (-301, False)):
        at = datetime.fromtimestamp(1531420618 + seconds, UTC)
        with time_machine.travel(at, tick=False):
            assert slack_sender.is_signed(raw, headers, ["wrong", SIGNING_SECRET]) is is_good
            assert not slack_sender.is_signed(raw + b" ", headers, [SIGNING_SECRET])
            assert not slack_sender.is_signed(raw, headers, ["wrong"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": "v0=00"},
        {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=00"},
        {"X-Slack-Request-Timestamp": str(int(NOON.timestamp())), "X-Slack-Signature": "v0=00"},
        {"X-Slack-Request-Timestamp": str(int(NOON.timestamp())), "X-Slack-Signature": "v0=\xe9"},
    ],
)
def test_what_slack_did_not_sign_is_refused(slack, member, client, headers):
    assert client.post(INTERACTIONS, data=press("U2CERLKJA", "stop"), headers=headers).status_code == 401
    assert membership(member) is not None


def test_an_old_or_foreign_message_is_refused(slack, member, client):
    raw = press("U2CERLKJA", "stop")
    old = signed(raw, at=NOON.timestamp() - 301)
    assert client.post(INTERACTIONS, data=raw, headers=old).status_code == 401
    raw = press("U2CERLKJA", "stop", team="T-OTHER")
    assert client.post(INTERACTIONS, data=raw, headers=signed(raw)).status_code == 401
    assert membership(member) is not None


@pytest.mark.parametrize(
    "raw", [b"", b"payload=", b"payload=[]", b"payload=%7B", b"payload=" + b"[" * 90_000, b"\xff\xfe", b"a=1&" * 90]
)
def test_what_is_no_press_is_refused_or_passed_over(slack, client, raw):
    assert client.post(INTERACTIONS, data=raw, headers=signed(raw)).status_code in {401, 422}


def test_not_for_me_is_counted_without_a_name_and_answered_in_slack(slack, member, client, recorded_jobs):
    item = make_live_item(texts={"en": {"title": "The pump that saves a river", "summary": "Two."}})
    raw = press("U2CERLKJA", "not_for_me", f"{item.id}/too_salesy")
    headers = signed(raw)
    first = client.post(INTERACTIONS, data=raw, headers=headers)
    assert (first.status_code, first.json) == (200, {"is_new": True})
    assert slack.calls("chat.update") == []  # Slack waits three seconds at most: the work is a task
    again = client.post(INTERACTIONS, data=raw, headers=headers)
    assert (again.status_code, again.json) == (200, {"is_new": False})
    recorded_jobs.run("notifications.answer_in_slack")
    counted = ambient.execute(select(SkipCount.reason, SkipCount.people)).all()
    assert counted == [(SkipReason.TOO_SALESY, 1)]
    row = ambient.scalars(select(ChatAnswer)).one()
    assert (row.employee_key, row.item_id, row.reason, row.place) == (None, None, None, None)
    (update,) = slack.calls("chat.update")
    assert (update.fields["channel"], update.fields["ts"]) == ("D024BE91L", "1503435956.000247")
    assert "The pump that saves a river" in update.fields["text"]


def test_a_second_press_does_not_count_twice(slack, member, client, recorded_jobs):
    item = make_live_item()
    for seconds in (0, 1):
        raw = press("U2CERLKJA", "not_for_me", f"{item.id}/off_topic")
        client.post(INTERACTIONS, data=raw, headers=signed(raw, at=NOON.timestamp() + seconds))
    recorded_jobs.run("notifications.answer_in_slack")
    assert ambient.scalar(select(func.sum(SkipCount.people))) == 1


@pytest.mark.parametrize("value", ["", "x", "/", "00000000-0000-0000-0000-000000000000/off_topic", "a/b/c"])
def test_a_press_about_nothing_changes_nothing(slack, member, client, recorded_jobs, value):
    raw = press("U2CERLKJA", "not_for_me", value)
    assert client.post(INTERACTIONS, data=raw, headers=signed(raw)).status_code == 200
    recorded_jobs.run("notifications.answer_in_slack")
    assert ambient.scalar(select(func.count()).select_from(SkipCount)) == 0


def test_somebody_we_do_not_know_is_passed_over(slack, client, recorded_jobs):
    raw = press("U-STRANGER", "not_for_me", f"{make_live_item().id}/off_topic")
    assert client.post(INTERACTIONS, data=raw, headers=signed(raw)).status_code == 200
    assert recorded_jobs.all("notifications.answer_in_slack") == []


def test_stop_in_slack_stands_before_the_answer(slack, member, client):
    raw = press("U2CERLKJA", "stop")
    for _ in range(2):
        assert client.post(INTERACTIONS, data=raw, headers=signed(raw)).status_code == 200
    assert membership(member) is None
    assert "slack:suggestions" in queries.choices_of(member.key).muted
