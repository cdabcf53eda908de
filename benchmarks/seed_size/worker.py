"""`python -m benchmarks.seed_size.worker`: fill past days until none is left, as slices of a real worker do.

Prints one JSON line: fills, seconds, and the largest memory of this process and of its database backend.
The fork of each slice is left out: it takes about a tenth of a second in ten.
"""

import json
import logging
import resource
import sys
import threading
import time

import psutil
import structlog
from sqlalchemy import text

from advocacy.foundation import db, preferences
from advocacy.measurement import fill
from config.settings import Settings
from workers.measurement import SLICE_SECONDS

LOOK_SECONDS = 0.2


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    settings = Settings.from_env()
    preferences.init(settings)
    db.bind(settings, statement_timeout_ms=600_000)
    began, fills, peak = time.monotonic(), 0, [0]
    with db.engine().connect() as connection:
        backend = psutil.Process(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        connection.rollback()
        threading.Thread(target=watch, args=(backend, peak), daemon=True).start()
        calendar = fill.programme(connection)
        while True:
            done = fill.fill_past_days(connection, calendar=calendar, seconds=SLICE_SECONDS)
            fills += done.fills
            if not done.is_more_left:
                if not fill.past_days_ready(connection, calendar=calendar, at_most=1):
                    break
                time.sleep(0.05)  # the rest is in another worker's hands
    told = {
        "fills": fills,
        "seconds": round(time.monotonic() - began, 2),
        "worker_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "backend_megabytes": round(peak[0] / 2**20),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def watch(backend: psutil.Process, peak: list[int]) -> None:
    """Note the largest private memory of the database backend, what it shares with others left out."""
    while True:
        try:
            info = backend.memory_info()
        except psutil.Error:
            return
        peak[0] = max(peak[0], info.rss - info.shared)
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    main()
