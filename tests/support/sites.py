"""Sites of others, as real servers on the loopback. Each path answers bytes, or takes over the connection."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from advocacy.foundation.egress import EgressPolicy
from config.inside import Inside, parse_inside

Behaviour = bytes | Callable[[socket.socket], None]


@dataclass
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass
class Site:
    """A running site. Fill `pages`; read `asked`."""

    port: int
    scheme: str = "http"
    pages: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def inside(self) -> tuple[Inside, ...]:
        """Return the exception that lets our client open this site and nothing else."""
        return parse_inside(f"127.0.0.1:{self.port}")

    @property
    def policy(self) -> EgressPolicy:
        return EgressPolicy(self.inside)

    def url(self, path: str = "/") -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"


def answer(body: bytes | str = b"", kind: str = "text/html; charset=utf-8", status: int = 200, **headers: str) -> bytes:
    """Return a whole HTTP answer; `_` in header names stands for `-`."""
    raw = body.encode() if isinstance(body, str) else body
    named = {"Content-Type": kind, "Content-Length": str(len(raw))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"HTTP/1.1 {status} Some Reason\r\n{head}\r\n".encode("latin-1") + raw


@contextmanager
def running_site(context: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Run a site on a free port of the loopback until the block ends."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            connection: Any = self.request
            connection.settimeout(60)
            try:
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                raw = b""
                while b"\r\n\r\n" not in raw:
                    more = connection.recv(65_536)
                    if not more:
                        return
                    raw += more
                lines = raw.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
                method, path, _version = lines[0].split(" ")
                headers = dict(line.split(": ", 1) for line in lines[1:])
                site.asked.append(Asked(method, path, {name.lower(): value for name, value in headers.items()}))
                behaviour = site.pages.get(path, answer("nothing here", status=404))
                if isinstance(behaviour, bytes):
                    connection.sendall(behaviour)
                else:
                    behaviour(connection)
            except OSError:
                return  # the client had enough
            finally:
                connection.close()

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        site = Site(server.server_address[1], "https" if context is not None else "http")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
