"""Numbers for operators: a Prometheus page and detailed readiness, on the internal port only.

Processes of one machine count into the files of PROMETHEUS_MULTIPROC_DIR, so whoever serves the page tells for all.
"""

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector
from sqlalchemy import Row, text
from sqlalchemy.exc import SQLAlchemyError

from advocacy.foundation import db
from advocacy.foundation.db import session
from advocacy.foundation.health import readiness
from config.settings import Settings

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
PORT_PAUSE_SECONDS = 5.0

log = structlog.get_logger("advocacy.metrics")

REQUESTS = Counter("advocacy_requests_total", "Requests answered.", ("method", "route", "status"))
SECONDS = Histogram("advocacy_request_seconds", "How long requests took.", ("method", "route"), buckets=BUCKETS)

# Each returns samples as (label values, number). Asked in a transaction of its own, when somebody looks.
Question = Callable[[], Iterable[tuple[tuple[str, ...], float]]]
_questions: dict[str, tuple[str, tuple[str, ...], Question]] = {}


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request by its route template, never by its address."""
    method = method if method in METHODS else "other"
    REQUESTS.labels(method, route or "none", str(status)).inc()
    SECONDS.labels(method, route or "none").observe(seconds)


def ask(name: str, meaning: str, labels: tuple[str, ...], question: Question) -> None:
    """Add a number that is read from the database whenever the page is fetched."""
    _questions[name] = (meaning, labels, question)


def page() -> bytes:
    """Return the numbers in Prometheus' text format. Without a database the counted ones remain."""
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    asked = CollectorRegistry()
    asked.register(_Asked())
    return generate_latest(registry) + generate_latest(asked)


class _Asked(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        reachable = GaugeMetricFamily("advocacy_database_up", "Whether the database answers.")
        try:
            families = list(_answers())
        except SQLAlchemyError:
            reachable.add_metric([], 0)
            yield reachable
            return
        reachable.add_metric([], 1)
        yield reachable
        yield from families


def _answers() -> Iterator[GaugeMetricFamily]:
    with db.unit_of_work():
        for name, (meaning, labels, question) in _questions.items():
            family = GaugeMetricFamily(name, meaning, labels=labels)
            for values, number in question():
                family.add_metric(values, number)
            yield family


# --- What the floor itself can tell

_WAITING = text(
    """
    SELECT name, count(*) AS waiting, extract(epoch FROM now() - min(next_attempt_at)) AS age FROM task
    WHERE state IN ('ready', 'leased') AND next_attempt_at <= now() GROUP BY name
    """
)
_DEAD = text("SELECT name, count(*) FROM task WHERE state = 'dead' GROUP BY name")
# The end of the chain suffices here; `advocacy audit verify` counts exactly.
_UNCHAINED = text(
    """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(occurred_at)), 0)
    FROM audit_event JOIN audit_waiting ON event_key = key
    """
)


def _rows(statement: Any, column: int) -> list[tuple[tuple[str, ...], float]]:
    found: list[Row[Any]] = list(session.execute(statement).all())
    return [((str(row[0]),), float(row[column])) for row in found]


def _unchained(column: int) -> list[tuple[tuple[str, ...], float]]:
    return [((), float(session.execute(_UNCHAINED).one()[column]))]


ask("advocacy_tasks_waiting", "Tasks that are due and not done.", ("job",), lambda: _rows(_WAITING, 1))
ask(
    "advocacy_tasks_oldest_seconds",
    "How long the oldest of them is due.",
    ("job",),
    lambda: _rows(_WAITING, 2),
)
ask("advocacy_tasks_dead", "Tasks that gave up; see `advocacy tasks list`.", ("job",), lambda: _rows(_DEAD, 1))
ask("advocacy_audit_unchained", "Audit events that wait for the chain.", (), lambda: _unchained(0))
ask("advocacy_audit_unchained_seconds", "Age of the oldest of them.", (), lambda: _unchained(1))


# --- The internal port


class _Handler(BaseHTTPRequestHandler):
    settings: Settings

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(200, page(), "text/plain; version=0.0.4; charset=utf-8")
        elif self.path == "/readyz":
            found = readiness(self.settings)
            self._answer(200 if found.is_ready else 503, json.dumps(asdict(found)).encode(), "application/json")
        elif self.path == "/livez":
            self._answer(200, b"ok\n", "text/plain")
        else:
            self._answer(404, b"/metrics, /readyz, /livez\n", "text/plain")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_args: Any) -> None:
        """Say nothing: a scrape every few seconds is no news."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[_Handler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)


def serve(settings: Settings) -> threading.Thread:
    """Serve the internal port from a thread. Where it is taken, by a second copy say, wait until it is free."""

    def work() -> None:
        host, _, port = settings.internal_bind.rpartition(":")
        handler = type("_BoundHandler", (_Handler,), {"settings": settings})
        told = False
        while True:
            try:
                with _Server((host.strip("[]"), int(port)), handler) as server:
                    server.serve_forever()
            except OSError:
                if not told:
                    log.warning("internal_port_taken", host=host, port=port)
                told = True
                time.sleep(PORT_PAUSE_SECONDS)

    thread = threading.Thread(target=work, name="internal-port", daemon=True)
    thread.start()
    return thread
