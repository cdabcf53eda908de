"""Fetching one document: redirects by hand, every hop checked, and an end to time, bytes and what they unpack to."""

import ssl
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin

import certifi
import httpcore

from advocacy.foundation.egress.connecting import CONNECT_SECONDS, Deadline, GuardedBackend, Resolver
from advocacy.foundation.egress.policy import EgressPolicy
from advocacy.foundation.egress.problems import EgressProblem, Refusal
from advocacy.foundation.web_addresses import WebAddress, read_address

USER_AGENT = "advocacy-link-reader/1 (reads pages for people who want to share them)"
TOTAL_SECONDS = 10.0
READ_SECONDS = 5.0
MOST_REDIRECTS = 4
LARGEST_HEAD_BYTES = 65_536

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
NOT_MODIFIED = 304
_REFUSALS = {
    401: Refusal.NEEDS_SIGN_IN,
    402: Refusal.NEEDS_SIGN_IN,
    403: Refusal.NEEDS_SIGN_IN,
    404: Refusal.NOT_THERE,
    407: Refusal.NEEDS_SIGN_IN,
    410: Refusal.GONE,
    429: Refusal.ASKED_TO_WAIT,
    451: Refusal.NEEDS_SIGN_IN,
    503: Refusal.ASKED_TO_WAIT,
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document and where it was found. `content` is unpacked; it is empty when `status` is 304.

    `permanent_url` is where the site says the address has moved for good, when every hop so far said so.
    """

    url: str
    permanent_url: str | None
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def content_type(self) -> str:
        """Return the type without its parameters, in lower case; empty when none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def fetch(
    url: str,
    *,
    policy: EgressPolicy,
    types: Iterable[str],
    most_bytes: int,
    headers: Mapping[str, str] | None = None,
    seconds: float = TOTAL_SECONDS,
    resolver: Resolver | None = None,
) -> Fetched:
    """Return the document at a web address, of one of `types` (a trailing `/*` takes all of a family).

    Nothing of us goes along but a name for the program: no cookies, no referrer, no proxy of the environment.
    Raises EgressProblem, whatever the other side does.
    """
    wanted = tuple(types)
    deadline = Deadline(seconds)
    sent = {
        "User-Agent": USER_AGENT,
        "Accept": ", ".join((*wanted, "*/*;q=0.1")),
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
        **(headers or {}),
    }
    address, permanent = _address(url, policy), True
    moved_to: str | None = None
    for _hop in range(MOST_REDIRECTS + 1):
        backend = GuardedBackend(policy, deadline, most_bytes + LARGEST_HEAD_BYTES, resolver)
        status, received, content = _exchange(address, backend, sent, wanted, most_bytes)
        if status in REDIRECTS and "location" in received:
            permanent = permanent and status in PERMANENT
            address = _address(_joined(address.url, received["location"]), policy)
            moved_to = address.url if permanent else moved_to
            continue
        if status != NOT_MODIFIED and not 200 <= status < 300:
            refusal = _REFUSALS.get(status, Refusal.SITE_ERROR if status >= 500 else Refusal.NOT_THERE)
            raise EgressProblem(refusal, status=status, retry_after=received.get("retry-after"))
        return Fetched(address.url, moved_to, status, received, content)
    raise EgressProblem(Refusal.TOO_MANY_REDIRECTS)


def _address(url: str, policy: EgressPolicy) -> WebAddress:
    try:
        address = read_address(url)
    except ValueError as error:
        raise EgressProblem(Refusal.NOT_AN_ADDRESS) from error
    if not policy.allows_port(address):
        raise EgressProblem(Refusal.PORT)
    return address


def _joined(base: str, location: str) -> str:
    try:
        # Headers are bytes; sites that write an address unescaped nearly always mean UTF-8.
        text = location.encode("latin-1").decode("utf-8", "replace").strip().replace(" ", "%20")
        return urljoin(base, text)
    except ValueError as error:
        raise EgressProblem(Refusal.NOT_AN_ADDRESS) from error


def _exchange(
    address: WebAddress,
    backend: GuardedBackend,
    sent: Mapping[str, str],
    wanted: tuple[str, ...],
    most_bytes: int,
) -> tuple[int, dict[str, str], bytes]:
    """Ask once. A body is read only where it is one we want."""
    target = address.url.partition("#")[0]
    timeouts = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": CONNECT_SECONDS}
    try:
        with (
            httpcore.ConnectionPool(ssl_context=certificates(), network_backend=backend, max_connections=1) as pool,
            pool.stream("GET", target, headers=list(sent.items()), extensions={"timeout": timeouts}) as answer,
        ):
            received = {
                name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in answer.headers
            }
            if not 200 <= answer.status < 300:
                return answer.status, received, b""
            kind = received.get("content-type", "").partition(";")[0].strip().lower()
            if not any(kind == each or (each.endswith("/*") and kind.startswith(each[:-1])) for each in wanted):
                raise EgressProblem(Refusal.WRONG_TYPE)
            return answer.status, received, _unpacked(answer.iter_stream(), received, most_bytes)
    except (httpcore.ReadTimeout, httpcore.WriteTimeout, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
        raise EgressProblem(Refusal.TOO_SLOW) from error
    except (httpcore.NetworkError, OSError) as error:
        raise EgressProblem(Refusal.UNREACHABLE) from error
    except (httpcore.ProtocolError, ValueError, zlib.error) as error:
        raise EgressProblem(Refusal.BROKEN_ANSWER) from error


def _unpacked(chunks: Iterator[bytes], received: Mapping[str, str], most_bytes: int) -> bytes:
    """Return the body. A small answer that unpacks to a huge one is left as soon as it is too large."""
    encoding = received.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return _bounded(chunks, most_bytes)
    if encoding in {"gzip", "x-gzip"}:
        return _bounded(_inflated(chunks, zlib.MAX_WBITS | 16, most_bytes), most_bytes)
    if encoding == "deflate":
        return _bounded(_inflated(chunks, zlib.MAX_WBITS, most_bytes), most_bytes)
    raise EgressProblem(Refusal.BROKEN_ANSWER)


def _bounded(chunks: Iterator[bytes], most_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most_bytes:
            raise EgressProblem(Refusal.TOO_LARGE)
    return bytes(body)


def _inflated(chunks: Iterator[bytes], window: int, most_bytes: int) -> Iterator[bytes]:
    """Unpack piece by piece, never more at once than the limit and one byte."""
    unpacker = zlib.decompressobj(window)
    is_first = True
    for chunk in chunks:
        data = chunk
        if is_first and window == zlib.MAX_WBITS and data and data[0] & 0x0F != zlib.DEFLATED:
            unpacker = zlib.decompressobj(-zlib.MAX_WBITS)  # some send deflate without its two bytes in front
        is_first = is_first and not data
        while data:
            yield unpacker.decompress(data, most_bytes + 1)
            data = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise EgressProblem(Refusal.BROKEN_ANSWER)


@cache
def certificates() -> ssl.SSLContext:
    """Return whom to trust: the public authorities, and those this machine's administrators added."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context
