"""One day and a full rebuild of the roll-ups, against plain SQL on raw events, DuckDB and the ClickHouse engine.

    .venv/bin/python benchmarks/rollups.py [--events 1000000] [--people 20000] [--days 31] [--repeats 5]

The same data in one run, in turn. Ours fills the four tables that are counted straight from the ledger, with keys and
indexes, each day a transaction that survives power loss. Plain SQL and the other engines aggregate the same four
questions over a day, or over everything at once, into tables without keys; the engines read native columns, loaded
before. So the ratios tell what staying correct day by day costs, and how far column stores are ahead.

Not measured: pages that look back thirty days, several writers, memory, loading. Engines that are not installed are
left out: `make bench` installs them, or `.venv/bin/uv pip install -r deploy/locks/bench.txt`.
"""

import argparse
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import logging  # noqa: E402

import psycopg  # noqa: E402
import structlog  # noqa: E402
from sqlalchemy import Connection  # noqa: E402

from advocacy.foundation import db  # noqa: E402
from advocacy.measurement import fill  # noqa: E402
from advocacy.measurement.rollups import BY_TABLE  # noqa: E402
from benchmarks.report import machine, write  # noqa: E402
from benchmarks.seed_size.build import Size, build  # noqa: E402
from benchmarks.seed_size.place import own_database  # noqa: E402

TABLES = ("daily_clicks_by_link", "daily_activity_by_person", "daily_shares_by_person", "daily_clicks_by_unit")
BYTES_AN_EVENT = 600
EVENT_COLUMNS = "occurred_at::date AS day, employee_key, item_key, link_key, share_key, kind, network, click_class"

# One dialect for all: {events} is the ledger with the day, {day} a condition or nothing.
QUESTIONS = {
    "links": """
        SELECT day, link_key, click_class, count(*) AS clicks FROM {events} AS event
        JOIN consent ON consent.employee_key = event.employee_key WHERE kind = 3 {day}
        GROUP BY day, link_key, click_class
    """,
    "people": """
        SELECT event.day, event.employee_key, event.kind, coalesce(event.click_class, 0) AS detail, event.network,
            max(member.unit_key) AS unit_key, count(*) AS events
        FROM {events} AS event JOIN consent ON consent.employee_key = event.employee_key
        JOIN member ON member.employee_key = event.employee_key
        WHERE event.day >= member.since AND event.day < member.until {day}
        GROUP BY event.day, event.employee_key, event.kind, coalesce(event.click_class, 0), event.network
    """,
    "shares": """
        SELECT day, event.employee_key, network, count(DISTINCT CASE WHEN kind = 1 THEN share_key END) AS opened,
            count(DISTINCT CASE WHEN kind = 2 THEN share_key END) AS published
        FROM {events} AS event JOIN consent ON consent.employee_key = event.employee_key
        WHERE kind IN (1, 2) {day} GROUP BY day, event.employee_key, network
    """,
    "units": """
        SELECT event.day, member.unit_key, event.network, event.click_class, count(*) AS clicks
        FROM {events} AS event JOIN consent ON consent.employee_key = event.employee_key
        JOIN member ON member.employee_key = event.employee_key
        WHERE event.kind = 3 AND event.day >= member.since AND event.day < member.until {day}
        GROUP BY event.day, member.unit_key, event.network, event.click_class
    """,
}
RAW = f"(SELECT {EVENT_COLUMNS} FROM activity_event WHERE {{bounds}})"

Times = dict[str, list[float]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--people", type=int, default=20_000)
    options.add_argument("--days", type=int, default=31)
    options.add_argument("--repeats", type=int, default=5)
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    about = machine()
    size = Size(chosen.people, chosen.events, chosen.days, datetime.now(UTC).date())
    with own_database(size.clicks * BYTES_AN_EVENT + 1_000_000_000) as environ:
        build(environ["DATABASE_OWNER_URL"], size, print)
        plain = psycopg.connect(environ["DATABASE_OWNER_URL"].replace("+psycopg", ""), autocommit=True)
        plain.execute("SET work_mem = '96MB'")
        plain.execute(
            "CREATE TEMP VIEW member AS SELECT employee_key, unit_key, lower(valid_during) AS since, "
            "coalesce(upper(valid_during), '2200-01-01') AS until FROM unit_membership"
        )
        plain.execute("CREATE TEMP VIEW consent AS SELECT employee_key FROM public.consent WHERE purpose = 'take_part'")
        plain.execute("SET search_path = pg_temp, public")
        engines = load_engines(plain, Path(environ["ADVOCACY_HOME"]))
        with db.engine().connect() as connection:
            times = measure(connection, plain, engines, size, chosen.repeats)
            check(connection, plain, engines, size)
        plain.close()
    report(about, size, times)


def measure(
    connection: Connection,
    plain: psycopg.Connection[Any],
    engines: dict[str, Callable[[str], Any]],
    size: Size,
    repeats: int,
) -> Times:
    """Take turns; every way sees whatever else the machine does."""
    calendar, day = fill.programme(connection), size.today - timedelta(days=2)
    db.session.remove()  # it read the settings, and would wait in its transaction
    times: Times = {}

    def ours(days: list[date]) -> None:
        for each in days:
            for table in TABLES:
                fill.fill_day(connection, BY_TABLE[table], each, calendar=calendar)

    def raw(condition: str) -> None:
        for question in QUESTIONS.values():
            plain.execute("DROP TABLE IF EXISTS answer")
            plain.execute("CREATE TABLE answer AS " + question.format(events=RAW.format(bounds=condition), day=""))

    def engine(ask: Callable[[str], Any], condition: str) -> None:
        for question in QUESTIONS.values():
            ask(question.format(events="events", day=condition))

    bounds = f"occurred_at >= '{day}' AND occurred_at < '{day + timedelta(days=1)}'"
    ways: list[tuple[str, Callable[[], None]]] = [
        ("ours_day", lambda: ours([day])),
        ("plain_sql_day", lambda: raw(bounds)),
        ("ours_rebuild", lambda: ours(size.calendar_days())),
        ("plain_sql_rebuild", lambda: raw("true")),
    ]
    for name, ask in engines.items():
        ways.append((f"{name}_day", lambda ask=ask: engine(ask, f"AND event.day = '{day}'")))  # type: ignore[misc]
        ways.append((f"{name}_rebuild", lambda ask=ask: engine(ask, "")))  # type: ignore[misc]
    for _ in range(repeats):
        for name, way in ways:
            began = time.perf_counter()
            way()
            times.setdefault(name, []).append(time.perf_counter() - began)
    return times


def load_engines(plain: psycopg.Connection[Any], folder: Path) -> dict[str, Callable[[str], Any]]:
    """Give each installed engine the same ledger, people's consents and units, as native tables."""
    found: dict[str, Callable[[str], Any]] = {}
    tables = {
        "events": f"SELECT {EVENT_COLUMNS} FROM activity_event",
        "consent": "SELECT employee_key FROM consent",
        "member": "SELECT employee_key, unit_key, since, until FROM member",
    }
    for name, query in tables.items():
        copying = f"COPY ({query}) TO STDOUT (FORMAT CSV, HEADER)"
        with (folder / f"{name}.csv").open("wb") as file, plain.cursor() as cursor, cursor.copy(copying) as copy:
            for block in copy:
                file.write(block)
    for name, load in (("duckdb", _duckdb), ("chdb", _chdb)):
        if importlib.util.find_spec(name) is None:
            print(f"{name} is not installed and left out: `make bench` installs it (deploy/locks/bench.txt).")
            continue
        found[name] = load(folder, tuple(tables))
    return found


def _duckdb(folder: Path, tables: tuple[str, ...]) -> Callable[[str], Any]:
    import duckdb

    connection = duckdb.connect(str(folder / "duck.db"))
    for table in tables:
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{folder / table}.csv')")

    def ask(question: str) -> Any:
        connection.execute("CREATE OR REPLACE TABLE answer AS " + question)
        return connection.execute("SELECT count(*) FROM answer").fetchone()[0]

    return ask


def _chdb(folder: Path, tables: tuple[str, ...]) -> Callable[[str], Any]:
    from chdb.session import Session

    session = Session(str(folder / "chdb"))
    session.query("CREATE DATABASE bench ENGINE = Atomic")
    for table in tables:
        order = {"events": "day", "consent": "employee_key", "member": "employee_key"}[table]
        session.query(
            f"CREATE TABLE bench.{table} ENGINE = MergeTree ORDER BY {order} SETTINGS allow_nullable_key = 1 AS "
            f"SELECT * FROM file('{folder / table}.csv', CSVWithNames)"
        )
    session.query("USE bench")

    def ask(question: str) -> Any:
        session.query("DROP TABLE IF EXISTS bench.answer SYNC")
        session.query(
            "CREATE TABLE bench.answer ENGINE = MergeTree ORDER BY tuple() AS "
            + question
            + " SETTINGS join_use_nulls = 1"
        )
        return int(str(session.query("SELECT count() FROM bench.answer", "TabSeparated")).strip())

    return ask


def check(
    connection: Connection, plain: psycopg.Connection[Any], engines: dict[str, Callable[[str], Any]], size: Size
) -> None:
    """Every way must have the same number of rows, or the times compare different questions."""
    for (question, sql), table in zip(QUESTIONS.items(), TABLES, strict=False):
        expected = plain.execute(f"SELECT count(*) FROM ({sql.format(events=RAW.format(bounds='true'), day='')}) AS q")
        rows = expected.fetchone()[0]  # type: ignore[index]
        for name, ask in engines.items():
            got = ask(sql.format(events="events", day=""))
            if got != rows:
                raise SystemExit(f"{name} has {got} rows for {question}, plain SQL has {rows}")
        ours = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
        connection.rollback()
        if ours != rows:
            raise SystemExit(f"{table} has {ours} rows, plain SQL has {rows} for {question}")


def report(about: str, size: Size, times: Times) -> None:
    seconds = {name: statistics.median(each) for name, each in times.items()}
    ratios = {
        f"{name}_{what}_vs_ours": round(seconds[f"{name}_{what}"] / seconds[f"ours_{what}"], 3)
        for name in ("plain_sql", "duckdb", "chdb")
        for what in ("day", "rebuild")
        if f"{name}_{what}" in seconds
    }
    ratios["ours_rebuild_days_vs_one_day"] = round(seconds["ours_rebuild"] / seconds["ours_day"], 2)
    absolutes: dict[str, object] = {"clicks": size.clicks, "people": size.people, "days": size.days}
    write("rollups", about, absolutes | {f"{name}_seconds": round(value, 3) for name, value in seconds.items()}, ratios)


if __name__ == "__main__":
    main()
