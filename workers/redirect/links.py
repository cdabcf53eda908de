"""From a code to where it leads: a bounded memory in front of PostgreSQL that forgets revoked links within seconds."""

import asyncio
import enum
import time
from collections import OrderedDict
from typing import Any
from weakref import WeakValueDictionary

import structlog

from advocacy.foundation.web_addresses import read_address
from advocacy.sharing.destinations import AllowedHosts
from workers.redirect.answers import Answers, Preview
from workers.redirect.database import Database, DatabaseAwayError

log = structlog.get_logger("redirect.links")

MOST_LINKS = 100_000
MOST_ABSENT = 20_000
ABSENT_SECONDS = 2.0
FRESH_US = 60_000_000
MOST_REFRESHED = 1_000
# A revocation becomes visible when its transaction commits, which may be a while after the instant it carries.
LOOK_BACK_SECONDS = 300.0

_LOOK_UP = """
SELECT link.code, link.key, link.destination, link.revoked_at IS NOT NULL, link.preview_key,
    preview.title, preview.summary, preview.image_url, preview.language
FROM link LEFT JOIN link_preview AS preview ON preview.key = link.preview_key
WHERE link.code = ANY(%s)
"""
_REVOKED = "SELECT code FROM link WHERE revoked_at > now() - make_interval(secs => %s)"
_HOSTS = "SELECT host, includes_subdomains FROM allowed_host"


class Absence(enum.Enum):
    UNKNOWN = "unknown"
    REVOKED = "revoked"


class SharedPreview:
    """One preview for all the links of an item's version."""

    __slots__ = ("__weakref__", "preview")

    def __init__(self, preview: Preview) -> None:
        self.preview = preview


class Target:
    """Where a link leads, with its answer ready made."""

    __slots__ = ("fresh_until_us", "is_allowed", "key", "location", "preview", "rest", "whole_rest")

    def __init__(self, key: int, location: str, is_allowed: bool, rest: bytes, preview: SharedPreview | None) -> None:
        self.key = key
        self.location = location
        self.is_allowed = is_allowed
        self.rest = rest
        self.whole_rest = rest + b"\r\n"
        self.preview = preview
        self.fresh_until_us = time.time_ns() // 1_000 + FRESH_US


Found = Target | Absence


class Links:
    """Known links. `find` never waits; `look_up` asks PostgreSQL, many codes in one question."""

    def __init__(self, database: Database, answers: Answers, most: int = MOST_LINKS) -> None:
        self.hosts = AllowedHosts(frozenset())
        self._database = database
        self._answers = answers
        self._most = most
        self._known: OrderedDict[bytes, Target] = OrderedDict()
        self._absent: dict[bytes, tuple[float, Absence]] = {}
        self._previews: WeakValueDictionary[int, SharedPreview] = WeakValueDictionary()
        self._wanted: dict[bytes, asyncio.Future[Found]] = {}
        self._stale: set[bytes] = set()
        self._task: asyncio.Task[None] | None = None
        self._polled_at: float | None = None

    def __len__(self) -> int:
        return len(self._known)

    def find(self, code: bytes, now_us: int) -> Target | None:
        """Return a link that is in memory. One that was read long ago is served and read again soon."""
        target = self._known.get(code)
        if target is None:
            return None
        self._known.move_to_end(code)
        if target.fresh_until_us < now_us:
            self._stale.add(code)
        return target

    async def look_up(self, code: bytes) -> Found:
        """Return what PostgreSQL knows of a code. Raises DatabaseAwayError."""
        absent = self._absent.get(code)
        if absent is not None and absent[0] > time.monotonic():
            return absent[1]
        future = self._wanted.get(code)
        if future is None:
            future = self._wanted[code] = asyncio.get_running_loop().create_future()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._fetch_wanted())
        return await asyncio.shield(future)

    async def _fetch_wanted(self) -> None:
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            try:
                found = await self._fetch(list(wanted))
            except Exception as error:
                if not isinstance(error, DatabaseAwayError):
                    log.exception("links_not_read")
                for future in wanted.values():
                    if not future.done():
                        future.set_exception(DatabaseAwayError())
                        future.exception()  # whoever asked may have left; then nobody else will take note of it
                continue
            for code, future in wanted.items():
                if not future.done():
                    future.set_result(found[code])

    async def _fetch(self, codes: list[bytes]) -> dict[bytes, Found]:
        if self._polled_at is None:
            await self.poll()  # nothing may be followed before it is known which hosts are allowed
        rows = await self._database.ask(_LOOK_UP, ([code.decode("ascii") for code in codes],))
        found: dict[bytes, Found] = dict.fromkeys(codes, Absence.UNKNOWN)
        for row in rows:
            found[row[0].encode("ascii")] = self._target(*row[1:])
        until = time.monotonic() + ABSENT_SECONDS
        for code, what in found.items():
            if isinstance(what, Target):
                self._remember(code, what)
            else:
                self._known.pop(code, None)
                if len(self._absent) >= MOST_ABSENT:
                    self._absent.clear()
                self._absent[code] = (until, what)
        return found

    def _target(self, key: int, destination: str, is_revoked: bool, preview_key: int | None, *preview: Any) -> Found:
        if is_revoked:
            return Absence.REVOKED
        try:
            address = read_address(destination)
            rest = self._answers.redirect_rest(address.url)
        except ValueError:
            return Target(key, "", False, b"", None)
        allowed = self.hosts.covers(address.host)
        return Target(key, address.url, allowed, rest, self._preview(preview_key, *preview))

    def _preview(
        self, key: int | None, title: str, summary: str, image_url: str | None, language: str
    ) -> SharedPreview | None:
        if key is None:
            return None
        shared = self._previews.get(key)
        if shared is None:
            shared = self._previews[key] = SharedPreview(Preview(title, summary, image_url, language))
        return shared

    def _remember(self, code: bytes, target: Target) -> None:
        self._absent.pop(code, None)
        self._known[code] = target
        self._known.move_to_end(code)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    async def poll(self) -> None:
        """Take note of what changed: hosts, revoked links, links that were read long ago. Raises DatabaseAwayError."""
        began = time.monotonic()
        since = LOOK_BACK_SECONDS + (began - self._polled_at if self._polled_at is not None else 0.0)
        hosts = AllowedHosts.of(await self._database.ask(_HOSTS))
        if hosts != self.hosts:
            self.hosts = hosts
            for target in self._known.values():
                target.is_allowed = bool(target.location) and hosts.allows(target.location)
        for (code,) in await self._database.ask(_REVOKED, (since,)):
            self._known.pop(code.encode("ascii"), None)
        self._polled_at = began
        stale = [self._stale.pop() for _ in range(min(len(self._stale), MOST_REFRESHED))]
        if stale:
            await self._fetch(stale)
