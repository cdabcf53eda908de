"""The redirect process put together: what is asked, what is recorded, what is answered."""

import asyncio
import contextlib
import resource
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from urllib.parse import urlsplit
from uuid import UUID

import structlog
import uuid_utils
from prometheus_client import Counter

from advocacy.activity.kinds import ClickFlag
from advocacy.sharing.clicks.agents import is_preview
from advocacy.sharing.clicks.journal import LONGEST_AGENT, LONGEST_REFERRER, frame
from config.settings import Settings
from workers.redirect.answers import Answer, Answers
from workers.redirect.connection import METHODS, Connection, Request
from workers.redirect.database import Database, DatabaseAwayError
from workers.redirect.files import Folder
from workers.redirect.links import Absence, Links, Target
from workers.redirect.recorder import Recorder
from workers.redirect.shipping import Shipper
from workers.redirect.visitors import Misses, Visitor, Visitors

log = structlog.get_logger("redirect")

CODE_CHARACTERS = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_")
LONGEST_CODE = 64
POLL_SECONDS = 1.0
TICK_SECONDS = 0.25
IDLE_SECONDS = 30.0
MOST_CONNECTIONS = 20_000
OTHER_FILES = 100  # the journal, PostgreSQL, logs
MOST_REMEMBERED_REFERRERS = 20_000
# However quickly it is known that a code does not exist, saying so takes this long.
UNKNOWN_SECONDS = 0.05
STOP_SECONDS = 5.0
QUESTION_SECONDS = 3.0
SHIPPING_SECONDS = 20.0

RECORDED = Counter("advocacy_clicks_recorded_total", "Clicks on disk before they were answered.")
UNRECORDED = Counter("advocacy_clicks_unrecorded_total", "Clicks answered although the disk refused them.")

_HEAD, _PREFETCH = int(ClickFlag.HEAD), int(ClickFlag.PREFETCH)
_NO_KEY, _PREVIEW_PAGE = int(ClickFlag.NO_VISITOR_KEY), int(ClickFlag.PREVIEW_PAGE)


class Redirect:
    """One process's worth of redirecting."""

    def __init__(self, settings: Settings) -> None:
        self.connections: set[Connection] = set()
        self.most_connections = min(MOST_CONNECTIONS, allow_open_files(MOST_CONNECTIONS + OTHER_FILES) - OTHER_FILES)
        self.date = b""
        self.now = 0.0
        self._settings = settings
        self._answers = Answers(settings)
        self.bad_request, self.too_large = self._answers.bad_request, self._answers.too_large
        self._tells_events = settings.environment == "test"
        self._questions = Database(settings.database_redirect_url, timeout_seconds=QUESTION_SECONDS)
        self._links = Links(self._questions, self._answers)
        self._visitors = Visitors(settings.trusted_proxies)
        self._misses = Misses()
        self._referrers: dict[bytes, bytes] = {}
        self._slow: set[asyncio.Task[None]] = set()
        self._counted = (0, 0)
        self._begin_302 = b""
        self._fixed = {
            b"/livez": self._answers.alive,
            b"/robots.txt": self._answers.robots,
            b"/favicon.ico": self._answers.no_icon,
        }
        self._tell_time()

    async def run(self, listen: Callable[["Redirect"], Awaitable[asyncio.Server]], stop: asyncio.Event) -> None:
        """Serve until `stop` is set; then finish what was begun, seal, and try to send what is sealed."""
        folder = Folder(self._settings.journal_folder)
        loop = asyncio.get_running_loop()
        self._recorder = Recorder(loop, folder)
        shipping = Database(self._settings.database_redirect_url, timeout_seconds=SHIPPING_SECONDS)
        shipper = Shipper(shipping, self._settings.journal_folder, folder, self._recorder)
        await self._poll_once()  # so that the first click has its salt and its hosts; if it fails, so be it
        work = [loop.create_task(part) for part in (self._tick(), self._poll(), shipper.run())]
        server = await listen(self)
        log.info("redirect_listens", host=self._settings.link_bind)
        await stop.wait()
        server.close()
        for connection in list(self.connections):
            connection.close_after_answer()
            connection.close_if_idle(float("inf"))
        await self._recorder.stop()
        for task in (*work, *self._slow):
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(STOP_SECONDS):
                await shipper.ship()
        folder.remove()
        self._count()
        for database in (self._questions, shipping):
            await database.close()

    def handle(self, connection: Connection, request: Request) -> None:
        """Answer one request, now or after its click is on disk."""
        if not request.keeps_alive:
            connection.close_after_answer()
        url = request.url
        code = url[1:] if b"?" not in url else url[1 : url.index(b"?")]
        now_us = time.time_ns() // 1_000
        visitors = self._visitors
        if visitors.trusted_proxies and request.forwarded:
            visitor = visitors.behind_proxies(request.forwarded, connection.peer)
        else:
            visitor = visitors.of(connection.peer)
        if request.method in METHODS and not self._misses.is_limited(visitor[0]):
            target = self._links.find(code, now_us)
            if target is not None:
                self._follow(connection, request, code, target, visitor, now_us)
                return
        self._handle_slowly(connection, request, code, visitor)

    def _follow(
        self, connection: Connection, request: Request, code: bytes, target: Target, visitor: Visitor, now_us: int
    ) -> None:
        """Record a click on a known link and answer it."""
        if not target.is_allowed:
            self._say(connection, request, self._answers.outside)
            return
        prefix, flags = visitor
        agent = request.agent
        if len(agent) > LONGEST_AGENT:
            agent = agent[:LONGEST_AGENT]
        key = self._visitors.key(prefix, agent, now_us) if prefix else None
        if key is None:
            key, flags = 0, flags | _NO_KEY
        if request.is_head:
            flags |= _HEAD
        if request.is_prefetch:
            flags |= _PREFETCH
        event = uuid_utils.uuid7().bytes
        referrer = self._referrer(request.referrer) if request.referrer else b""
        if target.preview is not None and is_preview(agent.decode("latin-1")):
            flags |= _PREVIEW_PAGE
            page = self._answers.preview(code, target.location, target.preview.preview)
            response = page.with_date(self.date, extra=self._more(request, event), is_head=request.is_head)
        elif self._tells_events or not request.keeps_alive:
            response = b"".join((self._begin_302, target.rest, self._more(request, event), b"\r\n"))
        else:
            response = self._begin_302 + target.whole_rest
        self._recorder.add(frame(event, now_us, target.key, key, flags, agent, referrer), connection, response)

    def _more(self, request: Request, event: bytes) -> bytes:
        """Return the headers that only some answers have."""
        more = b"" if request.keeps_alive else b"Connection: close\r\n"
        return more + b"X-Event-Id: %s\r\n" % str(UUID(bytes=event)).encode() if self._tells_events else more

    def _handle_slowly(self, connection: Connection, request: Request, code: bytes, visitor: Visitor) -> None:
        """Answer what is no known link: fixed pages at once, unknown codes after asking."""
        if request.method not in METHODS:
            self._say(connection, request, self._answers.wrong_method)
        elif (fixed := self._fixed.get(b"/" + code)) is not None:
            self._say(connection, request, fixed)
        elif self._misses.is_limited(visitor[0]):
            self._say(connection, request, self._answers.too_many)
        else:
            task = asyncio.get_running_loop().create_task(self._look_up(connection, request, code, visitor))
            self._slow.add(task)
            task.add_done_callback(self._slow.discard)

    async def _look_up(self, connection: Connection, request: Request, code: bytes, visitor: Visitor) -> None:
        began = time.monotonic()
        found: Target | Absence = Absence.UNKNOWN
        try:
            if code and len(code) <= LONGEST_CODE and CODE_CHARACTERS.issuperset(code):
                found = await self._links.look_up(code)
        except DatabaseAwayError:
            self._say(connection, request, self._answers.away)
            return
        if isinstance(found, Target):
            self._follow(connection, request, code, found, visitor, time.time_ns() // 1_000)
        elif found is Absence.REVOKED:
            self._say(connection, request, self._answers.revoked)
        else:
            self._misses.add(visitor[0])
            await asyncio.sleep(max(0.0, UNKNOWN_SECONDS - (time.monotonic() - began)))
            self._say(connection, request, self._answers.unknown)

    def _say(self, connection: Connection, request: Request, answer: Answer) -> None:
        more = b"" if request.keeps_alive else b"Connection: close\r\n"
        connection.answer(answer.with_date(self.date, extra=more, is_head=request.is_head))

    def _referrer(self, referrer: bytes) -> bytes:
        """Return the host of a referring page; the rest of its address is not kept."""
        host = self._referrers.get(referrer)
        if host is None:
            if len(self._referrers) >= MOST_REMEMBERED_REFERRERS:
                self._referrers.clear()
            host = self._referrers[referrer] = referrer_host(referrer)
        return host

    async def _tick(self) -> None:
        """Keep time, seal the journal when due, close idle connections, hand counts over."""
        idle_check = 0.0
        while True:
            self._tell_time()
            self._recorder.seal_if_due()
            if self.now - idle_check >= 1.0:
                idle_check = self.now
                self._count()
                for connection in list(self.connections):
                    connection.close_if_idle(self.now - IDLE_SECONDS)
            await asyncio.sleep(TICK_SECONDS)

    async def _poll(self) -> None:
        """Follow the database: links, hosts, salts, ranges. While it is away, what is known stays in force."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self._poll_once()

    async def _poll_once(self) -> None:
        try:
            await self._links.poll()
            await self._visitors.poll(self._questions)
        except DatabaseAwayError:
            return
        except Exception:
            log.exception("poll_failed")

    def _tell_time(self) -> None:
        self.now = time.monotonic()
        self.date = formatdate(usegmt=True).encode()
        self._begin_302 = b"HTTP/1.1 302 Found\r\nDate: " + self.date

    def _count(self) -> None:
        """Add to the shared counters what was counted since; the path of a click only adds integers."""
        recorded, unrecorded = self._recorder.recorded, self._recorder.unrecorded
        RECORDED.inc(recorded - self._counted[0])
        UNRECORDED.inc(unrecorded - self._counted[1])
        self._counted = (recorded, unrecorded)


def allow_open_files(wanted: int) -> int:
    """Raise this process's limit of open files as far as it may, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
        return possible
    return wanted if soft == resource.RLIM_INFINITY else soft


def referrer_host(referrer: bytes) -> bytes:
    """Return the host of a Referer header in lower case, or nothing where it is none."""
    try:
        host = urlsplit(referrer.decode("ascii", "replace")).hostname or ""
    except ValueError:
        return b""
    return host.encode("ascii", "ignore")[:LONGEST_REFERRER]
