"""Idempotency-Key on POST: a repeated request gets the first one's answer and has no second effect.

A refusal that depends on the moment is no such answer: the request is asked again, see NOT_KEPT.

The key is taken in a short transaction before the work, and its outcome is written in the same transaction as the
effect. So a process that dies in between leaves neither, and the key can be taken over.
"""

import hashlib
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from cryptography.fernet import Fernet, MultiFernet
from flask import Response, current_app, g, request
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor
from advocacy.foundation.db import own_transaction, session
from advocacy.foundation.errors import AdvocacyError, Conflict, Invalid
from advocacy.foundation.models import IdempotencyKey

LONGEST_KEY = 255
KEPT = timedelta(hours=24)
# Longer than any request can run: what is still open after it belongs to a process that died.
TAKEN_OVER_AFTER = timedelta(seconds=60)
RETRY_AFTER_SECONDS = 1
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Link")
# Refusals that depend on the moment and not on what was sent are asked again: on what the caller may do or see by now,
# on the state of a row, and on If-Match, which is no part of the fingerprint.
NOT_KEPT = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.PRECONDITION_REQUIRED,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


class StillRunning(Conflict):
    """The first request with this key has not answered yet."""

    code = "still_running"
    retry_after_seconds = RETRY_AFTER_SECONDS


def begin(actor: Actor | None) -> Response | None:
    """Take the request's key, or return the answer it already had.

    Raises AdvocacyError (400) for a malformed key, Invalid when the key came with another request before, and
    StillRunning.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST" or actor is None or actor.account_id is None:
        return None
    key = key.strip().removeprefix('"').removesuffix('"')
    if not 1 <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise AdvocacyError(
            _("Idempotency-Key must have 1 to %(most)s plain characters.", most=LONGEST_KEY),
            code="invalid_idempotency_key",
        )
    fingerprint = _fingerprint(actor)
    with own_transaction() as apart:
        if not _take(apart, actor.account_id, key, fingerprint):
            return _answer_before(apart, actor.account_id, key, fingerprint)
    g.idempotency = (actor.account_id, key, fingerprint)
    return None


def keep_with_effect(response: Response) -> None:
    """Write the outcome of a request that succeeded, in its own transaction with the effect."""
    if "idempotency" in g and not response.is_streamed:
        _store(session(), response)


def keep_refusal(response: Response) -> None:
    """After the rollback: keep the answer of a refused request, or give the key back when asking again makes sense."""
    if "idempotency" not in g:
        return
    account_id, key, _fingerprint_of = g.idempotency
    with own_transaction() as apart:
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status_code in NOT_KEPT:
            apart.execute(
                delete(IdempotencyKey).where(IdempotencyKey.account_id == account_id, IdempotencyKey.key == key)
            )
        else:
            _store(apart, response)


def _take(apart: Session, account_id: UUID, key: str, fingerprint: bytes) -> bool:
    now = clock.now()
    values = {"fingerprint": fingerprint, "status": None, "headers": None, "body": None, "created_at": now}
    statement = insert(IdempotencyKey).values(account_id=account_id, key=key, **values)
    expired = IdempotencyKey.created_at < now - KEPT
    abandoned = (
        IdempotencyKey.status.is_(None)
        & (IdempotencyKey.fingerprint == fingerprint)
        & (IdempotencyKey.created_at < now - TAKEN_OVER_AFTER)
    )
    taken = apart.execute(
        statement.on_conflict_do_update(
            index_elements=[IdempotencyKey.account_id, IdempotencyKey.key], set_=values, where=expired | abandoned
        ).returning(IdempotencyKey.key)
    ).first()
    return taken is not None


def _answer_before(apart: Session, account_id: UUID, key: str, fingerprint: bytes) -> Response:
    stored = apart.scalar(
        select(IdempotencyKey).where(IdempotencyKey.account_id == account_id, IdempotencyKey.key == key)
    )
    if stored is None or (stored.status is None and stored.fingerprint == fingerprint):
        raise StillRunning(_("The first request with this Idempotency-Key is still running."))
    if stored.fingerprint != fingerprint:
        raise Invalid(
            _("This Idempotency-Key was used for another request. Use a new one."), code="idempotency_key_reused"
        )
    body = _cipher().decrypt(stored.body) if stored.body else b""
    response = current_app.response_class(body, status=stored.status)
    response.headers.update(stored.headers or {})
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _store(store: Session, response: Response) -> None:
    account_id, key, fingerprint = g.idempotency
    values = {
        "fingerprint": fingerprint,
        "status": response.status_code,
        "headers": {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
        # Answers can hold secrets that are shown once, so they rest encrypted.
        "body": _cipher().encrypt(response.get_data()),
    }
    store.execute(
        insert(IdempotencyKey)
        .values(account_id=account_id, key=key, created_at=clock.now(), **values)
        .on_conflict_do_update(index_elements=[IdempotencyKey.account_id, IdempotencyKey.key], set_=values)
    )


def _fingerprint(actor: Actor) -> bytes:
    # With what the token may do: a weaker token of the same person is not shown the answer a stronger one got.
    allowed = "" if actor.scopes is None else " ".join(sorted(actor.scopes))
    parts = (request.method.encode(), request.full_path.encode(), allowed.encode(), request.get_data(cache=True))
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in preferences.deployment().encryption_keys])
