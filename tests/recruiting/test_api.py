"""The JSON API of recruiting: messages, connections, openings."""

import pytest
from limits import RateLimitItemPerMinute
from sqlalchemy import func, select

from advocacy.foundation import ratelimit
from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.recruiting.models import AtsConnection, InboundEvent, Opening
from tests.factories.people import make_unit
from tests.factories.recruiting import make_opening, report_of, signed


@pytest.fixture
def recruiter(api):
    make_unit("Meridian Works")
    return api(None, Role.RECRUITER)


def deliver(client, url, headers, raw):
    path = url.removeprefix("http://127.0.0.1:8000")
    return client.post(path, data=raw, headers={**headers, "Content-Type": "application/json"})


def test_a_system_is_connected_and_heard(recruiter, client):
    made = recruiter.post("/api/v1/recruiting/connections", json={"name": "Greenhouse"})
    assert made.status_code == 201
    headers, raw = signed(made.json["secret"], report_of())
    first = deliver(client, made.json["url"], headers, raw)
    assert (first.status_code, first.json) == (200, {"is_new": True})
    second = deliver(client, made.json["url"], headers, raw)
    assert (second.status_code, second.json) == (200, {"is_new": False})
    assert ambient.scalar(select(func.count()).select_from(InboundEvent)) == 1
    listed = recruiter.get("/api/v1/recruiting/connections").json["data"]
    assert [set(row) for row in listed] == [{"id", "name", "is_active", "created_at"}]
    rotated = recruiter.post(f"/api/v1/recruiting/connections/{made.json['id']}/secrets")
    assert rotated.json["secret"] != made.json["secret"]
    assert recruiter.delete(f"/api/v1/recruiting/connections/{made.json['id']}").status_code == 204
    assert deliver(client, made.json["url"], *signed(made.json["secret"], report_of())).status_code == 401


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (report_of(type="application.exploded"), 422),
        (report_of(occurred_at="soon"), 422),
        ([1], 422),
        (b"\x00", 422),
        (b"{" * 30_000, 422),
        (b'"' + b"x" * 70_000 + b'"', 413),
    ],
)
def test_a_signed_message_is_refused_when_it_cannot_be_used(recruiter, client, payload, status):
    made = recruiter.post("/api/v1/recruiting/connections", json={"name": "Greenhouse"}).json
    answer = deliver(client, made["url"], *signed(made["secret"], payload))
    assert answer.status_code == status
    assert ambient.scalar(select(func.count()).select_from(InboundEvent)) == 0


def test_an_unsigned_message_is_refused(recruiter, client):
    made = recruiter.post("/api/v1/recruiting/connections", json={"name": "Greenhouse"}).json
    assert deliver(client, made["url"], {}, b"{}").status_code == 401
    assert client.post(f"/api/v1/hooks/recruiting/{new_id()}", data=b"{}").status_code == 401
    assert client.post("/api/v1/hooks/recruiting/x", data=b"{}").status_code == 404


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\x00b", 5, None, ["a"]])
def test_a_connection_is_refused_when_its_name_is_wrong(recruiter, name):
    assert recruiter.post("/api/v1/recruiting/connections", json={"name": name}).status_code == 422
    assert ambient.scalar(select(func.count()).select_from(AtsConnection)) == 0


def test_openings_are_kept(recruiter):
    made = recruiter.post("/api/v1/openings", json={"reference": "R-1", "title": "Engineer", "closes_on": "2026-12-24"})
    assert made.status_code == 201
    assert recruiter.post("/api/v1/openings", json={"reference": "R-1"}).status_code == 409
    address = f"/api/v1/openings/{made.json['id']}"
    assert recruiter.patch(address, json={"place": "Lisbon"}).json["place"] == "Lisbon"
    assert recruiter.get(address).json["title"] == "Engineer"
    assert [row["reference"] for row in recruiter.get("/api/v1/openings").json["data"]] == ["R-1"]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"reference": ""}, 422),
        ({"reference": "x" * 201}, 422),
        ({"title": 5}, 422),
        ({"title": "a\x00"}, 422),
        ({"url": "javascript:alert(1)"}, 422),
        ({"closes_on": "24.12.2026"}, 422),
        ({"unit_id": str(new_id())}, 404),
        ({"salary": 1}, 422),
    ],
)
def test_an_opening_is_refused_when_a_field_is_wrong(recruiter, wrong, status):
    assert recruiter.post("/api/v1/openings", json={"reference": "R-1", **wrong}).status_code == status
    assert ambient.scalar(select(func.count()).select_from(Opening)) == 0


def test_a_recruiter_keeps_the_openings_of_their_own_units(api, recruiter):
    sales, finance = make_unit("Sales"), make_unit("Finance")
    own, foreign = make_opening(unit_key=sales.key), make_opening(unit_key=finance.key)
    seller = api(None, Role.RECRUITER, unit=sales)
    assert [row["reference"] for row in seller.get("/api/v1/openings").json["data"]] == [own.reference]
    assert seller.get(f"/api/v1/openings/{foreign.id}").status_code == 404
    assert seller.patch(f"/api/v1/openings/{foreign.id}", json={"title": "x"}).status_code == 404
    assert seller.patch(f"/api/v1/openings/{own.id}", json={"unit_id": str(finance.id)}).status_code == 403
    assert seller.post("/api/v1/openings", json={"reference": "R-9"}).status_code == 403
    assert seller.get("/api/v1/recruiting/connections").status_code == 403


def test_recruiting_is_closed_to_employees(api, session):
    employee = api()
    for path in ("/api/v1/openings", "/api/v1/recruiting/connections"):
        assert employee.get(path).status_code == 403


def test_guessing_signatures_ends_soon_and_true_messages_never_count(recruiter, client, monkeypatch):
    monkeypatch.setattr(ratelimit, "API_PER_ADDRESS", RateLimitItemPerMinute(3))
    made = recruiter.post("/api/v1/recruiting/connections", json={"name": "Greenhouse"}).json
    for _number in range(5):
        assert deliver(client, made["url"], *signed(made["secret"], report_of())).status_code == 200
    wrong = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}
    assert [deliver(client, made["url"], wrong, b"{}").status_code for _number in range(4)] == [401, 401, 401, 429]
