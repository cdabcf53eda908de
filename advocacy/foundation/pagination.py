"""Walking along a list: an opaque, signed cursor holds where the last page ended."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from advocacy.foundation import preferences
from advocacy.foundation.errors import Invalid

Row = TypeVar("Row")

MOST_ROWS = 100
DEFAULT_ROWS = 20
_SIGNATURE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and how to get the next ones; None means that these were the last."""

    rows: list[Row]
    next_cursor: str | None


def seal(listing: str, position: list[Any]) -> str:
    """Return a cursor that is good for one listing only. `position` holds the sort key of the last row."""
    body = json.dumps([listing, position], separators=(",", ":"), default=str).encode()
    return base64.urlsafe_b64encode(_signature(body) + body).rstrip(b"=").decode()


def unseal(listing: str, cursor: str | None) -> list[Any] | None:
    """Return the position in a cursor, or None for the start. Raises Invalid for one not made for this listing."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _signature(body)):
            raise ValueError("signature")
        named, position = json.loads(body)
        if named != listing or not isinstance(position, list):
            raise ValueError("listing")
    except (ValueError, binascii.Error) as error:
        raise Invalid.field("cursor", "This cursor is not one of ours. Start again without it.") from error
    return position


def _signature(body: bytes) -> bytes:
    key = preferences.deployment().secret_key.encode()
    return hmac.digest(key, b"cursor:" + body, hashlib.sha256)[:_SIGNATURE_BYTES]
