"""What is known of a visitor without keeping who it is: a key for the day, inside or outside, too many misses."""

import ipaddress
import time
from datetime import UTC, date, datetime
from typing import Any

from advocacy.activity.kinds import ClickFlag
from advocacy.sharing.clicks.visitor import address_prefix, visitor_key
from workers.redirect.database import Database

MOST_REMEMBERED = 20_000
MISSES_A_MINUTE = 30
MISS_WINDOW_SECONDS = 60.0

Visitor = tuple[bytes, int]  # prefix of the address, flags
NOBODY: Visitor = (b"", int(ClickFlag.NO_VISITOR_KEY))


class Visitors:
    """Addresses are looked at here and leave as a prefix and a flag."""

    def __init__(self, trusted_proxies: int) -> None:
        self.trusted_proxies = trusted_proxies
        self._salts: dict[date, bytes] = {}
        self._salt = b""
        self._salt_until_us = 0
        self._ranges: tuple[Any, ...] = ()
        self._by_address: dict[str, Visitor] = {}
        self._keys: dict[tuple[bytes, bytes], int] = {}

    def of(self, address: str) -> Visitor:
        """Return prefix and flags of an address; an unreadable one is nobody's."""
        known = self._by_address.get(address)
        if known is None:
            if len(self._by_address) >= MOST_REMEMBERED:
                self._by_address.clear()
            known = self._by_address[address] = self._look_at(address)
        return known

    def behind_proxies(self, forwarded: bytes, peer: str) -> Visitor:
        """Return the visitor a chain of exactly the trusted proxies speaks for; a shorter chain is not believed."""
        hops = forwarded.split(b",")
        if len(hops) < self.trusted_proxies:
            return self.of(peer)
        address = hops[-self.trusted_proxies].strip().decode("ascii", "replace")
        visitor = self.of(address)
        return visitor if visitor is not NOBODY else self.of(peer)

    def key(self, prefix: bytes, agent: bytes, now_us: int) -> int | None:
        """Return the visitor's key for this UTC day, or None while there is no salt for it."""
        if now_us >= self._salt_until_us:
            self._choose_salt(now_us)
        known = self._keys.get((prefix, agent))
        if known is None and self._salt:
            if len(self._keys) >= MOST_REMEMBERED:
                self._keys.clear()
            known = self._keys[prefix, agent] = visitor_key(self._salt, prefix, agent)
        return known

    def _choose_salt(self, now_us: int) -> None:
        self._keys.clear()
        today = datetime.fromtimestamp(now_us / 1_000_000, UTC).date()
        self._salt = self._salts.get(today, b"")
        day_us = 86_400_000_000
        # Without a salt every click looks again, so that the first one that is there gets used.
        self._salt_until_us = (now_us // day_us + 1) * day_us if self._salt else 0

    def _look_at(self, address: str) -> Visitor:
        try:
            prefix = address_prefix(address)
            parsed: Any = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return NOBODY
        if parsed.version == 6 and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        inside = any(parsed in network for network in self._ranges if network.version == parsed.version)
        return prefix, int(ClickFlag.INTERNAL_ADDRESS) if inside else 0

    async def poll(self, database: Database) -> None:
        """Read salts and internal ranges anew. Raises DatabaseAwayError."""
        salts = dict(await database.ask("SELECT day, salt FROM click_salt"))
        if salts != self._salts:
            self._salts = {day: bytes(salt) for day, salt in salts.items()}
            self._salt_until_us = 0
        rows = await database.ask("SELECT text(range) FROM internal_range")
        ranges = tuple(ipaddress.ip_network(text) for (text,) in rows)
        if ranges != self._ranges:
            self._ranges = ranges
            self._by_address.clear()


class Misses:
    """How many unknown codes a network asked for. More than a few a minute is somebody trying codes."""

    def __init__(self) -> None:
        self._counts: dict[bytes, tuple[float, int]] = {}

    def add(self, prefix: bytes) -> None:
        now = time.monotonic()
        began, count = self._counts.get(prefix, (now, 0))
        if now - began >= MISS_WINDOW_SECONDS:
            began, count = now, 0
        if len(self._counts) >= MOST_REMEMBERED:
            self._counts.clear()
        self._counts[prefix] = (began, count + 1)

    def is_limited(self, prefix: bytes) -> bool:
        """Return whether this network has to wait. All its requests do, or the limit would tell which codes exist."""
        if not self._counts:
            return False
        began, count = self._counts.get(prefix, (0.0, 0))
        return count >= MISSES_A_MINUTE and time.monotonic() - began < MISS_WINDOW_SECONDS
