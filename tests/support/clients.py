"""A signed-in browser and a program with a token, as tests use them."""

import secrets
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from advocacy.foundation import clock
from advocacy.foundation.access import Permission, Role
from advocacy.foundation.db import session
from advocacy.identity import browser
from advocacy.identity.models import Account
from advocacy.people.models import Employee, OrgUnit
from tests.factories.identity import make_account, make_api_token
from tests.support import openapi

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


class Visitor(FlaskClient):
    """A browser that is nobody yet.

    What the test prepared is committed first, because a refused request rolls back, and let go, so that its values
    stay readable. To change it after a request, fetch it again.
    """

    def open(self, *arguments: Any, **named: Any) -> TestResponse:
        session.commit()
        session.expunge_all()
        return super().open(*arguments, **named)


class Browser(Visitor):
    """A browser with a session. Changes carry its CSRF token by themselves; `csrf=False` leaves it out."""

    csrf_token = ""
    account: Account

    def open(self, *arguments: Any, csrf: bool = True, **named: Any) -> TestResponse:
        if csrf and named.get("method", "GET").upper() in UNSAFE:
            named["headers"] = {**dict(named.get("headers") or {}), "X-CSRFToken": self.csrf_token}
        return super().open(*arguments, **named)


def sign_in_browser(
    app: Flask, who: Account | Employee | None = None, *roles: Role, unit: OrgUnit | None = None
) -> Browser:
    """Return a browser that is signed in as somebody (a new employee when nobody is named) with these roles."""
    account = who if isinstance(who, Account) else make_account(who, *roles, unit=unit)
    client = Browser(app, use_cookies=True)
    token, raw = secrets.token_urlsafe(32), secrets.token_hex(20)
    data = {"_user_id": str(account.id), "_fresh": True, "csrf_token": raw}
    now = clock.now()
    session.add(browser.new_row(token, account.id, {"tagged": TaggedJSONSerializer().dumps(data)}, now, now))
    session.flush()
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], token)
    client.csrf_token = str(URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").dumps(raw))
    client.account = account
    return client


class Program:
    """A program with an API token. Every answer is held against the API's own description."""

    def __init__(self, app: Flask, token: str | None, account: Account | None = None) -> None:
        self.app = app
        self.token = token
        self.account = account
        self._client = Visitor(app, use_cookies=False)

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **named: Any) -> TestResponse:
        own = {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        response = self._client.open(path, method=method, headers={**own, **(headers or {})}, **named)
        openapi.check(self.app, method, path, response)
        return response

    def get(self, path: str, **named: Any) -> TestResponse:
        return self.call("GET", path, **named)

    def post(self, path: str, **named: Any) -> TestResponse:
        return self.call("POST", path, **named)

    def put(self, path: str, **named: Any) -> TestResponse:
        return self.call("PUT", path, **named)

    def patch(self, path: str, **named: Any) -> TestResponse:
        return self.call("PATCH", path, **named)

    def delete(self, path: str, **named: Any) -> TestResponse:
        return self.call("DELETE", path, **named)


def make_program(
    app: Flask,
    who: Account | Employee | None = None,
    *roles: Role,
    unit: OrgUnit | None = None,
    scopes: tuple[Permission, ...] = (),
) -> Program:
    """Return a program with a token of somebody (a new employee when nobody is named) with these roles and scopes."""
    account = who if isinstance(who, Account) else make_account(who, *roles, unit=unit)
    return Program(app, make_api_token(account, *scopes), account)


def later(**parts: float) -> Any:
    """Return an instant in the future, for clocks of tests."""
    return clock.now() + timedelta(**parts)
