"""Connected accounts for programs: the same as in the portal, but for going to a network, which needs a browser."""

from uuid import uuid4

from sqlalchemy import func, select

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.sharing.account_models import NetworkAccount, NetworkPost
from advocacy.sharing.models import Share
from tests.factories.content import make_live_item
from tests.factories.people import actor_for, make_advocate
from tests.sharing.accounts.conftest import TEXT, connect, networks_off
from tests.support.networks import broken

ACCESS = "/api/v1/network-access"


def test_a_program_posts_for_its_person_once(networks, api, recorded_jobs):
    person = make_advocate()
    connect(actor_for(person), networks.mastodon, "mastodon")
    program, item_id = api(person), str(make_live_item().id)
    (account,) = program.get("/api/v1/me/connected-accounts").get_json()["data"]
    assert (account["network"], account["handle"].startswith("@robin42@")) == ("mastodon", True)
    body, headers = {"item_id": item_id, "network": "mastodon", "text": TEXT}, {"Idempotency-Key": str(uuid4())}
    first, second = (program.post("/api/v1/me/posts", json=body, headers=headers) for _ in "ab")
    assert (first.status_code, first.get_json()) == (202, second.get_json())
    share_id = first.get_json()["share_id"]
    assert first.get_json()["state"] == "waiting"
    recorded_jobs.run("sharing.publish_post")
    assert program.get(f"/api/v1/shares/{share_id}/post").get_json()["state"] == "posted"
    assert len(networks.mastodon.posts) == 1
    again = program.post(f"/api/v1/shares/{share_id}/post")
    assert (again.status_code, again.get_json()["state"]) == (202, "posted")
    assert program.delete("/api/v1/me/connected-accounts/mastodon").status_code == 204
    assert program.delete("/api/v1/me/connected-accounts/mastodon").status_code == 404
    assert ambient.scalar(select(func.count()).select_from(NetworkAccount)) == 0


def test_an_unknown_outcome_is_told_and_decided(networks, api, recorded_jobs):
    person = make_advocate()
    connect(actor_for(person), networks.x, "x")
    program = api(person)
    networks.x.breaks = [("/2/tweets", broken("drop"))]
    body = {"item_id": str(make_live_item().id), "network": "x", "text": TEXT}
    share_id = program.post("/api/v1/me/posts", json=body).get_json()["share_id"]
    recorded_jobs.run("sharing.publish_post")
    told = program.get(f"/api/v1/shares/{share_id}/post").get_json()
    assert (told["state"], told["detail"]) == ("unknown", "X did not answer.")
    assert program.delete(f"/api/v1/shares/{share_id}/post").status_code == 409
    answer = program.post(f"/api/v1/shares/{share_id}/post/answer", json={"is_there": True})
    assert answer.get_json()["state"] == "said_posted"
    assert program.get(f"/api/v1/shares/{share_id}").get_json()["state"] == "confirmed"


def test_what_cannot_be_posted_leaves_nothing(networks, api):
    program = api(make_advocate())
    body = {"item_id": str(make_live_item().id), "network": "x", "text": TEXT}
    refused = program.post("/api/v1/me/posts", json=body)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "not_connected")
    for table in (Share, NetworkPost):
        assert ambient.scalar(select(func.count()).select_from(table)) == 0


def test_switches_are_changed_by_whoever_saw_them(session, api):
    program = api(None, Role.ADMINISTRATOR)
    assert networks_off(program.get(ACCESS).get_json()["data"])
    etag = program.get(f"{ACCESS}/x").headers["ETag"]
    wanted = {"is_on": True, "client_id": "own-app", "client_secret": "own-secret", "most_posts_a_month": 10}
    assert program.put(f"{ACCESS}/x", json=wanted).status_code == 428
    refused = program.put(f"{ACCESS}/x", json=wanted, headers={"If-Match": etag})
    assert (refused.status_code, refused.get_json()["errors"][0]["pointer"]) == (422, "/knows_terms")
    changed = program.put(f"{ACCESS}/x", json=wanted | {"knows_terms": True}, headers={"If-Match": etag})
    told = changed.get_json()
    assert (told["is_on"], told["has_secret"], told["post_with_link_usd"]) == (True, True, "0.200")
    assert "own-secret" not in changed.get_data(as_text=True)
    stale = program.put(f"{ACCESS}/x", json=wanted, headers={"If-Match": etag})
    assert stale.status_code == 412
    assert program.get(f"{ACCESS}/facebook").status_code == 404
