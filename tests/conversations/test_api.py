"""The JSON API of conversations, as programs use it."""

import pytest
from sqlalchemy import func, select

from advocacy.conversations.models import BuyingRole, Conversation, ConversationKind, Outcome
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from tests.factories.content import make_live_item
from tests.factories.identity import make_account
from tests.factories.people import make_advocate, make_employee

MINIMUM = {"kind": "prospect", "outcome": "progressed"}


@pytest.fixture
def program(api):
    return api(make_account(make_advocate()))


def test_a_conversation_is_noted_from_a_share(program):
    text = "I work at Meridian Works."
    share = program.post(
        "/api/v1/shares", json={"item_id": str(make_live_item().id), "network": "x", "text": text}
    ).json
    answer = program.post(
        "/api/v1/conversations",
        json={**MINIMUM, "share_id": share["id"], "buying_role": "decider", "account": "Acme", "note": "Call in May"},
    )
    assert answer.status_code == 201
    assert (answer.json["share_id"], answer.json["account"], answer.json["note"]) == (
        share["id"],
        "Acme",
        "Call in May",
    )
    assert program.get("/api/v1/conversations").json["data"] == [answer.json]
    assert program.get(f"/api/v1/conversations/{answer.json['id']}").json == answer.json


@pytest.mark.parametrize("kind", ConversationKind)
@pytest.mark.parametrize("outcome", Outcome)
def test_every_kind_and_outcome_is_taken(program, kind, outcome):
    answer = program.post("/api/v1/conversations", json={"kind": kind.value, "outcome": outcome.value})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"kind": "enemy"}, 422),
        ({"kind": None}, 422),
        ({"outcome": "won"}, 422),
        ({"share_id": "x"}, 422),
        ({"share_id": str(new_id())}, 404),
        ({"buying_role": "king"}, 422),
        ({"kind": "colleague", "buying_role": BuyingRole.USER.value}, 409),
        ({"note": "x" * 4001}, 422),
        ({"note": {"a": 1}}, 422),
        ({"account": "a\x00"}, 422),
        ({"account": "x" * 201}, 422),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, 422),
        ({"occurred_at": "2026-11-01"}, 422),
        ({"employee_key": 1}, 422),
    ],
)
def test_a_conversation_is_refused_when_a_field_is_wrong(program, wrong, status):
    answer = program.post("/api/v1/conversations", json={**MINIMUM, **wrong})
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert ambient.scalar(select(func.count()).select_from(Conversation)) == 0


def test_a_conversation_is_its_owners_alone(api, program):
    noted = program.post("/api/v1/conversations", json=MINIMUM).json
    stranger = api(make_account(make_advocate()))
    assert stranger.get(f"/api/v1/conversations/{noted['id']}").status_code == 404
    assert stranger.get("/api/v1/conversations").json["data"] == []


def test_a_conversation_is_refused_clearly_without_consent(api, session):
    answer = api(make_account(make_employee())).post("/api/v1/conversations", json=MINIMUM)
    assert (answer.status_code, answer.json["code"]) == (403, "consent_needed")
