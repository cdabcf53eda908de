"""The uploads origin: pictures by the hash of their content, on a host that holds no session and runs no script."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from advocacy.foundation.models import Media

PATH = re.compile(r"/(?:media/)?([0-9a-f]{64})(?:\.[a-z]{3,4})?")
TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    # The portal shows these pictures from its own origin.
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Referrer-Policy", "no-referrer"),
)


class Uploads:
    """A WSGI application that knows one kind of address."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        answer = _Answer(start, is_head=method == "HEAD")
        if method not in {"GET", "HEAD"}:
            return answer("405 Method Not Allowed", b"", ("Allow", "GET, HEAD"))
        if path == "/livez":
            return answer("200 OK", b"ok", ("Content-Type", "text/plain"))
        found = PATH.fullmatch(path)
        if found is None:
            return answer("404 Not Found", b"")
        tag = f'"{found[1]}"'
        keep = (("Cache-Control", "public, max-age=31536000, immutable"), ("ETag", tag))
        try:
            with self.engine.connect() as connection:
                if tag in environ.get("HTTP_IF_NONE_MATCH", ""):
                    known = connection.scalar(select(Media.sha256).where(Media.sha256 == found[1]))
                    return answer("304 Not Modified" if known else "404 Not Found", b"", *(keep if known else ()))
                row = connection.execute(select(Media.type, Media.bytes).where(Media.sha256 == found[1])).first()
        except SQLAlchemyError:
            return answer("503 Service Unavailable", b"", ("Retry-After", "5"))
        if row is None or row[0] not in TYPES:
            return answer("404 Not Found", b"")
        return answer("200 OK", row[1], ("Content-Type", row[0]), *keep)


class _Answer:
    def __init__(self, start: Callable[..., Any], *, is_head: bool) -> None:
        self.start = start
        self.is_head = is_head

    def __call__(self, status: str, body: bytes, *headers: tuple[str, str]) -> Iterable[bytes]:
        named = {name for name, _value in headers}
        default = () if "Cache-Control" in named else (("Cache-Control", "no-store"),)
        self.start(status, [*HEADERS, *default, *headers, ("Content-Length", str(len(body)))])
        return [] if self.is_head else [body]
