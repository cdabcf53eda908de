"""The edge: headers, refusals, one commit a request."""

import pytest
from flask import request_started
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from advocacy.content.sources.models import SourceFeed
from advocacy.foundation import ratelimit
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import AuditEvent, Setting
from advocacy.foundation.web import public, safe_next
from config.settings import Settings
from tests.factories.sources import make_source

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data: http://127.0.0.1:8002",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


@pytest.mark.parametrize("path", ["/livez", "/version", "/nothing", "/api/v1/nothing", "/api/v1/account", "/sign-in"])
def test_every_answer_carries_the_security_headers(client, path):
    response = client.get(path)
    for name, value in HEADERS.items():
        assert response.headers[name] == value, name
    policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert {name: policy[name] for name in POLICY} == POLICY
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert "Server" not in response.headers or "Werkzeug" not in response.headers["Server"]
    assert response.headers["X-Request-Id"]


def test_nonce_is_another_one_every_time(client):
    first, second = (client.get("/livez").headers["Content-Security-Policy"] for _ in range(2))
    assert first != second


def test_https_deployment_has_a_host_cookie_and_hsts(environment, engine):
    from advocacy.app import create_app
    from advocacy.foundation import db, preferences

    before = preferences.deployment()
    addresses = {
        "ADVOCACY_PORTAL_URL": "https://people.meridian.example",
        "ADVOCACY_LINK_URL": "https://go.meridian.example",
        "ADVOCACY_UPLOADS_URL": "https://files.meridian.example",
    }
    settings = Settings.from_env({**environment, **addresses})
    try:
        app = create_app(settings)
        response = app.test_client().get("/livez", headers={"Host": "people.meridian.example"})
    finally:
        preferences.init(before)
        db.bind(before)
        db.bind_session(engine, join_transaction_mode="conditional_savepoint")
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-session"
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "evil",
        "",
        None,
        "/\x00",
    ],
)
def test_way_back_that_leads_elsewhere_is_dropped(target):
    assert safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/today", "/share/1?a=b&c=%2F#top", "/a//b", "/größe"])
def test_way_back_of_ours_is_kept(target):
    assert safe_next(target) == target


@pytest.mark.parametrize("path", ["/", "/livez", "/sign-in", "/api/v1/account", "/static/x", "/nothing"])
def test_trace_is_refused(client, path):
    response = client.open(path, method="TRACE")
    assert response.status_code in {404, 405}
    assert "message/http" not in response.content_type


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
def test_head_and_options_are_answered(client, method):
    assert client.open("/livez", method=method).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "evil.example:8000"},
        {"Host": "localhost@evil.example"},
    ],
)
def test_unknown_host_is_refused(client, headers):
    assert client.get("/version", headers=headers).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "portal.localhost:8000"])
def test_hosts_of_this_machine_are_known(client, host):
    assert client.get("/version", headers={"Host": host}).status_code == 200


def test_forwarded_headers_are_nothing_without_a_proxy(client, app):
    spoofed = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": "https"}
    seen = {}

    def look(_app, **_extra):
        from flask import request

        seen.update(host=request.host, address=request.remote_addr, secure=request.is_secure)

    with request_started.connected_to(look, app):
        response = client.get("/livez", headers={**spoofed, "X-Request-Id": "chosen-by-the-caller"})
    assert seen == {"host": "localhost", "address": "127.0.0.1", "secure": False}
    assert response.headers["X-Request-Id"] != "chosen-by-the-caller"


@pytest.mark.parametrize("path", ["/sign-in", "/api/v1/tokens"])
def test_body_that_is_too_big_is_413(client, api, path):
    body = b"x" * 1_100_000
    if path.startswith("/api"):
        response = api().post(path, data=body, headers={"Content-Type": "application/json"})
    else:
        response = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 413


def test_undeclared_size_does_not_get_around_the_limit(client):
    from io import BytesIO

    response = client.post(
        "/sign-in",
        input_stream=BytesIO(b"email=" + b"x" * 1_100_000),
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    # The body is cut at the limit, so its end, with whatever makes it valid, is never read.
    assert response.status_code in {400, 413}


@pytest.mark.parametrize("path", ["/nothing%00here", "/api/v1/account?x=%00", "/sign-in?next=%00"])
def test_nul_in_an_address_is_refused(client, path):
    assert client.get(path).status_code == 400


@pytest.mark.parametrize(
    "path", ["/%ff%fe", "/" + "a" * 5_000, "/%2e%2e/%2e%2e/etc/passwd", "/%E2%80%AE", "/api/v1/%ff"]
)
def test_strange_addresses_are_not_found(client, path):
    assert client.get(path).status_code == 404


def test_sign_in_page_survives_hostile_input(client):
    for name in ("next", "email", "x"):
        response = client.get("/sign-in", query_string={name: "<marker-that-must-be-escaped>\u202e"})
        assert response.status_code == 200
        assert "<marker-that-must-be-escaped>" not in response.get_data(as_text=True)


@pytest.fixture
def writing_app(settings, engine):
    from advocacy.app import create_app
    from advocacy.foundation import clock, db
    from advocacy.foundation.errors import Conflict

    app = create_app(settings)
    db.bind(settings)

    def write(name):
        ambient.add(Setting(name=name, value=1, changed_at=clock.now()))
        ambient.flush()

    @app.get("/write/<kind>")
    @public
    def write_something(kind):
        write(kind)
        if kind == "domain":
            raise Conflict("no")
        if kind == "defect":
            raise RuntimeError("a defect with a secret in it")
        if kind == "twice":
            ambient.add(Setting(name="twice", value=2, changed_at=clock.now()))
        if kind == "stale":
            source = make_source()
            ambient.execute(update(SourceFeed).values(row_version=7).execution_options(synchronize_session=False))
            source.title = "Whoever saves second"
        if kind == "redirect":
            from flask import redirect

            return redirect("/livez")
        if kind == "answer":
            return "no", 422
        return "done"

    return app


@pytest.mark.parametrize(
    ("kind", "status", "written"),
    [
        ("fine", 200, 1),
        ("redirect", 302, 1),
        ("domain", 409, 0),
        ("defect", 500, 0),
        ("twice", 409, 0),
        ("stale", 409, 0),
        ("answer", 422, 0),
    ],
)
def test_request_is_committed_once_or_not_at_all(writing_app, session, kind, status, written):
    response = writing_app.test_client().get(f"/write/{kind}")
    assert response.status_code == status
    assert ambient.scalar(select(func.count()).select_from(Setting).where(Setting.name == kind)) == written
    assert "secret" not in response.get_data(as_text=True)
    assert writing_app.test_client().get("/write/next").status_code == 200


def test_readiness_tells_only_whether(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.get_json() == {"status": "ok"}


def test_database_away_is_503_and_liveness_stays(environment, engine):
    from advocacy.app import create_app
    from advocacy.foundation import db, preferences

    before = preferences.deployment()
    nowhere = "postgresql://advocacy_web:x@127.0.0.1:1/nothing"
    try:
        app = create_app(Settings.from_env({**environment, "DATABASE_URL": nowhere}))
        client = app.test_client()
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 503
        client.set_cookie("session", "a" * 43)
        response = client.get("/sign-in")
        assert response.status_code == 503
        assert response.headers["Retry-After"]
        token = "adv_pat_" + "0" * 30
        from advocacy.identity import tokens

        token += tokens.checksum("0" * 30)
        answer = client.get("/api/v1/account", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 503
        assert answer.mimetype == "application/problem+json"
    finally:
        preferences.init(before)
        db.bind(before)
        db.bind_session(engine, join_transaction_mode="conditional_savepoint")


def test_docs_page_runs_under_the_policy(client):
    response = client.get("/api/docs")
    assert response.status_code == 200
    nonce = response.headers["Content-Security-Policy"].split("'nonce-")[1].split("'")[0]
    text = response.get_data(as_text=True)
    assert text.count("<script") == text.count(f'nonce="{nonce}"')


def test_audit_of_a_refused_request_is_not_written(api):
    program = api(None, Role.ADMINISTRATOR)
    before = ambient.scalar(select(func.count()).select_from(AuditEvent))
    program.delete(f"/api/v1/accounts/{program.account.id}/roles", query_string={"role": "administrator"})
    assert ambient.scalar(select(func.count()).select_from(AuditEvent)) == before


def denials_of(account):
    return ambient.scalars(
        select(AuditEvent)
        .where(AuditEvent.action == "access.denied", AuditEvent.actor_account_id == account.id)
        .order_by(AuditEvent.key)
    ).all()


def test_a_closed_door_is_on_the_audit_trail_when_somebody_tried_it(sign_in):
    somebody = sign_in()
    assert somebody.get("/audit?before=1").status_code == 403
    (denied,) = denials_of(somebody.account)
    assert denied.details == {
        "method": "GET",
        "route": "/audit",
        "code": "not_permitted",
        "last_this_hour": False,
    }


def test_the_audit_trail_is_not_filled_when_somebody_keeps_trying(sign_in):
    somebody = sign_in()
    most = ratelimit.DENIALS_PER_ACCOUNT.amount
    for _attempt in range(most + 3):
        assert somebody.get("/audit").status_code == 403
    found = denials_of(somebody.account)
    assert len(found) == most
    assert [event.details["last_this_hour"] for event in found] == [False] * (most - 1) + [True]


def test_a_stranger_leaves_nothing_on_the_audit_trail(client):
    assert client.get("/audit").status_code in {302, 401}
    assert ambient.scalar(select(func.count()).where(AuditEvent.action == "access.denied")) == 0


def test_network_of_an_address():
    assert ratelimit.network_of("203.0.113.9") == "203.0.113.9"
    assert ratelimit.network_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert ratelimit.network_of("2001:db8::1") == "2001:db8::/64"
    assert ratelimit.network_of("nonsense") == "unknown"
    assert ratelimit.network_of(None) == "unknown"


@pytest.mark.parametrize("path", ["/sign-in", "/people", "/api/v1/account", "/nothing"])
def test_a_host_that_is_not_ours_is_refused_without_an_accident(client, path):
    with capture_logs() as told:
        response = client.get(path, headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert not [entry for entry in told if entry["log_level"] == "error"]
    assert "href" not in response.get_data(as_text=True)
    for name, value in HEADERS.items():
        assert response.headers[name] == value


def test_assets_run_nothing_when_they_are_opened_as_pages(client):
    from advocacy.portal import assets

    for file in sorted(assets.BUILD_FOLDER.glob("*.svg")) + sorted(assets.BUILD_FOLDER.glob("*.css")):
        with client.get(assets.URL_PREFIX + file.name) as response:
            assert response.status_code == 200
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
