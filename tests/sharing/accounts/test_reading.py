"""Reading what people let us read: followers as evidence, numbers of their posts, and unknown that stays unknown."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.foundation import clock
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict
from advocacy.people import queries as people
from advocacy.people.models import Purpose, SizeSource
from advocacy.people.service import withdraw_consent
from advocacy.sharing.account_models import NetworkAccess
from advocacy.sharing.accounts import connecting, reading, tending
from advocacy.sharing.models import EngagementSnapshot, MeasureSource
from tests.sharing.accounts.conftest import BROWSER, account_of, connect, press_button, send
from tests.support.networks import broken


def snapshots():
    rows = ambient.scalars(select(EngagementSnapshot).order_by(EngagementSnapshot.observed_at))
    return [(one.impressions, one.reactions, one.comments, one.reshares, one.source) for one in rows]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("mastodon", (None, 7, 1, 2)),
        ("linkedin", (410, 12, 3, 1)),
        ("x", (480, 9, 2, 2)),
    ],
)
def test_numbers_are_kept_as_the_network_tells_them(networks, advocate, key, expected):
    account = connect(advocate, networks.of(key), key, reads_numbers=True)
    send(press_button(advocate, key))
    reading.read_account(account.id)
    reading.read_account(account.id)  # the same again is no second snapshot
    assert snapshots() == [(*expected, MeasureSource.API)]


def test_nothing_is_read_without_the_persons_or_the_administrators_yes(networks, advocate):
    account = connect(advocate, networks.x, "x")
    send(press_button(advocate, "x"))
    reading.read_account(account.id)
    account = connect(advocate, networks.x, "x", reads_numbers=True)
    for access in ambient.scalars(select(NetworkAccess)):
        access.reads_numbers = False
    reading.read_account(account.id)
    assert snapshots() == []
    assert not [one for one in networks.x.asked if one.path.startswith("/2/tweets/")]


def test_followers_become_an_audience_size_with_its_source(networks, advocate):
    account = connect(advocate, networks.mastodon, "mastodon", reads_followers=True)
    reading.read_account(account.id)
    (profile,) = people.profiles_of(advocate)
    assert (profile.audience_size, profile.source) == (120, SizeSource.API)
    withdraw_consent(advocate, Purpose.NETWORK_SIZE, source="test")
    networks.mastodon.followers = 500
    reading.read_account(account.id)
    assert people.profiles_of(advocate) == []


def test_followers_need_their_own_yes(networks, advocate):
    withdraw_consent(advocate, Purpose.NETWORK_SIZE, source="test")
    with pytest.raises(Conflict) as refused:
        connecting.start_connection(advocate, "x", browser=BROWSER, reads_followers=True)
    assert refused.value.code == "consent_missing"


def test_a_post_that_was_taken_down_keeps_what_was_read(networks, advocate):
    account = connect(advocate, networks.mastodon, "mastodon", reads_numbers=True)
    send(press_button(advocate, "mastodon"))
    reading.read_account(account.id)
    networks.mastodon.posts.clear()
    reading.read_account(account.id)
    assert len(snapshots()) == 1


@pytest.mark.parametrize("how", ["drop", "garbage", "429"])
def test_trouble_while_reading_means_later(networks, advocate, how):
    account = connect(advocate, networks.x, "x", reads_followers=True)
    wrong = broken("status", 429, Retry_After="10000") if how == "429" else broken(how)
    networks.x.breaks = [("/2/users/me", wrong)]
    reading.read_account(account.id)
    wait = account_of(advocate, "x").next_read_at - clock.now()
    assert timedelta(minutes=59) < wait < timedelta(hours=3)
    assert people.profiles_of(advocate) == []


def test_accounts_are_read_once_a_day_by_the_clock(networks, advocate, recorded_jobs):
    connect(advocate, networks.x, "x", reads_followers=True)
    tending.tend()
    tending.tend()
    assert len(recorded_jobs.arguments("sharing.read_account")) == 1
    recorded_jobs.run("sharing.read_account")
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        tending.tend()
    assert len(recorded_jobs.arguments("sharing.read_account")) == 2
