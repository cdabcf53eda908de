"""One client's connection: requests are parsed by httptools, answered in order, and never without limits."""

import asyncio
from typing import Any, Protocol, cast

import httptools

from workers.redirect.answers import Answer

LARGEST_HEAD_BYTES = 16_384
LONGEST_URL = 2_048
MOST_HEADERS = 100
MOST_PIPELINED = 32

METHODS = frozenset({b"GET", b"HEAD"})


class Request:
    """What the redirect wants to know of a request, and nothing more."""

    __slots__ = ("agent", "forwarded", "is_head", "is_prefetch", "keeps_alive", "method", "referrer", "url")

    def __init__(self) -> None:
        self.method = b""
        self.url = b""
        self.agent = b""
        self.referrer = b""
        self.forwarded = b""
        self.is_prefetch = False
        self.is_head = False
        self.keeps_alive = True


class Server(Protocol):
    """What a connection needs of the process it belongs to."""

    connections: set["Connection"]
    most_connections: int
    bad_request: Answer
    too_large: Answer
    date: bytes
    now: float

    def handle(self, connection: "Connection", request: Request) -> None: ...


class Connection(asyncio.Protocol):
    """Parses, hands over one request at a time, writes answers. After the client left, `answer` does nothing."""

    __slots__ = (
        "_head_bytes",
        "_headers",
        "_is_busy",
        "_is_closing",
        "_parser",
        "_queue",
        "_request",
        "_server",
        "_transport",
        "last_active",
        "peer",
    )

    def __init__(self, server: Server) -> None:
        self.peer = ""
        self.last_active = server.now
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._request = Request()
        self._queue: list[Request] = []
        self._head_bytes = 0
        self._headers = 0
        self._is_busy = False
        self._is_closing = False

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)
        name = transport.get_extra_info("peername")
        self.peer = name[0] if isinstance(name, tuple) else ""
        connections = self._server.connections
        if len(connections) >= self._server.most_connections:
            self._transport.abort()
        connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._server.connections.discard(self)
        self._transport = None
        self._parser = None  # it holds this protocol, and we hold it
        self._queue.clear()

    def data_received(self, data: bytes) -> None:
        if self._is_closing:
            return
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._is_closing = True  # the offer to speak another protocol is declined: answer, then close
            if not self._is_busy and self._transport is not None:
                self._transport.close()
        except httptools.HttpParserError:
            self._refuse(self._server.bad_request)
            return
        if self._head_bytes > LARGEST_HEAD_BYTES:
            self._refuse(self._server.too_large)

    def eof_received(self) -> bool:
        """Keep the connection open for what is still to be answered; it closes after that."""
        self._is_closing = True
        return self._is_busy

    def pause_writing(self) -> None:
        """Read no more from a client that does not read our answers."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    # Called by the parser.

    def on_url(self, url: bytes) -> None:
        request = self._request
        request.url = request.url + url if request.url else url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers += 1
        lowered = name.lower()
        if lowered == b"user-agent":
            self._request.agent = value
        elif lowered == b"referer":
            self._request.referrer = value
        elif lowered == b"x-forwarded-for":
            before = self._request.forwarded
            self._request.forwarded = before + b"," + value if before else value
        elif lowered in {b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"}:
            said = value.lower()
            if b"prefetch" in said or b"prerender" in said or b"preview" in said:
                self._request.is_prefetch = True

    def on_message_complete(self) -> None:
        self.last_active = self._server.now  # only whole requests count: one that trickles in does not keep us
        request = self._request
        self._request = Request()
        parser = self._parser
        if parser is None:
            return
        request.method = parser.get_method()
        request.is_head = request.method == b"HEAD"
        request.keeps_alive = parser.should_keep_alive()
        too_large = (
            self._head_bytes > LARGEST_HEAD_BYTES or self._headers > MOST_HEADERS or len(request.url) > LONGEST_URL
        )
        self._head_bytes = self._headers = 0
        if too_large:
            self._refuse(self._server.too_large)
        elif not self._is_busy:
            self._is_busy = True
            self._server.handle(self, request)
        elif len(self._queue) < MOST_PIPELINED:
            self._queue.append(request)
        else:
            self._refuse(self._server.bad_request)

    # Called by the server.

    def answer(self, response: bytes) -> None:
        """Write the answer to the request in hand and take the next one. Does nothing once the client has left."""
        transport = self._transport
        if transport is None:
            return
        transport.write(response)
        if self._queue:
            self._server.handle(self, self._queue.pop(0))
            return
        self._is_busy = False
        if self._is_closing:
            transport.close()

    def close_after_answer(self) -> None:
        self._is_closing = True
        self._queue.clear()

    def close_if_idle(self, since: float) -> None:
        """Close when nothing is owed and no whole request came lately."""
        if self._transport is not None and self.last_active < since and not self._is_busy:
            self._transport.close()

    def _refuse(self, answer: Answer) -> None:
        """Answer what cannot be served and close. Requests that were in order before it are dropped with it."""
        self._is_closing = True
        self._queue.clear()
        if self._transport is not None and not self._is_busy:
            self._transport.write(answer.with_date(self._server.date, extra=b"Connection: close\r\n"))
        if self._transport is not None and not self._is_busy:
            self._transport.close()
