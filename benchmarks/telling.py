"""How quick is telling everybody? An announced item and the plan of a digest for a whole company, slice by slice.

Measured: people told a second by the product's own slices against one INSERT a person (the naive way, on a part),
how much memory the process gains from the first slice to the last, the longest slice, the plan of a digest run, and
digests written and handed to a mail server on loopback a second by one worker. Every slice is a transaction of its own,
committed to disk. Not measured: the dispatcher's way between two slices, a real mail server, the network, a replica.
"""

import argparse
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import psycopg
from aiosmtpd.controller import Controller
from sqlalchemy import func, select, text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from advocacy.content import announcing
from advocacy.foundation import clock, db, preferences
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session, unit_of_work
from advocacy.notifications.choices import DEFAULTS
from advocacy.notifications.models import Announcement, AnnouncementState, DigestRun, Message, Notification
from advocacy.notifications.service import announcing as telling
from advocacy.notifications.service import digests
from advocacy.sharing.digests import sending
from advocacy.supervisor.processes import free_port
from benchmarks.report import machine, write
from benchmarks.scenes.place import own_place
from config.settings import Settings

NAIVE = 3_000
MAILS = 500
TARGETS = {"told_seconds": 60.0, "planned_seconds": 120.0, "memory_gained_mib": 50.0}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--employees", type=int, default=350_000)
    options.add_argument("--items", type=int, default=200)
    chosen = options.parse_args()
    about = machine()
    with own_place() as place:
        db.bind(place.settings, statement_timeout_ms=60_000)
        build(place.owner, chosen.employees, chosen.items)
        found = {"employees": chosen.employees} | tell() | naive(place.owner) | plan() | mail(place.settings)
    ratios = {f"{name}_vs_target": round(float(found[name]) / target, 3) for name, target in TARGETS.items()}
    ratios["told_vs_one_by_one"] = round(float(found["told_per_second"]) / float(found["one_by_one_per_second"]), 1)
    write("telling", about, {n: round(v, 2) for n, v in found.items()}, ratios)


def build(owner: psycopg.Connection[Any], employees: int, items: int) -> None:
    """Write a company of people who take part, in seventy teams, and what it has to share."""
    from tests.factories.content import make_live_item
    from tests.factories.people import make_policy, make_unit

    with unit_of_work():
        session.execute(text("SELECT ensure_activity_partition(current_date)"))
        policy = make_policy()
        root = make_unit("Seed company")
        teams = [make_unit(f"Team {number}", parent=root).key for number in range(70)]
        policy_id = policy.id
    now, since = datetime.now(UTC), date(2020, 1, 1)
    with owner.cursor() as cursor:
        with cursor.copy(
            "COPY employee (key, id, external_id, email, name, language, country, time_zone, hired_on, created_at)"
            " FROM STDIN"
        ) as copy:
            for key in range(1_000, 1_000 + employees):
                copy.write_row(
                    (key, new_id(), f"S{key}", f"s{key}@seed.example", f"Person {key}", "en", "DE", "UTC", since, now)
                )
        with cursor.copy("COPY unit_membership (id, employee_key, unit_key, valid_during) FROM STDIN") as copy:
            for key in range(1_000, 1_000 + employees):
                copy.write_row((new_id(), key, teams[key % len(teams)], "[2020-01-01,)"))
        with cursor.copy("COPY consent (employee_key, purpose, granted_at, policy_version_id) FROM STDIN") as copy:
            for key in range(1_000, 1_000 + employees):
                copy.write_row((key, "take_part", now, policy_id))
        cursor.execute("SELECT setval(pg_get_serial_sequence('employee', 'key'), %s)", (2_000 + employees,))
    with unit_of_work():
        for _ in range(items):
            make_live_item()
    owner.execute("ANALYZE")


def tell() -> dict[str, float]:
    """Announce one item to everybody, as the worker does it: one slice a transaction."""
    process = psutil.Process()
    with unit_of_work():
        item_id, audience_key = session.execute(
            text("SELECT id, audience_key FROM content_item ORDER BY key LIMIT 1")
        ).one()
        announcement = Announcement(
            item_id=item_id, audience_key=audience_key, titles={"en": "Seed"}, state=AnnouncementState.TELLING,
            last_key=telling.last_key(), started_at=clock.now(), started_by=new_id(),
        )  # fmt: skip
        session.add(announcement)
        session.flush()
        announcement_id = announcement.id
    times, sizes = [], []
    while True:
        began = time.perf_counter()
        with unit_of_work():
            announcing.tell_people(announcement_id)
            is_over = session.get_one(Announcement, announcement_id).state is not AnnouncementState.TELLING
        times.append(time.perf_counter() - began)
        sizes.append(process.memory_info().rss / 2**20)
        if is_over:
            break
    with unit_of_work():
        told = session.scalar(select(func.count()).select_from(Notification)) or 0
        people = session.scalar(select(func.count(func.distinct(Notification.employee_key)))) or 0
    assert told == people, "nobody is told twice"
    return {
        "told_people": told,
        "told_seconds": sum(times),
        "told_per_second": told / sum(times),
        "longest_slice_ms": max(times) * 1000,
        "slices": len(times),
        "memory_mib": max(sizes),
        "memory_gained_mib": max(sizes) - sizes[0],
    }


def naive(owner: psycopg.Connection[Any]) -> dict[str, float]:
    """Tell a part of the people one by one: a look at the consent and one INSERT each, a transaction each."""
    keys = [row[0] for row in owner.execute("SELECT key FROM employee ORDER BY key LIMIT %s", (NAIVE,)).fetchall()]
    began = time.perf_counter()
    for key in keys:
        owner.execute(
            "INSERT INTO notification (id, employee_key, kind, details, created_at)"
            " SELECT %s, %s, 'new_item', '{}', now()"
            " WHERE EXISTS (SELECT FROM consent WHERE employee_key = %s AND purpose = 'take_part')",
            (new_id(), key, key),
        )
    return {"one_by_one_per_second": len(keys) / (time.perf_counter() - began)}


def plan() -> dict[str, float]:
    """Plan the digest of everybody for one hour, as the worker does it."""
    process = psutil.Process()
    tuesday = date(2026, 11, 24)
    with unit_of_work():
        run = DigestRun(
            time_zone="UTC",
            local_on=tuesday,
            hour=DEFAULTS.digest_hour,
            planned_to=0,
            planned=0,
            started_at=clock.now(),
        )
        session.add(run)
        session.flush()
        run_id = run.id
    times, sizes = [], []
    while True:
        began = time.perf_counter()
        with unit_of_work():
            digests.plan_slice(run_id)
            is_over = session.get_one(DigestRun, run_id).planned_at is not None
        times.append(time.perf_counter() - began)
        sizes.append(process.memory_info().rss / 2**20)
        if is_over:
            break
    with unit_of_work():
        planned = session.scalar(select(func.count()).select_from(Message)) or 0
    return {
        "planned_people": planned,
        "planned_seconds": sum(times),
        "planned_per_second": planned / sum(times),
        "median_plan_slice_ms": median(times) * 1000,
        "plan_memory_gained_mib": max(sizes) - sizes[0],
    }


def mail(settings: Settings) -> dict[str, float]:
    """Write and hand over some digests through one connection to a mail server in this process."""
    port, kept = free_port(), Kept()
    controller = Controller(kept, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    preferences.init(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}"))
    with unit_of_work():
        run_id = session.scalar(select(DigestRun.id))
        # The day of the run is the day of this measurement, at an hour that is nobody's quiet one.
        session.execute(text("UPDATE digest_run SET local_on = current_date"))
        session.execute(
            text(
                "INSERT INTO notification_preference (employee_key, version, changed_at, muted, digest_days,"
                " digest_hour, most_a_day, most_a_week)"
                " SELECT employee_key, 1, now(), '{}', '{1,2,3,4,5,6,7}', 9, 1, 7 FROM message"
                " ORDER BY employee_key LIMIT :most"
            ),
            {"most": MAILS},
        )
        first, last = session.execute(
            text("SELECT min(employee_key), max(employee_key) FROM notification_preference")
        ).one()
    began, began_cpu = time.perf_counter(), time.process_time()
    with unit_of_work():
        sending.send_slice(run_id, first, last)
    taken, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    controller.stop()
    preferences.init(settings)
    # The mail server is part of this process, so its share is in here too.
    return {
        "mails": kept.count,
        "mails_per_second_one_worker": kept.count / taken,
        "cpu_ms_a_mail": cpu / kept.count * 1000,
    }


class Kept:
    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        with self._lock:
            self.count += 1
        return "250 kept"


if __name__ == "__main__":
    main()
