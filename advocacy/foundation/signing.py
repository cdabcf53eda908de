"""Addresses that carry their own proof: signed, for one purpose each, stored nowhere."""

import hashlib
from functools import lru_cache

from flask_babel import gettext as _
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from advocacy.foundation import preferences
from advocacy.foundation.errors import Gone, NotFound

LONGEST = 1_000


@lru_cache(maxsize=16)
def _signer(secret: str, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=f"advocacy:{purpose}", signer_kwargs={"digest_method": hashlib.sha256})


def sign(purpose: str, *parts: str) -> str:
    """Return a text for an address that proves we wrote these parts, for this purpose and no other."""
    return _serializer(purpose).dumps(list(parts))


def read(purpose: str, text: str, *, count: int, max_age_seconds: int | None = None) -> list[str]:
    """Return the parts of a signed text. Raises NotFound for one that is not ours, and Gone for one that is too old."""
    try:
        if len(text) > LONGEST:
            raise BadSignature("too long")
        parts = _serializer(purpose).loads(text, max_age=max_age_seconds)
    except SignatureExpired as error:
        raise Gone(_("This link is too old. Open a newer mail, or sign in."), code="link_not_valid") from error
    except BadSignature as error:
        raise NotFound(_("This link is not complete. Copy it as a whole, or sign in.")) from error
    if not isinstance(parts, list) or len(parts) != count or not all(isinstance(part, str) for part in parts):
        raise NotFound(_("This link is not complete. Copy it as a whole, or sign in."))
    return parts


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return _signer(preferences.deployment().secret_key, purpose)
