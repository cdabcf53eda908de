"""How long the roster of a large company takes to import: the first time, unchanged, and with 1 % of the rows changed.

    .venv/bin/python benchmarks/import_people.py [--people 350000] [--sample 2000] [--repeats 3]

In the same run, on the same server: the naive way, which asks for every person and unit through the ORM row by row,
on a sample; ratios compare rows a second. The file is made from a seed.

It does not measure a network to the database, or other work on the server meanwhile.
"""

import argparse
import csv
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import func, select  # noqa: E402
from sqlalchemy.dialects.postgresql import Range  # noqa: E402

from advocacy.foundation import db, preferences  # noqa: E402
from advocacy.foundation.tables import import_models  # noqa: E402
from advocacy.people import queries, service  # noqa: E402
from advocacy.people.models import Employee, UnitMembership  # noqa: E402
from advocacy.supervisor.keys import load_or_make_keys  # noqa: E402
from advocacy.supervisor.migrate import upgrade_in_child  # noqa: E402
from advocacy.supervisor.postgres import EmbeddedPostgres  # noqa: E402
from benchmarks import report as reporting  # noqa: E402
from config.settings import Settings  # noqa: E402

SEED = 350_000
DAY = date(2026, 11, 22)
TARGET_SECONDS = 60.0
HEADER = ("external_id", "email", "name", "title", "language", "country", "time_zone", "hired_on", "left_on", "unit")
PLACES = (("en", "US", "America/New_York"), ("de", "DE", "Europe/Berlin"), ("hi", "IN", "Asia/Kolkata"),
          ("pt-BR", "BR", "America/Sao_Paulo"), ("ja", "JP", "Asia/Tokyo"), ("en", "GB", "Europe/London"))  # fmt: skip
TITLES = ("Engineer", "Consultant", "Analyst", "Designer", "Account manager", "Researcher", "Director")
NAMES = ("Ana", "Ben", "Chioma", "Dilek", "Emeka", "Farah", "Goran", "Hana", "Igor", "Jürgen", "Kenji", "Layla")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--people", type=int, default=350_000)
    options.add_argument("--sample", type=int, default=2_000)
    options.add_argument("--repeats", type=int, default=3)
    chosen = options.parse_args()
    about = reporting.machine()
    with tempfile.TemporaryDirectory(prefix="advocacy-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder / "postgres") as server:
            connect(folder, server.urls)
            report(about, chosen, run(folder, chosen))
            db.session.remove()
            db.engine().dispose()


def connect(folder: Path, urls: tuple[str, str, str]) -> None:
    owner, app, clicks = urls
    environ = {**os.environ, **load_or_make_keys(folder), "ADVOCACY_HOME": str(folder)}
    environ |= {"DATABASE_URL": app, "DATABASE_OWNER_URL": owner, "DATABASE_REDIRECT_URL": clicks}
    environ |= {"REDIS_URL": "redis://127.0.0.1:1/0"}
    upgrade_in_child(environ)
    settings = Settings.from_env(environ)
    preferences.init(settings)
    db.bind(settings, statement_timeout_ms=600_000)
    import_models()


def run(folder: Path, chosen: argparse.Namespace) -> dict[str, float]:
    chance = random.Random(SEED)
    paths = unit_paths(chance, max(12, chosen.people // 150))
    first, changed = folder / "first.csv", folder / "changed.csv"
    others = frozenset(chance.sample(range(chosen.people), chosen.people // 100))
    write(first, make_rows(chosen.people, paths))
    write(changed, make_rows(chosen.people, paths, others))
    samples = [
        [[f"N{turn}-{row[0]}", f"n{turn}-{row[1]}", *row[2:]] for row in make_rows(chosen.sample, paths)]
        for turn in range(chosen.repeats)
    ]
    found = {"file_megabytes": first.stat().st_size / 1e6, "units": float(len(set(paths)))}
    before = forget_peak_megabytes()
    found["first_seconds"] = timed(lambda: expect(first, DAY, created=chosen.people))
    times: dict[str, list[float]] = {}
    for turn, sample in enumerate(samples):  # in turn, so that whatever else the machine does meets all of them
        day = DAY + timedelta(days=2 * turn)
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("naive_first_seconds", lambda: naive(sample)),  # noqa: B023 - called in this very turn
            ("unchanged_seconds", lambda: expect(first, day, created=0, changed=0)),  # noqa: B023
            ("naive_unchanged_seconds", lambda: naive(sample)),  # noqa: B023
            ("changed_1_percent_seconds", lambda: expect(changed, day + timedelta(days=1), created=0)),  # noqa: B023
            ("changed_1_percent_seconds", lambda: expect(first, day + timedelta(days=2), created=0)),  # noqa: B023
        )
        for name, step in steps:
            times.setdefault(name, []).append(timed(step))
    found |= {name: statistics.median(seconds) for name, seconds in times.items()}
    found["peak_memory_growth_megabytes"] = peak_megabytes() - before
    return found


def unit_paths(chance: random.Random, units: int) -> list[str]:
    """Return paths of a tree four levels deep."""
    paths = ["Meridian Works"]
    for number in range(units):
        above = chance.choice([path for path in paths[:200] if path.count(">") < 3])
        paths.append(f"{above} > Unit {number}")
    return paths


def make_row(chance: random.Random, number: int, paths: list[str]) -> list[str]:
    language, country, zone = chance.choice(PLACES)
    hired = date(1995, 1, 1) + timedelta(days=chance.randrange(11_000))
    name = f"{chance.choice(NAMES)} {chance.choice(NAMES)}son {number}"
    address = f"person{number}@meridian.example"
    title = chance.choice(TITLES)
    return [f"E{number:07}", address, name, title, language, country, zone, hired.isoformat(), "", chance.choice(paths)]


def make_rows(people: int, paths: list[str], changed: frozenset[int] = frozenset()) -> Iterator[list[str]]:
    """Yield the same rows every time; in the changed ones, title and unit differ."""
    chance = random.Random(SEED + 1)
    for number in range(people):
        row = make_row(chance, number, paths)
        yield [*row[:3], "Somebody else", *row[4:9], paths[number % len(paths)]] if number in changed else row


def write(path: Path, rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(rows)


def expect(path: Path, on: date, **counts: int) -> None:
    with db.unit_of_work():
        report = service.import_people(path, on=on)
    wrong = {name: getattr(report, name) for name, count in counts.items() if getattr(report, name) != count}
    if wrong:
        sys.exit(f"The import did something else than asked: {wrong}")


def naive(rows: list[list[str]]) -> None:
    """Look up, compare and write one person after the other, as one would at first."""
    units = {node.full_name: node.key for node in queries.unit_tree(DAY)}
    with db.unit_of_work() as session:
        for row in rows:
            fields = dict(zip(HEADER, row, strict=True))
            unit_key = units[fields.pop("unit")]
            fields["hired_on"] = date.fromisoformat(fields["hired_on"])  # type: ignore[assignment]
            fields["left_on"] = fields["left_on"] or None  # type: ignore[assignment]
            person = session.scalar(select(Employee).where(Employee.external_id == fields["external_id"]))
            if person is None:
                person = Employee(**fields)
                session.add(person)
                session.flush()
            else:
                for name, value in fields.items():
                    setattr(person, name, value)
            now = select(UnitMembership).where(
                UnitMembership.employee_key == person.key, UnitMembership.valid_during.contains(DAY)
            )
            membership = session.scalar(now)
            if membership is None:
                spell = Range(DAY, None)
                session.add(UnitMembership(employee_key=person.key, unit_key=unit_key, valid_during=spell))
        session.scalar(select(func.count()).select_from(Employee))


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def forget_peak_megabytes() -> float:
    """Begin to watch for a new peak of memory and return what is in use now."""
    Path("/proc/self/clear_refs").write_text("5")
    return psutil.Process().memory_info().rss / 1e6


def peak_megabytes() -> float:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024 / 1e6


def report(about: str, chosen: argparse.Namespace, found: dict[str, float]) -> None:
    def rate(seconds: str, rows: int) -> float:
        return rows / found[seconds]

    ratios = {
        "first_vs_naive_orm": rate("first_seconds", chosen.people) / rate("naive_first_seconds", chosen.sample),
        "unchanged_vs_naive_orm": rate("unchanged_seconds", chosen.people)
        / rate("naive_unchanged_seconds", chosen.sample),
        "unchanged_vs_first": found["first_seconds"] / found["unchanged_seconds"],
        "first_vs_target": found["first_seconds"] / TARGET_SECONDS,
    }
    absolutes = {"people": chosen.people, "sample": chosen.sample} | {
        name: round(value, 3) for name, value in found.items()
    }
    reporting.write("import_people", about, absolutes, {name: round(value, 2) for name, value in ratios.items()})


if __name__ == "__main__":
    main()
