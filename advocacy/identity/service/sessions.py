"""Where somebody is signed in, and ending it."""

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, update

from advocacy.foundation import clock
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.identity.models import BrowserSession, SignInLink


def end_sessions(account_id: UUID, *, except_hash: bytes | None = None) -> int:
    """Sign an account out everywhere (but perhaps here), at once; return how many sessions that were."""
    ended = delete(BrowserSession).where(BrowserSession.account_id == account_id)
    if except_hash is not None:
        ended = ended.where(BrowserSession.id_hash != except_hash)
    return len(session.execute(ended.returning(BrowserSession.id_hash)).all())


def renew_sessions(account_id: UUID) -> None:
    """Give every session of an account a new id at its next request: what it may do has changed."""
    session.execute(
        update(BrowserSession)
        .where(BrowserSession.account_id == account_id)
        .values(data=BrowserSession.data.op("||")({"_renew": True}))
    )


def end_session(actor: Actor, id_hash: bytes) -> None:
    """End one of one's own sessions. Raises NotFound."""
    ended = session.execute(
        delete(BrowserSession)
        .where(BrowserSession.account_id == actor.account_id, BrowserSession.id_hash == id_hash)
        .returning(BrowserSession.id_hash)
    ).all()
    if not ended:
        raise NotFound(_("There is no such session."))


def forget_expired(now: datetime | None = None) -> int:
    """Delete sessions and links whose time is over; return how many."""
    moment = now or clock.now()
    return sum(
        len(session.execute(delete(table).where(table.expires_at < moment).returning(table.expires_at)).all())
        for table in (BrowserSession, SignInLink)
    )
