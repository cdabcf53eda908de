"""What telling a writer that their words are like colleagues' costs: 350,000 employees, 20,000 posts of the last weeks.

    .venv/bin/python benchmarks/likeness.py [--employees 350000] [--posts 20000] [--checks 300]

Measured, each for texts that are like many posts, like a few, and like none: making the sketch, and the whole check
with its query by the index. Beside it, interleaved: reading every sketch of the network and comparing all of them with
numpy, and PostgreSQL's own trigram similarity over the stored words, which would have to keep them. Wall time of one
process on a warm database. Not measured: the page around it, several writers at once.
"""

import argparse
import random
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402

from advocacy.foundation import clock, db  # noqa: E402
from advocacy.foundation.access import Actor  # noqa: E402
from advocacy.foundation.columns import new_id  # noqa: E402
from advocacy.sharing.likeness import likeness_of  # noqa: E402
from advocacy.sharing.likeness.sketching import sketch_of  # noqa: E402
from benchmarks.pages import p95, timed_ms  # noqa: E402
from benchmarks.report import machine, write  # noqa: E402
from benchmarks.scenes.place import own_place  # noqa: E402
from config.networks import find_network  # noqa: E402

# A pause in typing may cost what the Today page may; see performance targets.
TARGET_MS = 60.0
SEED = 20261126
WORDS = 4_000
CAPTIONS = 40
NETWORK = 1

PEOPLE = """
INSERT INTO employee (id, external_id, email, name, created_at)
SELECT gen_random_uuid(), 'E' || n, 'e' || n || '@bench.example', 'N' || n, now() FROM generate_series(1, %s) AS n;
"""
CONSENTS = """
INSERT INTO consent (employee_key, purpose, granted_at, policy_version_id)
SELECT key, 'take_part', now() - interval '400 days', %s FROM employee
"""
BRUTE = text("SELECT sketch FROM post_sketch WHERE network = :network AND shared_at > now() - interval '30 days'")
TRIGRAMS = text("SELECT count(*) FROM bench_words WHERE words % :words")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--employees", type=int, default=350_000)
    options.add_argument("--posts", type=int, default=20_000)
    options.add_argument("--checks", type=int, default=300)
    chosen = options.parse_args()
    about = machine()
    with own_place() as place:
        db.bind(place.settings)
        chance = random.Random(SEED)
        captions = fill(place.owner, chance, chosen.employees, chosen.posts)
        found = measure(chance, captions, chosen.checks, chosen.employees)
    write(
        "likeness",
        about,
        {name: round(value, 3) for name, value in found.items()},
        {
            "brute_over_check": round(found["brute_ms"] / found["check_ms"], 2),
            "trigrams_over_check": round(found["trigrams_ms"] / found["check_ms"], 2),
            "target_met": found["check_p95_ms"] <= TARGET_MS,
        },
    )


def made_up(chance: random.Random, length: int) -> str:
    """Return plausible words: a few are in every text, most are rare."""
    return " ".join(f"w{int(chance.paretovariate(0.9)) % WORDS}" for _ in range(length))


def fill(owner: psycopg.Connection, chance: random.Random, employees: int, posts: int) -> list[str]:
    """Write people, and posts of which half are edits of a few captions; return the captions."""
    # Only sketches are read here, so there are no shares behind them.
    owner.execute("ALTER TABLE post_sketch DROP CONSTRAINT fk_post_sketch_share_key_share")
    owner.execute(PEOPLE.replace("%s", str(int(employees))))
    policy = new_id()
    owner.execute("INSERT INTO policy_version (id, number, body, published_at) VALUES (%s, 1, '{}', now())", (policy,))
    owner.execute(CONSENTS, (policy,))
    captions = [made_up(chance, 35) for _ in range(CAPTIONS)]
    owner.execute("CREATE TABLE bench_words (words text)")
    now = clock.now()
    sketches = owner.cursor()
    rows = []
    for key in range(1, posts + 1):
        own = made_up(chance, chance.randint(12, 50))
        words = f"{chance.choice(captions)} {own[:60]}" if chance.random() < 0.5 else own
        sketched = sketch_of(words)
        if sketched is not None:
            shared_at = now - timedelta(minutes=chance.randint(1, 29 * 1440))
            rows.append((key, chance.randint(1, employees), shared_at, sketched.sketch, list(sketched.bands), words))
    with sketches.copy(
        "COPY post_sketch (share_key, employee_key, network, shared_at, sketch, bands) FROM STDIN WITH (FORMAT binary)"
    ) as copy:
        copy.set_types(["int4", "int4", "int2", "timestamptz", "bytea", "int4[]"])
        for key, person, shared_at, sketch, bands, _words in rows:
            copy.write_row((key, person, NETWORK, shared_at, sketch, bands))
    with sketches.copy("COPY bench_words FROM STDIN") as copy:
        for row in rows:
            copy.write_row((row[5],))
    owner.execute("CREATE INDEX ON bench_words USING gin (words gin_trgm_ops)")
    owner.execute("GRANT SELECT ON bench_words TO advocacy_app")
    owner.execute("ANALYZE")
    return captions


def measure(chance: random.Random, captions: list[str], checks: int, employees: int) -> dict[str, float]:
    linkedin = find_network("linkedin")
    assert linkedin is not None
    times: dict[str, list[float]] = {"sketch": [], "check": [], "brute": [], "trigrams": []}
    told = 0
    for number in range(checks):
        own = made_up(chance, 25)
        words = f"{captions[number % CAPTIONS]} {own[:40]}" if number % 2 else own
        actor = Actor(None, chance.randint(1, employees))

        def check(actor: Actor = actor, words: str = words) -> None:
            nonlocal told
            told += likeness_of(actor, words, linkedin) is not None

        def brute(words: str = words) -> None:
            mine = sketch_of(words)
            assert mine is not None
            every = b"".join(db.session.scalars(BRUTE, {"network": NETWORK}))
            places = np.frombuffer(every, dtype="<u4").reshape(-1, len(mine.places))
            (places == mine.places).sum(axis=1).max()

        times["sketch"].append(timed_ms(lambda words=words: sketch_of(words)))  # type: ignore[misc]
        times["check"].append(timed_ms(check))
        if number % 10 == 0:
            times["brute"].append(timed_ms(brute))
            times["trigrams"].append(timed_ms(lambda words=words: db.session.execute(TRIGRAMS, {"words": words})))  # type: ignore[misc]
    medians = {f"{name}_ms": float(np.median(values)) for name, values in times.items()}
    return medians | {"check_p95_ms": p95(times["check"]), "told_share": told / checks}


if __name__ == "__main__":
    main()
