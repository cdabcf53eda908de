"""Secrets and personal data sent in every place of a request, and none of them in the logs."""

import io
import logging
from dataclasses import replace

import pytest
import structlog

from advocacy.foundation import logs
from advocacy.foundation.access import Role
from advocacy.identity.models import LinkPurpose
from advocacy.measurement.overlap import identifiers
from advocacy.people.models import Purpose
from tests.factories.content import make_live_item
from tests.factories.identity import make_account, make_link
from tests.factories.people import give_consent, make_employee, make_policy

CANARY = "canary-7f3a"


@pytest.fixture
def told(settings, monkeypatch):
    root, stream = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "handlers", [])
    level = root.level
    logs.configure(replace(settings, log_level="info"), "test", stream)
    yield stream.getvalue
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_nothing_that_was_sent_is_logged(app, client, sign_in, api, told):
    make_policy()
    person = make_employee(email=f"{CANARY}@meridian.example", name=f"Anna {CANARY}")
    give_consent(person, Purpose.TAKE_PART, Purpose.NETWORK_OVERLAP)
    item = make_live_item()
    account = make_account(person)
    link = make_link(account, LinkPurpose.SIGN_IN)
    client.post("/sign-in", data={"email": f"{CANARY}@meridian.example", "password": CANARY})
    client.get(f"/link/{link}?{CANARY}=1", headers={"Referer": f"https://{CANARY}.example/", "User-Agent": CANARY})
    client.get(f"/{CANARY}?q={CANARY}", headers={"X-Request-Id": CANARY, "X-Forwarded-For": CANARY, "Cookie": CANARY})
    client.get("/api/v1/me", headers={"Authorization": f"Bearer adv_pat_{CANARY}"})
    browser = sign_in(person, Role.ADMINISTRATOR)
    browser.post(f"/items/{item.id}/share", data={"network": "linkedin", "text": f"I work here. {CANARY}"})
    browser.get(f"/people?text={CANARY}")
    browser.post("/settings/hosts", data={"host": f"{CANARY} not a host"})
    program = api(person)
    program.post("/api/v1/conversations", json={"kind": "prospect", "outcome": "none", "note": CANARY, CANARY: 1})
    program.post("/api/v1/tokens", json={"name": CANARY, "scopes": ["feed:read"]})
    overlap = "/api/v1/me/network-overlap/uploads"
    upload = program.post(overlap, json={"network": "linkedin", "expected": 1}).get_json()["id"]
    program.put(f"{overlap}/{upload}/parts/1", json={"ids": [f"no id {CANARY}"]})
    program.put(f"{overlap}/{upload}/parts/1", json={"ids": [f"li:in/{CANARY}"]})
    assert program.put(f"{overlap}/{upload}/finished").status_code == 200
    token = identifiers.token(identifiers.token_key(), "linkedin", f"li:in/{CANARY}")
    logged = told()
    assert logged.count('"event": "request"') >= 9
    for secret in (CANARY, token, token[:16], link, program.token, account.email, str(person.id)):
        assert secret not in logged, f"{secret} is in the logs"


def test_an_accident_does_not_tell_what_was_in_hand(app, client, told, monkeypatch):
    from advocacy.identity import service

    def fail(**words):
        raise RuntimeError(f"cannot sign in {words['email']} with {words['password']}")

    monkeypatch.setattr(service, "sign_in", fail)
    with client.get("/sign-in") as page:
        token = page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    response = client.post(
        "/sign-in", data={"csrf_token": token, "email": f"{CANARY}@meridian.example", "password": f"{CANARY} {CANARY}"}
    )
    assert response.status_code == 500
    assert CANARY not in response.get_data(as_text=True)
    assert "RuntimeError" not in response.get_data(as_text=True)
    assert "unexpected_error" in told()
    assert f"{CANARY}@" not in told()
