"""The JSON API of content: feed, studio, review, pictures, hosts."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from advocacy.content.models import ContentItem
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from tests.factories.content import HOST, make_host, make_item, make_live_item
from tests.factories.people import make_advocate, make_employee, make_unit

PNG = BytesIO()
Image.new("RGB", (4, 4), "teal").save(PNG, "PNG")


@pytest.fixture
def curator(api):
    make_unit("Meridian Works")
    make_host()
    return api(None, Role.CURATOR)


def draft(**fields):
    return {
        "kind": "article",
        "texts": {"en": {"title": "A new pump", "summary": "It is quiet."}},
        "captions": [{"network": "x", "language": "en", "text": "Quiet!"}],
        "destination": f"https://{HOST}/pump",
        **fields,
    }


def test_an_item_goes_from_the_draft_to_the_feed(api, curator):
    approver, reader = api(None, Role.APPROVER), api()
    picture = curator.post("/api/v1/media", data=PNG.getvalue(), headers={"Content-Type": "image/png"})
    assert picture.status_code == 201
    made = curator.post(
        "/api/v1/content", json=draft(image_sha256=picture.json["sha256"], image_alternative="A teal square")
    )
    assert made.status_code == 201
    address, tag = f"/api/v1/content/{made.json['id']}", made.headers["ETag"]
    assert curator.patch(address, json={"priority": 5}).status_code == 428
    changed = curator.patch(address, json={"priority": 5}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json["priority"]) == (200, 5)
    assert curator.patch(address, json={"priority": 6}, headers={"If-Match": tag}).status_code == 412
    assert curator.post(f"{address}/submit").json["state"] == "in_review"
    assert [row["id"] for row in approver.get("/api/v1/content/awaiting-review").json["data"]] == [made.json["id"]]
    decision = {"decision": "approved", "seen_hash": "0" * 64}
    assert approver.post(f"{address}/decisions", json=decision).status_code == 412
    decision["seen_hash"] = approver.get(address).json["version_hash"]
    assert approver.post(f"{address}/decisions", json=decision).json["state"] == "live"
    entry = reader.get("/api/v1/feed").json["data"][0]
    assert (entry["id"], entry["title"], entry["destination_host"]) == (made.json["id"], "A new pump", HOST)
    assert entry["image_url"] == picture.json["url"]
    assert entry["captions"][0]["network"] == "x"
    assert entry["why"] == {"kind": "everyone", "name": None, "count": None}
    assert reader.get(f"/api/v1/feed/{entry['id']}").json == entry
    assert curator.post(f"{address}/withdraw", json={"reason": "Sold out."}).json["state"] == "withdrawn"
    assert reader.get("/api/v1/feed").json["data"] == []
    assert reader.get(f"/api/v1/feed/{entry['id']}").status_code == 404


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        (None, "GET", "/api/v1/content"),
        (None, "POST", "/api/v1/content"),
        (None, "POST", "/api/v1/media"),
        (Role.CURATOR, "GET", "/api/v1/content/awaiting-review"),
        (Role.CURATOR, "GET", "/api/v1/link-hosts"),
        (Role.APPROVER, "POST", "/api/v1/content"),
    ],
)
def test_a_route_is_closed_to_those_without_the_role(api, role, method, path):
    program = api(None, *filter(None, [role]))
    assert program.call(method, path, json=draft() if method == "POST" else None).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "poem"},
        {"kind": None},
        {"texts": {}},
        {"texts": []},
        {"texts": {"en": {"title": ""}}},
        {"texts": {"en": {"title": "x" * 201}}},
        {"texts": {"en": {"title": "a\nb"}}},
        {"texts": {"en": {"title": "a\x00b"}}},
        {"texts": {"e\x00n": {"title": "a"}}},
        {"texts": {"en": "title"}},
        {"captions": [{"network": "x", "language": "en", "text": "x" * 300}]},
        {"captions": [{"network": "none", "language": "en", "text": "x"}]},
        {"captions": "x"},
        {"destination": "javascript:alert(1)"},
        {"destination": "https://evil.example/"},
        {"destination": f"https://{HOST}@evil.example/"},
        {"destination": None},
        {"image_sha256": "../../etc/passwd"},
        {"image_sha256": "0" * 64},
        {"audience": {"roles": ["..."]}},
        {"audience": {"shoe_sizes": [44]}},
        {"audience": {"match": "some"}},
        {"audience": {"excluded": {"match": "any"}}},
        {"audience": {"countries": ["Atlantis"]}},
        {"topic_ids": [str(new_id())]},
        {"priority": "high"},
        {"priority": 101},
        {"is_pinned": "yes"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "tomorrow"},
        {"expires_at": "9999-12-31T23:59:59Z"},
        {"embargo_until": "9999-12-31T23:59:59-12:00"},
        {"live_from": "0001-01-01T00:00:00+14:00"},
        {"live_from": "2026-01-01T00:00:00"},
        {"opening_reference": "R-1"},
        {"state": "live"},
        {"author_account_id": str(new_id())},
    ],
)
def test_an_item_is_refused_when_a_field_is_wrong(curator, wrong):
    answer = curator.post("/api/v1/content", json=draft(**wrong))
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert ambient.scalar(select(func.count()).select_from(ContentItem)) == 0


@pytest.mark.parametrize(("data", "status"), [(b"{", 400), (b"\xff", 400), (b"[]", 422), (b"x" * 1_100_000, 413)])
def test_a_body_is_refused_when_it_is_no_object(curator, data, status):
    answer = curator.post("/api/v1/content", data=data, headers={"Content-Type": "application/json"})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"", "image/png", 422),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 422),
        (PNG.getvalue(), "text/html", 422),
        (b"\0" * 5_000_001, "image/png", 413),
    ],
)
def test_a_picture_is_refused_when_it_is_none(curator, data, kind, status):
    answer = curator.post("/api/v1/media", data=data, headers={"Content-Type": kind})
    assert answer.status_code == status


def test_a_decision_needs_its_fields(api, curator):
    item_id = make_item().id
    approver = api(None, Role.APPROVER)
    for wrong in (
        {},
        {"decision": "approved"},
        {"decision": "maybe", "seen_hash": "0" * 64},
        {"decision": "approved", "seen_hash": "abc"},
        {"decision": "approved", "seen_hash": 5},
    ):
        assert approver.post(f"/api/v1/content/{item_id}/decisions", json=wrong).status_code == 422
    assert approver.post(f"/api/v1/content/{new_id()}/submit").status_code == 403
    assert curator.post(f"/api/v1/content/{new_id()}/submit").status_code == 404


def test_hosts_are_kept_by_administrators(api, session):
    administrator = api(None, Role.ADMINISTRATOR)
    assert administrator.put("/api/v1/link-hosts/Bücher.example", json={"includes_subdomains": True}).json["host"] == (
        "xn--bcher-kva.example"
    )
    assert [row["host"] for row in administrator.get("/api/v1/link-hosts").json["data"]] == ["xn--bcher-kva.example"]
    for wrong in ("a b", "com", "evil.example:80", "user@host.example"):
        body = {"includes_subdomains": True}
        assert administrator.put(f"/api/v1/link-hosts/{wrong}", json=body).status_code == 422
    assert administrator.delete("/api/v1/link-hosts/xn--bcher-kva.example").status_code == 204
    assert administrator.delete("/api/v1/link-hosts/xn--bcher-kva.example").status_code == 404


def test_the_feed_takes_only_what_it_knows(api, session):
    make_live_item()
    reader = api()
    assert reader.get("/api/v1/feed?unit=1").status_code == 400
    assert reader.get("/api/v1/feed?limit=x").status_code == 422
    assert reader.get("/api/v1/feed/not-an-id").status_code == 404


def test_a_no_to_an_item_reaches_its_makers_in_groups_and_leaves_ones_own_feed(api, session):
    item = make_live_item()
    readers = [api(make_advocate()) for _ in range(6)]
    for reader in readers:
        assert reader.post(f"/api/v1/feed/{item.id}/skip", json={"reason": "too_late"}).status_code == 204
        assert reader.get("/api/v1/feed").json["data"] == []
    curator = api(None, Role.CURATOR)
    told = curator.get(f"/api/v1/content/{item.id}/skips").json
    assert told == {"smallest_group": 5, "data": [{"reason": "too_late", "at_least": 5}], "remarks": []}
    assert readers[0].post(f"/api/v1/feed/{item.id}/skip", json={"reason": "boring"}).status_code == 422
    assert readers[0].get(f"/api/v1/content/{item.id}/skips").status_code == 403


def test_phrases_to_avoid_are_kept_and_found(api):
    administrator, reader = api(None, Role.ADMINISTRATOR), api(make_employee())
    phrase = {"phrase": "guaranteed return", "why": "Nobody can promise that."}
    assert reader.post("/api/v1/phrases", json=phrase).status_code == 403
    made = administrator.post("/api/v1/phrases", json=phrase)
    assert made.status_code == 201
    assert reader.get("/api/v1/phrases").get_json()["data"] == [made.get_json()]
    (hit,) = reader.post("/api/v1/phrases/check", json={"text": "A Guaranteed–return."}).get_json()["data"]
    assert (hit["start"], hit["end"], hit["around"]) == (2, 19, "A Guaranteed–return.")
    refused = administrator.post("/api/v1/phrases", json={"phrase": "our wages", "why": "Quiet."})
    assert [error["code"] for error in refused.get_json()["errors"]] == ["protected_speech"]
    assert administrator.delete(f"/api/v1/phrases/{made.get_json()['id']}").status_code == 204
    assert administrator.delete(f"/api/v1/phrases/{made.get_json()['id']}").status_code == 404
    assert reader.post("/api/v1/phrases/check", json={"text": "A guaranteed return."}).get_json()["data"] == []


def test_versions_tell_what_each_said(api, curator):
    made = curator.post("/api/v1/content", json=draft())
    address = f"/api/v1/content/{made.json['id']}"
    changed = {"texts": {"en": {"title": "A newer pump", "summary": ""}}}
    curator.patch(address, json=changed, headers={"If-Match": made.headers["ETag"]})
    told = curator.get(f"{address}/versions").json["data"]
    assert [(row["number"], row["texts"][0]["title"], row["is_live"]) for row in told] == [
        (2, "A newer pump", False),
        (1, "A new pump", False),
    ]
    assert api().get(f"{address}/versions").status_code == 403


def test_the_board_is_searched_acted_on_and_planned(api, curator):
    made = curator.post("/api/v1/content", json=draft()).json
    curator.post("/api/v1/content", json=draft(texts={"en": {"title": "Bridges", "summary": ""}}))
    found = curator.get("/api/v1/content?search=bridgs&state=draft&limit=1").json
    assert [row["title"] for row in found["data"]] == ["Bridges"]
    campaign = {"name": "Winter", "goal": "People know.", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    started = curator.post("/api/v1/campaigns", json=campaign)
    assert started.status_code == 201
    order = {"item_ids": [made["id"], str(new_id())], "action": "campaign", "campaign_id": started.json["id"]}
    done, missing = curator.post("/api/v1/content/bulk", json=order).json["data"]
    assert (done["is_done"], missing["code"]) == (True, "not_found")
    assert curator.get(f"/api/v1/campaigns/{started.json['id']}").json["items"] == 1
    assert [row["name"] for row in curator.get("/api/v1/campaigns").json["data"]] == ["Winter"]
    changed = curator.patch(
        f"/api/v1/campaigns/{started.json['id']}", json={"label": "W"}, headers={"If-Match": started.headers["ETag"]}
    )
    assert changed.json["label"] == "W"
    year = clock.now().year + 2
    order = {"item_ids": [made["id"]], "action": "schedule", "live_from": f"{year}-05-07T08:00:00+00:00"}
    assert curator.post("/api/v1/content/bulk", json=order).json["data"][0]["is_done"]
    (entry,) = curator.get(f"/api/v1/content/calendar?first={year}-05-01&last={year}-05-31").json["data"]
    assert (entry["mark"], entry["title"]) == ("starts", "A new pump")
    for bad in (
        f"first={year}-05-02&last={year}-05-01",
        f"first={year}-01-01&last={year + 2}-01-01",
        "first=x&last=y",
        "first=9999-12-01&last=9999-12-31",
        "first=0001-01-01&last=0001-01-02",
    ):
        assert curator.get(f"/api/v1/content/calendar?{bad}").status_code == 422
    assert curator.post("/api/v1/content/bulk", json={"item_ids": [], "action": "submit"}).status_code == 422
    assert curator.post(f"/api/v1/content/{made['id']}/expire").status_code == 409
    assert api().post("/api/v1/content/bulk", json=order).status_code == 403


def test_the_link_to_the_next_page_keeps_every_state_that_was_asked_for(api, curator):
    for title in ("One", "Two", "Three"):
        curator.post("/api/v1/content", json=draft(texts={"en": {"title": title, "summary": ""}}))
    first = curator.get("/api/v1/content?state=live&state=draft&limit=2")
    address = first.headers["Link"].removeprefix("<").partition(">")[0]
    second = curator.get(address)
    assert second.status_code == 200
    assert len({row["id"] for row in first.json["data"] + second.json["data"]}) == 3


def test_what_is_missing_is_told_in_the_readers_language_without_words_of_ours(curator):
    refused = curator.post("/api/v1/content", json=draft(destination=None), headers={"Accept-Language": "de"})
    assert refused.json["errors"] == [
        {"pointer": "/destination", "code": "missing", "detail": "Diese Art von Beitrag braucht einen Link."}
    ]
