"""Every route says who may call it, and lets in nobody else: the matrix route x role x unit."""

import re
from uuid import uuid4

import pytest

from advocacy.foundation.access import ROLE_PERMISSIONS, Permission, Role
from advocacy.foundation.web import access_of
from tests.factories.identity import make_account, make_api_token, make_service_account
from tests.factories.people import make_unit
from tests.support.clients import Visitor, sign_in_browser

STATIC = "static"
MANY = 10_000


def routes(app):
    return [
        (rule, method)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        if rule.endpoint != STATIC
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def address(rule):
    """Return an address of the route that leads to nothing that exists."""

    def value(found):
        kind, _, choices = (found.group(1) or "string").partition("(")
        first_choice = choices.rstrip(")").split(",")[0].strip()
        return {"uuid": str(uuid4()), "int": "999999999", "any": first_choice}.get(kind, "nothing")

    return re.sub(r"<(?:([^:<>]+):)?[^<>]+>", value, rule.rule)


def is_shut(response):
    """Return whether the door was shut: not signed in, or not permitted."""
    if response.status_code in {401, 403}:
        return True
    return response.status_code == 302 and "/sign-in" in response.location


def test_every_route_declares_who_may_call_it(app):
    silent = {rule.endpoint for rule, _ in routes(app) if access_of(app.view_functions[rule.endpoint]) is None}
    assert not silent, f"declare @public, @signed_in or @requires: {sorted(silent)}"


def test_every_route_has_an_end_of_its_own(app):
    """Two rules for the same address and method: only one of them would ever be asked."""
    seen = {}
    for rule, method in routes(app):
        shape = (re.sub(r"<(?:([^:<>]+):)?[^<>]+>", r"<\1>", rule.rule), method)
        assert shape not in seen, f"{rule.endpoint} and {seen[shape]} both answer {method} {rule.rule}"
        seen[shape] = rule.endpoint


def test_visitors_are_let_in_only_where_it_says_public(app, client, monkeypatch):
    _no_limits(monkeypatch)
    for rule, method in routes(app):
        access = access_of(app.view_functions[rule.endpoint])
        if access == "public":
            continue
        response = client.open(address(rule), method=method)
        # A change without a token is refused before anybody asks who it is.
        refused = is_shut(response) or (not rule.rule.startswith("/api/") and response.status_code == 400)
        assert refused, f"{method} {rule.rule} let a visitor in: {response.status_code}"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("reach", ["everywhere", "one unit"])
def test_role_opens_what_it_should_and_nothing_else(app, session, monkeypatch, role, reach):
    """The doors under /api by token, all others by cookie. Behind an open door a service may still say no."""
    _no_limits(monkeypatch)
    root = make_unit("Root")
    unit = make_unit("Unit", parent=root) if reach == "one unit" else None
    account = make_service_account()
    from tests.factories.identity import give_role

    give_role(account, role, unit)
    token = make_api_token(account)
    browser, program = sign_in_browser(app, account), Visitor(app, use_cookies=False)
    session.commit()
    for rule, method in routes(app):
        access = access_of(app.view_functions[rule.endpoint])
        if not isinstance(access, Permission):
            continue
        if rule.rule.startswith("/api/"):
            response = program.open(address(rule), method=method, headers={"Authorization": f"Bearer {token}"})
        else:
            response = browser.open(address(rule), method=method)
        allowed = access in ROLE_PERMISSIONS[role]
        if not allowed:
            assert response.status_code == 403, f"{role.value} got {response.status_code} at {method} {rule.rule}"
        else:
            assert response.status_code not in {401, 500}, f"{role.value}: {method} {rule.rule} {response.status_code}"


@pytest.mark.parametrize("permission", list(Permission))
def test_token_without_the_scope_is_shut_out(app, session, monkeypatch, permission):
    """Somebody with every role, and a token with every scope but one."""
    _no_limits(monkeypatch)
    account = make_account(None, *Role)
    token = make_api_token(account, *(scope for scope in Permission if scope is not permission))
    program = Visitor(app, use_cookies=False)
    for rule, method in routes(app):
        if rule.rule.startswith("/api/") and access_of(app.view_functions[rule.endpoint]) is permission:
            response = program.open(address(rule), method=method, headers={"Authorization": f"Bearer {token}"})
            assert response.status_code == 403, f"{method} {rule.rule} answered {response.status_code}"


def test_no_operation_fails_on_bad_input(app, session, monkeypatch):
    """Every operation of the API, with everything a body and a query can be: refused, never an accident."""
    _no_limits(monkeypatch)
    token = make_api_token(make_account(None, *Role))
    program = Visitor(app, use_cookies=False)
    headers = {"Authorization": f"Bearer {token}"}
    bodies = (b"", b"{", b"[]", b"null", b'"\\ud800"', b'{"\\u0000": 1}', b'{"unknown": 1}', b"\xff", b"[" * 5_000)
    for rule, method in routes(app):
        if not rule.rule.startswith("/api/"):
            continue
        for query in (
            {},
            {"unknown": "1"},
            {"limit": "x"},
            {"cursor": "\ud83d\ude00".encode("utf-16", "surrogatepass")},
        ):
            for body in bodies if method in {"POST", "PUT", "PATCH"} and not query else (b"",):
                response = program.open(
                    address(rule), method=method, query_string=query, data=body, headers=headers,
                    content_type="application/json" if body else None,
                )  # fmt: skip
                where = f"{method} {rule.rule} {query} {body[:20]!r}: {response.status_code}"
                assert response.status_code < 500 or response.status_code == 501, where
                if "unknown" in query:
                    assert response.status_code in {400, 404, 422}, where
                if body and body != b'{"unknown": 1}':
                    has_body = b"unknown" not in body
                    assert response.status_code >= 400 or has_body, where


@pytest.mark.parametrize("path", ["/%00", "/api/v1/%00"])
def test_hostile_paths_end_as_bad_requests(client, path):
    assert client.get(path).status_code == 400


def _no_limits(monkeypatch):
    from limits import RateLimitItemPerMinute

    from advocacy.foundation import ratelimit

    for name in ("API_PER_ACCOUNT", "API_PER_ADDRESS"):
        monkeypatch.setattr(ratelimit, name, RateLimitItemPerMinute(MANY))
    ratelimit.limiter().reset()
