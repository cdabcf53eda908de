"""Connections that go only where they may: a name is resolved once, all its addresses checked, a checked one opened."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from advocacy.foundation.egress.policy import Address, EgressPolicy
from advocacy.foundation.egress.problems import EgressProblem, Refusal

CONNECT_SECONDS = 3.0
MOST_ADDRESSES = 4

Resolver = Callable[[str, int], list[str]]


class Deadline:
    """An instant by which everything has to be over, however slowly the other side drips."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Return the seconds that are left, at most so many. Raises EgressProblem when none are."""
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise EgressProblem(Refusal.TOO_SLOW)
        return seconds if at_most is None else min(seconds, at_most)


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the system knows them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections for the HTTP library. What the policy does not allow is refused before a packet leaves."""

    def __init__(
        self, policy: EgressPolicy, deadline: Deadline, most_bytes: int, resolver: Resolver | None = None
    ) -> None:
        self._policy = policy
        self._deadline = deadline
        self._most_bytes = most_bytes
        self._resolver = resolver or resolve
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to an address that was checked. One address that may not be opened refuses the whole name."""
        addresses = self._addresses(host, port)
        for address in addresses:
            if not self._policy.allows(host, address, port):
                raise EgressProblem(Refusal.NOT_PUBLIC)
        for address in addresses[:MOST_ADDRESSES]:
            try:
                # The literal address: nothing is resolved a second time, so no second answer can differ.
                stream = self._sockets.connect_tcp(
                    str(address), port, self._deadline.left(CONNECT_SECONDS), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            return GuardedStream(stream, self._deadline, self._most_bytes)
        self._deadline.left()
        raise EgressProblem(Refusal.UNREACHABLE)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refuse: no page lives in a file."""
        raise EgressProblem(Refusal.NOT_PUBLIC)

    def _addresses(self, host: str, port: int) -> list[Address]:
        """Return what a name stands for. Raises EgressProblem for none, and for what is no plain address."""
        try:
            return [ipaddress.ip_address(host)]
        except ValueError:
            pass
        try:
            found = [ipaddress.ip_address(text) for text in self._resolved(host, port)]
        except ValueError as error:  # such as a link-local address with its interface
            raise EgressProblem(Refusal.NOT_PUBLIC) from error
        except OSError as error:
            raise EgressProblem(Refusal.NAME_UNKNOWN) from error
        if not found:
            raise EgressProblem(Refusal.NAME_UNKNOWN)
        return found

    def _resolved(self, host: str, port: int) -> list[str]:
        """Resolve in a thread of its own, because the system's resolver knows no deadline."""
        answer: list[list[str] | BaseException] = []

        def look_up() -> None:
            try:
                answer.append(self._resolver(host, port))
            except BaseException as error:  # told to the thread that asked
                answer.append(error)

        thread = threading.Thread(target=look_up, name="egress-resolver", daemon=True)
        thread.start()
        thread.join(self._deadline.left())
        if not answer:
            raise EgressProblem(Refusal.TOO_SLOW)
        if isinstance(answer[0], BaseException):
            raise answer[0]
        return answer[0]


class GuardedStream(httpcore.NetworkStream):
    """A connection that ends with its deadline, and with the last byte we are ready to take."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline, most_bytes: int) -> None:
        self._stream = stream
        self._deadline = deadline
        self._left = most_bytes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        chunk = self._stream.read(max_bytes, self._deadline.left(timeout))
        self._left -= len(chunk)
        if self._left < 0:
            raise EgressProblem(Refusal.TOO_LARGE)
        return chunk

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Speak TLS over the same connection; the certificate is checked against the name, not the address."""
        try:
            inner = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        except httpcore.ConnectError as error:
            raise EgressProblem(Refusal.NOT_SECURE) from error
        return GuardedStream(inner, self._deadline, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
