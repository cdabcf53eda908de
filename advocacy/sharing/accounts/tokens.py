"""Tokens: what a network gave us for one account, and sealing it for that account alone."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from advocacy.foundation import clock, encryption

SEALED_FOR = "network_account"
# Renewed a little early: clocks differ, and a request takes its time.
MARGIN = timedelta(minutes=5)
LONGEST_GRANT = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Tokens:
    """`access_ends_at` is when the access token has to be renewed; `ends_at` when nothing can be renewed any more.

    `extra` holds what a network needs beside them, such as a key of proof.
    """

    access: str
    refresh: str | None = None
    access_ends_at: datetime | None = None
    ends_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def is_stale(self) -> bool:
        """Return whether the access token should be renewed before it is used."""
        return self.access_ends_at is not None and self.access_ends_at - MARGIN <= clock.now()


def granted(told: Mapping[str, Any], *, scopes: tuple[str, ...], kept: Tokens | None = None) -> Tokens:
    """Return the tokens of a token endpoint's answer. What it leaves out of a renewal stays as it was.

    How long they last is told in seconds and counted from our own clock: the network's clock does not matter.
    """
    refresh = told.get("refresh_token") or (kept.refresh if kept is not None else None)
    access_ends_at, refresh_ends_at = _until(told.get("expires_in")), _until(told.get("refresh_token_expires_in"))
    ends_at = refresh_ends_at or (kept.ends_at if kept is not None and refresh else None)
    if ends_at is None and not refresh:
        ends_at = access_ends_at
    listed = told.get("scope")
    return Tokens(
        access=str(told["access_token"]),
        refresh=str(refresh) if refresh else None,
        access_ends_at=access_ends_at,
        ends_at=ends_at,
        scopes=tuple(str(listed).replace(",", " ").split()) if listed else (kept.scopes if kept else scopes),
        extra=dict(kept.extra) if kept is not None else {},
    )


def _until(seconds: Any) -> datetime | None:
    try:
        lasts = timedelta(seconds=max(0, int(seconds)))
    except (TypeError, ValueError, OverflowError):
        return None
    return clock.now() + min(lasts, LONGEST_GRANT)


def seal(tokens: Tokens, account_id: UUID) -> bytes:
    """Return the tokens as they are stored: they open for this account only."""
    plain = asdict(tokens) | {name: _text(getattr(tokens, name)) for name in ("access_ends_at", "ends_at")}
    return encryption.encrypt(json.dumps(plain), purpose=SEALED_FOR, owner=str(account_id))


def unseal(sealed: bytes, account_id: UUID) -> Tokens:
    """Return the tokens of an account. Raises CannotDecrypt."""
    plain = json.loads(encryption.decrypt(sealed, purpose=SEALED_FOR, owner=str(account_id)))
    instants = {
        name: datetime.fromisoformat(plain[name]) if plain[name] else None for name in ("access_ends_at", "ends_at")
    }
    return Tokens(**{**plain, **instants, "scopes": tuple(plain["scopes"])})


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None
