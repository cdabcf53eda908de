"""API tokens: well-formed, hashed, limited by scope and by role."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.foundation import clock
from advocacy.foundation.access import Permission, Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Invalid
from advocacy.identity import service, tokens
from advocacy.identity.models import ApiToken
from tests.factories.identity import make_account, make_api_token
from tests.support.clients import Program
from tests.support.sql import recorded_queries


def test_token_has_the_published_form():
    for _ in range(200):
        token = tokens.new_api_token()
        assert tokens.PATTERN.fullmatch(token)
        assert token.startswith("adv_pat_")
        assert len(token) == 8 + 30 + 6
        assert tokens.is_well_formed(token)


def test_every_single_typing_error_is_seen():
    token = tokens.new_api_token()
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert not tokens.is_well_formed(token[:place] + other + token[place + 1 :])


def test_mistyped_token_is_refused_without_asking_the_database(session):
    token = make_api_token(make_account())
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    with recorded_queries() as asked:
        assert service.find_token_actor(wrong) is None
    assert len(asked) == 0


def test_only_the_hash_of_a_token_is_stored(session):
    token = make_api_token(make_account())
    row = ambient.scalar(select(ApiToken))
    assert token.encode() not in row.hash
    assert token[8:-4] not in row.hint


@pytest.mark.parametrize("kind", ["nonsense", "mistyped", "unknown", "revoked", "expired", "closed", "basic", "empty"])
def test_token_that_is_not_valid_is_nobody(app, api, kind):
    program = api()
    header = f"Bearer {program.token}"
    row = ambient.scalar(select(ApiToken))
    if kind == "nonsense":
        header = "Bearer \x7f' OR 1=1"
    elif kind == "mistyped":
        header = header[:-1] + ("A" if header[-1] != "A" else "B")
    elif kind == "unknown":
        header = f"Bearer {tokens.new_api_token()}"
    elif kind == "revoked":
        row.revoked_at = clock.now()
    elif kind == "expired":
        row.expires_at = clock.now() - timedelta(seconds=1)
    elif kind == "closed":
        program.account.is_active = False
    elif kind == "basic":
        header = f"Basic {program.token}"
    elif kind == "empty":
        header = "Bearer"
    ambient.commit()
    response = Program(app, None).get("/api/v1/account", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_token_in_the_address_is_refused(app, api):
    program = api()
    response = Program(app, None).get(f"/api/v1/account?access_token={program.token}")
    assert response.status_code == 401


def test_token_never_exceeds_its_scopes(api):
    program = api(None, Role.ADMINISTRATOR, scopes=(Permission.FEED_READ,))
    refused = program.get("/api/v1/accounts")
    assert refused.status_code == 403
    assert "This token lacks the scope people:read" in refused.get_json()["detail"], "the role has it, the token not"
    assert program.get("/api/v1/account").get_json()["permissions"] == ["feed:read"]


def test_token_never_exceeds_its_person(api):
    program = api(None, scopes=(Permission.PEOPLE_READ, Permission.ROLES_WRITE))
    assert program.get("/api/v1/accounts").status_code == 403
    assert program.get("/api/v1/account").get_json()["permissions"] == []


def test_token_loses_what_its_person_loses(api):
    program = api(None, Role.ADMINISTRATOR)
    assert program.get("/api/v1/accounts").status_code == 200
    from advocacy.identity.models import RoleGrant

    for grant in ambient.scalars(select(RoleGrant).where(RoleGrant.role == Role.ADMINISTRATOR)):
        ambient.delete(grant)
    ambient.commit()
    assert program.get("/api/v1/accounts").status_code == 403


def test_token_is_made_listed_and_revoked(app, api):
    program = api()
    made = program.post("/api/v1/tokens", json={"name": "reports", "scopes": ["feed:read"], "days": 7})
    assert made.status_code == 201
    text = made.get_json()["token"]
    fresh = Program(app, text)
    assert fresh.get("/api/v1/account").get_json()["permissions"] == ["feed:read"]
    listed = program.get("/api/v1/tokens").get_json()["data"]
    assert "token" not in listed[0]
    assert program.delete(f"/api/v1/tokens/{made.get_json()['id']}").status_code == 204
    assert fresh.get("/api/v1/account").status_code == 401
    assert program.delete(f"/api/v1/tokens/{made.get_json()['id']}").status_code == 404


def test_token_cannot_make_a_stronger_one(api):
    program = api(None, scopes=(Permission.PROFILE_WRITE,))
    assert program.post("/api/v1/tokens", json={"name": "x", "scopes": ["shares:write"]}).status_code == 403
    assert program.post("/api/v1/tokens", json={"name": "x", "scopes": ["profile:write"]}).status_code == 201


def test_tokens_of_others_cannot_be_seen_or_revoked(api):
    one, two = api(), api()
    theirs = one.get("/api/v1/tokens").get_json()["data"][0]["id"]
    assert theirs not in str(two.get("/api/v1/tokens").get_json())
    assert two.delete(f"/api/v1/tokens/{theirs}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": ["feed:read"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": "feed:read"},
        {"name": " ", "scopes": ["feed:read"]},
        {"name": "x" * 81, "scopes": ["feed:read"]},
        {"name": "x\x00", "scopes": ["feed:read"]},
        {"name": "x", "scopes": ["feed:read"], "days": 0},
        {"name": "x", "scopes": ["feed:read"], "days": 366},
        {"name": "x", "scopes": ["feed:read"], "days": "7"},
        {"name": "x", "scopes": ["feed:read"], "days": 10**400},
        {"name": "x", "scopes": ["feed:read"], "is_admin": True},
    ],
)
def test_token_with_bad_wishes_is_refused(api, body):
    response = api().post("/api/v1/tokens", json=body)
    assert response.status_code == 422
    assert response.get_json()["errors"]


def test_use_of_a_token_is_noted_at_most_once_a_minute(api):
    program, start = api(), clock.now()

    def used():
        ambient.expire_all()
        return ambient.scalar(select(ApiToken.last_used_at))

    assert used() is None
    program.get("/api/v1/account")
    first = used()
    assert first is not None
    with time_machine.travel(start + timedelta(seconds=30), tick=False):
        program.get("/api/v1/account")
        assert used() == first
    with time_machine.travel(start + timedelta(seconds=90), tick=False):
        program.get("/api/v1/account")
        assert used() > first


def test_token_lives_ninety_days_unless_told_otherwise(session):
    row, _text = service.make_token(make_account(), scopes=["feed:read"])
    assert row.expires_at - row.created_at == timedelta(days=90)


def test_unknown_scope_names_those_that_exist(session):
    with pytest.raises(Invalid) as refused:
        service.make_token(make_account(), scopes=["feed:write"])
    assert "feed:read" in refused.value.problems[0].detail
