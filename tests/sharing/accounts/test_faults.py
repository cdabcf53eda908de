"""Faults of networks (F34): nothing is posted twice, and nothing is lost without a word."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text, update

from advocacy.foundation import clock, encryption
from advocacy.foundation.db import session as ambient
from advocacy.foundation.egress import Posted
from advocacy.notifications.models import Kind as Told
from advocacy.notifications.models import Notification
from advocacy.sharing.account_models import AccountState, NetworkAccess, NetworkAccount, NetworkPost, PostState
from advocacy.sharing.accounts import calling, pressing, publishing, tending
from advocacy.sharing.accounts.access import SEALED_FOR
from advocacy.sharing.accounts.calling import CallFailed, Trouble, call
from advocacy.sharing.accounts.providers import App
from advocacy.sharing.accounts.providers.base import ask_for_token
from advocacy.sharing.models import Share, ShareState
from config.networks import find_network
from tests.sharing.accounts.conftest import account_of, connect, press_button, send
from tests.support.networks import broken

POSTS = {"mastodon": "/api/v1/statuses", "linkedin": "/rest/posts", "x": "/2/tweets"}
AT_MOST_ONCE = ("linkedin", "x")


def told_of(actor):
    return list(ambient.scalars(select(Notification.kind).where(Notification.employee_key == actor.employee_key)))


def later(post, pause=timedelta(minutes=6)):
    """Let time pass and background work come again."""
    with time_machine.travel(clock.now() + pause, tick=False):
        publishing.publish(post.id)
    ambient.flush()
    ambient.refresh(post)
    return post


@pytest.mark.parametrize("how", ["drop", "deaf", "garbage"])
def test_mastodon_is_asked_again_and_makes_one_post_of_it(networks, advocate, how, recorded_jobs):
    connect(advocate, networks.mastodon, "mastodon")
    networks.mastodon.breaks = [(POSTS["mastodon"], broken(how))]
    post = send(press_button(advocate, "mastodon"))
    assert (post.state, post.may_be_out) == (PostState.WAITING, True)
    assert later(post).state is PostState.POSTED
    first, second = networks.mastodon.calls(POSTS["mastodon"])
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert len(networks.mastodon.posts) == 1
    assert told_of(advocate) == []


@pytest.mark.parametrize("key", AT_MOST_ONCE)
@pytest.mark.parametrize("how", ["drop", "deaf", "garbage", "500"])
def test_others_are_never_asked_again_and_the_person_is(networks, advocate, key, how):
    network = networks.of(key)
    connect(advocate, network, key)
    wrong = broken("status", 500) if how == "500" else broken(how)
    network.breaks = [(POSTS[key], wrong)]
    post = send(press_button(advocate, key))
    assert post.state is PostState.UNKNOWN
    later(post)
    assert len(network.calls(POSTS[key])) == 1
    assert told_of(advocate) == [Told.POST_UNKNOWN]
    share = ambient.get_one(Share, post.share_key)
    assert share.state is ShareState.OPENED  # unknown is not posted
    assert pressing.press(advocate, share.id).id == post.id  # and no further press sends it again
    assert len(network.calls(POSTS[key])) == 1


def test_what_somebody_found_decides_what_was_unknown(networks, advocate):
    connect(advocate, networks.linkedin, "linkedin")
    networks.linkedin.breaks = [(POSTS["linkedin"], broken("drop")), (POSTS["linkedin"], broken("deaf"))]
    there, missing = (send(press_button(advocate, "linkedin")) for _ in "ab")
    shares = {post.id: ambient.get_one(Share, post.share_key) for post in (there, missing)}
    said = pressing.say_what_became(advocate, shares[there.id].id, is_there=True)
    assert (said.state, shares[there.id].state) == (PostState.SAID_POSTED, ShareState.CONFIRMED)
    assert pressing.say_what_became(advocate, shares[missing.id].id, is_there=False).state is PostState.SAID_MISSING
    again = send(pressing.press(advocate, shares[missing.id].id))
    assert again.state is PostState.POSTED


@pytest.mark.parametrize("key", POSTS)
def test_a_network_that_asks_to_wait_is_given_its_time(networks, advocate, key):
    network = networks.of(key)
    connect(advocate, network, key)
    network.breaks = [(POSTS[key], broken("status", 429, Retry_After="120"))]
    post = send(press_button(advocate, key))
    assert (post.state, post.may_be_out) == (PostState.WAITING, False)
    assert timedelta(seconds=115) < post.next_try_at - clock.now() <= timedelta(seconds=121)
    assert later(post, timedelta(seconds=30)).state is PostState.WAITING  # not before its time
    assert later(post, timedelta(seconds=125)).state is PostState.POSTED
    assert len(network.posts) == 1


def test_a_network_that_wants_hours_is_told_of_and_nothing_goes_out_later(networks, advocate):
    connect(advocate, networks.x, "x")
    networks.x.breaks = [(POSTS["x"], broken("status", 429, Retry_After="7200"))]
    post = send(press_button(advocate, "x"))
    assert (post.state, post.problem) == (PostState.REFUSED, "asked_to_wait")
    assert told_of(advocate) == [Told.POST_NOT_MADE]
    assert later(post, timedelta(hours=3)).state is PostState.REFUSED
    assert networks.x.posts == {}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "Thu, 26 Nov 2026 12:05:00 GMT", "Date": "Thu, 26 Nov 2026 12:00:00 GMT"}, 301),
        ({"x_rate_limit_reset": "1795694700", "Date": "Thu, 26 Nov 2026 12:00:00 GMT"}, 301),
        ({"X_RateLimit_Reset": "2026-11-26T12:05:00.000Z", "Date": "Thu, 26 Nov 2026 12:00:00 GMT"}, 301),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "99999999"}, 86_400),
    ],
)
def test_how_long_to_wait_is_read_against_the_networks_own_clock(networks, headers, seconds):
    networks.x.breaks = [("/2/users/me", broken("status", 429, **headers))]
    with pytest.raises(CallFailed) as failed:
        call("GET", f"{networks.x.url}/2/users/me")
    assert (failed.value.trouble, failed.value.wait_seconds) == (Trouble.ASKED_TO_WAIT, seconds)


def test_a_server_that_cannot_be_reached_has_got_nothing(networks, advocate):
    connect(advocate, networks.linkedin, "linkedin")
    post = press_button(advocate, "linkedin")
    now = clock.now()
    ambient.execute(update(NetworkPost).values(pressed_at=now - timedelta(minutes=29, seconds=55)))
    ambient.refresh(post)
    networks.linkedin.url, address = "", networks.linkedin.url
    from advocacy.foundation import preferences

    file = preferences.deployment().network_apis
    file.write_text(file.read_text().replace(address, "http://127.0.0.1:9"), encoding="utf-8")
    from config.network_apis import network_apis

    network_apis.cache_clear()
    with time_machine.travel(now, tick=False):  # five seconds are left, however long this machine takes
        assert (send(post).state, post.problem) == (PostState.REFUSED, "not_reached")


@pytest.mark.parametrize("key", POSTS)
def test_a_text_the_network_refuses_is_told_of(networks, advocate, key):
    network = networks.of(key)
    connect(advocate, network, key)
    network.breaks = [(POSTS[key], broken("status", 422))]
    post = send(press_button(advocate, key))
    assert (post.state, post.problem) == (PostState.REFUSED, "refused")
    assert told_of(advocate) == [Told.POST_NOT_MADE]


@pytest.mark.parametrize("key", ["mastodon", "linkedin"])
def test_a_revoked_token_ends_the_connection_and_the_person_is_told_once(networks, advocate, key):
    network = networks.of(key)
    connect(advocate, network, key)
    network.tokens.clear()
    post = send(press_button(advocate, key))
    assert (post.state, post.problem) == (PostState.REFUSED, "token_refused")
    assert account_of(advocate, key).state is AccountState.ENDED
    tending.tend()
    tending.tend()
    assert sorted(told_of(advocate)) == sorted([Told.POST_NOT_MADE, Told.ACCOUNT_ENDED])


def test_a_token_that_was_refused_is_renewed_and_the_post_sent_once(networks, advocate):
    connect(advocate, networks.x, "x")
    (token,) = networks.x.tokens
    networks.x.tokens["another"] = networks.x.tokens.pop(token)  # the access token is void, its refresh token is not
    assert send(press_button(advocate, "x")).state is PostState.POSTED
    assert len(networks.x.posts) == 1


def test_a_stale_token_is_renewed_before_it_is_used(networks, advocate):
    connect(advocate, networks.x, "x")
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        assert send(press_button(advocate, "x")).state is PostState.POSTED
    renewals = [one for one in networks.x.calls("/2/oauth2/token") if one.form["grant_type"] == "refresh_token"]
    assert len(renewals) == 1
    assert len(networks.x.calls(POSTS["x"])) == 1


@pytest.mark.parametrize("how", ["drop", "garbage", "500", "refused"])
def test_a_renewal_that_failed_is_no_post_that_left(networks, advocate, how):
    connect(advocate, networks.x, "x")
    statuses = {"500": 500, "refused": 422}
    wrong = broken("status", statuses[how]) if how in statuses else broken(how)
    networks.x.breaks = [("/2/oauth2/token", wrong)]
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        post = send(press_button(advocate, "x"))
        assert (post.state, post.may_be_out) == (PostState.WAITING, False)
        assert networks.x.calls(POSTS["x"]) == []
        if how in statuses:  # else the network acted, and its refresh token is another by now
            assert later(post).state is PostState.POSTED
    assert told_of(advocate) == []


def test_a_wrong_secret_of_the_application_ends_nobodys_account(networks, advocate):
    connect(advocate, networks.x, "x")
    access = ambient.scalars(select(NetworkAccess).where(NetworkAccess.network == find_network("x").number)).one()
    right = access.sealed_secret
    access.sealed_secret = encryption.encrypt("mistyped", purpose=SEALED_FOR, owner="x")
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        post = send(press_button(advocate, "x"))
        assert (post.state, post.problem, post.may_be_out) == (PostState.WAITING, "not_allowed", False)
        assert account_of(advocate, "x").state is AccountState.CONNECTED
        access.sealed_secret = right
        assert later(post).state is PostState.POSTED
    assert told_of(advocate) == []


@pytest.mark.parametrize(
    ("status", "code", "trouble"),
    [
        (401, b'{"error": "invalid_client"}', Trouble.NOT_ALLOWED),
        (400, b'{"error": "unauthorized_client"}', Trouble.NOT_ALLOWED),
        (401, b"", Trouble.NOT_ALLOWED),
        (400, b'{"error": "invalid_grant"}', Trouble.TOKEN_REFUSED),
        (401, b'{"error": "invalid_token"}', Trouble.TOKEN_REFUSED),
        (400, b'{"error": "invalid_request"}', Trouble.REFUSED),
        (503, b"", Trouble.SERVER_ERROR),
    ],
)
def test_what_a_token_endpoint_answers_ends_an_account_only_where_its_grant_is_over(
    monkeypatch, settings, status, code, trouble
):
    monkeypatch.setattr(calling, "exchange", lambda *_all, **_more: Posted(status, {}, code))
    with pytest.raises(CallFailed) as failed:
        ask_for_token("https://x.example/", App("own", "secret"), "refresh_token", identifies_by="client_secret_post")
    assert (failed.value.trouble, failed.value.status) == (trouble, status)


@pytest.mark.parametrize(("key", "state"), [("mastodon", PostState.POSTED), ("linkedin", PostState.UNKNOWN)])
def test_a_run_that_died_after_sending_leaves_one_post(networks, advocate, key, state):
    """As after kill -9 between the network's answer and our commit: `sending` stands, and nobody knows."""
    network = networks.of(key)
    connect(advocate, network, key)
    post = press_button(advocate, key)
    send(post)
    ambient.execute(
        update(NetworkPost).values(state=PostState.SENDING, remote_id=None, first_sent_at=clock.now(), ended_at=None)
    )
    ambient.execute(update(Share).values(state=ShareState.OPENED, evidenced_at=None, post_url=None))
    ambient.refresh(post)
    assert send(post).state is state
    assert len(network.posts) == 1


def test_mastodons_memory_of_keys_ends_and_then_nothing_is_repeated(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    post = press_button(advocate, "mastodon")
    long_ago = clock.now() - timedelta(hours=2)
    ambient.execute(update(NetworkPost).values(state=PostState.SENDING, attempts=1, first_sent_at=long_ago))
    ambient.refresh(post)
    assert send(post).state is PostState.UNKNOWN
    assert networks.mastodon.calls(POSTS["mastodon"]) == []


def test_a_press_whose_task_was_lost_is_wanted_again(networks, advocate, recorded_jobs):
    connect(advocate, networks.mastodon, "mastodon")
    post = press_button(advocate, "mastodon")
    ambient.execute(update(NetworkPost).values(next_try_at=clock.now() - timedelta(minutes=10)))
    ambient.execute(text("DELETE FROM task WHERE name = 'sharing.publish_post'"))
    tending.tend()
    assert recorded_jobs.arguments("sharing.publish_post") == [{"post_id": str(post.id)}]


@pytest.mark.parametrize("key", POSTS)
def test_background_work_that_stood_still_sends_no_old_press(networks, advocate, key):
    network = networks.of(key)
    connect(advocate, network, key)
    post = press_button(advocate, key)
    assert later(post, publishing.GOOD_FOR + timedelta(seconds=1)).state is PostState.REFUSED
    assert post.problem == "too_late"
    assert network.calls(POSTS[key]) == []
    assert told_of(advocate) == [Told.POST_NOT_MADE]


@pytest.mark.parametrize("state", [PostState.WAITING, PostState.SENDING])
def test_what_a_restored_copy_wants_to_send_is_not_sent_a_second_time(networks, advocate, state):
    connect(advocate, networks.linkedin, "linkedin")
    post = press_button(advocate, "linkedin")
    send(post)
    ambient.execute(update(NetworkPost).values(state=state, ended_at=None, remote_id=None))  # as the copy has it
    ambient.execute(update(Share).values(state=ShareState.OPENED, evidenced_at=None, post_url=None))
    ambient.expire_all()
    assert publishing.settle_after_restore() == 1
    ambient.flush()
    assert publishing.settle_after_restore() == 0
    assert send(post).state is PostState.UNKNOWN
    assert len(networks.linkedin.posts) == 1
    assert told_of(advocate) == [Told.POST_UNKNOWN]


def test_a_network_whose_clock_is_wrong_does_not_matter(networks, advocate):
    """How long a token lasts is told in seconds; a Date far off changes nothing."""
    connect(advocate, networks.x, "x")
    ends = account_of(advocate, "x").access_ends_at
    assert timedelta(minutes=119) < ends - clock.now() <= timedelta(hours=2)
    assert ambient.scalar(select(func.count()).select_from(NetworkAccount)) == 1
