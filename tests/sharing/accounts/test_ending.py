"""How accounts end: by their person, with a yes, with leaving, by the clock; and what becomes of tokens until then."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from advocacy.foundation import clock
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.foundation.egress import Posted
from advocacy.foundation.errors import NotFound
from advocacy.people import queries as people
from advocacy.people import service as people_service
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing.account_models import (
    AccountAuthorization,
    NetworkAccess,
    NetworkAccount,
    PostState,
    TokenRevocation,
)
from advocacy.sharing.accounts import calling, connecting, holding, reading, revoking, tending
from advocacy.sharing.accounts.calling import CallFailed, Trouble
from advocacy.sharing.accounts.tokens import Tokens, seal, unseal
from config.networks import find_network
from tests.factories.identity import make_account
from tests.factories.people import actor_for, make_advocate
from tests.sharing.accounts.conftest import BROWSER, account_of, begin, connect, deployed, switch_on
from tests.support.networks import LinkedInServer, MastodonServer, XServer, broken, running
from workers import erasure


@pytest.mark.parametrize("key", ["mastodon", "linkedin", "x"])
def test_disconnecting_deletes_at_once_and_tells_the_network(networks, advocate, key):
    network = networks.of(key)
    connect(advocate, network, key)
    connecting.disconnect(advocate, key)
    assert account_of(advocate, key) is None
    assert not people.has_consent(advocate.employee_key, Purpose.CONNECTED_ACCOUNT)
    revoking.revoke_due()
    assert network.revoked
    assert network.tokens == {}
    assert ambient.scalar(select(func.count()).select_from(TokenRevocation)) == 0
    with pytest.raises(NotFound):
        connecting.disconnect(advocate, key)


def test_a_withdrawn_yes_takes_the_account_and_its_tokens_along(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    withdraw_consent(advocate, Purpose.TAKE_PART, source="test")
    assert account_of(advocate, "mastodon") is None
    revoking.revoke_due()
    assert networks.mastodon.tokens == {}


@pytest.mark.parametrize("how", ["at once", "found later"])
def test_whoever_leaves_takes_their_accounts_along(networks, advocate, how):
    account = connect(advocate, networks.mastodon, "mastodon")
    begin(advocate, networks.x, "x")
    row = {column.name: getattr(account, column.name) for column in NetworkAccount.__table__.columns}
    people_service.mark_left({advocate.employee_key: people.today() - timedelta(days=1)})
    if how == "found later":  # left before this was so
        ambient.execute(text("DELETE FROM token_revocation"))
        ambient.expunge_all()
        ambient.add(NetworkAccount(**row))
        ambient.flush()
        erasure.close_accounts_of_leavers()
    assert account_of(advocate, "mastodon") is None
    assert ambient.scalar(select(func.count()).select_from(AccountAuthorization)) == 0
    revoking.revoke_due()
    assert networks.mastodon.tokens == {}


@pytest.mark.parametrize("how", ["left", "closed"])
def test_whose_way_in_is_closed_is_not_read(networks, how):
    person = make_advocate()
    way_in, actor = make_account(person), actor_for(person)
    account = connect(actor, networks.x, "x", reads_numbers=True)
    if how == "left":
        person.left_on = people.today() - timedelta(days=1)
    else:
        way_in.is_active = False
    ambient.flush()
    asked = len(networks.x.asked)
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):  # the token is stale by then
        reading.read_account(account.id)
    assert len(networks.x.asked) == asked


def test_a_network_that_is_down_is_told_later_and_not_for_ever(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    connecting.disconnect(advocate, "mastodon")
    networks.mastodon.breaks = [("/oauth/revoke", broken("status", 503)) for _ in range(revoking.MOST_ATTEMPTS)]
    now = clock.now()
    for hours in range(revoking.MOST_ATTEMPTS):
        with time_machine.travel(now + timedelta(hours=24 * hours), tick=False):
            revoking.revoke_due()
    assert ambient.scalar(select(func.count()).select_from(TokenRevocation)) == 0
    assert networks.mastodon.revoked == []


def tried_again_later():
    with time_machine.travel(clock.now() + timedelta(hours=24), tick=False):
        revoking.revoke_due()
    return ambient.scalar(select(func.count()).select_from(TokenRevocation)) == 0


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("key", "path"), [("mastodon", "/oauth/revoke"), ("linkedin", "/oauth/v2/revoke"), ("x", "/2/oauth2/revoke")]
)
def test_a_network_that_refuses_ourselves_is_told_once_that_is_mended(networks, advocate, key, path, status):
    network = networks.of(key)
    connect(advocate, network, key)
    connecting.disconnect(advocate, key)
    network.breaks = [(path, broken("status", status))]
    revoking.revoke_due()
    assert network.tokens
    assert ambient.scalar(select(func.count()).select_from(TokenRevocation)) == 1
    assert tried_again_later()
    assert network.tokens == {}


def test_a_network_that_refuses_for_good_is_not_asked_again(networks, advocate):
    connect(advocate, networks.x, "x")
    connecting.disconnect(advocate, "x")
    networks.x.breaks = [("/2/oauth2/revoke", broken("status", 404))]
    revoking.revoke_due()
    assert ambient.scalar(select(func.count()).select_from(TokenRevocation)) == 0


def test_a_secret_whose_key_is_missing_is_waited_for(networks, advocate):
    connect(advocate, networks.x, "x")
    connecting.disconnect(advocate, "x")
    access = ambient.get_one(NetworkAccess, find_network("x").number)
    before, access.sealed_secret = access.sealed_secret, b"\x01gone" + access.sealed_secret[5:]
    ambient.flush()
    revoking.revoke_due()
    assert ambient.scalar(select(func.count()).select_from(TokenRevocation)) == 1
    access.sealed_secret = before
    ambient.flush()
    assert tried_again_later()
    assert networks.x.tokens == {}


def test_a_token_that_no_key_opens_is_given_up(networks, advocate):
    connect(advocate, networks.x, "x")
    connecting.disconnect(advocate, "x")
    ambient.execute(text("UPDATE token_revocation SET sealed = 'gone'"))
    revoking.revoke_due()
    assert ambient.scalar(select(func.count()).select_from(TokenRevocation)) == 0
    assert networks.x.revoked == []


NESTED = b'{"error": ' + b"[" * 200_000


@pytest.mark.parametrize("answer", [NESTED, b'{"error": "\\ud800"}'])
def test_an_answer_that_cannot_be_read_is_not_understood(monkeypatch, answer):
    monkeypatch.setattr(calling, "exchange", lambda *_all, **_more: Posted(200, {}, answer))
    with pytest.raises(CallFailed) as failed:
        calling.call("GET", "https://mastodon.example/")
    assert failed.value.trouble is Trouble.NOT_UNDERSTOOD
    assert failed.value.error_code == ""


def test_a_server_that_cannot_be_told_keeps_no_other_waiting(networks, advocate):
    """Its token cannot be written into a form at all, and it is the one that waits longest."""
    connect(advocate, networks.mastodon, "mastodon")
    connecting.disconnect(advocate, "mastodon")
    odd = new_id()
    earlier = clock.now() - timedelta(hours=1)
    ambient.add(
        TokenRevocation(
            id=odd,
            network=find_network("mastodon").number,
            server=networks.mastodon.url,
            sealed=seal(Tokens("\ud800"), odd),
            attempts=0,
            created_at=earlier,
            next_try_at=earlier,
        )
    )
    ambient.flush()
    revoking.revoke_due()
    assert networks.mastodon.tokens == {}
    (left,) = ambient.scalars(select(TokenRevocation).execution_options(populate_existing=True)).all()
    assert (left.id, left.attempts) == (odd, 1)


def test_a_restore_does_not_bring_back_what_was_disconnected(networks, advocate):
    account = connect(advocate, networks.mastodon, "mastodon")
    connect(advocate, networks.x, "x")
    row = {column.name: getattr(account, column.name) for column in NetworkAccount.__table__.columns}
    connecting.disconnect(advocate, "mastodon")
    ambient.flush()
    ambient.expunge_all()
    ambient.add(NetworkAccount(**row))  # as the older copy has it
    ambient.flush()
    assert people_service.reapply_tombstones()["disconnected"] == 1
    assert account_of(advocate, "mastodon") is None
    again = connect(advocate, networks.mastodon, "mastodon")  # connected anew, later: that stands
    assert people_service.reapply_tombstones()["disconnected"] == 0
    assert account_of(advocate, "mastodon").id == again.id


def test_connecting_again_keeps_what_was_posted_and_voids_the_old_token(networks, advocate):
    from tests.sharing.accounts.conftest import press_button, send

    connect(advocate, networks.mastodon, "mastodon")
    post = send(press_button(advocate, "mastodon"))
    (old,) = networks.mastodon.tokens
    account = connect(advocate, networks.mastodon, "mastodon")
    revoking.revoke_due()
    assert networks.mastodon.revoked == [old]
    ambient.refresh(post)
    assert post.account_id == account.id


@pytest.mark.parametrize("how", ["over the old one", "after a disconnect"])
def test_a_token_that_is_handed_out_again_is_not_voided(networks, advocate, how):
    from tests.sharing.accounts.conftest import press_button, send

    networks.mastodon.hands_out_again = True
    connect(advocate, networks.mastodon, "mastodon")
    if how == "after a disconnect":
        connecting.disconnect(advocate, "mastodon")
    connect(advocate, networks.mastodon, "mastodon")
    revoking.revoke_due()
    assert networks.mastodon.revoked == []
    assert ambient.scalar(select(func.count()).select_from(TokenRevocation)) == 0
    assert send(press_button(advocate, "mastodon")).state is PostState.POSTED


def test_people_are_told_before_a_connection_ends(networks, advocate):
    from advocacy.notifications.models import Kind, Notification
    from advocacy.notifications.wording import told

    connect(advocate, networks.linkedin, "linkedin")
    kinds = select(Notification).order_by(Notification.id)
    tending.tend()
    assert ambient.scalars(kinds).all() == []
    with time_machine.travel(clock.now() + timedelta(days=54), tick=False):
        tending.tend()
        tending.tend()
    (line,) = ambient.scalars(kinds).all()
    assert (line.kind, line.details) == (Kind.ACCOUNT_ENDING, {"network": "LinkedIn", "days": 5})
    assert "LinkedIn" in told(line).title
    with time_machine.travel(clock.now() + timedelta(days=61), tick=False):
        tending.tend()
        tending.tend()
    assert [one.kind for one in ambient.scalars(kinds)] == [Kind.ACCOUNT_ENDING, Kind.ACCOUNT_ENDED]


def test_attempts_are_forgotten(networks, advocate):
    begin(advocate, networks.x, "x")
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        tending.tend()
    assert ambient.scalar(select(func.count()).select_from(AccountAuthorization)) == 0


def test_two_who_find_a_stale_token_renew_it_once(committed_database, environment, tmp_path):
    """The second waits for the first, and takes its token: a rotated refresh token must not be used twice."""
    from tests.sharing.accounts.conftest import Networks

    networks = Networks(MastodonServer(), LinkedInServer(), XServer())
    with running(networks.mastodon, networks.linkedin, networks.x), deployed(environment, tmp_path, networks):
        switch_on("x")
        actor = actor_for(make_advocate())
        account = connect(actor, networks.x, "x")
        tokens = unseal(account.sealed, account.id)
        old = type(tokens)(
            **{**{name: getattr(tokens, name) for name in tokens.__slots__}, "access_ends_at": clock.now()}
        )
        account.sealed = seal(old, account.id)
        ambient.commit()
        account_id = account.id
        ambient.remove()
        found, errors = [], []

        def use():
            try:
                found.append(holding.hold(account_id).tokens.access)
            except Exception as error:
                errors.append(error)
            finally:
                ambient.remove()

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    assert len(set(found)) == 1
    renewals = [one for one in networks.x.calls("/2/oauth2/token") if one.form["grant_type"] == "refresh_token"]
    assert len(renewals) == 1


@contextmanager
def committed(environment, folder, *keys):
    """Give networks and an advocate on several connections, as web and workers have them."""
    from tests.sharing.accounts.conftest import Networks

    networks = Networks(MastodonServer(), LinkedInServer(), XServer())
    with running(networks.mastodon, networks.linkedin, networks.x), deployed(environment, folder, networks):
        switch_on(*keys)
        actor = actor_for(make_advocate())
        ambient.commit()
        yield networks, actor


def in_another_transaction(act, *arguments, **more):
    """Return what does something in a thread's own session, and remembers that it could."""

    def meanwhile():
        act(*arguments, **more)
        ambient.commit()
        ambient.remove()
        meanwhile.done = True

    meanwhile.done = False
    return meanwhile


@pytest.mark.parametrize("when", ["preparing", "finishing"])
def test_a_yes_taken_back_while_a_server_is_asked_waits_for_nobody(committed_database, environment, tmp_path, when):
    path = {"preparing": "/api/v1/apps", "finishing": "/api/v1/accounts/verify_credentials"}[when]
    with committed(environment, tmp_path, "mastodon") as (networks, actor):
        attempt = connecting.start_connection(actor, "mastodon", browser=BROWSER, server=networks.mastodon.url)
        ambient.commit()
        withdrawal = in_another_transaction(withdraw_consent, actor, Purpose.CONNECTED_ACCOUNT, source="test")
        networks.mastodon.meanwhile = {path: withdrawal}
        attempt_id = attempt.id
        connecting.prepare_connection(attempt_id)
        ambient.commit()
        if when == "finishing":
            back = networks.mastodon.sign_in(ambient.get_one(AccountAuthorization, attempt_id).authorize_url)
            connecting.come_back(actor, browser=BROWSER, error=None, issuer=None, **back)
            ambient.commit()
            connecting.finish_connection(attempt_id)
            ambient.commit()
        assert withdrawal.done
        assert account_of(actor, "mastodon") is None
        revoking.revoke_due()
        assert networks.mastodon.tokens == {}


def test_a_disconnect_during_a_renewal_waits_for_nobody(committed_database, environment, tmp_path):
    with committed(environment, tmp_path, "x") as (networks, actor):
        account_id = connect(actor, networks.x, "x").id
        ambient.commit()
        (old,) = networks.x.tokens
        leaving = in_another_transaction(connecting.disconnect, actor, "x")
        networks.x.meanwhile = {"/2/oauth2/token": leaving}
        with pytest.raises(CallFailed) as refused:
            holding.hold(account_id, refused=old)
        assert refused.value.trouble is Trouble.TOKEN_REFUSED
        assert leaving.done
        revoking.revoke_due()
        assert networks.x.tokens == {}


def test_the_tables_take_nothing_without_the_consent(session):
    ambient.add(
        NetworkAccount(
            employee_key=make_advocate().key,
            network=2,
            server="",
            subject="1",
            handle="@robin",
            sealed=b"0",
            scopes=[],
            reads_numbers=False,
            reads_followers=False,
        )
    )
    with pytest.raises(IntegrityError, match="fk_network_account_employee_key"):
        ambient.flush()
