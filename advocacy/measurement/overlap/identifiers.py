"""From a canonical profile id to a token. Neither is kept, logged, or put into a message.

A plain hash of a profile id is reversed by trying all ids. The key makes that useless without the deployment's
secrets, which are not in the database; the tag keeps tokens of networks and purposes apart.
"""

import hashlib
import hmac
import unicodedata
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from advocacy.foundation import preferences
from config.profiles import ProfileForm

KEY_BYTES = 32
MARKS = frozenset("-_.")
# Written the same, seen differently: what turns the direction of text or takes no room is in nobody's handle.
INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"})
UNASSIGNED = "Cn"


def canonical(given: object, form: ProfileForm) -> str | None:
    """Return the canonical id, or None for anything that is no id of this network."""
    if not isinstance(given, str) or not given.startswith(form.prefix):
        return None
    handle = unicodedata.normalize("NFC", given[len(form.prefix) :].lower())
    if not 0 < len(handle) <= form.longest or not all(_is_allowed(character, form) for character in handle):
        return None
    if not any(character.isalnum() for character in handle):
        return None
    return form.prefix + handle


def _is_allowed(character: str, form: ProfileForm) -> bool:
    if character in MARKS:
        return True
    if character.isascii():
        return character.isalnum()
    if form.letters == "ascii":
        return False
    # Slugs may hold any letter and even emoji, but no sign that means something in an address, and nothing unseen.
    category = unicodedata.category(character)
    if category == UNASSIGNED:
        return not _is_never_a_character(ord(character))  # a browser may know newer letters and emoji than we do
    return category not in INVISIBLE


def _is_never_a_character(point: int) -> bool:
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def token(key: bytes, network: str, identifier: str) -> str:
    """Return the token of a canonical id in hexadecimal: HMAC-SHA-256 under the key, tagged with the network."""
    return hmac.digest(key, f"advocacy/v1/{network}\x00{identifier}".encode(), hashlib.sha256).hex()


def token_key() -> bytes:
    """Return the deployment's key for tokens, derived from its pepper. It is in no database and no dump."""
    return _derived(preferences.deployment().pepper)


@lru_cache(maxsize=4)
def _derived(pepper: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"advocacy:network-token").derive(pepper.encode())
