"""An application with a few pages of its own, so that sessions are tested apart from the portal's pages."""

import pytest
from flask import session as flask_session

from advocacy.app import create_app
from advocacy.foundation import db, ratelimit
from advocacy.foundation.access import Permission
from advocacy.foundation.web import find_actor, public, requires, signed_in
from advocacy.identity import browser, service


@pytest.fixture(scope="session")
def probe_app(settings, engine):
    """Return the real application plus pages under /probe."""
    app = create_app(settings)
    db.bind(settings)

    @app.get("/probe/me")
    @signed_in
    def probe_me():
        return find_actor().name

    @app.get("/probe/admin")
    @requires(Permission.ROLES_WRITE)
    def probe_admin():
        return "ok"

    @app.get("/probe/visit")
    @public
    def probe_visit():
        flask_session["seen"] = flask_session.get("seen", 0) + 1
        return str(flask_session["seen"])

    @app.post("/probe/sign-in/<email>")
    @public
    def probe_sign_in(email):
        from flask import request

        account = service.sign_in(email=email, password=request.form["password"], address=request.remote_addr)
        browser.sign_in_browser(account)
        return "in"

    @app.post("/probe/sign-out")
    @signed_in
    def probe_sign_out():
        browser.sign_out_browser()
        return "out"

    @app.post("/probe/change")
    @signed_in
    def probe_change():
        return "changed"

    @app.post("/probe/end-everywhere")
    @signed_in
    def probe_end_everywhere():
        service.end_sessions(find_actor().account_id)
        return "ended"

    @app.get("/probe/token")
    @public
    def probe_token():
        from flask_wtf.csrf import generate_csrf

        return generate_csrf()

    @app.get("/probe/undeclared")
    def probe_undeclared():
        return "open?"

    @app.post("/probe/fails")
    @public
    def probe_fails():
        from advocacy.identity.queries import find_account_by_email

        browser.sign_in_browser(find_account_by_email("fails@meridian.example"))
        raise RuntimeError("after signing in")

    return app


@pytest.fixture
def visitor(probe_app, session):
    from tests.support.clients import Visitor

    ratelimit.limiter().reset()
    return Visitor(probe_app)


@pytest.fixture
def probe(probe_app, session):
    """Return `probe(who=None, *roles)`: a signed-in browser on the application with probe pages."""
    from functools import partial

    from tests.support.clients import sign_in_browser

    ratelimit.limiter().reset()
    return partial(sign_in_browser, probe_app)
