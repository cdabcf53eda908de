"""Visitor keys: the same visitor within one UTC day, and nobody in particular after it."""

import hmac
import ipaddress

LONGEST_AGENT = 512
IPV4_PREFIX_BYTES = 3
IPV6_PREFIX_BYTES = 6


def address_prefix(address: str) -> bytes:
    """Return the part of an address that enters a key: /24 or /48. Raises ValueError when it is no address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.version == 6:
        if parsed.ipv4_mapped is None:
            return b"6" + parsed.packed[:IPV6_PREFIX_BYTES]
        parsed = parsed.ipv4_mapped
    return b"4" + parsed.packed[:IPV4_PREFIX_BYTES]


def visitor_key(salt: bytes, prefix: bytes, agent: bytes) -> int:
    """Return the key of a visitor for the day of the salt, as a signed 64-bit number."""
    digest = hmac.digest(salt, prefix + agent[:LONGEST_AGENT], "sha256")
    return int.from_bytes(digest[:8], "little", signed=True)
