"""Giving somebody a secret address for their feed, and taking it back at once."""

import hashlib
import secrets

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import clock
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.notifications.models import PrivateFeed
from advocacy.notifications.service import stops

TOKEN_BYTES = 32


def make_private_feed(actor: Actor) -> str:
    """Return the secret of a new address for the actor's feed; the one before stops working. It is shown only now."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    employee_key = require_self(actor)
    revoke_private_feed(actor)
    values = {"token_hash": hash_of(token), "hint": f"…{token[-4:]}", "created_at": clock.now()}
    session.execute(
        insert(PrivateFeed)
        .values(employee_key=employee_key, **values)
        .on_conflict_do_update(index_elements=[PrivateFeed.employee_key], set_=values)
    )
    return token


def revoke_private_feed(actor: Actor) -> None:
    """Let the actor's secret address stop working. Twice is once."""
    employee_key = require_self(actor)
    for token_hash in session.scalars(
        delete(PrivateFeed).where(PrivateFeed.employee_key == employee_key).returning(PrivateFeed.token_hash)
    ).all():
        stops.keep_revoked_feed(employee_key, token_hash)


def hash_of(token: str) -> bytes:
    """Return what is kept of a secret of 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
