"""Counting attempts, shared in Redis. While Redis is away each process counts for itself: no limit falls open."""

import hashlib
import ipaddress
import math
import threading
import time
from dataclasses import dataclass
from typing import cast

import structlog
from flask_babel import gettext as _
from limits import RateLimitItem, RateLimitItemPerMinute, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from advocacy.foundation import preferences
from advocacy.foundation.errors import TooManyRequests

log = structlog.get_logger("advocacy.limits")

REDIS_PAUSE_SECONDS = 5
IPV6_HOUSEHOLD_PREFIX = 64

# Signing in: generous for people who mistype, hopeless for a machine that guesses.
SIGN_IN_PER_ACCOUNT = parse("10 per 5 minutes")
SIGN_IN_PER_ADDRESS = parse("50 per 5 minutes")  # many colleagues sit behind one address; only failures count
SIGN_IN_GLOBAL = parse("1000 per 5 minutes")
MAIL_PER_ACCOUNT = parse("5 per 1 hour")
MAIL_PER_ADDRESS = parse("30 per 1 hour")
LINK_PER_ADDRESS = parse("60 per 5 minutes")
FEED_PER_SECRET = parse("60 per 1 hour")  # programs ask every quarter of an hour; several of them may
UNKNOWN_FEED_PER_ADDRESS = parse("30 per 1 minute")

# The JSON API.
API_PER_ACCOUNT = RateLimitItemPerMinute(1_000)
API_PER_ADDRESS = RateLimitItemPerMinute(300)

# What one account's refusals may write into the audit trail.
DENIALS_PER_ACCOUNT = parse("30 per 1 hour")


@dataclass(frozen=True, slots=True)
class Standing:
    """How one limit stands for one caller."""

    quota: int
    window_seconds: int
    remaining: int
    reset_seconds: int

    @property
    def is_exhausted(self) -> bool:
        return self.remaining < 0


class Limiter:
    """Fixed windows, counted in Redis and in this process; while Redis is away this process decides alone."""

    def __init__(self, redis_url: str, deployment: str = "") -> None:
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared: FixedWindowRateLimiter | None = None
        self.redis_url = redis_url
        # Deployments that share one Redis do not share their counts.
        self._prefix = "limit-" + hashlib.sha256(deployment.encode()).hexdigest()[:8]
        self._paused_until = 0.0
        self._lock = threading.Lock()

    def hit(self, limit: RateLimitItem, *names: str) -> Standing:
        """Count one attempt and return how the limit stands after it; `remaining` is -1 when it was one too many."""
        return self._ask(limit, names, counts=True)

    def standing(self, limit: RateLimitItem, *names: str) -> Standing:
        """Return how the limit stands without counting."""
        return self._ask(limit, names, counts=False)

    def forget(self, limit: RateLimitItem, *names: str) -> None:
        """Start anew for one caller, as after a success."""
        for strategy in filter(None, (self._shared, self._own)):
            try:
                strategy.clear(limit, *names)
            except Exception as error:
                self._pause(error)

    def reset(self) -> None:
        """Forget everything that was counted (tests)."""
        strategy = self._strategy()
        strategy.storage.reset()
        self._own.storage.reset()

    def _ask(self, limit: RateLimitItem, names: tuple[str, ...], *, counts: bool) -> Standing:
        # Counted here too, so that whoever was nearly out of attempts stays so when Redis goes away.
        own = _ask(self._own, limit, names, counts=counts)
        strategy = self._strategy()
        if strategy is self._own:
            return own
        try:
            return min(own, _ask(strategy, limit, names, counts=counts), key=lambda standing: standing.remaining)
        except Exception as error:
            self._pause(error)
            return own

    def _strategy(self) -> FixedWindowRateLimiter:
        if time.monotonic() < self._paused_until:
            return self._own
        if self._shared is None:
            with self._lock:
                if self._shared is None:
                    try:
                        self._shared = FixedWindowRateLimiter(_redis(self.redis_url, self._prefix))
                    except Exception as error:
                        self._pause(error)
                        return self._own
        return self._shared

    def _pause(self, error: Exception) -> None:
        self._paused_until = time.monotonic() + REDIS_PAUSE_SECONDS
        log.warning("limiter_counts_alone", error=type(error).__name__)


def _redis(url: str, prefix: str) -> Storage:
    address = url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url
    options = {"socket_connect_timeout": 1, "socket_timeout": 1}
    storage = cast("Storage", storage_from_string(address, wrap_exceptions=True, key_prefix=prefix, **options))
    if not storage.check():
        raise StorageError(ConnectionError("Redis does not answer"))
    return storage


def _ask(strategy: FixedWindowRateLimiter, limit: RateLimitItem, names: tuple[str, ...], *, counts: bool) -> Standing:
    passed = strategy.hit(limit, *names) if counts else strategy.test(limit, *names)
    stats = strategy.get_window_stats(limit, *names)
    reset = max(1, math.ceil(stats.reset_time - time.time()))
    remaining = stats.remaining if passed else -1
    return Standing(limit.amount, limit.get_expiry(), remaining, reset)


_limiter: Limiter | None = None


def limiter() -> Limiter:
    """Return this process's limiter; it connects when it is first asked."""
    global _limiter
    settings = preferences.deployment()
    if _limiter is None or _limiter.redis_url != settings.redis_url:
        _limiter = Limiter(settings.redis_url, settings.database_url)
    return _limiter


def network_of(address: str | None) -> str:
    """Return what one visitor can be counted by: an IPv4 address, or the /64 a household gets."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, IPV6_HOUSEHOLD_PREFIX), strict=False))
    return str(parsed)


def refuse_when_exhausted(*standings: Standing) -> None:
    """Raise TooManyRequests when any of these limits is used up."""
    used_up = [standing for standing in standings if standing.is_exhausted]
    if used_up:
        wait = max(standing.reset_seconds for standing in used_up)
        raise TooManyRequests(_("Too many attempts. Wait a little, then try again."), retry_after_seconds=wait)
