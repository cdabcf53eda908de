"""Sending one small request to an address that somebody supplied. No redirect is followed: it goes where it should."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore

from advocacy.foundation.egress.connecting import CONNECT_SECONDS, Deadline, GuardedBackend, Resolver
from advocacy.foundation.egress.fetching import LARGEST_HEAD_BYTES, READ_SECONDS, TOTAL_SECONDS, certificates
from advocacy.foundation.egress.policy import EgressPolicy
from advocacy.foundation.egress.problems import EgressProblem, Refusal
from advocacy.foundation.web_addresses import read_address

LARGEST_ANSWER_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Posted:
    """What the other side answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """Return what the answer says. Raises ValueError for what is no JSON, as also for half of it."""
        return json.loads(self.content)


def post(
    url: str,
    body: bytes,
    *,
    policy: EgressPolicy,
    headers: Mapping[str, str],
    seconds: float = TOTAL_SECONDS,
    most_bytes: int = LARGEST_ANSWER_BYTES,
    resolver: Resolver | None = None,
) -> Posted:
    """Return the answer to a POST, as `exchange` does."""
    return exchange(
        "POST", url, body, policy=policy, headers=headers, most_bytes=most_bytes, seconds=seconds, resolver=resolver
    )


def exchange(
    method: str,
    url: str,
    body: bytes = b"",
    *,
    policy: EgressPolicy,
    headers: Mapping[str, str],
    most_bytes: int = LARGEST_ANSWER_BYTES,
    seconds: float = TOTAL_SECONDS,
    resolver: Resolver | None = None,
) -> Posted:
    """Return the answer to one request, its first `most_bytes`.

    Raises EgressProblem when there was none, or when the address may not be opened. It says whether the body may have
    arrived: what went wrong before its first byte is safe to try again.
    """
    try:
        address = read_address(url)
    except ValueError as error:
        raise EgressProblem(Refusal.NOT_AN_ADDRESS) from error
    if not policy.allows_port(address):
        raise EgressProblem(Refusal.PORT)
    deadline = Deadline(seconds)
    backend = GuardedBackend(policy, deadline, most_bytes + LARGEST_HEAD_BYTES, resolver)
    timeouts = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": CONNECT_SECONDS}
    began: list[bool] = []

    def body_as_it_leaves() -> Iterator[bytes]:
        began.append(True)
        yield body

    has_body = bool(body) or method != "GET"
    length = {"Content-Length": str(len(body))} if has_body else {}
    sent = {**headers, **length, "Connection": "close"}
    try:
        with (
            httpcore.ConnectionPool(ssl_context=certificates(), network_backend=backend, max_connections=1) as pool,
            pool.stream(
                method,
                address.url.partition("#")[0],
                headers=list(sent.items()),
                content=body_as_it_leaves() if has_body else None,
                extensions={"timeout": timeouts},
            ) as answer,
        ):
            received = {
                name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in answer.headers
            }
            return Posted(answer.status, received, _first(answer.iter_stream(), most_bytes))
    except EgressProblem as problem:
        problem.may_have_arrived = bool(began)
        raise
    except httpcore.TimeoutException as error:
        raise EgressProblem(Refusal.TOO_SLOW, may_have_arrived=bool(began)) from error
    except (httpcore.NetworkError, OSError) as error:
        raise EgressProblem(Refusal.UNREACHABLE, may_have_arrived=bool(began)) from error
    except (httpcore.ProtocolError, ValueError) as error:
        raise EgressProblem(Refusal.BROKEN_ANSWER, may_have_arrived=bool(began)) from error


def _first(chunks: Iterable[bytes], most_bytes: int) -> bytes:
    """Return the beginning of an answer; what is beyond the limit is left unread."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) >= most_bytes:
            break
    return bytes(body[:most_bytes])
