"""The JSON API of sharing, as programs use it."""

import pytest
from sqlalchemy import func, select

from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.sharing.models import Share
from config.networks import networks
from tests.factories.content import make_live_item
from tests.factories.identity import make_account
from tests.factories.people import make_advocate, make_employee

TEXT = "I work at Meridian Works. Read this."
NO_CLICKS = {
    "raw": 0,
    "human": 0,
    "preview_bot": 0,
    "scanner": 0,
    "internal": 0,
    "own": 0,
    "repeated": 0,
    "as_of": None,
}


@pytest.fixture
def program(api):
    return api(make_account(make_advocate()))


@pytest.fixture
def item(session):
    return make_live_item()


def body(item, **fields):
    return {"item_id": str(item.id), "network": "linkedin", "text": TEXT, **fields}


def test_a_share_goes_from_the_feed_to_its_confirmation(program, item):
    feed = program.get("/api/v1/feed").json
    assert [entry["id"] for entry in feed["data"]] == [str(item.id)]
    opened = program.post("/api/v1/shares", json=body(item))
    assert opened.status_code == 201
    assert opened.json["state"] == "opened"
    assert opened.json["link_url"].startswith("http://127.0.0.1:8001/")
    assert opened.json["intent_url"].startswith("https://www.linkedin.com/sharing/share-offsite/?url=http%3A%2F%2F")
    assert opened.json["clicks"] == NO_CLICKS
    address = f"/api/v1/shares/{opened.json['id']}"
    confirmed = program.post(f"{address}/confirm")
    assert (confirmed.status_code, confirmed.json["state"]) == (200, "confirmed")
    again = program.post(f"{address}/confirm", json={"post_url": "https://www.linkedin.com/posts/1"})
    assert again.json["post_url"] == "https://www.linkedin.com/posts/1"
    reported = program.put(f"{address}/engagement", json={"impressions": 120, "reactions": 4})
    assert reported.json["impressions"] == 120
    assert program.get(address).json["engagement"]["impressions"] == 120
    assert [share["id"] for share in program.get("/api/v1/shares").json["data"]] == [opened.json["id"]]


def test_a_missing_disclosure_is_added_and_told(program, item):
    answer = program.post("/api/v1/shares", json=body(item, text="A great pump.")).json
    assert answer["text"] == "A great pump.\n\nI work at Meridian Works."
    assert answer["disclosure_added"] is True


@pytest.mark.parametrize("network", networks(), ids=lambda network: network.key)
def test_every_network_can_be_shared_to(program, item, network):
    extra = {"server": "mastodon.example"} if network.asks_for_server else {}
    answer = program.post("/api/v1/shares", json=body(item, network=network.key, **extra))
    assert answer.status_code == 201
    assert (answer.json["intent_url"] is None) == (not network.intent)


def test_a_share_is_refused_clearly_without_consent(api, item):
    answer = api(make_account(make_employee())).post("/api/v1/shares", json=body(item))
    assert (answer.status_code, answer.json["code"]) == (403, "consent_needed")
    assert ambient.scalar(select(func.count()).select_from(Share)) == 0


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"item_id": "x"}, 422),
        ({"item_id": None}, 422),
        ({"item_id": str(new_id())}, 404),
        ({"network": "myspace"}, 422),
        ({"network": 1}, 422),
        ({"network": "mastodon"}, 422),
        ({"network": "mastodon", "server": "http://169.254.169.254/latest"}, 422),
        ({"text": None}, 422),
        ({"text": ["a"]}, 422),
        ({"text": "a\x00b"}, 422),
        ({"text": "\ud800"}, 422),
        ({"text": "x" * 70_000}, 422),
        ({"network": "x", "text": "\u202eסוד " * 100}, 422),
        ({"caption_id": str(new_id())}, 422),
        ({"employee_key": 1}, 422),
    ],
)
def test_a_share_is_refused_when_a_field_is_wrong(program, item, wrong, status):
    answer = program.post("/api/v1/shares", json=body(item, **wrong))
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert ambient.scalar(select(func.count()).select_from(Share)) == 0


@pytest.mark.parametrize(
    "text", ["", "<script>alert(1)</script>", "שלום \u202e עולם", "👩‍🚀" * 20, "{url} %s %00 &x=1#"]
)
def test_a_strange_text_is_kept_as_it_was_written(program, item, text):
    answer = program.post("/api/v1/shares", json=body(item, network="other", text=text)).json
    assert answer["text"].startswith(text)
    assert program.get(f"/api/v1/shares/{answer['id']}").json["text"] == answer["text"]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"post_url": "javascript:alert(1)"}, 422),
        ({"post_url": "https://evil.example/"}, 422),
        ({"post_url": 5}, 422),
        ({"other": 5}, 422),
    ],
)
def test_a_confirmation_is_refused_when_the_address_is_wrong(program, item, wrong, status):
    share = program.post("/api/v1/shares", json=body(item)).json
    assert program.post(f"/api/v1/shares/{share['id']}/confirm", json=wrong).status_code == status
    assert program.get(f"/api/v1/shares/{share['id']}").json["state"] == "opened"


@pytest.mark.parametrize(
    "wrong", [{}, {"impressions": -1}, {"impressions": 1.5}, {"impressions": "many"}, {"impressions": 10**12}]
)
def test_numbers_are_refused_when_they_are_none(program, item, wrong):
    share = program.post("/api/v1/shares", json=body(item)).json
    program.post(f"/api/v1/shares/{share['id']}/confirm")
    assert program.put(f"/api/v1/shares/{share['id']}/engagement", json=wrong).status_code == 422


def test_somebody_elses_share_is_not_there(api, program, item):
    share = program.post("/api/v1/shares", json=body(item)).json
    stranger = api(make_account(make_advocate()))
    assert stranger.get(f"/api/v1/shares/{share['id']}").status_code == 404
    assert stranger.post(f"/api/v1/shares/{share['id']}/confirm").status_code == 404
    assert stranger.put(f"/api/v1/shares/{share['id']}/engagement", json={"impressions": 1}).status_code == 404
    assert stranger.get("/api/v1/shares").json["data"] == []


def test_shares_come_page_by_page(program, item):
    made = {program.post("/api/v1/shares", json=body(item)).json["id"] for _number in range(3)}
    first = program.get("/api/v1/shares?limit=2").json
    second = program.get(f"/api/v1/shares?limit=2&cursor={first['next_cursor']}").json
    assert {share["id"] for share in first["data"] + second["data"]} == made
    assert second["next_cursor"] is None
    for cursor in ("abc", "%00", first["next_cursor"][:-2] + "AA"):
        assert program.get(f"/api/v1/shares?cursor={cursor}").status_code in {400, 422}
    for limit in ("0", "1000", "x"):
        assert program.get(f"/api/v1/shares?limit={limit}").status_code == 422


def test_a_wording_is_suggested(program, item):
    suggestion = program.get(f"/api/v1/feed/{item.id}/caption?network=x").json
    assert suggestion["text"].startswith("My own view")
    assert program.get(f"/api/v1/feed/{item.id}/caption?network=none").status_code == 404
    assert len(program.get("/api/v1/networks").json["data"]) == len(networks())


def test_a_text_is_checked_while_it_is_written(program, item):
    sent = {"network": "x", "text": "Our pumps save water, and the river beside our house says thank you every day."}
    answer = program.post(f"/api/v1/feed/{item.id}/text-check", json=sent)
    told = answer.get_json()
    assert told["disclosure_added"] is True
    assert (told["limit"], told["fits"], told["avoided"], told["likeness"], told["advice"]) == (
        280,
        True,
        [],
        None,
        None,
    )
    assert told["seen"] == told["text"]
    assert program.post(f"/api/v1/feed/{item.id}/text-check", json=sent | {"network": "z"}).status_code == 422
