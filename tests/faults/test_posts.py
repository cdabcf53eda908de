"""Nothing is posted twice when its worker is killed, and nothing is lost without a word (I3, F34)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.cluster import ROOT, Cluster
from tests.sharing.accounts.conftest import apis_at
from tests.support.networks import Contract, LinkedInServer, MastodonServer, running

pytestmark = pytest.mark.faults

JOB = "sharing.publish_post"
# Somebody connected an account, and presses the button.
SCENE = """
import sys
import tests.faults.process
from workers import process
from advocacy.foundation import clock, db
from advocacy.foundation.columns import new_id
from advocacy.people.models import Purpose
from advocacy.sharing import service
from advocacy.foundation.encryption import encrypt
from advocacy.sharing.account_models import NetworkAccess, NetworkAccount, ServerApp
from advocacy.sharing.accounts import pressing
from advocacy.sharing.accounts.access import SEALED_FOR
from advocacy.sharing.accounts.apps import APP_SEALED_FOR
from advocacy.sharing.accounts.tokens import Tokens, seal
from config.networks import find_network
from tests.factories.content import make_live_item
from tests.factories.people import actor_for, give_consent, make_advocate
key, url = sys.argv[1:]
process.start('test')
network = find_network(key)
with db.unit_of_work() as session:
    session.execute(db.text("SELECT ensure_activity_partition(current_date)"))
    name = str(new_id())
    person = make_advocate(external_id=name, email=name + '@meridian.example')
    give_consent(person, Purpose.CONNECTED_ACCOUNT)
    if not session.scalar(db.text("SELECT count(*) FROM content_item")):
        make_live_item()
    item_id = session.scalar(db.text("SELECT id FROM content_item WHERE state = 'live' LIMIT 1"))
    administrator_id = session.scalar(db.text("SELECT id FROM account LIMIT 1"))
    session.merge(NetworkAccess(network=network.number, is_on=True, reads_numbers=False, client_id='own-app',
        sealed_secret=encrypt('own-secret', purpose=SEALED_FOR, owner=key),
                                changed_at=clock.now(), changed_by=administrator_id))
    session.merge(ServerApp(network=network.number, server=url, redirect_uri=url, scopes=[], client_id='own-app',
        sealed_secret=encrypt('own-secret', purpose=APP_SEALED_FOR, owner=url), registered_at=clock.now()))
    account_id = new_id()
    session.add(NetworkAccount(id=account_id, employee_key=person.key, network=network.number,
        server=url if key == 'mastodon' else '', subject='42', handle='@robin', scopes=[], reads_numbers=False,
        reads_followers=False, connected_at=clock.now(), sealed=seal(Tokens('known'), account_id)))
    actor = actor_for(person)
    share = service.open_share(actor, item_id=item_id, network_key=key, server='mastodon.example',
                               text='I work at Meridian Works. I was there that night.').share
    pressing.press(actor, share.id)
"""


@pytest.fixture(params=["mastodon", "linkedin"])
def network(request: pytest.FixtureRequest) -> Iterator[tuple[str, Contract]]:
    contract: Contract = MastodonServer() if request.param == "mastodon" else LinkedInServer()
    scope = "write:statuses" if request.param == "mastodon" else "w_member_social"
    contract.tokens["known"] = {"subject": "42", "scope": scope, "refresh": None}
    with running(contract):
        yield request.param, contract


@pytest.mark.parametrize("point", ["after_message_row", "after_message_left"])
def test_nothing_is_posted_twice_when_its_worker_is_killed_at(
    cluster: Cluster, network: tuple[str, Contract], point: str, tmp_path: Path
) -> None:
    key, contract = network
    file = tmp_path / "network_apis.toml"
    file.write_text(apis_at({"linkedin": {"api_url": contract.url}}), encoding="utf-8")
    environ = {"ADVOCACY_EGRESS_INSIDE": contract.host, "ADVOCACY_NETWORK_APIS": str(file)}
    cluster.sql("DELETE FROM network_post")
    (cluster.home / "failpoints" / point).unlink(missing_ok=True)
    subprocess.run(
        [sys.executable, "-c", SCENE, key, contract.url], cwd=ROOT, env={**cluster.environ, **environ}, check=True
    )
    cluster.start("dispatcher", "worker@egress", FAIL_AT=f"{point}:kill", FAIL_JOB=JOB, **environ)
    cluster.wait(lambda: (cluster.home / "failpoints" / point).exists(), 40, "the worker is killed")
    cluster.wait(
        lambda: cluster.scalar("SELECT count(*) FROM network_post WHERE state NOT IN ('waiting', 'sending')") == 1,
        60,
        "its end is known",
    )
    (state,) = cluster.sql("SELECT state FROM network_post")[0]
    if key == "mastodon":  # it makes one post of both, by its key
        assert (state, len(contract.posts)) == ("posted", 1)
    else:  # nobody can ask, so it is not sent again, and its author is told to look
        assert (state, len(contract.posts)) == ("unknown", int(point == "after_message_left"))
        assert cluster.scalar("SELECT count(*) FROM notification WHERE kind = 'post_unknown'") == 1
        cluster.sql("DELETE FROM notification")
