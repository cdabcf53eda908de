"""What pages ask of the numbers, from roll-ups and from raw events, on the same data in one run.

    .venv/bin/python benchmarks/measures.py [--events 1000000] [--people 20000] [--days 35]

Each question is asked thirty times for different departments, and in turn of the raw ledger by plain SQL with the
memory that a fill gets. Ratios compare medians; the slowest single query of each question has its own line.

It does not measure HTTP, templates, or clients side by side: `benchmarks/pages.py` does. The seed size is run by
`make scale`.
"""

import argparse
import logging
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402
import structlog  # noqa: E402
from sqlalchemy import text  # noqa: E402

from advocacy.foundation import db  # noqa: E402
from advocacy.measurement import fill  # noqa: E402
from benchmarks.report import machine, write  # noqa: E402
from benchmarks.seed_size import measure  # noqa: E402
from benchmarks.seed_size.build import Size, build  # noqa: E402
from benchmarks.seed_size.place import own_database  # noqa: E402

BYTES_AN_EVENT = 600


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--people", type=int, default=20_000)
    options.add_argument("--days", type=int, default=35)
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    about = machine()
    size = Size(chosen.people, chosen.events, chosen.days, datetime.now(UTC).date())
    with own_database(size.clicks * BYTES_AN_EVENT + 1_000_000_000) as environ:
        owner = environ["DATABASE_OWNER_URL"]
        build(owner, size, print)
        with db.engine().connect() as connection:
            calendar = fill.programme(connection)
            db.session.remove()  # it read the settings, and would wait in its transaction
            fill.fill_everything(connection, calendar=calendar)
            with psycopg.connect(owner.replace("+psycopg", ""), autocommit=True) as planner:
                planner.execute("ANALYZE")  # as the server does by itself a minute later
            links = [tuple(row) for row in connection.execute(text("SELECT key, employee_key FROM link ORDER BY key"))]
            connection.rollback()
            asked = measure.page_queries(connection, calendar, links)
    absolutes: dict[str, object] = {"clicks": size.clicks, "people": size.people, "days": size.days}
    ratios = {}
    for query in asked:
        name = re.sub(r"\W+", "_", query.name).strip("_")
        absolutes[f"{name}_slowest_query_p95_ms"] = round(query.slowest_query_p95_ms, 2)
        absolutes[f"{name}_answer_ms"] = round(query.answer_median_ms, 2)
        absolutes[f"{name}_raw_ms"] = round(query.raw_ms, 1)
        ratios[f"{name}_raw_vs_rollups"] = round(query.times_quicker, 1)
    write("measures", about, absolutes, ratios)


if __name__ == "__main__":
    main()
