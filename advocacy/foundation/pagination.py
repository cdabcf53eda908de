"""Walking along a list: an opaque, signed cursor holds where the last page ended."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from advocacy.foundation import preferences
from advocacy.foundation.db import session
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
        raise Invalid.field("cursor", _("This cursor is not one of ours. Start again without it.")) from error
    return position


def page_of(
    statement: Select[Any],
    keys: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    *,
    limit: int = DEFAULT_ROWS,
    cursor: str | None = None,
    filters: Mapping[str, object] | None = None,
    descending: bool = True,
) -> Page[Any]:
    """Return one page of a statement, sorted by `keys`: never null, the last one unique.

    `filters` are whatever shaped the statement; a cursor made under other filters is refused with Invalid.
    """
    listing = _listing(keys, filters or {}, descending=descending)
    position = unseal(listing, cursor)
    if position is not None:
        reached = tuple_(*[literal(_value(value), key.type) for value, key in zip(position, keys, strict=True)])
        row = tuple_(*keys)
        statement = statement.where(row < reached if descending else row > reached)
    is_single = len(statement.column_descriptions) == 1
    labelled = [key.label(f"page_key_{number}") for number, key in enumerate(keys)]
    order = [key.desc() if descending else key.asc() for key in keys]
    ordered = statement.add_columns(*labelled).order_by(None).order_by(*order)
    found = session.execute(ordered.limit(limit + 1)).all()
    shown = found[:limit]
    rows = [row[0] if is_single else row[: -len(keys)] for row in shown]
    if len(found) <= limit:
        return Page(rows, None)
    return Page(rows, seal(listing, [_plain(value) for value in shown[-1][-len(keys) :]]))


def _listing(keys: Sequence[Any], filters: Mapping[str, object], *, descending: bool) -> str:
    kept = {name: str(value) for name, value in filters.items() if name not in {"cursor", "limit"}}
    text = json.dumps([[str(key) for key in keys], kept, descending], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> list[Any]:
    if isinstance(value, datetime):
        return ["instant", value.isoformat()]
    if isinstance(value, date):
        return ["day", value.isoformat()]
    return ["id", str(value)] if isinstance(value, UUID) else ["plain", value]


def _value(packed: list[Any]) -> Any:
    kind, value = packed
    parse: dict[str, Any] = {"instant": datetime.fromisoformat, "day": date.fromisoformat, "id": UUID}
    return parse[kind](value) if kind in parse else value


def _signature(body: bytes) -> bytes:
    key = preferences.deployment().secret_key.encode()
    return hmac.digest(key, b"cursor:" + body, hashlib.sha256)[:_SIGNATURE_BYTES]
