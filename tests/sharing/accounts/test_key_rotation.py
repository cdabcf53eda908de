"""Rotating the encryption key: what is kept sealed moves to the new one, and what no key opens harms little."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from advocacy.content.feed_memory import Memory, keep_memory, memory_of
from advocacy.conversations.models import Conversation
from advocacy.conversations.queries import note_of
from advocacy.foundation import encryption, preferences
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.notifications.chat_models import ChatConnection, ConnectionState
from advocacy.notifications.models import Kind as Told
from advocacy.notifications.models import Notification, PushSubscription
from advocacy.notifications.queries.chats import secrets_of
from advocacy.notifications.service.chats import connecting as chats
from advocacy.recruiting import queries as recruiting
from advocacy.recruiting.models import AtsConnection
from advocacy.sharing.account_models import (
    AccountState,
    NetworkAccess,
    PostState,
    ServerApp,
    TokenRevocation,
)
from advocacy.sharing.accounts import connecting, holding, tending
from advocacy.sharing.accounts.apps import app_of
from advocacy.sharing.accounts.calling import CallFailed, Trouble
from advocacy.sharing.accounts.tokens import seal, unseal
from advocacy.supervisor import resealing
from config.networks import find_network
from tests.factories.content import make_actor
from tests.factories.conversations import make_conversation
from tests.factories.recruiting import make_connection
from tests.sharing.accounts.conftest import account_of, begin, connect, press_button, send
from tests.support.chats import BOT_TOKEN, SIGNING_SECRET, press, signed

NEW_KEY = "9Vw4o0hYw8rXqI2nIiM9ZC0Jw8j3n5q1m8b2T7r6y0E="


@contextmanager
def keys(*masters):
    before = preferences.deployment()
    preferences.init(replace(before, encryption_keys=masters))
    try:
        yield
    finally:
        preferences.init(before)


@contextmanager
def new_key_in_front():
    with keys(NEW_KEY, *preferences.deployment().encryption_keys):
        yield


def connect_slack():
    return chats.connect_slack(make_actor(Role.ADMINISTRATOR), bot_token=BOT_TOKEN, signing_secret=SIGNING_SECRET)


def everything_sealed(networks, advocate):
    """Put at least one row into every table that is sealed anew."""
    connect(advocate, networks.x, "x")
    connecting.disconnect(advocate, "x")
    connect(advocate, networks.mastodon, "mastodon")
    connect_slack()
    make_connection()
    make_conversation(actor=advocate, note="Met at the fair.")
    browser = b"d" * 32
    sealed = encryption.encrypt("[]", purpose="push_subscription", owner=browser.hex())
    ambient.add(
        PushSubscription(employee_key=advocate.employee_key, endpoint_hash=browser, sealed=sealed, device="Phone")
    )
    keep_memory(advocate.employee_key, Memory(), date(2026, 11, 26))
    ambient.flush()


def test_a_new_key_alone_opens_everything_once_nothing_is_left(networks, advocate):
    everything_sealed(networks, advocate)
    for sealed in resealing.SEALED:
        count = select(func.count()).select_from(sealed.column.class_).where(sealed.column.is_not(None))
        assert ambient.scalar(count), sealed.table
    with new_key_in_front():
        assert all(each.older for each in resealing.what_is_left() if each.is_sealed_anew)
        resealing.seal_anew()
        assert not any(each.older or each.keyless for each in resealing.what_is_left() if each.is_sealed_anew)
    ambient.expire_all()
    with keys(NEW_KEY):
        account = account_of(advocate, "mastodon")
        assert holding.hold(account.id).app.client_secret
        assert app_of(find_network("x"), "").client_secret == "own-secret"
        revoked = ambient.scalars(select(TokenRevocation)).one()
        assert unseal(revoked.sealed, revoked.id).access
        assert secrets_of(ambient.scalars(select(ChatConnection)).one())["token"] == BOT_TOKEN
        assert recruiting.secrets_of(ambient.scalars(select(AtsConnection)).one())
        assert note_of(ambient.scalars(select(Conversation)).one()) == "Met at the fair."
        push = ambient.scalars(select(PushSubscription)).one()
        assert encryption.decrypt(push.sealed, purpose="push_subscription", owner=push.endpoint_hash.hex()) == "[]"
        assert memory_of(advocate.employee_key) == Memory()


def test_with_one_key_nothing_is_sealed_anew(networks, advocate):
    account = connect(advocate, networks.mastodon, "mastodon")
    before = account.sealed
    resealing.seal_anew()
    assert account_of(advocate, "mastodon").sealed == before


def test_one_that_cannot_be_opened_does_not_hold_up_the_others(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    for table in (NetworkAccess, ServerApp):
        row = ambient.scalars(select(table).where(table.sealed_secret.is_not(None))).first()
        row.sealed_secret = row.sealed_secret[:-1] + bytes([row.sealed_secret[-1] ^ 1])
    ambient.flush()
    with new_key_in_front():
        resealing.seal_anew()
        left = {each.column: each.older for each in resealing.what_is_left() if each.older}
        assert left == {"network_access.sealed_secret": 1, "server_app.sealed_secret": 1}


def test_nothing_leaves_for_a_network_whose_secret_no_key_opens(networks, advocate):
    """The key of the application is gone: the account is fine, the post waits and is never called perhaps posted."""
    account = connect(advocate, networks.mastodon, "mastodon")
    with new_key_in_front():
        account.sealed = seal(unseal(account.sealed, account.id), account.id)
        ambient.flush()
    with keys(NEW_KEY):
        with pytest.raises(CallFailed) as failed:
            holding.hold(account.id)
        assert failed.value.trouble is Trouble.NOT_REACHED
        post = send(press_button(advocate, "mastodon"))
        assert (post.state, post.may_be_out) == (PostState.WAITING, False)
        assert networks.mastodon.calls("/api/v1/statuses") == []
        begin(advocate, networks.mastodon, "mastodon")  # the server registers us anew
        ambient.expire_all()
        assert app_of(find_network("mastodon"), account.server).client_secret


def test_a_person_whose_key_is_gone_is_told_once(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    kinds = select(Notification.kind).where(Notification.employee_key == advocate.employee_key)
    with keys(NEW_KEY):
        for _ in range(3):
            tending.tend()
            ambient.flush()
    assert account_of(advocate, "mastodon").state is AccountState.ENDED
    assert ambient.scalars(kinds).all() == [Told.ACCOUNT_ENDED]


def test_a_chat_whose_key_is_gone_is_broken_and_new_secrets_repair_it(session, client):
    connect_slack().workspace_id = "T1DC2JH3J"
    ambient.commit()
    raw = press("U2CERLKJA", "stop")
    with keys(NEW_KEY):
        hook = "/api/v1/hooks/slack/interactions"
        assert client.post(hook, data=raw, headers=signed(raw)).status_code == 503
        resealing.seal_anew()
        ambient.commit()
        row = ambient.scalars(select(ChatConnection)).one()
        assert (row.state, row.last_error) == (ConnectionState.BROKEN, "key_gone")
        assert connect_slack().state is ConnectionState.CHECKING
        ambient.commit()
        assert client.post(hook, data=raw, headers=signed(raw)).status_code == 200
