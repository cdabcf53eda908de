"""Logs: JSON lines that carry only fields we know. No bodies, no tokens, no names, no e-mail addresses."""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

from config.settings import Settings

Event = MutableMapping[str, Any]

# What may be logged. A field that is not here is left out and only its name is told.
_NAMES = """
    event level time logger process request_id task_id task queue attempt max_attempts pause_seconds schedule slot
    method route status ms rows error error_kind where constraint sqlstate count bytes seconds reason pid host port
    name names job point segment segments clicks rollup day days partition revision sequence network version
    trouble attempts table what people
"""
ALLOWED = frozenset(_NAMES.split())
IDENTIFIERS = frozenset({"segment", "task_id", "request_id"})  # long and random, and no secrets
LONGEST_VALUE = 300
LAST_FRAMES = 2
MOST_FRAMES = 12

_EMAIL = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+")
_SECRET = re.compile(r"\badv_[a-z]+_[\w-]+|(?<=://)[^/@\s]+@|\b(?=[\w-]*\d)[\w-]{40,}\b")


def configure(settings: Settings, process: str, stream: TextIO | None = None) -> None:
    """Send everything this process and its libraries say to stdout (or `stream`), one JSON object a line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _Process(process),
            tell_exception,
            keep_allowed,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for library in ("rq.worker", "rq.job", "sqlalchemy", "urllib3", "PIL"):
        logging.getLogger(library).setLevel(logging.WARNING)


class _Process:
    """Adds which process speaks."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, _logger: Any, _method: str, event: Event) -> Event:
        event["process"] = self.name
        return event


def tell_exception(_logger: Any, _method: str, event: Event) -> Event:
    """Replace an exception by its kind and the places it passed. Its message may quote somebody's data."""
    found = event.pop("exc_info", None)
    if not found:
        return event
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = describe(error)
        event["where"] = places(error.__traceback__)
    return event


def keep_allowed(_logger: Any, _method: str, event: Event) -> Event:
    """Drop what is not on the list, and make sure that what is on it carries no address and no secret."""
    kept: dict[str, Any] = {}
    for name, value in event.items():
        if name in ALLOWED:
            kept[name] = value if name in IDENTIFIERS else _harmless(value)
    dropped = sorted(set(event) - ALLOWED)
    if dropped:
        kept["dropped"] = dropped
    return kept


def describe(error: BaseException) -> str:
    """Return the kind of an error and its message without personal data: for logs and for a task's last error."""
    code = getattr(error, "code", None)
    original = getattr(error, "orig", None)
    diagnosis = getattr(original, "diag", None)
    if diagnosis is not None:  # a database error quotes rows, so only its state and its constraint are told
        parts = [type(error).__name__, str(getattr(original, "sqlstate", "") or ""), diagnosis.constraint_name or ""]
        return " ".join(part for part in parts if part)
    if hasattr(error, "detail") and isinstance(code, str):  # our own errors have a code; their detail is for people
        return f"{type(error).__name__} {code}"
    message = re.sub(r"'[^']*'|\"[^\"]*\"|\d{4,}", "…", scrub(str(error).split("\n", 1)[0]))
    return f"{type(error).__name__}: {message}"[:LONGEST_VALUE] if message else type(error).__name__


def places(trace: TracebackType | None) -> list[str]:
    """Return where an exception passed, innermost last, without any value: our own places, and the end of the way."""
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if "/site-packages/" not in frame.filename]
    shown = [frame for frame in frames if frame in ours or frame in frames[-LAST_FRAMES:]]
    return [
        f"{frame.filename.rsplit('/site-packages/', 1)[-1]}:{frame.lineno} {frame.name}"
        for frame in shown[-MOST_FRAMES:]
    ]


def scrub(text: str) -> str:
    """Return the text without e-mail addresses, tokens and passwords in addresses."""
    return _SECRET.sub("…", _EMAIL.sub("…", text))


def _harmless(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_harmless(each) for each in value[:50]]
    return scrub(str(value))[:LONGEST_VALUE]
