"""Secrets made of chance: API tokens and link tokens. Only their SHA-256 is ever stored."""

import hashlib
import re
import secrets
import string
import zlib

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIX = "adv_pat_"
RANDOM_LENGTH = 30
CHECKSUM_LENGTH = 6
LINK_TOKEN_BYTES = 32

# Published in SECURITY.md, so that scanners of leaked secrets find our tokens.
PATTERN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}")


def new_api_token() -> str:
    """Return a fresh token: prefix, 30 random characters, and their checksum."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return PREFIX + body + checksum(body)


def is_well_formed(token: str) -> bool:
    """Return whether this can be one of our tokens at all; a typing error never reaches the database."""
    if PATTERN.fullmatch(token) is None:
        return False
    body = token[len(PREFIX) : -CHECKSUM_LENGTH]
    return secrets.compare_digest(token[-CHECKSUM_LENGTH:], checksum(body))


def checksum(body: str) -> str:
    """Return the CRC32 of the random part in base 62, padded to six characters."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def hint_of(token: str) -> str:
    """Return what may be shown of a token, so that its owner recognises it."""
    return f"{PREFIX}…{token[-4:]}"


def new_link_token() -> str:
    """Return 256 random bits as text for an address."""
    return secrets.token_urlsafe(LINK_TOKEN_BYTES)


def hash_of(token: str) -> bytes:
    """Return what is stored of a secret with at least 128 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
