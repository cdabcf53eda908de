"""How long the portal's pages take with 350,000 employees and 2,000 live items, and what publishing one more costs.

    .venv/bin/python benchmarks/pages.py [--items 2000] [--readers 300] [--repeats 5] [--seconds 5]

Feed: the query inside PostgreSQL, and the whole service call. Pages: server time in this process through WSGI, and
through Granian by one browser at a time; pages a second from Granian with as many as the machine takes. In the same
run and interleaved: the naive way, which writes one row per employee when an item is published.

It does not measure a network, TLS, what a browser does, or pages while clicks are counted.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import event  # noqa: E402
from sqlalchemy.engine import Engine  # noqa: E402

from advocacy.content import queries, service  # noqa: E402
from advocacy.content.models import Decision, ItemKind  # noqa: E402
from advocacy.demo import company  # noqa: E402
from advocacy.foundation import db  # noqa: E402
from advocacy.foundation.access import Actor  # noqa: E402
from advocacy.identity.models import Account  # noqa: E402
from advocacy.identity.service import make_actor  # noqa: E402
from advocacy.people.models import Employee  # noqa: E402
from benchmarks.report import machine, write  # noqa: E402
from benchmarks.scenes.full_company import Reader, load  # noqa: E402
from benchmarks.scenes.place import own_place  # noqa: E402
from benchmarks.scenes.prepared import Prepared  # noqa: E402
from config.settings import Settings  # noqa: E402

TARGETS_MS = {"feed_postgresql_p95_ms": 5.0, "today_p95_ms": 60.0, "amplification_p95_ms": 100.0}
PAGES_A_SECOND, COLD_START_SECONDS = 300.0, 3.0
ROWS = 20
CONNECTIONS = 16
# Page, and whose it is; Today belongs to every reader.
PAGES = (
    ("today", "/", ""),
    ("shares", "/shares", ""),
    ("impact", "/impact", ""),
    ("amplification", "/amplification", "executive"),
    ("recruiting_reach", "/recruiting", "recruiter"),
    ("studio", "/studio", "curator"),
    ("people", "/people", "administrator"),
)

Found = dict[str, float]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--items", type=int, default=2_000)
    options.add_argument("--readers", type=int, default=300)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--seconds", type=int, default=5)
    chosen = options.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed: apt-get install wrk")
    about = machine()
    with own_place() as place:
        readers, by_role = load(place.settings, chosen.items, chosen.readers)
        place.owner.execute("ANALYZE")
        db.bind(place.settings)
        found = {"items": float(chosen.items), "readers": float(len(readers))}
        found |= measure_feed(readers, place.owner)
        found |= measure_pages(place.app, place.settings, readers, by_role, chosen.repeats)
        found |= measure_publishing(by_role, place.owner, chosen.repeats)
        found |= measure_served(place.environ, place.folder, readers, chosen.repeats, chosen.seconds)
    write("pages", about, {name: round(value, 3) for name, value in found.items()}, ratios_of(found))


def ratios_of(found: Found) -> dict[str, float]:
    ratios = {f"{name.removesuffix('_ms')}_vs_target": found[name] / target for name, target in TARGETS_MS.items()}
    ratios |= {
        "pages_a_second_vs_target": found["granian_pages_a_second"] / PAGES_A_SECOND,
        "cold_start_vs_target": found["granian_cold_start_seconds"] / COLD_START_SECONDS,
        "publish_naive_fan_out_vs_ours": found["fan_out_one_item_ms"] / found["publish_one_item_ms"],
        "feed_service_vs_postgresql": found["feed_service_p95_ms"] / found["feed_postgresql_p95_ms"],
    }
    return {name: round(value, 3) for name, value in ratios.items()}


def p95(times: list[float]) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def timed_ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1_000


def actor_of(reader: Reader) -> Actor:
    account = db.session.get_one(Account, reader.account_id)
    return make_actor(account, db.session.get(Employee, account.employee_key))


def measure_feed(readers: list[Reader], owner: psycopg.Connection) -> Found:
    """Read everybody's newest 20: as the service does it, and the deciding query as PostgreSQL times itself."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "WITH meant AS" in statement:
            statements.append((statement, parameters))

    service_ms = []
    for reader in readers:
        actor = actor_of(reader)
        queries.feed_for(actor, limit=ROWS)
        db.session.expire_all()
    event.listen(Engine, "before_cursor_execute", note)
    for reader in readers:
        actor = actor_of(reader)
        service_ms.append(timed_ms(lambda actor=actor: queries.feed_for(actor, limit=ROWS)))  # type: ignore[misc]
        db.session.rollback()
    event.remove(Engine, "before_cursor_execute", note)
    prepared = Prepared(owner)
    postgres_ms = [prepared.milliseconds(statement, parameters) for statement, parameters in statements]
    return {
        "feed_postgresql_median_ms": statistics.median(postgres_ms),
        "feed_postgresql_p95_ms": p95(postgres_ms),
        "feed_service_median_ms": statistics.median(service_ms),
        "feed_service_p95_ms": p95(service_ms),
    }


def measure_pages(
    app: Any, settings: Settings, readers: list[Reader], by_role: dict[str, Reader], repeats: int
) -> Found:
    """Ask for each page in turn, as many times as there are readers or repeats of ten; queries are counted."""
    client = app.test_client(use_cookies=False)
    asked = [0]

    def count(*_anything: Any) -> None:
        asked[0] += 1

    def get(path: str, reader: Reader) -> None:
        answer = client.get(path, headers={"Cookie": f"session={reader.cookie}"}, base_url=settings.portal_url)
        if answer.status_code != 200:
            sys.exit(f"{path} answered {answer.status_code}")

    found: Found = {}
    times: dict[str, list[float]] = {name: [] for name, _path, _role in PAGES}
    people = {name: [by_role[role]] * 10 if role else readers[:100] for name, _path, role in PAGES}
    for name, path, _role in PAGES:
        for reader in people[name]:  # the first visit of the day notes more than the others
            get(path, reader)
    for _ in range(repeats):
        for name, path, _role in PAGES:
            times[name] += [timed_ms(lambda p=path, r=reader: get(p, r)) for reader in people[name]]  # type: ignore[misc]
    event.listen(Engine, "before_cursor_execute", count)
    for name, path, _role in PAGES:
        asked[0] = 0
        began = time.process_time()
        for reader in people[name]:
            get(path, reader)
        found[f"{name}_cpu_ms"] = (time.process_time() - began) * 1_000 / len(people[name])
        found[f"{name}_queries"] = asked[0] / len(people[name])
    event.remove(Engine, "before_cursor_execute", count)
    for name, all_of_them in times.items():
        found[f"{name}_median_ms"], found[f"{name}_p95_ms"] = statistics.median(all_of_them), p95(all_of_them)
    return found


def measure_publishing(by_role: dict[str, Reader], owner: psycopg.Connection, repeats: int) -> Found:
    """Publish an item for everybody, and write the row per employee that the naive way needs, in turn."""
    owner.execute(
        "CREATE TABLE naive_feed (employee_key int, item_key int, live_from timestamptz, "
        "PRIMARY KEY (employee_key, item_key))"
    )
    ours, naive = [], []
    for number in range(repeats):
        with db.unit_of_work():
            curator = actor_of(by_role["curator"])
            item = service.draft_item(
                curator,
                kind=ItemKind.ARTICLE,
                texts={"en": {"title": f"One more {number}", "summary": "Two sentences."}},
                captions=[{"network": None, "language": "en", "text": "My own view."}],
                destination=f"{company.SITE}/stories/{number}",
            )
            service.submit_item(curator, item.id)
            item_id, key, seen = item.id, item.key, queries.current_version(item).hash.hex()
        with db.unit_of_work():
            approver = actor_of(by_role["approver"])

        def publish(approver: Actor = approver, item_id: Any = item_id, seen: str = seen) -> None:
            with db.unit_of_work():
                service.decide(approver, item_id, decision=Decision.APPROVED, seen_hash=seen)

        ours.append(timed_ms(publish))
        fan_out = f"INSERT INTO naive_feed SELECT key, {key}, now() FROM employee WHERE external_id IS NOT NULL"
        naive.append(timed_ms(lambda statement=fan_out: owner.execute(statement)))  # type: ignore[misc]
    owner.execute("DROP TABLE naive_feed")
    return {"publish_one_item_ms": statistics.median(ours), "fan_out_one_item_ms": statistics.median(naive)}


def measure_served(environ: dict[str, str], folder: Path, readers: list[Reader], repeats: int, seconds: int) -> Found:
    """Start the web process as `advocacy up` does; ask for Today one after the other, then with wrk."""
    starts, rates, wrk_p95, costs = [], [], [], []
    for _ in range(repeats - 1):
        with serving(environ, folder) as started:
            starts.append(started)
    with serving(environ, folder) as started:
        starts.append(started)
        address = environ["ADVOCACY_PORTAL_BIND"]
        one_by_one = list(ask_one_by_one(address, readers))
        for _ in range(repeats):
            before = cpu_seconds(folder)
            rate, slow = ask_many(address, folder, readers, seconds)
            costs.append((cpu_seconds(folder) - before) * 1_000 / (rate * seconds))
            rates.append(rate)
            wrk_p95.append(slow)
    return {
        "granian_cold_start_seconds": statistics.median(starts),
        "granian_today_median_ms": statistics.median(one_by_one),
        "granian_today_p95_ms": p95(one_by_one),
        "granian_pages_a_second": statistics.median(rates),
        # Web process and PostgreSQL together: what a busy machine cannot blur as it blurs pages a second.
        "granian_cpu_ms_a_page": statistics.median(costs),
        f"granian_p95_ms_of_{CONNECTIONS}": statistics.median(wrk_p95),
    }


def cpu_seconds(folder: Path) -> float:
    """Return what our web process and our database have used so far."""
    roots = psutil.Process().children()
    roots += [process for process in psutil.process_iter(["cmdline"]) if str(folder) in str(process.info["cmdline"])]
    total, seen = 0.0, set()
    for process in [below for root in roots for below in (root, *root.children(recursive=True))]:
        if process.pid not in seen:
            seen.add(process.pid)
            times = process.cpu_times()
            total += times.user + times.system
    return total


@contextmanager
def serving(environ: dict[str, str], folder: Path) -> Iterator[float]:
    """Run the web process, and give the seconds until it answered."""
    log = folder / "web.log"
    began = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "advocacy.supervisor.web"], cwd=ROOT, env=environ, stdout=output, stderr=output
        )
    try:
        while True:
            try:
                connection = HTTPConnection(environ["ADVOCACY_PORTAL_BIND"], timeout=5)
                connection.request("GET", "/livez")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                if process.poll() is not None or time.perf_counter() - began > 60:
                    sys.exit(f"The web process did not start:\n{log.read_text()[-3000:]}")
                time.sleep(0.01)
        yield time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(20)


def ask_one_by_one(address: str, readers: list[Reader]) -> Iterator[float]:
    connection = HTTPConnection(address, timeout=10)

    def ask(reader: Reader) -> None:
        connection.request("GET", "/", headers={"Cookie": f"session={reader.cookie}", "Host": address})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"Today answered {answer.status}")

    for reader in readers:
        ask(reader)
    for reader in readers:
        yield timed_ms(lambda reader=reader: ask(reader))  # type: ignore[misc]


def ask_many(address: str, folder: Path, readers: list[Reader], seconds: int) -> tuple[float, float]:
    """Return pages a second and the 95th percentile in ms with several browsers at a time."""
    cookies = folder / "cookies"
    cookies.write_text("".join(f"session={reader.cookie}\n" for reader in readers))
    script = str(ROOT / "benchmarks/baselines/random_sessions.lua")
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, f"http://{address}/"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COOKIES": str(cookies)},
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    requests, duration_us, _p50_us, p95_us, wrong, failed = (int(part) for part in line.split()[1:])
    if wrong or failed:
        sys.exit(f"{wrong} wrong answers, {failed} failures")
    return requests / (duration_us / 1e6), p95_us / 1e3


if __name__ == "__main__":
    main()
