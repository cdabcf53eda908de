"""The seed-size run: 350,000 employees, 20 million shares, 100 million clicks in a year, and each target with it.

    make scale                                   (= python -m benchmarks.seed_size)
    make scale ARGS="--events 3000000 --people 10000 --only-rollups"

`--events` are the clicks; shares are a fifth of them. Sums are compared with plain SQL over the raw ledger to the last
unit first. Then it prints each target of performance with what was reached, and writes benchmarks/out/scale.json.

Two workers are two real processes that fill as slices do; forks of the queue library, clients over a network and
other load are not in it. With fewer events the target of a rebuild shrinks in proportion. Feed, pages and staleness
are measured by their own benchmarks, at their own sizes, in the same run (`--only-rollups` leaves them out,
`--only-sums` the questions of pages too).
"""

import argparse
import json
import logging
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import structlog
from sqlalchemy import Connection, text

from advocacy.foundation import db
from advocacy.measurement import fill
from advocacy.measurement.rollups import BY_TABLE
from benchmarks.report import OUT, machine
from benchmarks.seed_size import measure, raw
from benchmarks.seed_size.build import Size, build
from benchmarks.seed_size.place import own_database

ROOT = Path(__file__).resolve().parents[2]
FULL_EVENTS, FULL_PEOPLE, YEAR_DAYS, WORKERS = 100_000_000, 350_000, 365, 2
BYTES_AN_EVENT = 420  # ledger, roll-ups, their indexes, and the log while it is written
REBUILD_SECONDS, REBUILD_STRETCH_SECONDS = 120.0, 40.0
REFRESH_SECONDS, REFRESH_EVENTS = 3.0, 300_000
PAGE_MS, TIMES_QUICKER = 10.0, 100.0
WORKER_MEGABYTES = 1024
STALE_SECONDS, STALE_RATE = 60.0, 1_000


@dataclass(frozen=True, slots=True)
class Target:
    """One target and what was reached. `ok` says whether it is on the good side."""

    name: str
    target: float
    reached: float
    unit: str
    ok: bool


def at_most(name: str, target: float, reached: float, unit: str) -> Target:
    return Target(name, round(target, 2), round(reached, 2), unit, reached <= target)


def at_least(name: str, target: float, reached: float, unit: str) -> Target:
    return Target(name, round(target, 2), round(reached, 2), unit, reached >= target)


def main(arguments: list[str] | None = None) -> int:
    """Run it all. A missed target is told, and no failure.

    The exit code is 1 when a sum differs from the ledger, or another benchmark failed and its targets are missing.
    """
    options = argparse.ArgumentParser(
        prog="benchmarks.seed_size", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--events", type=int, default=FULL_EVENTS)
    options.add_argument("--people", type=int, default=FULL_PEOPLE)
    options.add_argument("--days", type=int, default=YEAR_DAYS)
    options.add_argument("--workers", type=int, default=WORKERS)
    options.add_argument("--only-rollups", action="store_true")
    options.add_argument("--only-sums", action="store_true", help="fill and compare, and time no question")
    options.add_argument("--out", default="scale", help="name of the file in benchmarks/out")
    chosen = options.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    about = machine()
    print(about)
    size = Size(chosen.people, chosen.events, chosen.days, datetime.now(UTC).date())
    targets, details = rollups(size, chosen.workers, is_timed=not chosen.only_sums)
    failed: list[str] = []
    if not (chosen.only_rollups or chosen.only_sums):
        found, failed = elsewhere()
        targets += found
    wrong = details["differences"]
    OUT.mkdir(exist_ok=True)
    result = {"machine": about, "size": {**asdict(size), "today": str(size.today)}, "details": details}
    result["targets"] = [asdict(target) for target in targets]
    (OUT / f"{chosen.out}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for target in targets:
        verdict = "ok  " if target.ok else "MISS"
        print(f"{verdict} {target.name:<76}{target.reached:>14,} of {target.target:,} {target.unit}")
    for difference in wrong:
        print(f"WRONG {difference}")
    for script in failed:
        print(f"FAILED benchmarks/{script}: its targets are missing")
    return 1 if wrong or failed else 0


def rollups(size: Size, workers: int, *, is_timed: bool = True) -> tuple[list[Target], dict[str, object]]:
    """Build, fill by workers, compare, and time refreshing and asking."""
    say = print
    with own_database(size.clicks * BYTES_AN_EVENT + 2_000_000_000) as environ:
        built = build(environ["DATABASE_OWNER_URL"], size, say)
        with db.engine().connect() as connection:
            calendar = fill.programme(connection)
            db.session.remove()  # it read the settings, and would wait in its transaction
            say("Numbers of people ...")
            people = count_people(connection, calendar, size)
            fill.spread_touches(connection)
            say(f"{workers} workers fill {size.days} days ...")
        rebuilt = measure.rebuild(environ, workers)
        with db.engine().connect() as connection:
            raw.count_everything(connection, calendar)
            differences = raw.differences(connection, calendar, size.audience)
            read = raw.partitions_read(connection, calendar.today, calendar)
            connection.rollback()
            with psycopg.connect(environ["DATABASE_OWNER_URL"].replace("+psycopg", ""), autocommit=True) as owner:
                owner.execute("ANALYZE")  # as the server does by itself a minute later
            say("Refreshing today ...")
            refresh_seconds, refreshed = measure.refresh(connection, calendar, 5 if is_timed else 1)
            connection.rollback()
            asked = questions(connection, calendar) if is_timed else []
            sizes = disk(connection)
    share, a_day = size.clicks / FULL_EVENTS, size.clicks / size.days
    targets = [
        at_most(
            f"rebuild of {size.clicks:,} clicks by {workers} workers", REBUILD_SECONDS * share, rebuilt.seconds, "s"
        ),
        at_most("the same, stretch", REBUILD_STRETCH_SECONDS * share, rebuilt.seconds, "s"),
        at_most(
            f"refreshing today, {a_day:,.0f} clicks, all that hangs on them",
            REFRESH_SECONDS * max(1.0, a_day / REFRESH_EVENTS),
            refresh_seconds,
            "s",
        ),
        at_most("months of the ledger that a day's plans read", 2, len(read), "partitions"),
        at_most("memory of a worker", WORKER_MEGABYTES, rebuilt.worker_megabytes, "MB"),
        at_most("memory of its database backend", WORKER_MEGABYTES, rebuilt.backend_megabytes, "MB"),
    ]
    for query in asked:
        targets.append(at_most(f"page: {query.name}, slowest query, p95", PAGE_MS, query.slowest_query_p95_ms, "ms"))
        targets.append(at_least(f"page: {query.name}, against raw events", TIMES_QUICKER, query.times_quicker, "times"))
    targets.append(at_most("sums that differ from the ledger", 0, len(differences), "sums"))
    details: dict[str, object] = {
        "built": built,
        "rebuild": asdict(rebuilt),
        "people_seconds_a_day": people,
        "refresh_seconds": {table: round(seconds, 3) for table, seconds in refreshed.items()},
        "page_queries": [asdict(query) for query in asked],
        "megabytes": sizes,
        "differences": differences,
    }
    return targets, details


def questions(connection: Connection, calendar: fill.Programme) -> list[measure.PageQuery]:
    """Ask what pages ask, and the same of raw events."""
    print("Questions of pages ...")
    links = [tuple(row) for row in connection.execute(text("SELECT key, employee_key FROM link ORDER BY key"))]
    connection.rollback()
    return measure.page_queries(connection, calendar, links)


def count_people(connection: object, calendar: fill.Programme, size: Size) -> float:
    """Fill the roll-ups that count people, which hang on no event, as far back as they are asked for by themselves.

    Returns their seconds a day.
    """
    began = datetime.now(UTC)
    days = size.calendar_days()[-fill.BACKFILL_DAYS - 1 :]
    for day in days:
        for table in measure.counted_from("people"):
            fill.fill_day(connection, BY_TABLE[table], day, calendar=calendar)  # type: ignore[arg-type]
    return round((datetime.now(UTC) - began).total_seconds() / len(days), 3)


def disk(connection: object) -> dict[str, int]:
    """Return how many megabytes the ledger and each roll-up take, indexes with them."""
    rows = connection.execute(  # type: ignore[attr-defined]
        text(
            "SELECT regexp_replace(relname, '^activity_event_.*', 'activity_event'), sum(pg_total_relation_size(oid)) "
            "FROM pg_class WHERE relkind = 'r' AND relname ~ '^(activity_event|daily_|page_|weekly_|monthly_)' "
            "GROUP BY 1"
        )
    )
    return {name: round(int(size) / 1e6) for name, size in rows}


def elsewhere() -> tuple[list[Target], list[str]]:
    """Run the benchmarks that measure the other targets; return what they found, and those that failed."""
    targets: list[Target] = []
    pages = run("pages", "pages.py")
    if pages:
        found = pages["absolutes"]
        targets += [
            at_least(
                "publishing one item against a row for each employee",
                100,
                pages["ratios"]["publish_naive_fan_out_vs_ours"],
                "times",
            ),
            at_most("feed query, p95", 5, found["feed_postgresql_p95_ms"], "ms"),
            at_most("Today page, p95", 60, found["today_p95_ms"], "ms"),
            at_most("amplification page, p95", 100, found["amplification_p95_ms"], "ms"),
            at_least("portal", 300, found["granian_pages_a_second"], "pages/s"),
            at_most("cold start of the web process", 3, found["granian_cold_start_seconds"], "s"),
        ]
    reach = run("unique_reach", "unique_reach.py")
    if reach:
        found = reach["absolutes"]
        targets += [
            at_most("company union out of stored unions", 50, found["read_company_ms"], "ms"),
            at_most("one upload visible in every union above", 5, found["upload_to_every_unit_ms"] / 1000, "s"),
            at_most("rebuild of all sketches", 15, found["rebuild_seconds"], "s"),
            at_most("error of a union", 2, found["error_per_cent"], "%"),
        ]
    stale = run("staleness", "staleness.py", "--rate", str(STALE_RATE))
    if stale:
        targets.append(
            at_most(
                f"staleness at {STALE_RATE:,} clicks/s, the worst",
                STALE_SECONDS,
                stale["absolutes"]["lag_seconds_worst"],
                "s",
            )
        )
    scripts = {"pages.py": pages, "unique_reach.py": reach, "staleness.py": stale}
    return targets, [script for script, found in scripts.items() if found is None]


def run(name: str, script: str, *words: str) -> dict[str, dict[str, float]] | None:
    """Run another benchmark and return what it wrote, or None when it failed; it says why."""
    print(f"== benchmarks/{script}", flush=True)
    done = subprocess.run([sys.executable, f"benchmarks/{script}", *words], cwd=ROOT, check=False)
    if done.returncode:
        return None
    found: dict[str, dict[str, float]] = json.loads((OUT / f"{name}.json").read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
