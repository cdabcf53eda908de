"""Bluesky and other servers of the AT Protocol: from a handle to a post, with proofs, and what must not be believed."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from advocacy.foundation import clock, preferences
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.sharing.account_models import AccountState, AuthorizationState, PostState
from advocacy.sharing.accounts import connecting, revoking
from advocacy.sharing.accounts.providers.bluesky import client_metadata, facets_of
from advocacy.sharing.accounts.servers import server_for
from config.inside import parse_inside
from config.network_apis import network_apis
from config.networks import find_network
from config.settings import Settings
from tests.sharing.accounts.conftest import BROWSER, account_of, apis_at, press_button, send, switch_on
from tests.support.at_protocol import DID, HANDLE, AtProtocolServer
from tests.support.networks import broken, running

CREATE = "/xrpc/com.atproto.repo.createRecord"


@pytest.fixture
def bluesky(session, environment, tmp_path):
    found = AtProtocolServer()
    before = preferences.deployment()
    with running(found):
        file = tmp_path / "network_apis.toml"
        file.write_text(apis_at({"bluesky": {"api_url": found.url, "directory_url": found.url}}), encoding="utf-8")
        more = {"ADVOCACY_EGRESS_INSIDE": found.host, "ADVOCACY_NETWORK_APIS": str(file)}
        preferences.init(Settings.from_env({**environment, **more}))
        switch_on("bluesky")
        yield found
    preferences.init(before)


def begin(actor, **more):
    attempt = connecting.start_connection(actor, "bluesky", browser=BROWSER, server=f"@{HANDLE}", **more)
    connecting.prepare_connection(attempt.id)
    return attempt


def connect(actor, server, **more):
    attempt = begin(actor, **more)
    assert attempt.state is AuthorizationState.READY, attempt.problem
    connecting.come_back(actor, browser=BROWSER, error=None, **server.agree(attempt.authorize_url))
    connecting.finish_connection(attempt.id)
    assert attempt.state is AuthorizationState.DONE, attempt.problem
    return account_of(actor, "bluesky")


def test_a_handle_leads_to_an_account_and_a_post(bluesky, advocate):
    account = connect(advocate, bluesky)
    assert (account.subject, account.handle, account.server) == (DID, f"@{HANDLE}", bluesky.url)
    bluesky.nonce = "nonce-2"  # servers change it when they like
    post = send(press_button(advocate, "bluesky"))
    assert post.state is PostState.POSTED
    ((key, record),) = bluesky.posts.items()
    assert (key, len(key)) == (post.record_key, 13)
    assert record["embed"]["external"]["uri"] == record["facets"][-1]["features"][0]["uri"]
    assert record["createdAt"].endswith("Z")


def test_the_server_never_sees_more_than_it_has_to(bluesky, advocate):
    attempt = begin(advocate)
    (push,) = [one for one in bluesky.calls("/oauth/par") if "DPoP" not in one.form][1:]
    assert push.form["scope"] == "atproto repo:app.bsky.feed.post?action=create"
    assert "code_challenge" not in attempt.authorize_url  # only the name of the pushed request goes by the browser
    assert b"verifier" not in (attempt.sealed or b"")


@pytest.mark.parametrize("how", ["drop", "deaf", "garbage"])
def test_a_repeated_request_is_the_same_record(bluesky, advocate, how):
    connect(advocate, bluesky)
    bluesky.breaks = [(CREATE, broken(how)), (CREATE, broken(how))]
    post = send(press_button(advocate, "bluesky"))
    assert (post.state, post.may_be_out) == (PostState.WAITING, True)
    for minutes in (6, 12):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False):
            send(post)
    assert post.state is PostState.POSTED
    assert list(bluesky.posts) == [post.record_key]


def test_an_expired_token_is_renewed_with_its_own_key(bluesky, advocate):
    bluesky.lasts = 60
    connect(advocate, bluesky)
    assert send(press_button(advocate, "bluesky")).state is PostState.POSTED
    renewed = [one for one in bluesky.calls("/oauth/token") if one.form.get("grant_type") == "refresh_token"]
    assert len(renewed) == 1


def test_a_server_that_does_not_know_us_ends_nobodys_account(bluesky, advocate):
    bluesky.lasts = 60
    connect(advocate, bluesky)
    bluesky.breaks = [("/oauth/token", broken("status", 401))]
    post = send(press_button(advocate, "bluesky"))
    assert (post.state, post.problem) == (PostState.WAITING, "not_allowed")
    assert account_of(advocate, "bluesky").state is AccountState.CONNECTED


def test_disconnecting_tells_the_server(bluesky, advocate):
    connect(advocate, bluesky)
    connecting.disconnect(advocate, "bluesky")
    revoking.revoke_due()
    assert len(bluesky.revoked) == 1
    assert bluesky.tokens == {}


def test_a_server_that_does_not_know_us_is_told_later(bluesky, advocate):
    connect(advocate, bluesky)
    connecting.disconnect(advocate, "bluesky")
    bluesky.breaks = [("/oauth/revoke", broken("status", 401))]
    revoking.revoke_due()
    assert bluesky.tokens
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        revoking.revoke_due()
    assert bluesky.tokens == {}


@pytest.mark.parametrize("what", ["handle", "identity", "issuer", "endpoint", "plain http"])
def test_what_does_not_fit_together_is_not_believed(bluesky, advocate, what):
    if what == "handle":
        bluesky.owned = ["at://somebody.else"]
    elif what == "identity":
        bluesky.did = "did:plc:not-an-identity"
    elif what == "issuer":
        bluesky.issuer = "https://evil.example"
    else:
        bluesky.endpoint = "http://169.254.169.254" if what == "plain http" else "https://127.0.0.1:1/path?x"
    attempt = begin(advocate)
    assert (attempt.state, attempt.problem) == (AuthorizationState.FAILED, "not_understood")


@pytest.mark.parametrize("endpoint", ["token_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint"])
@pytest.mark.parametrize("where", ["another server inside", "plain http"])
def test_a_sign_in_cannot_have_us_call_another_server(bluesky, advocate, endpoint, where):
    other = AtProtocolServer()
    with running(other):
        address = other.url if where == "another server inside" else "http://pds.example"
        inside = ", ".join((bluesky.host, other.host))
        before = preferences.deployment()
        preferences.init(replace(before, egress_inside=parse_inside(inside)))
        try:
            bluesky.endpoints = {endpoint: f"{address}/oauth/par"}
            attempt = begin(advocate)
        finally:
            preferences.init(before)
    assert (attempt.state, attempt.problem) == (AuthorizationState.FAILED, "not_understood")
    assert other.asked == []


@pytest.mark.parametrize(
    "address", ["https://169.254.169.254", "https://10.0.0.1", "https://[::1]", "https://127.0.0.1"]
)
def test_an_identity_that_leads_inside_is_not_followed(bluesky, advocate, address):
    bluesky.endpoint = address
    attempt = begin(advocate)
    assert (attempt.state, attempt.problem) == (AuthorizationState.FAILED, "not_reached")


def test_an_answer_of_another_server_is_a_mix_up(bluesky, advocate):
    attempt = begin(advocate)
    back = bluesky.agree(attempt.authorize_url) | {"issuer": "https://evil.example"}
    connecting.come_back(advocate, browser=BROWSER, error=None, **back)
    assert (attempt.state, attempt.problem) == (AuthorizationState.FAILED, "not_begun_here")
    with pytest.raises(NotFound):
        connecting.come_back(advocate, browser=BROWSER, error=None, **back)


def test_links_and_hashtags_are_found_by_bytes():
    text = "Grüße 🎉 #Pumpen https://a.example/x."
    link, tag = (
        next(one for one in facets_of(text) if kind in one["features"][0]["$type"]) for kind in ("link", "tag")
    )
    for facet, expected in ((link, "https://a.example/x"), (tag, "#Pumpen")):
        index = facet["index"]
        assert text.encode()[index["byteStart"] : index["byteEnd"]].decode() == expected


@pytest.mark.parametrize("typed", ["", "robin", "robin@", "ro bin.example", "-.example", "a" * 300])
def test_what_is_no_handle_is_refused(session, typed):
    with pytest.raises(Invalid):
        server_for(find_network("bluesky"), typed)


def test_the_description_of_us_holds_no_secret(session):
    told = client_metadata(("atproto",), "https://portal.example/back", "Meridian Works")
    (key,) = told["jwks"]["keys"]
    assert key["kty"] == "EC"
    assert "d" not in key
    assert told["dpop_bound_access_tokens"] is True


# Against a real server, when its address is given: ADVOCACY_TEST_PDS is the origin of a running PDS, with an account
# ADVOCACY_TEST_PDS_HANDLE; ADVOCACY_TEST_PDS_DIRECTORY names its directory where that is not the public one.
if "ADVOCACY_TEST_PDS" in os.environ:

    def test_a_real_server_takes_our_pushed_request(session, environment, tmp_path, advocate):
        address = os.environ["ADVOCACY_TEST_PDS"].rstrip("/")
        directory = os.environ.get("ADVOCACY_TEST_PDS_DIRECTORY", network_apis()["bluesky"].directory_url)
        file = tmp_path / "network_apis.toml"
        file.write_text(apis_at({"bluesky": {"api_url": address, "directory_url": directory}}), encoding="utf-8")
        places = ", ".join(one.partition("://")[2] for one in (address, directory))
        more = {"ADVOCACY_EGRESS_INSIDE": places, "ADVOCACY_NETWORK_APIS": str(file)}
        before = preferences.deployment()
        try:
            preferences.init(Settings.from_env({**environment, **more}))
            switch_on("bluesky")
            handle = os.environ["ADVOCACY_TEST_PDS_HANDLE"]
            attempt = connecting.start_connection(advocate, "bluesky", browser=BROWSER, server=handle)
            connecting.prepare_connection(attempt.id)
            assert attempt.state is AuthorizationState.READY, attempt.problem
            assert "request_uri=" in attempt.authorize_url
        finally:
            preferences.init(before)
