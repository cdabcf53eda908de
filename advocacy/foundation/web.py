"""The edge of the floor: one commit a request, deny by default, errors as pages or problem+json."""

import secrets
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar, cast

import structlog
from flask import Flask, Response, current_app, g, request
from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from advocacy.foundation import denials, idempotency, ratelimit
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import AdvocacyError, Conflict, Invalid, NotAvailable, NotPermitted, NotSignedIn
from advocacy.foundation.fields import Schema, Text, field_problems
from advocacy.foundation.headers import security_headers
from advocacy.foundation.texts import marked
from config.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])

__all__ = ["Schema", "Text", "public", "requires", "signed_in"]

API_PREFIX = "/api/"
LARGEST_BODY_BYTES = 1_048_576
LARGEST_FORM_BYTES = 524_288
MOST_FORM_PARTS = 1_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
RETRY_AFTER_SECONDS = 5

log = structlog.get_logger("advocacy.web")


# --- Who may call a route. A route that says nothing is refused, and fails the build.


def public(view: View) -> View:
    """Mark a route as open to everybody. Say why beside it."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def body_up_to(size: int) -> Callable[[View], View]:
    """Let a route take a bigger body than others, such as a picture or a file of people."""

    def mark(view: View) -> View:
        view.largest_body = size  # type: ignore[attr-defined]
        return view

    return mark


def asks_nobody(view: View) -> View:
    """Mark a route that does not even look who is asking, so it works while the database is away."""
    view.knows_actor = False  # type: ignore[attr-defined]
    return view


def keeps_no_answer(view: View) -> View:
    """Mark a POST of which neither the answer nor a print of what was sent is kept for a repeated request."""
    view.is_repeatable = False  # type: ignore[attr-defined]
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


def remembers_answers(view: Any) -> bool:
    """Return whether a repeated POST to a view gets the first one's answer."""
    return getattr(view, "is_repeatable", True)


def safe_next(target: str | None, default: str = "/") -> str:
    """Return where to go after signing in: a path of ours, else `default`. Browsers forgive tabs and backslashes."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return default
    return default if any(not character.isprintable() for character in target) else target


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
    def refuse_unfit_addresses() -> None:
        """Refuse what no column can hold before anybody looks it up."""
        if "\x00" in request.path or any("\x00" in text for pair in request.args.items(multi=True) for text in pair):
            raise AdvocacyError(_("The address contains a character that cannot be stored."), code="invalid_address")

    @app.before_request
    def refuse_other_sites() -> None:
        """Refuse changes that another site's page asks a browser for, whatever token they bring."""
        if request.method in SAFE_METHODS or wants_api_answer():
            return
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        known = {request.host_url.rstrip("/"), settings.portal_url}
        if site not in {None, "same-origin", "none"} or (origin is not None and origin not in known):
            raise NotPermitted(_("This request came from another site, so it was refused."), code="cross_site")

    @app.before_request
    def admit() -> Response | None:
        """Decide who may come in before any view runs. What declares nothing is closed."""
        g.actor = None
        if request.url_rule is None or request.endpoint is None:
            return None
        view = app.view_functions[request.endpoint]
        request.max_content_length = getattr(view, "largest_body", LARGEST_BODY_BYTES)
        access = "public" if request.endpoint == "static" else access_of(view)
        if request.endpoint != "static" and getattr(view, "knows_actor", True):
            g.actor = _counted(load_actor)
        if access is None:
            raise NotSignedIn(_("This page is closed."))
        if access != "public":
            actor = current_actor()
            if access != "signed_in":
                require(actor, Permission(access))
        is_remembered = wants_api_answer() and remembers_answers(view)
        return idempotency.begin(g.actor) if is_remembered else None

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
        for name, value in security_headers(settings, csp_nonce()).items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-Id"] = request_id()
        limit = g.get("api_limit")
        if limit is not None:
            response.headers["RateLimit-Policy"] = f'"default";q={limit.quota};w={limit.window_seconds}'
            response.headers["RateLimit"] = f'"default";r={max(limit.remaining, 0)};t={limit.reset_seconds}'
        return response

    # Registered last, so it runs first: nothing is answered as done that is not committed.
    @app.after_request
    def finish(response: Response) -> Response:
        if response.status_code < HTTPStatus.BAD_REQUEST:
            try:
                idempotency.keep_with_effect(response)
                session.commit()
                return response
            except Exception as error:
                response = app.make_response(handle(error))
        session.rollback()
        idempotency.keep_refusal(response)
        denials.keep()
        return response

    @app.teardown_appcontext
    def forget(_error: BaseException | None) -> None:
        session.remove()

    app.register_error_handler(Exception, handle)


def _counted(load_actor: Callable[[], Actor | None]) -> Actor | None:
    """Return who is asking, counted under the API's limits: by account, or by address for strangers."""
    if not wants_api_answer():
        return load_actor()
    limiter = ratelimit.limiter()
    stranger = ratelimit.network_of(request.remote_addr)
    try:
        actor = load_actor()
    except NotSignedIn:
        ratelimit.refuse_when_exhausted(limiter.hit(ratelimit.API_PER_ADDRESS, "api", stranger))
        raise
    if actor is None:
        g.api_limit = limiter.hit(ratelimit.API_PER_ADDRESS, "api", stranger)
    else:
        g.api_limit = limiter.hit(ratelimit.API_PER_ACCOUNT, "api", str(actor.account_id))
    ratelimit.refuse_when_exhausted(g.api_limit)
    return actor


def handle(error: Exception) -> Any:
    """Turn any error into an answer that says what to do, and nothing about our insides."""
    session.rollback()
    if isinstance(error, HTTPException) and (
        error.response is not None or (error.code or 500) < HTTPStatus.BAD_REQUEST
    ):
        return error  # a redirect of the router, or an answer somebody made on purpose
    domain_error = as_domain_error(error)
    denials.note(domain_error)
    return render_error(domain_error)


def as_domain_error(error: Exception) -> AdvocacyError:
    """Return the domain error that stands for an exception; unknown ones are logged and become a plain 500."""
    if isinstance(error, AdvocacyError):
        return error
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, IntegrityError):
        log.warning("integrity_error", constraint=getattr(getattr(error.orig, "diag", None), "constraint_name", None))
        return _changed_meanwhile()
    if isinstance(error, StaleDataError):  # two saves of a row that counts its versions
        log.warning("stale_row")
        return _changed_meanwhile()
    if isinstance(error, DataError):
        # A value that passed every schema and still fits no column: the caller's mistake, and a gap of ours.
        log.warning("value_does_not_fit", error=type(error.orig).__name__)
        return Invalid(_("A value is out of range."))
    if isinstance(error, OperationalError | PoolTimeoutError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        log.error("database_unreachable", error=type(error).__name__)
        return NotAvailable(_("The service is busy or restarting. Nothing was saved. Try again in a few seconds."))
    log.error("unexpected_error", exc_info=error)
    unexpected = AdvocacyError(_("Something went wrong on our side. Nothing was saved. Please try again."))
    unexpected.status, unexpected.code, unexpected.title = 500, "unexpected", marked("Something went wrong")
    return unexpected


def _changed_meanwhile() -> Conflict:
    return Conflict(_("Somebody else changed this at the same moment. Load the page again and retry."))


def _from_http(error: HTTPException) -> AdvocacyError:
    status = error.code or 500
    data = getattr(error, "data", None)
    problems = field_problems(data.get("messages") or {}) if isinstance(data, Mapping) else ()
    known = AdvocacyError(error.description or HTTPStatus(status).phrase, problems=problems)
    known.status, known.title = status, HTTPStatus(status).phrase
    known.code = HTTPStatus(status).name.lower()
    if problems:
        known.detail = _("Some fields need another look.")
    known.headers = dict(error.get_headers()) if status in {401, 405, 429} else {}  # type: ignore[attr-defined]
    return known


def render_error(error: AdvocacyError) -> Response:
    """Answer an error as problem+json under /api, as a page elsewhere."""
    response = _problem(error) if wants_api_answer() else _page(error)
    if isinstance(error, NotSignedIn) and wants_api_answer():
        response.headers["WWW-Authenticate"] = "Bearer"
    for name, value in getattr(error, "headers", {}).items():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    retry = getattr(
        error, "retry_after_seconds", RETRY_AFTER_SECONDS if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    )
    if retry is not None:
        response.headers["Retry-After"] = str(retry)
    return response


def _problem(error: AdvocacyError) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:advocacy:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": request.path,
        "code": error.code,
        "request_id": request_id(),
    }
    if error.problems:
        body["errors"] = [{"pointer": p.as_pointer, "code": p.code, "detail": p.detail} for p in error.problems]
    response = current_app.json.response(body)
    response.status_code = error.status
    response.content_type = "application/problem+json"
    return cast("Response", response)


def _page(error: AdvocacyError) -> Any:
    on_page: Callable[[AdvocacyError], Any] | None = current_app.extensions.get("error_page")
    if isinstance(request.routing_exception, SecurityError):
        on_page = None  # a host that is not ours has no addresses, so no page of ours can be built for it
    try:
        body = on_page(error) if on_page is not None else _plain_page(error)
    except Exception as failure:
        # An error page that fails must not hide the error.
        log.error("error_page_failed", exc_info=failure)
        body = _plain_page(error)
    response = current_app.make_response(body)
    if response.status_code == HTTPStatus.OK:
        response.status_code = error.status
    return response


def _plain_page(error: AdvocacyError) -> str:
    """Return a page that needs no template, no asset and no database."""
    title, detail = escape(error.title), escape(error.detail)
    reference = escape(request_id())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><main><h1>{title}</h1><p>{detail}</p><p><small>{reference}</small></p></main></body></html>"
    )


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
