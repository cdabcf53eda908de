"""Three million events: what workers filled equals plain SQL over the raw ledger to the last unit, and plans prune."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A fifth as many shares, each opened and published.
CLICKS, PEOPLE, DAYS = 2_150_000, 20_000, 35
# Only whoever hangs needs it: with other tests beside it on two processors this takes minutes.
PATIENCE_SECONDS = 1_800

pytestmark = pytest.mark.scale


def test_sums_equal_the_ledger_and_plans_read_one_month_when_two_workers_filled_three_million_events():
    words = [
        "--events",
        str(CLICKS),
        "--people",
        str(PEOPLE),
        "--days",
        str(DAYS),
        "--workers",
        "2",
        "--only-sums",
        "--out",
        "scale-small",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.seed_size", *words],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith(("ADVOCACY_", "DATABASE_"))},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    found = json.loads((ROOT / "benchmarks" / "out" / "scale-small.json").read_text(encoding="utf-8"))
    reached = {target["name"]: target["reached"] for target in found["targets"]}
    assert found["details"]["differences"] == []
    assert found["details"]["rebuild"]["fills"] > DAYS * 5
    assert reached["months of the ledger that a day's plans read"] == 1
    assert reached["memory of a worker"] < 1024
