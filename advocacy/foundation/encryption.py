"""Encrypting what only its owner may read: AES-256-GCM, bound to what it is and where it belongs."""

import hashlib
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from advocacy.foundation import preferences
from config.settings import KEY_BYTES, raw_key

FORMAT = b"\x01"
KEY_ID_BYTES, NONCE_BYTES = 4, 12
HEAD_BYTES = len(FORMAT) + KEY_ID_BYTES


class CannotDecrypt(Exception):
    """The ciphertext was changed, belongs elsewhere, or its key is gone."""


@lru_cache(maxsize=64)
def _key(master: str, purpose: str) -> tuple[bytes, AESGCM]:
    """Derive a key of its own for every purpose. `master` is 32 random bytes in URL-safe base64 (a Fernet key)."""
    raw = raw_key(master)
    derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"advocacy:" + purpose.encode()).derive(raw)
    return hashlib.sha256(raw).digest()[:KEY_ID_BYTES], AESGCM(derived)


def encrypt(plain: str, *, purpose: str, owner: str) -> bytes:
    """Return the ciphertext of a text under the newest key. It opens only with the same purpose and owner."""
    return encrypt_bytes(plain.encode(), purpose=purpose, owner=owner)


def encrypt_bytes(plain: bytes, *, purpose: str, owner: str) -> bytes:
    """Return the ciphertext of bytes, as `encrypt` does for a text."""
    key_id, cipher = _key(preferences.deployment().encryption_keys[0], purpose)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return FORMAT + key_id + nonce + cipher.encrypt(nonce, plain, _bound_to(purpose, owner))


def decrypt(sealed: bytes, *, purpose: str, owner: str) -> str:
    """Return the text. Older keys still open what they sealed. Raises CannotDecrypt."""
    return decrypt_bytes(sealed, purpose=purpose, owner=owner).decode()


def decrypt_bytes(sealed: bytes, *, purpose: str, owner: str) -> bytes:
    """Return the bytes. Older keys still open what they sealed. Raises CannotDecrypt."""
    key_id, rest = sealed[1 : 1 + KEY_ID_BYTES], sealed[1 + KEY_ID_BYTES :]
    if sealed[:1] != FORMAT or len(rest) < NONCE_BYTES:
        raise CannotDecrypt("This is not one of our ciphertexts.")
    for master in preferences.deployment().encryption_keys:
        try:
            known_id, cipher = _key(master, purpose)
        except ValueError:  # it sealed nothing, and the others still open what they sealed
            continue
        if known_id == key_id:
            try:
                return cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound_to(purpose, owner))
            except InvalidTag as error:
                raise CannotDecrypt("The ciphertext was changed or belongs elsewhere.") from error
    raise CannotDecrypt("The key of this ciphertext is not among the settings.")


def needs_new_key(sealed: bytes) -> bool:
    """Return whether a ciphertext was made under an older key than today's."""
    return not sealed.startswith(heads()[0])


def is_keyless(sealed: bytes) -> bool:
    """Return whether the key that made a ciphertext is not among the settings."""
    return sealed[:HEAD_BYTES] not in heads()


def heads() -> tuple[bytes, ...]:
    """Return what the ciphertexts under each key begin with, today's first, so that queries tell them apart.

    Raises ValueError for a key that is none: without it, what it sealed would count as lost.
    """
    keys = (raw_key(master) for master in preferences.deployment().encryption_keys)
    return tuple(FORMAT + hashlib.sha256(raw).digest()[:KEY_ID_BYTES] for raw in keys)


def _bound_to(purpose: str, owner: str) -> bytes:
    return f"{purpose}\x00{owner}".encode()
