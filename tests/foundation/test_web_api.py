"""The conventions of the JSON API: problems, strict reading, pages, limits, repeated requests."""

import json

import pytest
import time_machine
from sqlalchemy import func, select

from advocacy.foundation import clock, idempotency, ratelimit
from advocacy.foundation.access import Permission, Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import IdempotencyKey
from advocacy.identity.models import ApiToken
from tests.factories.identity import make_account
from tests.factories.people import make_unit
from tests.support.clients import Program, later

WISH = {"name": "reports", "scopes": ["feed:read"]}


def count_tokens(program):
    return ambient.scalar(select(func.count()).select_from(ApiToken).where(ApiToken.account_id == program.account.id))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/", 404),
        ("POST", "/api/v1/account", 405),
        ("DELETE", "/api/v1/account", 405),
        ("GET", "/api/v1/accounts/not-a-uuid", 404),
    ],
)
def test_errors_of_routing_are_problems(api, method, path, status):
    response = api().call(method, path)
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.get_json()["status"] == status
    assert response.get_json()["instance"] == path
    assert response.get_json()["request_id"] == response.headers["X-Request-Id"]
    if status == 405:
        assert response.headers["Allow"]


def test_visitor_is_told_how_to_sign_in(app, client):
    response = Program(app, None).get("/api/v1/account")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.get_json()["code"] == "not_signed_in"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"nonsense", 400),
        (b'{"name": NaN, "scopes": []}', 400),
        (b'{"name": Infinity}', 400),
        (b"\xff\xfe", 400),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
        (b"[" * 100_000, 400),
        (b'{"name": ' + b"1" * 10_000 + b"}", 400),
        (b"", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b"5", 422),
        (b'{"name": "\\ud800", "scopes": ["feed:read"]}', 422),
        (b'{"name": "\\u0000", "scopes": ["feed:read"]}', 422),
        (b'{"\\u0000": "x", "name": "x", "scopes": ["feed:read"]}', 422),
        (b'{"\\ud800": "x"}', 422),
        (b'{"name": ["x"], "scopes": ["feed:read"]}', 422),
        (b'{"name": "x", "scopes": ["feed:read"], "days": 1e999}', 422),
        (b'{"name": "x", "scopes": ["feed:read"], "days": true}', 422),
        (b'{"name": "x", "scopes": [{"a": "b"}]}', 422),
    ],
)
def test_bad_body_is_refused_with_a_reason(api, body, status):
    program = api()
    before = count_tokens(program)
    response = program.post("/api/v1/tokens", data=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status, response.get_json()
    assert len(response.get_json()["detail"]) > 10
    assert count_tokens(program) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_body_that_is_no_json_is_415(api, kind):
    response = api().post("/api/v1/tokens", data=json.dumps(WISH), headers={"Content-Type": kind})
    assert response.status_code == 415


@pytest.mark.parametrize(
    "path", ["/api/v1/account?x=1", "/api/v1/accounts?emial=a", "/api/v1/accounts?limit=1&offset=2"]
)
def test_unknown_parameter_is_400(api, path):
    response = api(None, Role.ADMINISTRATOR).get(path)
    assert response.status_code == 400
    assert response.get_json()["code"] == "unknown_parameter"


@pytest.mark.parametrize(
    ("method", "path", "body", "pointers"),
    [
        ("GET", "/api/v1/accounts?cursor=x", None, ["/cursor"]),  # a service said so
        ("GET", "/api/v1/accounts?limit=0", None, ["/limit"]),  # a schema said so
        ("GET", "/api/v1/accounts?a~/b=0", None, ["/a~0~1b"]),
        ("POST", "/api/v1/tokens", {"name": "x", "scopes": ["feed:read"], "days": 0}, ["/days"]),
        ("POST", "/api/v1/tokens", {"name": "x", "scopes": ["feed:read", 5]}, ["/scopes/1"]),
        ("POST", "/api/v1/content", {"kind": "article", "texts": {"en": {"title": 5}}}, ["/texts/en/title"]),
        ("POST", "/api/v1/content", {"kind": "article", "texts": {"en": 5}}, ["/texts/en"]),
        ("POST", "/api/v1/content", {"kind": "article", "texts": {"e" * 99: {"title": "x"}}}, ["/texts/" + "e" * 99]),
        ("POST", "/api/v1/content", {"kind": "article", "texts": {"?": {"title": "x"}}}, ["/texts/?"]),
        (
            "POST",
            "/api/v1/content",
            {"kind": "article", "texts": {"en": {"title": "x"}}, "captions": [{"network": "x", "language": "en"}]},
            ["/captions/0/text"],
        ),
    ],
)
def test_problems_point_to_their_fields(api, method, path, body, pointers):
    make_unit("Meridian Works")
    response = api(None, Role.ADMINISTRATOR, Role.CURATOR).call(method, path, json=body)
    assert [error["pointer"] for error in response.get_json()["errors"]] == pointers


@pytest.mark.parametrize("limit", ["0", "-1", "1000000", "many", "", "1.5", "10" * 300])
def test_limit_out_of_bounds_is_422(api, limit):
    assert api(None, Role.ADMINISTRATOR).get("/api/v1/accounts", query_string={"limit": limit}).status_code == 422


@pytest.mark.parametrize("cursor", ["x", "AAAA", "ünsinn", "a" * 1_999, "a" * 3_000, "=" * 8])
def test_cursor_that_is_not_ours_is_422(api, cursor):
    response = api(None, Role.ADMINISTRATOR).get("/api/v1/accounts", query_string={"cursor": cursor})
    assert response.status_code == 422


def test_cursor_of_another_filter_is_refused(api):
    program = api(None, Role.ADMINISTRATOR)
    make_account()
    cursor = program.get("/api/v1/accounts?limit=1").get_json()["next_cursor"]
    assert program.get("/api/v1/accounts", query_string={"limit": 1, "cursor": cursor}).status_code == 200
    other = {"limit": 1, "cursor": cursor, "email": "a@b.example"}
    assert program.get("/api/v1/accounts", query_string=other).status_code == 422


def test_pages_stay_whole_while_rows_come(api):
    program = api(None, Role.ADMINISTRATOR)
    for _ in range(4):
        make_account()
    first = program.get("/api/v1/accounts?limit=2").get_json()
    make_account()
    second = program.get("/api/v1/accounts", query_string={"limit": 2, "cursor": first["next_cursor"]}).get_json()
    assert not {row["id"] for row in first["data"]} & {row["id"] for row in second["data"]}
    assert len(second["data"]) == 2


def test_no_other_origin_is_let_in(api):
    response = api().get("/api/v1/account", headers={"Origin": "https://evil.example"})
    assert not [name for name, _value in response.headers if name.lower().startswith("access-control-")]


# --- Limits.


def test_every_answer_tells_how_the_limit_stands(api):
    program = api()
    first, second = program.get("/api/v1/account"), program.get("/api/v1/account")
    assert first.headers["RateLimit-Policy"] == f'"default";q={ratelimit.API_PER_ACCOUNT.amount};w=60'

    def remaining(response):
        return int(response.headers["RateLimit"].split("r=")[1].split(";")[0])

    assert remaining(second) == remaining(first) - 1


def test_too_many_calls_are_429_with_a_time_to_wait(api):
    program, other = api(), api()
    limiter, name = ratelimit.limiter(), str(program.account.id)
    for _ in range(ratelimit.API_PER_ACCOUNT.amount):
        limiter.hit(ratelimit.API_PER_ACCOUNT, "api", name)
    response = program.get("/api/v1/account")
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert "r=0" in response.headers["RateLimit"]
    assert other.get("/api/v1/account").status_code == 200


def test_guessing_tokens_is_limited_by_address(app, client):
    limiter = ratelimit.limiter()
    for _ in range(ratelimit.API_PER_ADDRESS.amount):
        limiter.hit(ratelimit.API_PER_ADDRESS, "api", "127.0.0.1")
    response = Program(app, None).get("/api/v1/account", headers={"Authorization": "Bearer adv_pat_guess"})
    assert response.status_code == 429


# --- Repeated requests (invariant I16).


def post(program, key, body=WISH, path="/api/v1/tokens"):
    return program.post(path, json=body, headers={"Idempotency-Key": key})


def test_repeated_request_has_one_effect_and_one_answer(api):
    program = api()
    before = count_tokens(program)
    first, second = post(program, "key-1"), post(program, "key-1")
    assert first.status_code == second.status_code == 201
    assert first.get_json() == second.get_json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert count_tokens(program) == before + 1


def test_same_key_with_another_body_is_422(api):
    program = api()
    post(program, "key-1")
    response = post(program, "key-1", {**WISH, "name": "other"})
    assert response.status_code == 422
    assert response.get_json()["code"] == "idempotency_key_reused"


def test_same_key_at_another_address_is_422(api):
    program = api(None, Role.ADMINISTRATOR)
    post(program, "key-1")
    assert post(program, "key-1", path="/api/v1/invitations").status_code == 422


def test_same_key_of_another_person_is_another_request(api):
    one, two = api(), api()
    assert post(one, "key-1").get_json()["token"] != post(two, "key-1").get_json()["token"]


def test_request_without_a_key_runs_every_time(api):
    program = api()
    before = count_tokens(program)
    for _ in range(2):
        program.post("/api/v1/tokens", json=WISH)
    assert count_tokens(program) == before + 2


def test_refusal_is_repeated_too(api):
    program = api()
    first, second = post(program, "key-1", {"name": "x"}), post(program, "key-1", {"name": "x"})
    assert first.status_code == second.status_code == 422
    assert first.get_json() == second.get_json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.mimetype == "application/problem+json"


def test_request_that_still_runs_is_409(api):
    program = api()
    post(program, "key-1")
    ambient.execute(IdempotencyKey.__table__.update().values(status=None, body=None, created_at=clock.now()))
    ambient.commit()
    response = post(program, "key-1")
    assert response.status_code == 409
    assert response.headers["Retry-After"] == "1"


def test_key_of_a_process_that_died_can_be_taken_over(api):
    program = api()
    post(program, "key-1")
    before = count_tokens(program)
    ambient.execute(IdempotencyKey.__table__.update().values(status=None, body=None))
    ambient.commit()
    with time_machine.travel(later(seconds=idempotency.TAKEN_OVER_AFTER.total_seconds() + 1), tick=False):
        assert post(program, "key-1").status_code == 201
    assert count_tokens(program) == before + 1


def test_key_is_forgotten_after_a_day(api):
    program = api()
    first = post(program, "key-1").get_json()
    with time_machine.travel(later(hours=25), tick=False):
        assert post(program, "key-1").get_json()["id"] != first["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", '""'])
def test_malformed_key_is_400(api, key):
    response = api().post("/api/v1/tokens", json=WISH, headers={"Idempotency-Key": key})
    assert response.status_code == 400


def test_stored_answer_holds_no_readable_secret(api):
    program = api()
    token = post(program, "key-1").get_json()["token"]
    stored = ambient.scalar(select(IdempotencyKey))
    assert token.encode() not in stored.body


def test_two_requests_at_once_have_one_effect(app, committed_database):
    """Two threads, two connections: whoever comes second is told to wait or gets the first one's answer."""
    import threading

    from tests.support.clients import make_program

    ratelimit.limiter().reset()
    program = make_program(app)
    ambient.commit()
    gate, answers = threading.Barrier(4), []

    def send():
        client = app.test_client(use_cookies=False)
        gate.wait()
        headers = {"Authorization": f"Bearer {program.token}", "Idempotency-Key": "key-1"}
        answers.append(client.post("/api/v1/tokens", json=WISH, headers=headers))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 201, [answer.get_json() for answer in answers]
    assert set(statuses) <= {201, 409}
    assert len({answer.get_json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert count_tokens(program) == 2


def test_a_weaker_token_is_not_shown_the_answer_a_stronger_one_got(api):
    """The answer to a new token holds its text: somebody with a narrow token and the key would get a wide one."""
    strong = api()
    wanted = {"name": "reports", "scopes": ["feed:read", "shares:write"]}
    assert post(strong, "key-1", wanted).status_code == 201
    weak = api(strong.account, scopes=(Permission.PROFILE_WRITE,))
    replayed = post(weak, "key-1", wanted)
    assert replayed.status_code == 422
    assert "token" not in replayed.get_json()
