"""The edge: the only Flask code of the floor. One commit a request, deny by default, errors as pages or problem+json."""

import secrets
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar, cast

import structlog
from flask import Flask, Response, current_app, g, render_template, request
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import AdvocacyError, Conflict, FieldProblem, NotAvailable, NotSignedIn
from advocacy.foundation.fields import Schema as Schema
from advocacy.foundation.fields import Text as Text
from config.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])

API_PREFIX = "/api/"
LARGEST_BODY_BYTES = 1_048_576
LARGEST_FORM_BYTES = 524_288
MOST_FORM_PARTS = 1_000
RETRY_AFTER_SECONDS = 5

log = structlog.get_logger("advocacy.web")


# --- Who may call a route. A route that says nothing is refused, and fails the build.


def public(view: View) -> View:
    """Mark a route as open to everybody. Say why beside it."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Mark a route as open to whoever has signed in, whatever their role."""
    view.access = "signed_in"  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a route as open to those who hold a permission somewhere; services check the unit."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def access_of(view: Any) -> Any:
    """Return what a view function declared: "public", "signed_in", a Permission, or None."""
    return getattr(view, "access", None)


def current_actor() -> Actor:
    """Return who is asking. Raises NotSignedIn for a visitor."""
    actor = find_actor()
    if actor is None:
        raise NotSignedIn(_("Sign in to go on."))
    return actor


def find_actor() -> Actor | None:
    return cast("Actor | None", g.get("actor"))


def csp_nonce() -> str:
    """Return this answer's nonce: only scripts that carry it run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return cast(str, g.csp_nonce)


def request_id() -> str:
    return cast(str, g.get("request_id", ""))


def wants_api_answer() -> bool:
    return request.path.startswith(API_PREFIX)


def init_app(app: Flask, settings: Settings, load_actor: Callable[[], Actor | None]) -> None:
    """Give an application its safe defaults, its one commit, its access rule and its error pages."""
    _configure(app, settings)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.extensions["settings"] = settings
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.jinja_env.globals["request_id"] = request_id

    @app.before_request
    def begin() -> None:
        g.request_id = str(new_id())
        g.started_at = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.before_request
    def admit() -> None:
        """Decide who may come in before any view runs. What declares nothing is closed."""
        g.actor = None
        if request.url_rule is None or request.endpoint is None:
            return
        view = app.view_functions[request.endpoint]
        access = "public" if request.endpoint == "static" else access_of(view)
        if access != "public" or getattr(view, "knows_actor", True):
            g.actor = load_actor()
        if access == "public":
            return
        if access is None:
            raise NotSignedIn(_("This page is closed."))
        actor = current_actor()
        if access != "signed_in":
            require(actor, access)

    @app.after_request
    def log_request(response: Response) -> Response:
        milliseconds = round((time.perf_counter() - g.get("started_at", time.perf_counter())) * 1000, 1)
        rule = request.url_rule.rule if request.url_rule is not None else None
        log.info("request", method=request.method, route=rule, status=response.status_code, ms=milliseconds)
        observe = app.extensions.get("observe_request")
        if observe is not None:
            observe(request.method, rule or "", response.status_code, milliseconds / 1000)
        return response

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in security_headers(settings).items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = request_id()
        return response

    # Registered last, so it runs first: nothing is answered as done that is not committed.
    @app.after_request
    def finish(response: Response) -> Response:
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            session.rollback()
            return response
        try:
            session.commit()
        except Exception as error:
            session.rollback()
            return app.make_response(render_error(as_domain_error(error)))
        return response

    @app.teardown_appcontext
    def forget(_error: BaseException | None) -> None:
        session.remove()

    app.register_error_handler(Exception, handle)


def handle(error: Exception) -> Any:
    """Turn any error into an answer that says what to do, and nothing about our insides."""
    session.rollback()
    return render_error(as_domain_error(error))


def as_domain_error(error: Exception) -> AdvocacyError:
    """Return the domain error that stands for an exception; unknown ones are logged and become a plain 500."""
    if isinstance(error, AdvocacyError):
        return error
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, IntegrityError):
        log.warning("integrity_error", constraint=getattr(getattr(error.orig, "diag", None), "constraint_name", None))
        return Conflict(_("Somebody else changed this at the same moment. Load the page again and retry."))
    if isinstance(error, OperationalError | PoolTimeoutError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        log.error("database_unreachable", error=type(error).__name__)
        return NotAvailable(_("The service is busy or restarting. Nothing was saved. Try again in a few seconds."))
    log.exception("unexpected_error", exc_info=error)
    unexpected = AdvocacyError(_("Something went wrong on our side. Nothing was saved. Please try again."))
    unexpected.status, unexpected.code, unexpected.title = 500, "unexpected", "Something went wrong"
    return unexpected


def _from_http(error: HTTPException) -> AdvocacyError:
    status = error.code or 500
    problems = _field_problems(getattr(error, "data", None))
    known = AdvocacyError(error.description or HTTPStatus(status).phrase, problems=problems)
    known.status, known.title = status, HTTPStatus(status).phrase
    known.code = HTTPStatus(status).name.lower()
    if problems:
        known.detail = _("Some fields need another look.")
    known.headers = dict(error.get_headers()) if status in {401, 405, 429} else {}  # type: ignore[attr-defined]
    return known


def _field_problems(data: Any) -> tuple[FieldProblem, ...]:
    """Read the messages of a failed schema into one flat list with JSON pointers."""
    if not isinstance(data, Mapping):
        return ()
    found: list[FieldProblem] = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, Mapping):
            for name, below in node.items():
                walk(below, f"{path}/{name}")
        elif isinstance(node, list | tuple):
            found.extend(FieldProblem(path, "invalid", str(message)) for message in node)
        else:
            found.append(FieldProblem(path, "invalid", str(node)))

    for location, messages in (data.get("messages") or {}).items():
        walk(messages, "" if location in {"json", "form", "query", "files"} else f"/{location}")
    return tuple(found)


def render_error(error: AdvocacyError) -> Response:
    """Answer an error as problem+json under /api, as a page elsewhere."""
    response = _problem(error) if wants_api_answer() else _page(error)
    if isinstance(error, NotSignedIn) and wants_api_answer():
        response.headers["WWW-Authenticate"] = "Bearer"
    retry = getattr(
        error, "retry_after_seconds", RETRY_AFTER_SECONDS if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    )
    if retry is not None:
        response.headers["Retry-After"] = str(retry)
    return response


def _problem(error: AdvocacyError) -> Response:
    body: dict[str, Any] = {
        "type": f"about:blank#{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": request.path,
        "code": error.code,
        "request_id": request_id(),
    }
    if error.problems:
        body["errors"] = [{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in error.problems]
    response = current_app.json.response(body)
    response.status_code = error.status
    response.content_type = "application/problem+json"
    return response


def _page(error: AdvocacyError) -> Response:
    on_page: Callable[[AdvocacyError], Any] | None = current_app.extensions.get("error_page")
    body = on_page(error) if on_page is not None else render_template("layout/error.html", error=error)
    response = current_app.make_response(body)
    if response.status_code == HTTPStatus.OK:
        response.status_code = error.status
    return response


def security_headers(settings: Settings) -> dict[str, str]:
    """Return the headers every answer carries."""
    policy = {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{csp_nonce()}'",
        "style-src": "'self'",
        "img-src": f"'self' data: {settings.uploads_url}",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cache-Control": "no-store",
    }
    if settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def _configure(app: Flask, settings: Settings) -> None:
    """Set what Flask leaves open by default, and assert that it is set: a start on unsafe ground is refused."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM_BYTES,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        SESSION_COOKIE_NAME="__Host-session" if settings.is_https else "session",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_DOMAIN=None,
        PROPAGATE_EXCEPTIONS=False,
        TESTING=False,
        DEBUG=False,
    )
    unsafe = [
        name
        for name, is_safe in {
            "MAX_CONTENT_LENGTH": app.config["MAX_CONTENT_LENGTH"] is not None,
            "SESSION_COOKIE_SECURE": app.config["SESSION_COOKIE_SECURE"] or settings.is_on_loopback,
            "SESSION_COOKIE_HTTPONLY": app.config["SESSION_COOKIE_HTTPONLY"],
            "SESSION_COOKIE_SAMESITE": app.config["SESSION_COOKIE_SAMESITE"] in {"Lax", "Strict"},
            "DEBUG": not app.debug,
        }.items()
        if not is_safe
    ]
    if unsafe:
        raise RuntimeError(f"Refusing to start with unsafe settings: {', '.join(unsafe)}")
