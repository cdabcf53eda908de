"""Connecting an account: what is asked for, who may bring it to an end, how it is kept, and how it goes."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlalchemy import select, text

from advocacy.foundation import clock, encryption
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, TooManyRequests
from advocacy.sharing.account_models import (
    AccountAuthorization,
    AuthorizationState,
    NetworkAccess,
)
from advocacy.sharing.accounts import connecting
from advocacy.sharing.accounts.apps import callback_path
from advocacy.sharing.accounts.servers import server_for
from advocacy.sharing.accounts.tokens import unseal
from config.networks import find_network
from tests.factories.people import actor_for, make_advocate, make_employee
from tests.sharing.accounts.conftest import BROWSER, account_of, begin, connect
from tests.support.networks import broken


def asked_of(network, path):
    return network.calls(path)[-1]


@pytest.mark.parametrize(
    ("key", "scopes", "has_challenge"),
    [
        ("mastodon", "profile write:statuses", True),
        ("linkedin", "openid profile w_member_social", False),
        ("x", "tweet.read tweet.write users.read offline.access", True),
    ],
)
def test_no_more_is_asked_for_than_posting_needs(networks, advocate, key, scopes, has_challenge):
    attempt = begin(advocate, networks.of(key), key)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(attempt.authorize_url).query).items()}
    assert asked["scope"] == scopes
    own = f"http://127.0.0.1:8000/my-data/accounts/callback/{key}"
    assert asked["redirect_uri"].startswith(own)
    assert (asked["redirect_uri"] == own) is (key != "mastodon")  # there, each server has its own
    assert ("code_challenge" in asked) is has_challenge
    assert len(asked["state"]) >= 43


def test_reading_numbers_is_asked_for_only_when_wanted(networks, advocate):
    attempt = begin(advocate, networks.linkedin, "linkedin", reads_numbers=True)
    assert "r_member_postAnalytics" in attempt.authorize_url
    account = connect(advocate, networks.linkedin, "linkedin", reads_numbers=True)
    assert "r_member_postAnalytics" in account.scopes


@pytest.mark.parametrize("key", ["mastodon", "linkedin", "x"])
def test_an_account_is_kept_sealed(networks, advocate, key):
    account = connect(advocate, networks.of(key), key)
    assert unseal(account.sealed, account.id).access in networks.of(key).tokens
    stored = ambient.scalars(text("SELECT string_agg(to_jsonb(network_account)::text, '') FROM network_account")).one()
    assert not any(secret in stored for secret in ("token-", "refresh-", "own-secret", "mastodon-secret"))
    with pytest.raises(encryption.CannotDecrypt):
        unseal(account.sealed, ambient.scalars(select(AccountAuthorization.id)).one())  # for this row alone


def test_a_server_is_registered_with_once_for_everybody(networks, advocate):
    connect(advocate, networks.mastodon, "mastodon")
    connect(actor_for(make_advocate()), networks.mastodon, "mastodon", subject="43")
    assert len(networks.mastodon.apps) == 1


def test_an_older_server_is_asked_for_what_it_knows(networks, advocate):
    networks.mastodon.is_old = True
    account = connect(advocate, networks.mastodon, "mastodon")
    assert set(account.scopes) == {"read:accounts", "write:statuses"}


@pytest.mark.parametrize("who", ["another person", "another browser", "a second time", "too late", "made up"])
def test_only_the_browser_that_began_can_bring_it_to_an_end(networks, advocate, who):
    attempt = begin(advocate, networks.x, "x")
    back = networks.x.sign_in(attempt.authorize_url) | {"error": None, "issuer": None}
    actor, browser = advocate, BROWSER
    if who == "another person":
        actor = actor_for(make_advocate())
    elif who == "another browser":
        browser = b"c" * 32
    elif who == "a second time":
        connecting.come_back(advocate, browser=BROWSER, **back)
    elif who == "made up":
        back["state"] = "made-up"
    else:
        with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
            connecting.come_back(advocate, browser=BROWSER, **back)
        assert (attempt.state, attempt.problem) == (AuthorizationState.FAILED, "too_old")
    with pytest.raises(NotFound):
        connecting.come_back(actor, browser=browser, **back)
    assert account_of(advocate, "x") is None


def test_the_code_of_one_network_is_never_shown_to_another(networks, advocate):
    """A server that somebody runs to steal codes sends its visitor on to LinkedIn, with our id and the state it saw."""
    linkedin = begin(advocate, networks.linkedin, "linkedin").authorize_url
    attempt = begin(advocate, networks.mastodon, "mastodon")
    own, seen = (parse_qs(urlsplit(url).query)["state"][0] for url in (linkedin, attempt.authorize_url))
    back = networks.linkedin.sign_in(linkedin.replace(own, seen))
    connecting.come_back(advocate, browser=BROWSER, error=None, issuer=None, **back)
    assert (attempt.state, attempt.problem) == (AuthorizationState.FAILED, "not_begun_here")
    connecting.finish_connection(attempt.id)
    assert networks.mastodon.calls("/oauth/token") == []


def test_every_server_has_an_address_of_its_own(session):
    mastodon, linkedin = find_network("mastodon"), find_network("linkedin")
    one, other = (callback_path(mastodon, f"https://{name}.example") for name in ("one", "other"))
    assert len({one, other, callback_path(mastodon), callback_path(linkedin)}) == 4
    assert callback_path(linkedin) == "/my-data/accounts/callback/linkedin"


def test_an_answer_at_another_servers_address_is_not_believed(networks, advocate):
    attempt = begin(advocate, networks.mastodon, "mastodon")
    back = networks.mastodon.sign_in(attempt.authorize_url)
    back["path"] = callback_path(find_network("mastodon"), "https://mastodon.example")
    connecting.come_back(advocate, browser=BROWSER, error=None, issuer=None, **back)
    assert (attempt.state, attempt.problem) == (AuthorizationState.FAILED, "not_begun_here")


def test_a_no_at_the_network_is_a_no(networks, advocate):
    attempt = begin(advocate, networks.x, "x")
    back = networks.x.sign_in(attempt.authorize_url)
    said = back | {"code": None, "error": "access_denied", "issuer": None}
    connecting.come_back(advocate, browser=BROWSER, **said)
    assert (attempt.state, attempt.problem) == (AuthorizationState.FAILED, "declined")


@pytest.mark.parametrize("path", ["/api/v1/apps", "/oauth/token", "/api/v1/accounts/verify_credentials"])
@pytest.mark.parametrize("how", ["drop", "garbage", "500"])
def test_a_network_that_fails_while_connecting_leaves_nothing(networks, advocate, path, how):
    networks.mastodon.breaks = [(path, broken("status", 500) if how == "500" else broken(how))]
    attempt = begin(advocate, networks.mastodon, "mastodon")
    if attempt.state is AuthorizationState.READY:
        back = networks.mastodon.sign_in(attempt.authorize_url)
        connecting.come_back(advocate, browser=BROWSER, error=None, issuer=None, **back)
        connecting.finish_connection(attempt.id)
    assert attempt.state is AuthorizationState.FAILED
    assert account_of(advocate, "mastodon") is None


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://mastodon.example",
        "mastodon.example/path",
        "user:pw@mastodon.example",
        "2130706433",
        "ma stodon",
        "a" * 300,
    ],
)
def test_what_is_no_server_is_refused(networks, advocate, typed):
    with pytest.raises(Invalid):
        connecting.start_connection(advocate, "mastodon", browser=BROWSER, server=typed)


@pytest.mark.parametrize(
    "typed", ["127.0.0.1", "https://10.0.0.7", "https://[::1]", "https://169.254.169.254", "https://[64:ff9b::7f00:1]"]
)
def test_a_server_inside_is_never_opened(networks, advocate, typed):
    attempt = connecting.start_connection(advocate, "mastodon", browser=BROWSER, server=typed)
    connecting.prepare_connection(attempt.id)
    assert (attempt.state, attempt.problem) == (AuthorizationState.FAILED, "not_reached")


@pytest.mark.parametrize("typed", ["Mastodon.Example", "@robin@mastodon.example", "https://mastodon.example/"])
def test_a_server_is_known_by_its_name_or_a_whole_handle(session, typed):
    assert server_for(find_network("mastodon"), typed) == "https://mastodon.example"


def test_without_switch_or_yes_nothing_begins(networks, advocate):
    ambient.get_one(NetworkAccess, find_network("x").number).is_on = False
    with pytest.raises(Conflict) as off:
        connecting.start_connection(advocate, "x", browser=BROWSER)
    assert off.value.code == "switched_off"
    with pytest.raises(NotPermitted):
        connecting.start_connection(actor_for(make_employee()), "linkedin", browser=BROWSER)
    for key in ("facebook", "nothing"):
        with pytest.raises(NotFound):
            connecting.start_connection(advocate, key, browser=BROWSER)
    for _attempt in range(connecting.MOST_IN_AN_HOUR):
        connecting.start_connection(advocate, "linkedin", browser=BROWSER)
    with pytest.raises(TooManyRequests):
        connecting.start_connection(advocate, "linkedin", browser=BROWSER)
