"""Past days judged again by real workers: killed in the middle, the ledger says what an undisturbed run says."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from advocacy.foundation.failpoints import POINTS
from tests.faults.cluster import ROOT, Cluster

pytestmark = pytest.mark.faults

DAYS, CLICKS_A_DAY = 6, 400
# Asked for twice: on the days of the first time, also when it is midnight meanwhile.
TODAY = datetime.now(UTC).date()
FIRST, LAST = TODAY - timedelta(days=DAYS), TODAY - timedelta(days=1)
WORKER = "worker@reporting"
KILLED_AT = tuple(point for point in POINTS if "enqueue" not in point)

# Three visitors in ten are machines by name, some are too quick, many come again. All of them stand as human at first.
CLICKS = f"""
WITH agents AS (
    INSERT INTO click_agent (sha256, agent) VALUES
        ('\\x01', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'),
        ('\\x02', 'curl/8.5.0'), ('\\x03', 'LinkedInBot/1.0')
    RETURNING key
),
numbered AS (SELECT array_agg(key ORDER BY key) AS keys FROM agents)
INSERT INTO activity_event (
    occurred_at, recorded_at, event_id, visitor_key, link_key, agent_key, kind, click_class, detail, flags
)
SELECT
    at, at, gen_random_uuid(), visitor, 1 + number %% 4, numbered.keys[1 + (visitor %% 5) %% 3], 3, 1, 1, 0
FROM generate_series(1, {DAYS}) AS back
CROSS JOIN generate_series(1, {CLICKS_A_DAY}) AS number
CROSS JOIN numbered
CROSS JOIN LATERAL (SELECT
    (date '{TODAY}' - back)::timestamp AT TIME ZONE 'UTC' + make_interval(secs => number * 7 + back) AS at,
    number %% 11 + 1 AS visitor) AS made
"""


def ask(cluster: Cluster) -> None:
    """Ask for all days through the real service, in a process of its own."""
    script = (
        "import sys\n"
        "from datetime import date\n"
        "from workers import process\n"
        "from advocacy.foundation import db\n"
        "from advocacy.sharing.clicks import reclassifying\n"
        "process.start('test')\n"
        "with db.unit_of_work():\n"
        f"    reclassifying.ask(None, date.fromisoformat('{FIRST}'), date.fromisoformat('{LAST}'))\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=cluster.environ, check=True)


def is_over(cluster: Cluster) -> bool:
    left = "SELECT count(*) FROM task WHERE name = 'sharing.judge_clicks' AND state <> 'done'"
    return bool(cluster.scalar(left) == 0)


def told(cluster: Cluster) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the ledger and its record say: class and rules of every click, every change, every day."""
    classes = ", ".join(("human", "preview_bot", "scanner", "internal", "own", "repeated", "without_facts"))
    return {
        "clicks": cluster.sql("SELECT event_id, click_class, detail FROM activity_event ORDER BY event_id"),
        "changes": cluster.sql(
            "SELECT day, event_id, old_class, new_class, old_rules, new_rules FROM click_class_change ORDER BY event_id"
        ),
        "days": cluster.sql(f"SELECT day, rules_key, is_whole_day, {classes} FROM click_judgement ORDER BY day"),
    }


def forget(cluster: Cluster) -> None:
    """Put every click back to what it was before anybody judged it."""
    cluster.sql("TRUNCATE click_class_change, click_judgement")
    cluster.sql("UPDATE activity_event SET click_class = 1, detail = 1")


def test_classes_are_those_of_an_undisturbed_run_when_workers_are_killed_while_they_judge(cluster: Cluster) -> None:
    cluster.sql("TRUNCATE activity_event, click_agent, click_judgement, click_class_change, day_touch")
    cluster.sql(
        f"SELECT ensure_activity_partition((date '{TODAY}' - back)::date) FROM generate_series(0, 40, 10) AS back"
    )
    cluster.sql(CLICKS)
    ask(cluster)
    cluster.start("dispatcher", WORKER)
    cluster.wait(lambda: is_over(cluster), 60, "all days are judged")
    cluster.kill("dispatcher", WORKER)
    undisturbed = told(cluster)
    assert len(undisturbed["days"]) == DAYS
    assert len({row[1] for row in undisturbed["clicks"]}) == 4

    cluster.clear()
    forget(cluster)
    ask(cluster)
    armed = ",".join(f"{point}:kill" for point in KILLED_AT)
    cluster.start("dispatcher", WORKER, f"{WORKER}#2", FAIL_AT=armed, FAIL_JOB="sharing.judge_clicks")
    marks = cluster.home / "failpoints"
    cluster.wait(lambda: {mark.name for mark in marks.glob("*")} >= set(KILLED_AT), 60, "every failpoint was met")
    cluster.kill(WORKER)
    time.sleep(0.3)
    # Leases last as long as a job may take: let the time be over. Whoever still runs is fenced off by that.
    cluster.sql("UPDATE task SET lease_until = now() WHERE state = 'leased' AND name = 'sharing.judge_clicks'")
    cluster.start(WORKER)
    cluster.wait(lambda: is_over(cluster), 60, "all days are judged")
    assert told(cluster) == undisturbed
    cluster.sql("TRUNCATE activity_event, click_agent, click_judgement, click_class_change, day_touch")
