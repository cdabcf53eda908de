"""Browsers: the session behind a cookie, and who is asking. Programs come with a bearer token and never with a cookie.

Visitors carry a small signed cookie and leave no row. Whoever signs in gets a fresh random id whose SHA-256 is the key
of a row; ending the row ends the session at once, wherever it was copied to.
"""

import re
import secrets
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import flask_login
import structlog
from flask import Flask, Request, Response, g, has_request_context, request
from flask import session as flask_session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from advocacy.foundation import clock
from advocacy.foundation.access import Actor
from advocacy.foundation.db import own_transaction, session
from advocacy.foundation.errors import NotSignedIn
from advocacy.identity import queries, service, tokens
from advocacy.identity.models import Account, BrowserSession
from advocacy.people.models import Employee

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
VISITOR_SECONDS = 3_600
LONGEST_AGENT = 200
BAD_REQUEST = 400
COOKIELESS = ("/api/", "/static/", "/livez", "/readyz", "/version")
RENEW = "_renew"
# A visitor's cookie has room for a path with what a phone handed over, and not for a whole article.
WANTED, LONGEST_WANTED = "wanted", 1_500

_ID = re.compile(r"[0-9A-Za-z_-]{43}")
_serializer = TaggedJSONSerializer()
log = structlog.get_logger("advocacy.identity")


# Every page asks for it, so it is built once.
_VISIT = (
    select(BrowserSession, Account, Employee)
    .join(Account, Account.id == BrowserSession.account_id)
    .outerjoin(Employee, Employee.key == Account.employee_key)
    .where(
        BrowserSession.id_hash == bindparam("id_hash"),
        BrowserSession.expires_at > bindparam("now"),
        queries.may_come_in(bindparam("day")),
    )
)


class Visit(CallbackDict, SessionMixin):  # type: ignore[type-arg]
    """What is remembered of one browser between two requests."""

    def __init__(self, values: dict[str, Any] | None = None, *, is_off: bool = False) -> None:
        def changed(visit: Any) -> None:
            visit.modified = True

        super().__init__(values, changed)
        self.modified = False
        self.is_off = is_off
        self.row: BrowserSession | None = None
        self.account: Account | None = None
        self.employee: Employee | None = None
        self.failure: Exception | None = None
        self.is_renewed = False  # the next answer brings a new id
        self.is_begun = False  # this request signed somebody in
        self.is_ended = False
        self.had_cookie = False


class Sessions(SessionInterface):
    """Loads a visit before the request and writes it in its own short transaction after the main one has committed."""

    session_class = Visit

    def open_session(self, app: Flask, request: Request) -> Visit:
        if request.path.startswith(COOKIELESS):
            return Visit(is_off=True)
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        visit = self._stored(cookie) if _ID.fullmatch(cookie) else Visit(self._visitor(app, cookie))
        visit.had_cookie = bool(cookie)
        return visit

    def _stored(self, cookie: str) -> Visit:
        try:
            found = session.execute(
                _VISIT, {"id_hash": tokens.hash_of(cookie), "now": clock.now(), "day": queries.today()}
            ).first()
        except SQLAlchemyError as error:
            # Told when somebody asks who this is, so that it becomes a proper answer.
            visit = Visit()
            visit.failure = error
            return visit
        if found is None:
            return Visit()
        row, account, employee = found
        values = dict(row.data)
        renewed = bool(values.pop(RENEW, False))
        visit = Visit(_serializer.loads(values["tagged"]) if "tagged" in values else {})
        visit.row, visit.account, visit.employee, visit.is_renewed = row, account, employee, renewed
        session.expunge(row)  # written apart, never with the request's own changes
        return visit

    def _visitor(self, app: Flask, cookie: str) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", self._signer(app).loads(cookie, max_age=VISITOR_SECONDS)) if cookie else {}
        except BadSignature:
            return {}

    def _signer(self, app: Flask) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="advocacy.visitor", serializer=_serializer)

    def save_session(self, app: Flask, visit: SessionMixin, response: Response) -> None:
        if not isinstance(visit, Visit) or visit.is_off or visit.failure is not None:
            return
        if response.status_code >= BAD_REQUEST and (visit.is_renewed or visit.is_ended):
            return  # the request did not succeed, so it signs nobody in or out
        response.vary.add("Cookie")
        try:
            if visit.get("_user_id") is not None:
                self._save_signed_in(app, visit, response)
            else:
                self._save_visitor(app, visit, response)
        except SQLAlchemyError:
            if visit.is_renewed or visit.is_ended:
                raise
            log.exception("session_not_saved")

    def _save_signed_in(self, app: Flask, visit: Visit, response: Response) -> None:
        now, row = clock.now(), visit.row
        if row is None or visit.is_renewed:
            if row is None and not visit.is_renewed:
                return  # a visitor who brought a user id of their own: nothing of ours wrote it
            token = secrets.token_urlsafe(32)
            created = row.created_at if row is not None and str(row.account_id) == visit["_user_id"] else now
            with own_transaction() as apart:
                if row is not None and not self._is_taken_over(apart, row) and not visit.is_begun:
                    return  # ended meanwhile, or another request brings the new id: the old one opens nothing any more
                apart.add(new_row(token, UUID(visit["_user_id"]), self._packed(visit), created, now))
            self._set_cookie(app, response, token, int((created + ABSOLUTE - now).total_seconds()))
            return
        if not visit.modified and now - row.last_seen_at < SEEN_EVERY:
            return
        values: dict[str, Any] = {"last_seen_at": now, "expires_at": expiry(row.created_at, now)}
        if visit.modified:
            values["data"] = self._packed(visit)
        with own_transaction() as apart:
            kept = apart.execute(
                update(BrowserSession)
                .where(BrowserSession.id_hash == row.id_hash)
                .values(**values)
                .returning(BrowserSession.id_hash)
            ).first()
        if kept is None:
            self._drop_cookie(app, response)

    def _is_taken_over(self, apart: Session, row: BrowserSession) -> bool:
        """End the session of an old id; return whether it still ran, so that a new one may take its place."""
        gone = delete(BrowserSession).where(BrowserSession.id_hash == row.id_hash)
        return apart.execute(gone.returning(BrowserSession.id_hash)).first() is not None

    def _save_visitor(self, app: Flask, visit: Visit, response: Response) -> None:
        if visit.row is not None and visit.is_ended:
            with own_transaction() as apart:
                apart.execute(delete(BrowserSession).where(BrowserSession.id_hash == visit.row.id_hash))
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        if visit:
            if visit.modified:
                text = self._signer(app).dumps(dict(visit))
                self._set_cookie(app, response, str(text), VISITOR_SECONDS)
        elif visit.had_cookie:
            self._drop_cookie(app, response)

    def _packed(self, visit: Visit) -> dict[str, Any]:
        return {"tagged": _serializer.dumps(dict(visit))}

    def _set_cookie(self, app: Flask, response: Response, value: str, seconds: int) -> None:
        response.set_cookie(
            self.get_cookie_name(app),
            value,
            max_age=seconds,
            path="/",
            secure=self.get_cookie_secure(app),
            httponly=True,
            samesite="Lax",
        )

    def _drop_cookie(self, app: Flask, response: Response) -> None:
        response.delete_cookie(
            self.get_cookie_name(app), path="/", secure=self.get_cookie_secure(app), httponly=True, samesite="Lax"
        )


def expiry(created_at: datetime, seen_at: datetime) -> datetime:
    """Return when a session ends: after rest, or after the longest time, whichever is sooner."""
    return min(seen_at + IDLE, created_at + ABSOLUTE)


def new_row(token: str, account_id: UUID, data: dict[str, Any], created: datetime, seen: datetime) -> BrowserSession:
    """Return the row of a new session; only the hash of its id is in it."""
    agent = request.user_agent.string[:LONGEST_AGENT] if has_request_context() else None
    return BrowserSession(
        id_hash=tokens.hash_of(token),
        account_id=account_id,
        data=data,
        agent="".join(filter(str.isprintable, agent)) if agent else None,
        created_at=created,
        last_seen_at=seen,
        expires_at=expiry(created, seen),
    )


class Person(UserMixin):
    """The signed-in person as Flask-Login knows them."""

    def __init__(self, account: Account, employee: Employee | None) -> None:
        self.account = account
        self.employee = employee
        self.id = str(account.id)


def init_app(app: Flask) -> None:
    """Give an application our sessions and Flask-Login on top of them."""
    app.session_interface = Sessions()
    manager = LoginManager()
    manager.session_protection = None  # type: ignore[assignment]  # it works on a signed client cookie; our id is renewed instead
    manager.init_app(app)
    manager.user_loader(_load_person)


def _load_person(account_id: str) -> Person | None:
    visit = current_visit()
    if visit.account is not None and str(visit.account.id) == account_id:
        return Person(visit.account, visit.employee)
    return None


def current_visit() -> Visit:
    return cast("Visit", flask_session._get_current_object())  # type: ignore[attr-defined]


def load_actor() -> Actor | None:
    """Return who is asking, or None. Raises NotSignedIn for a token that is not, or no longer, valid."""
    if request.path.startswith("/api/"):
        return _bearer()
    visit = current_visit()
    if visit.failure is not None:
        raise visit.failure
    person: Any = flask_login.current_user
    return service.make_actor(person.account, person.employee) if person.is_authenticated else None


def _bearer() -> Actor | None:
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    scheme, _space, text = header.partition(" ")
    actor = service.find_token_actor(text.strip()) if scheme.lower() == "bearer" else None
    if actor is None:
        raise NotSignedIn(_("The token is not valid. It may be mistyped, expired or revoked."), code="invalid_token")
    return actor


def sign_in_browser(account: Account) -> Actor:
    """Sign this browser in under a new session id; what it carried as a visitor is dropped. Raises NotSignedIn."""
    found = queries.find_live_account(Account.id == account.id)
    if found is None:
        raise NotSignedIn(_("This account is closed."))
    visit = current_visit()
    visit.clear()
    visit.is_renewed = visit.is_begun = True
    visit.account, visit.employee = found
    flask_login.login_user(Person(*found))
    g.actor = service.make_actor(*found)
    return cast("Actor", g.actor)


def sign_out_browser() -> None:
    """End this browser's session, here and wherever its cookie was copied to."""
    visit = current_visit()
    flask_login.logout_user()
    visit.clear()
    visit.is_ended = True
    g.actor = None


def keep_wanted(path: str) -> None:
    """Remember where a visitor wanted to go, until they come in by a link that reaches this browser by mail."""
    if path and len(path) <= LONGEST_WANTED:
        current_visit()[WANTED] = path


def take_wanted() -> str | None:
    """Return where this browser wanted to go before signing in, if it said so; once."""
    return cast("str | None", current_visit().pop(WANTED, None))


def preferred_language() -> str | None:
    """Return the language the signed-in person's record names, if any."""
    if request.path.startswith(COOKIELESS):
        return None
    employee = current_visit().employee
    return employee.language if employee is not None else None
