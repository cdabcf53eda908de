"""How quick is unique reach? Unions of sealed sketches beside an exact count of the same people in plain SQL.

A company of three levels gives its networks; sizes are heavy-tailed. Measured: reading the company's number from its
stored union, carrying one new upload to every unit above, counting everything anew, one person's marginal reach, and
how far the estimate is from the truth. The exact count runs on the networks of one division, stored as plain keyed
tokens: what we never do. Medians of interleaved repeats. Not measured: parsing in the browser, HMAC of ids (1 us
each), the network, publication, several workers, other load on the machine, sizes that this run was not asked for.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psycopg
from datasketches import update_theta_sketch
from sqlalchemy import Connection, text

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from advocacy.foundation import db
from advocacy.measurement.overlap import stored, unions
from advocacy.measurement.overlap.sketches import LG_K, SAMPLED, size_of, size_of_rest
from benchmarks.report import machine, write
from benchmarks.seed_size.place import own_database

SEED = 20_131_122
DIVISIONS, TEAM_SIZE = 10, 35
NETWORK = 1
DISK_BYTES = 4_000_000_000
TARGETS = {"read_company_ms": 50.0, "upload_to_every_unit_ms": 5_000.0, "rebuild_seconds": 15.0, "error_per_cent": 2.0}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--employees", type=int, default=30_000)
    options.add_argument("--mean", type=int, default=500, help="connections of a person, on average")
    options.add_argument("--world", type=int, default=20_000_000, help="people there are to know")
    options.add_argument("--repeats", type=int, default=7)
    chosen = options.parse_args()
    about, today = machine(), datetime.now(UTC).date()
    with own_database(DISK_BYTES) as environ:
        plain = environ["DATABASE_OWNER_URL"].replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as owner:
            truth = build(owner, chosen.employees, chosen.mean, chosen.world)
            with db.engine().connect() as connection:
                found = measure(connection, owner, today, truth, chosen.repeats)
    found = {"employees": chosen.employees, "connections": truth.connections, **found}
    ratios = {f"{name.rsplit('_', 1)[0]}_vs_target": round(found[name] / target, 3) for name, target in TARGETS.items()}
    ratios["exact_division_vs_union"] = round(found["exact_division_ms"] / found["union_division_ms"], 1)
    write("unique_reach", about, {name: round(value, 3) for name, value in found.items()}, ratios)


class Truth:
    """What a count by hand gives: everybody known by anyone, and by somebody of the first division."""

    def __init__(self, world: int) -> None:
        self.known = np.zeros(world, dtype=bool)
        self.connections = 0


def build(owner: psycopg.Connection[Any], employees: int, mean: int, world: int) -> Truth:
    """Write units, people and sealed sketches, and the first division's networks as plain tokens too."""
    chance, truth = np.random.default_rng(SEED), Truth(world)
    teams = max(DIVISIONS, employees // TEAM_SIZE)
    first_team = DIVISIONS + 2
    parents: dict[int, int | None] = {1: None, **dict.fromkeys(range(2, first_team), 1)}
    parents |= {first_team + number: 2 + number % DIVISIONS for number in range(teams)}
    with owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO policy_version (id, number, body, published_at) VALUES (gen_random_uuid(), 1, '{}', now())"
        )
        cursor.execute("CREATE UNLOGGED TABLE plain_connection (employee_key integer, token bigint)")
        copy(cursor, "org_unit (key, id, external_id, name, created_at)",
             ((unit, uuid_of(unit), str(unit), f"Unit {unit}", "now") for unit in parents))  # fmt: skip
        copy(cursor, "unit_placement (id, unit_key, parent_key, valid_during)",
             ((uuid_of(unit), unit, parent, "[2020-01-01,)") for unit, parent in parents.items()))  # fmt: skip
        copy(cursor, "unit_ancestry (unit_key, ancestor_key, valid_during, depth)", ancestry(parents))
        people = [(key, first_team + key % teams) for key in range(1, employees + 1)]
        copy(cursor, "employee (key, id, external_id, created_at)",
             ((key, uuid_of(key), str(key), "now") for key, _team in people))  # fmt: skip
        copy(cursor, "unit_membership (id, employee_key, unit_key, valid_during)",
             ((uuid_of(key), key, team, "[2020-01-01,)") for key, team in people))  # fmt: skip
        cursor.execute(
            "INSERT INTO consent (employee_key, purpose, granted_at, policy_version_id) "
            "SELECT key, 'network_overlap', now(), (SELECT id FROM policy_version) FROM employee"
        )
        plain: list[tuple[int, Any]] = []

        def sketches() -> Iterator[tuple[Any, ...]]:
            for key, team in people:
                size = int(min(max(chance.lognormal(0, 1.0) * mean / np.exp(0.5), 10), 30_000))
                known = np.unique(chance.integers(0, world, size))
                truth.known[known] = True
                truth.connections += len(known)
                sketch = update_theta_sketch(LG_K, SAMPLED)
                for number in known.tolist():
                    sketch.update(number)
                if parents[team] == 2:
                    plain.append((key, known))
                yield (
                    key,
                    NETWORK,
                    "network_overlap",
                    team,
                    len(known),
                    "now",
                    stored.seal_one(sketch.compact(), key, NETWORK),
                )

        cursor.execute("ALTER TABLE network_sketch DISABLE TRIGGER network_sketch_touches")
        copy(
            cursor,
            "network_sketch (employee_key, network, purpose, unit_key, profiles, uploaded_at, sealed)",
            sketches(),
        )
        cursor.execute("ALTER TABLE network_sketch ENABLE TRIGGER network_sketch_touches")
        tokens = ((key, number) for key, known in plain for number in known.tolist())
        copy(cursor, "plain_connection (employee_key, token)", tokens)
        cursor.execute("ANALYZE")
    return truth


def ancestry(parents: dict[int, int | None]) -> Iterator[tuple[int, int, str, int]]:
    for unit in parents:
        above: int | None = unit
        depth = 0
        while above is not None:
            yield unit, above, "[2020-01-01,)", depth
            above, depth = parents[above], depth + 1


def uuid_of(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012d}"


def copy(cursor: Any, table: str, rows: Any) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as sent:
        for row in rows:
            sent.write_row(row)


def measure(
    connection: Connection, owner: psycopg.Connection[Any], today: Any, truth: Truth, repeats: int
) -> dict[str, float]:
    began = time.perf_counter()
    with connection.begin():
        counted = unions.rebuild(connection, today, remembered=10)
    found = {"rebuild_seconds": time.perf_counter() - began}
    found["rebuild_sketches_a_second"] = counted / found["rebuild_seconds"]
    company, exact = read(connection, 1), int(truth.known.sum())
    found |= {"exact_people": exact, "estimated_people": company, "error_per_cent": abs(company / exact - 1) * 100}
    times: dict[str, list[float]] = {}
    chance = random.Random(SEED)
    for _repeat in range(repeats):
        person = chance.randrange(1, counted + 1)
        for name, act in (
            ("read_company_ms", lambda: read(connection, 1)),
            ("union_division_ms", lambda: read(connection, 2)),
            (
                "exact_division_ms",
                lambda: owner.execute("SELECT count(DISTINCT token) FROM plain_connection").fetchone(),
            ),
            ("upload_to_every_unit_ms", lambda person=person: upload(connection, person, today)),
            ("marginal_reach_ms", lambda person=person: marginal(connection, person, today)),
        ):
            times.setdefault(name, []).append(timed_ms(act))
    return found | {name: median(taken) for name, taken in times.items()}


def timed_ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def read(connection: Connection, unit: int) -> float:
    with connection.begin():
        union = stored.tree_union(connection, unit, NETWORK)
    assert union is not None
    return size_of(union.sketch).value


def upload(connection: Connection, person: int, today: Any) -> None:
    """Give the same network anew: the dearest kind, for the person's unit must be counted again from its sketches."""
    with connection.begin():
        connection.execute(text("UPDATE network_sketch SET sealed = sealed WHERE employee_key = :key"), {"key": person})
        unions.merge_touched(connection, today, remembered=10)


def marginal(connection: Connection, person: int, today: Any) -> None:
    with connection.begin():
        others = unions.everyone_else(connection, person, NETWORK, today)
        mine = stored.sketch_of_person(connection, person, NETWORK)
    assert others is not None
    assert mine is not None
    size_of_rest(mine, others.sketch)


if __name__ == "__main__":
    main()
