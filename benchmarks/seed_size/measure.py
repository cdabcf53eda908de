"""What is measured on the built company: a rebuild by several workers, refreshing today, and what pages ask."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from advocacy.foundation import db
from advocacy.foundation.access import Actor
from advocacy.measurement import fill, own, queries
from advocacy.measurement.fill import Programme
from advocacy.measurement.rollups import BY_TABLE, ROLLUPS
from advocacy.sharing.queries import clicks_of_links
from benchmarks.seed_size import raw

ROOT = Path(__file__).resolve().parents[2]
RAW_REPEATS, PAGE_REPEATS = 5, 30
LONG_MS = 5_000.0
SMALLEST_GROUP = 10
DEPARTMENTS = range(101, 110)


@dataclass(frozen=True, slots=True)
class Rebuild:
    """How long all workers together took, and the largest memory of one worker and of one database backend."""

    seconds: float
    fills: int
    worker_megabytes: int
    backend_megabytes: int


def rebuild(environ: Mapping[str, str], workers: int) -> Rebuild:
    """Let as many real processes as asked for fill all past days that are due, and wait for the last one."""
    began = time.monotonic()
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.seed_size.worker"],
            cwd=ROOT,
            env=dict(environ),
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(workers)
    ]
    told = [json.loads(process.communicate()[0].splitlines()[-1]) for process in running]
    return Rebuild(
        seconds=time.monotonic() - began,
        fills=sum(each["fills"] for each in told),
        worker_megabytes=max(each["worker_megabytes"] for each in told),
        backend_megabytes=max(each["backend_megabytes"] for each in told),
    )


def counted_from(source: str) -> list[str]:
    """Return the roll-ups that hang on events, or those that count people alone."""
    people = [rollup.table for rollup in ROLLUPS if rollup.source == "people"]
    return people if source == "people" else [rollup.table for rollup in ROLLUPS if rollup.table not in people]


def refresh(connection: Connection, calendar: Programme, repeats: int) -> tuple[float, dict[str, float]]:
    """Refresh today in every roll-up as after new events; return the median seconds, and those of each roll-up.

    The sums of the days before today are there, as they are but for the first seconds of a day.
    """
    for rollup in ROLLUPS:
        if rollup.only_running:
            fill.fill_day(connection, rollup, calendar.today, calendar=calendar)
    times: dict[str, list[float]] = {rollup.table: [] for rollup in ROLLUPS if rollup.table in refreshed()}
    for _ in range(repeats):
        for table, seconds in times.items():
            began = time.perf_counter()
            fill.fill_day(connection, BY_TABLE[table], calendar.today, calendar=calendar)
            seconds.append(time.perf_counter() - began)
    each = {table: statistics.median(seconds) for table, seconds in times.items()}
    return sum(each.values()), each


def refreshed() -> list[str]:
    """Return the roll-ups that new events of today make due today, not those that wait until the day is over."""
    return [
        table for table in counted_from("events") if not BY_TABLE[table].once_over and not BY_TABLE[table].only_running
    ]


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One question of a page: its slowest query, all its queries, the whole answer, and raw events instead."""

    name: str
    slowest_query_p95_ms: float
    queries_median_ms: float
    answer_median_ms: float
    raw_ms: float

    @property
    def times_quicker(self) -> float:
        return self.raw_ms / self.queries_median_ms


@contextmanager
def query_times() -> Iterator[list[float]]:
    """Give the milliseconds of each query that the database answers meanwhile."""
    times: list[float] = []

    def before(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        context.began = time.perf_counter()

    def after(_connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        times.append((time.perf_counter() - context.began) * 1_000)

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    try:
        yield times
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "after_cursor_execute", after)


def page_queries(connection: Connection, calendar: Programme, links: list[tuple[int, int]]) -> list[PageQuery]:
    """Time what pages ask, each against plain SQL over the ledger in the same run. `links`: keys and their people."""
    day, zone_window = calendar.today, raw.window(calendar.today, calendar)
    some, person = [key for key, _ in links[-20:]], links[-1][1]

    def amplification(unit_key: int) -> object:
        return queries.amplification(connection, unit_key=unit_key, on=day, smallest_group=SMALLEST_GROUP)

    def series(unit_key: int) -> object:
        return queries.amplification(
            connection, unit_key=unit_key, on=day, smallest_group=SMALLEST_GROUP, series_days=30
        )

    def recruiting(unit_key: int) -> object:
        return queries.recruiting_reach(connection, unit_key=unit_key, on=day, smallest_group=SMALLEST_GROUP)

    def clicks(keys: list[int]) -> object:
        with db.unit_of_work():
            return clicks_of_links(keys)

    asked: list[tuple[str, Callable[[int], object], Callable[[], object]]] = [
        ("amplification, a department", amplification, lambda: raw.acts(connection, 101, day, calendar)),
        ("amplification, the company", lambda _n: amplification(1), lambda: raw.acts(connection, 1, day, calendar)),
        (
            "amplification, 30 days (of raw events: only the last)",
            series,
            lambda: raw.acts(connection, 101, day, calendar),
        ),
        (
            "recruiting reach, a department",
            recruiting,
            lambda: connection.execute(text(raw.JOB_CLICKS), zone_window).all(),
        ),
        (
            "clicks of twenty shares",
            lambda _n: clicks(some),
            lambda: connection.execute(text(raw.CLICKS_OF_LINKS), {"links": some}).all(),
        ),
        (
            "one's own impact",
            lambda _n: own.own_impact(connection, visible_to=Actor(None, person), on=day),
            lambda: connection.execute(text(raw.CLICKS_OF_PERSON), {"person": person, **zone_window}).all(),
        ),
    ]
    return [_timed(connection, name, page, plain) for name, page, plain in asked]


def _timed(connection: Connection, name: str, page: Callable[[int], object], plain: Callable[[], object]) -> PageQuery:
    page(DEPARTMENTS[0])  # the first one opens connections and plans
    db.session.remove()
    whole: list[float] = []
    slowest: list[float] = []
    together: list[float] = []
    slow: list[float] = []
    for _ in range(RAW_REPEATS):
        for _ in range(PAGE_REPEATS // RAW_REPEATS):
            unit_key = DEPARTMENTS[len(whole) % len(DEPARTMENTS)]
            with query_times() as times:
                whole.append(milliseconds(lambda unit_key=unit_key: page(unit_key)))  # type: ignore[misc]
            slowest.append(max(times))
            together.append(sum(times))
            db.session.remove()
        if not slow or slow[0] < LONG_MS:  # what takes long is asked once
            connection.rollback()
            raw.be_generous(connection)
            slow.append(milliseconds(plain))
        connection.rollback()
    p95 = sorted(slowest)[int(len(slowest) * 0.95)]
    return PageQuery(name, p95, statistics.median(together), statistics.median(whole), statistics.median(slow))


def milliseconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1_000
