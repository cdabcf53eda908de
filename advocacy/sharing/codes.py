"""The codes of short links: random, so that nobody finds a link by counting, and telling nothing about its owner."""

import secrets

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 9
SHORTEST_PERSONAL = 9


def new_code(length: int = LENGTH) -> str:
    """Return a fresh code of base 62 characters; nine of them are 53 bits. A code is never an authorisation."""
    if length < SHORTEST_PERSONAL:
        raise ValueError("A shorter code could be found by trying.")
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
