"""How many clicks a second the redirect answers, each on disk before its answer.

    .venv/bin/python benchmarks/redirect.py [--seconds 3] [--repeats 5] [--links 10000]

In the same run, interleaved: nginx `return 302`, which records nothing, and a naive Flask and SQLAlchemy route that
commits a row per click. One process of ours and one of nginx; the naive route gets two, because it needs them.

It does not measure TLS, a network, a client that is far away, or the import into the ledger's roll-ups.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from advocacy.activity.kinds import ClickFlag  # noqa: E402
from advocacy.sharing.clicks import journal  # noqa: E402
from advocacy.sharing.codes import new_code  # noqa: E402
from advocacy.supervisor.migrate import upgrade_in_child  # noqa: E402
from advocacy.supervisor.postgres import EmbeddedPostgres, PostgresServer  # noqa: E402
from advocacy.supervisor.processes import free_port, port_is_free  # noqa: E402

CONNECTIONS = 32
DESTINATION = "https://www.meridian.example/stories/a-story?utm_source=linkedin"
TARGETS = {"vs_naive_flask": 20.0, "vs_nginx_return_302": 0.25}
OURS, NGINX, NAIVE = "redirect", "nginx_return_302", "naive_flask"


@dataclass
class Contestant:
    name: str
    port: int
    process: subprocess.Popen[bytes]
    rates: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    answered: int = 0

    def family(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self) -> float:
        return sum(process.cpu_times().user + process.cpu_times().system for process in self.family())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--links", type=int, default=10_000)
    chosen = options.parse_args()
    for program, package in (("nginx", "nginx-light"), ("wrk", "wrk")):
        if shutil.which(program) is None:
            sys.exit(f"{program} is missing. Install it: apt-get install -y {package}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="advocacy-bench-")))
        folder.chmod(0o711)
        sync_ms = fdatasync_ms(folder)
        machine = f"{machine_line()}, fdatasync {sync_ms:.3f} ms"
        print(machine)
        database = EmbeddedPostgres(folder / "postgres")
        server = database.start()
        stack.callback(database.destroy)
        codes = prepare(server, folder, chosen.links)
        contestants = [
            stack.enter_context(running) for running in (redirect(server, folder), nginx(folder), naive(server, folder))
        ]
        for contestant in contestants:
            load(contestant, codes, 1)  # fill caches and pools
        warm_up = contestants[0].answered
        for _ in range(chosen.repeats):
            for contestant in contestants:
                measure(contestant, codes, chosen.seconds)
        ours = contestants[0]
        memory = sum(process.memory_info().rss for process in ours.family()) / 1e6
        kept = count_kept(server, folder / "journal", ours)
        report(machine, contestants, kept, warm_up, memory, chosen.links)


def fdatasync_ms(folder: Path) -> float:
    """Return the median time to append 4 kB and sync it, which bounds every honest recorder."""
    times = []
    with open(folder / "sync", "wb", buffering=0) as file:
        for _ in range(200):
            began = time.perf_counter()
            file.write(b"x" * 4_096)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1_000)
    return statistics.median(times)


def machine_line() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def prepare(server: PostgresServer, folder: Path, links: int) -> Path:
    """Make the schema, the links and the file of codes."""
    owner, app, clicks = server.urls
    upgrade_in_child({**os.environ, "DATABASE_URL": app, "DATABASE_OWNER_URL": owner, "DATABASE_REDIRECT_URL": clicks})
    codes = sorted({new_code() for _ in range(links)})
    with psycopg.connect(owner.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("INSERT INTO allowed_host VALUES ('www.meridian.example', false, now(), NULL)")
        connection.execute(
            "INSERT INTO click_salt SELECT (now() AT TIME ZONE 'UTC')::date + d, sha256('bench'), now() "
            "FROM generate_series(0, 1) AS d"
        )
        with connection.cursor().copy("COPY link (id, code, destination, created_at) FROM STDIN") as copy:
            for number, code in enumerate(codes):
                copy.write_row((f"00000000-0000-7000-8000-{number:012x}", code, DESTINATION, "2026-01-01T00:00:00Z"))
        connection.execute("CREATE TABLE naive_link (id serial PRIMARY KEY, code text UNIQUE, destination text)")
        connection.execute(
            "CREATE TABLE naive_click (id serial PRIMARY KEY, link_id int REFERENCES naive_link, "
            "clicked_at timestamptz, agent text, referrer text, address text)"
        )
        connection.execute("INSERT INTO naive_link (code, destination) SELECT code, destination FROM link")
        connection.execute("ANALYZE")
    file = folder / "codes"
    file.write_text("\n".join(codes) + "\n")
    return file


@contextmanager
def serving(name: str, port: int, command: list[str], environ: dict[str, str], log: Path) -> Iterator[Contestant]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environ}, stdout=output, stderr=output, start_new_session=True
        )
    try:
        end = time.monotonic() + 30
        while port_is_free(port):
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{name} did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield Contestant(name, port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def redirect(server: PostgresServer, folder: Path) -> Iterator[Contestant]:
    port = free_port()
    owner, app, clicks = server.urls
    environ = {
        "ADVOCACY_ENV": "development",
        "ADVOCACY_HOME": str(folder),
        "ADVOCACY_JOURNAL": str(folder / "journal"),
        "ADVOCACY_LINK_BIND": f"127.0.0.1:{port}",
        "ADVOCACY_LINK_URL": f"http://127.0.0.1:{port}",
        "ADVOCACY_LINK_PROCESSES": "1",
        "ADVOCACY_LOG_LEVEL": "warning",
        "ADVOCACY_SECRET_KEY": "a secret for nothing but this benchmark",
        "ADVOCACY_PEPPER": "a pepper for nothing but this benchmark",
        "ADVOCACY_ENCRYPTION_KEYS": "u5HRiKqVoBsC3U4sxkWv2vUGT7nB2kTrWkQZxTn9zVg=",
        "DATABASE_URL": app,
        "DATABASE_OWNER_URL": owner,
        "DATABASE_REDIRECT_URL": clicks,
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    command = [sys.executable, "-m", "workers.redirect"]
    with serving(OURS, port, command, environ, folder / "redirect.log") as contestant:
        yield contestant


@contextmanager
def nginx(folder: Path) -> Iterator[Contestant]:
    port = free_port()
    place = folder / "nginx"
    place.mkdir()
    text = (ROOT / "benchmarks/baselines/nginx_return_302.conf").read_text()
    configuration = place / "nginx.conf"
    configuration.write_text(text.format(folder=place, port=port))
    command = ["nginx", "-c", str(configuration), "-e", str(place / "error.log")]
    with serving(NGINX, port, command, {}, folder / "nginx.log") as contestant:
        yield contestant


@contextmanager
def naive(server: PostgresServer, folder: Path) -> Iterator[Contestant]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "2", "--no-access-log", "--log-level", "warning", "benchmarks.baselines.naive_flask:app"),
    ]
    environ = {"NAIVE_DATABASE_URL": server.urls[0]}
    with serving(NAIVE, port, command, environ, folder / "naive.log") as contestant:
        yield contestant


def load(contestant: Contestant, codes: Path, seconds: int) -> tuple[int, float, float, float]:
    """Send requests for some seconds; return how many were answered, the seconds, and p50 and p99 in ms."""
    script = str(ROOT / "benchmarks/baselines/random_codes.lua")
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{contestant.port}"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "CODES": str(codes)},
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    requests, duration_us, p50_us, p99_us, wrong, failed = (int(part) for part in line.split()[1:])
    if wrong or failed:
        raise SystemExit(f"{contestant.name}: {wrong} wrong answers, {failed} failures")
    contestant.answered += requests
    return requests, duration_us / 1e6, p50_us / 1e3, p99_us / 1e3


def measure(contestant: Contestant, codes: Path, seconds: int) -> None:
    before = contestant.cpu_seconds()
    requests, duration, p50, p99 = load(contestant, codes, seconds)
    contestant.cpu_us.append((contestant.cpu_seconds() - before) / requests * 1e6)
    contestant.rates.append(requests / duration)
    contestant.p50_ms.append(p50)
    contestant.p99_ms.append(p99)


def count_kept(server: PostgresServer, folder: Path, ours: Contestant) -> int:
    """Count the clicks that were kept, each event once: in segments that arrived, and in files still on this disk."""
    time.sleep(3.0)  # the last file is sealed and sent
    events = set()
    with psycopg.connect(server.urls[0].replace("+psycopg", ""), autocommit=True) as connection:
        for (body,) in connection.execute("SELECT body FROM click_segment"):
            events |= {click.event_id for click in journal.read(body, no_key_flag=ClickFlag.NO_VISITOR_KEY).clicks}
    for path in folder.rglob("*"):
        if path.suffix in {".part", ".sealed"}:
            read = journal.read(path.read_bytes(), no_key_flag=ClickFlag.NO_VISITOR_KEY)
            events |= {click.event_id for click in read.clicks}
    if len(events) < ours.answered:
        raise SystemExit(f"{ours.answered - len(events)} acknowledged clicks were lost")
    return len(events)


def report(machine: str, contestants: list[Contestant], kept: int, warm_up: int, memory_mb: float, links: int) -> None:
    print(f"{'':18}{'clicks/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU us/click':>14}")
    absolutes: dict[str, object] = {}
    medians = {}
    for contestant in contestants:
        row = {
            "clicks_per_second": statistics.median(contestant.rates),
            "p50_ms": statistics.median(contestant.p50_ms),
            "p99_ms": statistics.median(contestant.p99_ms),
            "cpu_us_per_click": statistics.median(contestant.cpu_us),
            "repeats": [round(rate) for rate in contestant.rates],
        }
        medians[contestant.name] = row
        absolutes[contestant.name] = row
        print(
            f"{contestant.name:18}{row['clicks_per_second']:12.0f}{row['p50_ms']:9.2f}{row['p99_ms']:9.2f}"
            f"{row['cpu_us_per_click']:14.1f}"
        )
    ours, limit, first_try = medians[OURS], medians[NGINX], medians[NAIVE]
    ratios = {
        "vs_nginx_return_302": ours["clicks_per_second"] / limit["clicks_per_second"],
        "vs_naive_flask": ours["clicks_per_second"] / first_try["clicks_per_second"],
        "cpu_vs_naive_flask": ours["cpu_us_per_click"] / first_try["cpu_us_per_click"],
    }
    answered = contestants[0].answered
    print(f"clicks answered {answered} (warm-up {warm_up}), kept {kept}: none lost; {links} links; {memory_mb:.0f} MB")
    for name, target in TARGETS.items():
        verdict = "reached" if ratios[name] >= target else "MISSED"
        print(f"{name}: {ratios[name]:.3g} (target {target:g}) {verdict}")
    print(f"cpu_vs_naive_flask: 1/{1 / ratios['cpu_vs_naive_flask']:.0f}")
    absolutes |= {"answered": answered, "kept": kept, "memory_mb": memory_mb, "links": links}
    out = ROOT / "benchmarks" / "out"
    out.mkdir(exist_ok=True)
    result = {"machine": machine, "absolutes": absolutes, "ratios": ratios}
    (out / "redirect.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
