"""Posting with one's own account: the press, what goes out, and what is written down."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from advocacy.activity.kinds import Kind
from advocacy.activity.models import ActivityEvent
from advocacy.content.service import withdraw_item
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import own_transaction
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, NotFound
from advocacy.notifications.models import Kind as Told
from advocacy.notifications.models import Notification
from advocacy.people.models import Purpose
from advocacy.people.queries import today
from advocacy.people.service import withdraw_consent
from advocacy.sharing.account_models import NetworkAccess, NetworkPost, PostState
from advocacy.sharing.accounts import pressing
from advocacy.sharing.accounts.connecting import disconnect
from advocacy.sharing.attribution import credits_of
from advocacy.sharing.clicks.evidence import prove_shares
from advocacy.sharing.models import Link, Share, ShareState
from tests.factories.content import make_actor, make_live_item
from tests.factories.identity import make_account
from tests.factories.people import actor_for, make_advocate
from tests.sharing.accounts.conftest import TEXT, Networks, connect, deployed, press_button, send, switch_on
from tests.support.networks import LinkedInServer, MastodonServer, XServer, running

NETWORKS = ("mastodon", "linkedin", "x")


def share_of(post):
    return ambient.get_one(Share, post.share_key, populate_existing=True)


@pytest.mark.parametrize("key", NETWORKS)
def test_a_press_posts_the_text_with_its_link_and_leaves_evidence(networks, advocate, recorded_jobs, key):
    network = networks.of(key)
    connect(advocate, network, key)
    post = press_button(advocate, key)
    assert recorded_jobs.arguments("sharing.publish_post") == [{"post_id": str(post.id)}]
    assert send(post).state is PostState.POSTED
    (sent,) = network.posts.values()
    link = ambient.scalars(select(Link).where(Link.share_key == post.share_key)).one()
    assert f"http://127.0.0.1:8001/{link.code}" in str(sent)
    assert "I work at Meridian Works." in str(sent)
    share = share_of(post)
    assert (share.state, share.evidenced_at is not None) == (ShareState.EVIDENCED, True)
    assert share.post_url is not None
    kinds = ambient.scalars(select(ActivityEvent.kind).where(ActivityEvent.share_key == share.key)).all()
    assert sorted(kinds) == sorted([Kind.SHARE_OPENED, Kind.SHARE_PUBLISHED])


def test_what_linkedin_reserves_is_escaped_and_hashtags_stay(networks, advocate):
    connect(advocate, networks.linkedin, "linkedin")
    send(press_button(advocate, "linkedin", text=f"{TEXT} (really) *new* #pumps a_b # 1 @robin"))
    (sent,) = networks.linkedin.posts.values()
    assert sent["commentary"].endswith(r"\(really\) \*new\* #pumps a\_b \# 1 \@robin")
    assert sent["content"]["article"]["source"].startswith("http://127.0.0.1:8001/")


def test_pressing_twice_is_one_press(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    item, key = make_live_item(), uuid4()
    first, second = (
        pressing.post_now(advocate, press_key=key, item_id=item.id, network_key="mastodon", text=TEXT) for _ in "ab"
    )
    assert first.id == second.id
    assert ambient.scalar(select(func.count()).select_from(Share)) == 1
    send(first)
    send(first)
    assert len(networks.mastodon.calls("/api/v1/statuses")) == 1
    share = share_of(first)
    assert pressing.press(advocate, share.id).id == first.id  # what is out is not sent again


def test_somebody_elses_press_is_not_there(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    post = press_button(advocate, "mastodon")
    other = actor_for(make_advocate())
    item = make_live_item()
    with pytest.raises(NotFound):
        pressing.post_now(other, press_key=post.press_key, item_id=item.id, network_key="mastodon", text=TEXT)
    with pytest.raises(NotFound):
        pressing.post_of(share_of(post).id, visible_to=other)


def test_without_a_connected_account_nothing_is_posted(networks, advocate):
    with pytest.raises(Conflict) as refused:
        press_button(advocate, "linkedin")
    assert refused.value.code == "not_connected"


def test_what_was_withdrawn_meanwhile_does_not_go_out(networks, advocate):
    curator = make_actor(Role.CURATOR)
    connect(advocate, networks.mastodon, "mastodon")
    item = make_live_item(author=curator)
    post = press_button(advocate, "mastodon", item=item)
    withdraw_item(curator, item.id, reason="Wrong.")
    assert (send(post).state, post.problem) == (PostState.REFUSED, "item_gone")
    assert networks.mastodon.posts == {}
    assert share_of(post).state is ShareState.OPENED


def test_rules_that_changed_meanwhile_stop_the_post_rather_than_change_the_words(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    post = press_button(advocate, "mastodon")
    share = share_of(post)
    share.text = "Nothing says where I work."
    assert (send(post).state, post.problem) == (PostState.REFUSED, "rules_changed")
    with pytest.raises(Conflict) as refused:
        pressing.press(advocate, share.id)
    assert refused.value.code == "rules_changed"


@pytest.mark.parametrize("how", ["disconnected", "withdrawn", "switched off"])
def test_a_no_between_press_and_sending_is_heard(networks, advocate, how):
    connect(advocate, networks.mastodon, "mastodon")
    post = press_button(advocate, "mastodon")
    if how == "disconnected":
        disconnect(advocate, "mastodon")
    elif how == "withdrawn":
        withdraw_consent(advocate, Purpose.TAKE_PART, source="test")
    else:
        ambient.get_one(NetworkAccess, post.network).is_on = False
    assert send(post).state is PostState.REFUSED
    assert networks.mastodon.posts == {}


@pytest.mark.parametrize("how", ["left", "closed"])
def test_nothing_goes_out_for_somebody_who_is_gone(networks, how):
    person = make_advocate()
    way_in, actor = make_account(person), actor_for(person)
    connect(actor, networks.mastodon, "mastodon")
    post = press_button(actor, "mastodon")
    if how == "left":
        person.left_on = today() - timedelta(days=1)
    else:
        way_in.is_active = False
    ambient.flush()
    assert (send(post).state, post.problem) == (PostState.REFUSED, "person_gone")
    assert networks.mastodon.posts == {}


def test_a_limit_for_the_month_holds(networks, advocate):
    connect(advocate, networks.x, "x")
    access = ambient.scalars(select(NetworkAccess).where(NetworkAccess.client_id == "own-app")).all()
    for one in access:
        one.most_posts_a_month = 1
    send(press_button(advocate, "x"))
    with pytest.raises(Conflict) as refused:
        press_button(advocate, "x")
    assert refused.value.code == "limit_reached"


def test_presses_that_cost_money_are_counted_one_after_the_other(committed_database, environment, tmp_path):
    """Two at the same moment would each see the last free place: so the second waits for the first to be written."""
    networks = Networks(MastodonServer(), LinkedInServer(), XServer())
    with running(networks.mastodon, networks.linkedin, networks.x), deployed(environment, tmp_path, networks):
        switch_on("x", most_posts_a_month=1)
        actor = actor_for(make_advocate())
        connect(actor, networks.x, "x")
        item = make_live_item()
        ambient.commit()
        press_button(actor, "x", item=item)
        with own_transaction() as other:
            free = select(NetworkAccess.network).with_for_update(skip_locked=True)
            assert other.scalars(free).all() == []
        ambient.rollback()


def test_a_press_that_waits_can_be_taken_back(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    post = press_button(advocate, "mastodon")
    share_id = share_of(post).id
    assert pressing.cancel(advocate, share_id).state is PostState.REFUSED
    assert send(post).problem == "cancelled"
    assert networks.mastodon.posts == {}
    again = pressing.press(advocate, share_id)
    assert (again.id != post.id, send(again).state) == (True, PostState.POSTED)
    with pytest.raises(Conflict):
        pressing.cancel(advocate, share_id)


def test_a_post_confirmed_by_hand_meanwhile_is_published_once(networks, advocate):
    from advocacy.sharing.service import confirm_share

    connect(advocate, networks.mastodon, "mastodon")
    post = press_button(advocate, "mastodon")
    share = share_of(post)
    confirm_share(advocate, share.id)
    assert send(post).state is PostState.POSTED
    events = ambient.scalars(
        select(ActivityEvent).where(
            ActivityEvent.share_key == share.key, ActivityEvent.kind == int(Kind.SHARE_PUBLISHED)
        )
    ).all()
    assert len(events) == 1


def test_a_confirmed_share_is_not_posted_again(networks, advocate):
    from advocacy.sharing.service import confirm_share
    from tests.factories.sharing import make_share

    connect(advocate, networks.linkedin, "linkedin")
    opened = make_share(actor=advocate, network="linkedin")
    confirm_share(advocate, opened.share.id)
    with pytest.raises(Conflict) as refused:
        pressing.press(advocate, opened.share.id)
    assert refused.value.code == "already_posted"
    assert ambient.scalar(select(func.count()).select_from(NetworkPost)) == 0


def test_the_first_click_on_a_post_from_here_is_told_once(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    post = send(press_button(advocate, "mastodon"))
    share, link = share_of(post), ambient.scalars(select(Link).where(Link.share_key == post.share_key)).one()
    for _again in range(2):
        prove_shares([(link.key, clock.now())], credits_of([link.key]))
        ambient.flush()
    (line,) = ambient.scalars(select(Notification).where(Notification.employee_key == advocate.employee_key)).all()
    assert (line.kind, line.subject_id) == (Told.SHARE_ANSWERED, share.id)


def test_the_record_key_of_the_at_protocol_sorts_by_time():
    from config.networks import find_network

    network, now = find_network("bluesky"), clock.now()
    earlier, later = (pressing._record_key(network, now + timedelta(seconds=one)) for one in (0, 1))
    assert earlier < later
    assert all(len(one) == 13 and one[0] in "234567abcdefghij" for one in (earlier, later))
