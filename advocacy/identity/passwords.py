"""Passwords: which are accepted, and how they are kept (argon2id over an HMAC with the deployment's pepper)."""

import base64
import hashlib
import hmac
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from advocacy.foundation import preferences
from advocacy.foundation.errors import Invalid

SHORTEST, LONGEST = 15, 128
SHORTEST_CONTEXT_WORD = 4
FEWEST_DIFFERENT_CHARACTERS = 5

# Each computation takes 64 MiB; more than two at once would let a crowd of guesses take all memory.
_at_once = threading.BoundedSemaphore(2)
_hasher = PasswordHasher()

# Openings of the passwords people choose most, at the length asked for here: a list of short ones would never match.
COMMON = frozenset(
    {
        "passwordpassword", "password12345678", "password123456789", "password1234567", "123456789012345",
        "1234567890123456", "12345678901234567890", "qwertyuiopasdfgh", "qwertyuiopasdfghjkl", "qwertyuiop12345",
        "qwertyuiop123456", "1qaz2wsx3edc4rfv", "1q2w3e4r5t6y7u8i", "1q2w3e4r5t6y7u8i9o0p", "abcdefghijklmno",
        "abcdefghijklmnop", "abcdefghijklmnopqrstuvwxyz", "iloveyouiloveyou", "letmeinletmeinletmein",
        "letmeinletmein1", "welcomewelcome1", "welcome123456789", "administrator123", "administrator1234",
        "changemechangeme", "changeme12345678", "correcthorsebatterystaple", "correct horse battery staple",
        "thisisapassword", "thisismypassword", "mypasswordissafe", "trustno1trustno1", "sunshinesunshine",
        "princessprincess", "footballfootball", "monkeymonkeymonkey", "dragondragondragon", "asdfghjklasdfghjkl",
        "zxcvbnmzxcvbnm1", "987654321098765", "0123456789012345", "secretsecretsecret", "testtesttesttest",
    }
)  # fmt: skip


def check(password: str, *, context: Iterable[str] = ()) -> None:
    """Accept a new password or raise Invalid saying why. `context` are words an attacker would try: names, address."""
    if len(password) < SHORTEST:
        raise _refused(_("Use at least %(count)s characters. A few words are easy to remember.", count=SHORTEST))
    if len(password) > LONGEST:
        raise _refused(_("Use at most %(count)s characters.", count=LONGEST))
    if "\x00" in password or any(unicodedata.category(character) == "Cs" for character in password):
        raise _refused(_("It contains a character that cannot be stored."))
    plain = _plain(password)
    if plain in COMMON or "".join(plain.split()) in COMMON or len(set(plain)) < FEWEST_DIFFERENT_CHARACTERS:
        raise _refused(_("Many people use this password, so it would be guessed first. Choose another one."))
    rest = plain
    for word in _words(context):
        rest = rest.replace(word, "")
    # A name inside a longer phrase is fine; a phrase that is little more than the name is not.
    if len(rest) < SHORTEST // 2:
        raise _refused(_("It is made of your name or your organisation's. Choose something nobody would expect."))


def hashed(password: str) -> str:
    """Return what is stored of a password."""
    with _at_once:
        return _hasher.hash(_peppered(password))


def matches(stored: str | None, password: str) -> bool:
    """Return whether the password is right. Takes as long when there is none, so time does not tell who exists."""
    with _at_once:
        try:
            _hasher.verify(stored or _nobodys_hash(), _peppered(password[: LONGEST + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Return whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _peppered(password: str) -> bytes:
    pepper = preferences.deployment().pepper.encode()
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.new(pepper, text, hashlib.sha256).digest())


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(b"nobody has this password")


def _refused(detail: str) -> Invalid:
    return Invalid.field("password", detail, code="weak_password")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _words(context: Iterable[str]) -> list[str]:
    words = {
        word
        for text in context
        for word in _plain(text).replace("@", " ").replace(".", " ").replace("-", " ").split()
        if len(word) >= SHORTEST_CONTEXT_WORD
    }
    return sorted(words, key=len, reverse=True)
