"""Against `mastodon-mock`, an implementation of Mastodon's interface that we did not write."""

import httptools  # noqa: F401 - the server's loop needs it; a missing one would be told late
import pytest
from mastodon_mock.testing.server import MockServer
from sqlalchemy import select

from advocacy.foundation import preferences
from advocacy.foundation.db import session as ambient
from advocacy.sharing.account_models import AuthorizationState, NetworkPost, PostState
from advocacy.sharing.accounts import connecting, publishing, reading, revoking
from advocacy.sharing.accounts.apps import callback_path
from advocacy.sharing.accounts.calling import call
from advocacy.sharing.models import EngagementSnapshot, Share
from config.networks import find_network
from config.settings import Settings
from tests.sharing.accounts.conftest import BROWSER, account_of, press_button, switch_on


@pytest.fixture
def server(session, environment):
    with MockServer() as found:
        before = preferences.deployment()
        host = found.base_url.partition("://")[2].rstrip("/")
        preferences.init(Settings.from_env({**environment, "ADVOCACY_EGRESS_INSIDE": host}))
        switch_on("mastodon")
        yield found.base_url.rstrip("/")
        preferences.init(before)


def test_from_registration_to_revocation(server, advocate):
    attempt = connecting.start_connection(advocate, "mastodon", browser=BROWSER, server=server, reads_numbers=True)
    connecting.prepare_connection(attempt.id)
    assert attempt.state is AuthorizationState.READY, attempt.problem
    state = attempt.authorize_url.partition("state=")[2].partition("&")[0]
    back = {"path": callback_path(find_network("mastodon"), server), "state": state, "code": "mockcode_alice"}
    connecting.come_back(advocate, error=None, issuer=None, browser=BROWSER, **back)
    connecting.finish_connection(attempt.id)
    assert attempt.state is AuthorizationState.DONE, attempt.problem
    account = account_of(advocate, "mastodon")
    assert account.handle.startswith("@alice@")

    post = press_button(advocate, "mastodon")
    publishing.publish(post.id)
    ambient.refresh(post)
    assert post.state is PostState.POSTED
    share = ambient.get_one(Share, post.share_key)
    told = call("GET", f"{server}/api/v1/statuses/{post.remote_id}").told
    assert "I work at Meridian Works." in told["content"]
    assert share.post_url is None or share.post_url.startswith(server)

    first = post.remote_id
    post.state, post.remote_id, post.may_be_out = PostState.SENDING, None, True  # as after a run that died
    ambient.flush()
    publishing.publish(post.id)
    ambient.refresh(post)
    assert (post.state, post.remote_id) == (PostState.POSTED, first)  # one post there, by the Idempotency-Key

    reading.read_account(account.id)
    snapshot = ambient.scalars(select(EngagementSnapshot)).one()
    assert (snapshot.impressions, snapshot.reactions) == (None, 0)
    connecting.disconnect(advocate, "mastodon")
    revoking.revoke_due()
    assert ambient.scalars(select(NetworkPost.account_id)).all() == [None]
