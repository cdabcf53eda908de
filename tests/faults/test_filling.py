"""Numbers are those of an undisturbed run, to the last unit, whoever fills them and whatever is killed meanwhile."""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from advocacy.measurement.rollups import ROLLUPS
from benchmarks.seed_size.build import Size, build
from tests.faults.cluster import Cluster
from tests.faults.hosts import own_host

pytestmark = pytest.mark.faults

IS_FULL = os.environ.get("ADVOCACY_FAULTS") == "full"
DAYS = 120 if IS_FULL else 24
WORKER = "worker@reporting"
VICTIMS = (WORKER, "postgresql", "dispatcher", "valkey")
SECONDS = 300 if IS_FULL else 150
# All tests of this file count on the same days. Where midnight is near it is past already.
MIDNIGHT_IS_NEAR = timedelta(minutes=45)
TABLES = tuple(rollup.table for rollup in ROLLUPS)

Numbers = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def company(servers: Cluster) -> Iterator[Numbers]:
    """Build a company, let one worker fill it undisturbed, and give its numbers."""
    servers.clear()
    empty(servers)
    now = datetime.now(UTC)
    today = (now + MIDNIGHT_IS_NEAR).date()
    if today > now.date():
        servers.environ["FAULT_SECONDS_AHEAD"] = str(MIDNIGHT_IS_NEAR.total_seconds())
    build(servers.environ["DATABASE_OWNER_URL"], Size(600, 12_000, DAYS, today), lambda _line: None)
    servers.start("dispatcher", WORKER)
    wait_until_filled(servers)
    servers.kill("dispatcher", WORKER)
    yield numbers(servers)
    empty(servers)


@pytest.fixture
def unfilled(company: Numbers, cluster: Cluster) -> Numbers:
    """Forget every number; give what they were."""
    forget_numbers(cluster)
    return company


def forget_numbers(cluster: Cluster) -> None:
    """Make every day due again."""
    cluster.sql(f"TRUNCATE rollup_fill, rollup_touch, day_touch, {', '.join(TABLES)}")
    cluster.sql("INSERT INTO day_touch (day) SELECT DISTINCT occurred_at::date FROM activity_event")


def empty(cluster: Cluster) -> None:
    cluster.sql(f"TRUNCATE rollup_fill, rollup_touch, day_touch, activity_event, {', '.join(TABLES)}")
    cluster.sql("TRUNCATE employee, org_unit, policy_version, account, audience, brand_channel, headcount_day CASCADE")


def numbers(cluster: Cluster) -> Numbers:
    return {table: sorted(cluster.sql(f"SELECT * FROM {table}")) for table in TABLES}


def is_filled(cluster: Cluster) -> bool:
    """Return whether every day of every table is filled and nothing is touched; a killed slice may hold its task."""
    open_work = cluster.scalar(
        "SELECT (SELECT count(*) FROM day_touch) + (SELECT count(*) FROM rollup_touch) "
        "+ (SELECT count(*) FROM rollup_fill WHERE filled_at IS NULL)"
    )
    days = cluster.scalar("SELECT count(*) FROM rollup_fill WHERE rollup = 'page_recruiting'")
    return open_work == 0 and days >= DAYS


def wait_until_filled(cluster: Cluster) -> None:
    cluster.wait(lambda: is_filled(cluster), SECONDS, "every day is filled")


def has_started(cluster: Cluster, worker: str) -> bool:
    return '"worker_started"' in cluster.log_of(worker)


def fills(cluster: Cluster, name: str) -> Counter[tuple[str, str]]:
    """Return how often a process filled each day, as its log tells."""
    lines = [line for line in cluster.log_of(name).splitlines() if '"rollup_filled"' in line]
    return Counter((told["rollup"], told["day"]) for told in map(json.loads, lines))


def test_two_hosts_share_the_filling_without_double_or_missing_days(unfilled: Numbers, cluster: Cluster) -> None:
    with ExitStack() as stack:
        hosts = {number: stack.enter_context(own_host(number, cluster.environ)) for number in (1, 2)}
        assert all(host.is_apart for host in hosts.values()) or os.geteuid() != 0
        for number, host in hosts.items():
            cluster.start(f"{WORKER}#{number}", on=host)
        for number in hosts:  # none shall be done before the other has begun to listen
            cluster.wait(partial(has_started, cluster, f"{WORKER}#{number}"), 30, "both hosts listen")
        for number, host in hosts.items():
            cluster.start(f"dispatcher#{number}", on=host)
        wait_until_filled(cluster)
        shares = [fills(cluster, f"{WORKER}#{number}") for number in (1, 2)]
        cluster.kill(*[f"{name}#{number}" for number in (1, 2) for name in ("dispatcher", WORKER)])
    assert numbers(cluster) == unfilled
    assert all(sum(share.values()) > DAYS / 4 for share in shares), "both hosts did a part"
    together = shares[0] + shares[1]
    by_events = [rollup for rollup in ROLLUPS if rollup.source == "events"]
    tables = {rollup.table for rollup in by_events}
    counted = {day: count for day, count in together.items() if day[0] in tables}
    assert len(counted) == sum(DAYS - rollup.once_over for rollup in by_events), "no day is missing"
    assert set(counted.values()) == {1}, "no day was counted twice"


@pytest.mark.parametrize("victims", [VICTIMS, *((victim,) * 12 for victim in VICTIMS if IS_FULL)], ids="+".join)
def test_numbers_are_those_of_an_undisturbed_run_when_processes_are_killed_while_they_fill(
    unfilled: Numbers, cluster: Cluster, victims: tuple[str, ...]
) -> None:
    cluster.start("dispatcher", WORKER, f"{WORKER}#2")
    chance = random.Random(7)
    begun = "SELECT count(*) > 0 FROM rollup_fill WHERE filled_at IS NOT NULL"
    cluster.wait(lambda: cluster.scalar(begun), 30, "filling has begun")
    for victim in victims:
        if is_filled(cluster):  # on a quick machine: each fault shall fall into work
            forget_numbers(cluster)
        if victim == "postgresql":
            cluster.kill_postgres()
            cluster.postgres.restart()
        elif victim == "valkey":
            cluster.kill_valkey(forget=True)
            cluster.valkey.start()
        else:
            cluster.kill(victim)
            cluster.start(victim)
        time.sleep(chance.uniform(0.2, 0.8))
    wait_until_filled(cluster)
    assert numbers(cluster) == unfilled
