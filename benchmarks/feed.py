"""What deciding and ordering a feed costs when it is read: 350,000 employees, 2,000 live items, three ways in one run.

    .venv/bin/python benchmarks/feed.py [--items 2000] [--readers 200] [--repeats 5]

Ours: one statement that matches audiences, adds up points and sorts, with a memory of 60 items for every reader. Beside
it, interleaved: the naive query, which looks the reader's units, topics and title up for every item; the naive program,
which loads all live items and ranks them in Python; and the table with one row per employee and item that decides
nothing when it is read, with what filling it for one item costs. All prepared, as the product's driver does it, and
inside PostgreSQL's own timing, the program apart.

It does not measure the words, captions and pictures of the rows shown, nor a network; `benchmarks/pages.py` does.
"""

import argparse
import random
import statistics
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import event, select  # noqa: E402
from sqlalchemy.engine import Engine  # noqa: E402

from advocacy.content import queries  # noqa: E402
from advocacy.content.feed_memory import Memory  # noqa: E402
from advocacy.content.models import ContentItem  # noqa: E402
from advocacy.content.queries.ranking import (  # noqa: E402
    FOLLOWED_TOPIC,
    OWN_LANGUAGE,
    UNIT_FAR_ABOVE,
    first_rows,
    ranking_parameters,
)
from advocacy.foundation import clock, db  # noqa: E402
from advocacy.people.models import Audience  # noqa: E402
from advocacy.people.queries import language_forms, reader_of, today  # noqa: E402
from benchmarks.pages import actor_of, p95, timed_ms  # noqa: E402
from benchmarks.report import machine, write  # noqa: E402
from benchmarks.scenes.full_company import SEED, load  # noqa: E402
from benchmarks.scenes.place import own_place  # noqa: E402
from benchmarks.scenes.prepared import Prepared  # noqa: E402

TARGET_MS = 5.0
ROWS, REMEMBERED = 20, 60

# The same conditions and the same order, as they are first written down: everything is looked up for each item.
NAIVE = """
SELECT item.key FROM content_item AS item JOIN audience ON audience.key = item.audience_key
WHERE item.live_version_id IS NOT NULL AND item.live_from <= now()
AND (item.expires_at IS NULL OR item.expires_at > now())
AND (cardinality(audience.unit_keys) = 0 OR EXISTS (
    SELECT FROM unit_membership JOIN unit_ancestry USING (unit_key)
    WHERE employee_key = %(person)s AND ancestor_key = ANY (audience.unit_keys)
        AND unit_membership.valid_during @> %(day)s::date AND unit_ancestry.valid_during @> %(day)s::date))
AND (cardinality(audience.countries) = 0 OR EXISTS (
    SELECT FROM employee WHERE key = %(person)s AND country = ANY (audience.countries)))
AND (cardinality(audience.topic_keys) = 0 OR EXISTS (
    SELECT FROM topic_follow WHERE employee_key = %(person)s AND topic_key = ANY (audience.topic_keys)))
ORDER BY item.is_pinned DESC,
    (CASE WHEN EXISTS (SELECT FROM topic_follow WHERE employee_key = %(person)s AND topic_key = ANY (item.topic_keys))
        THEN 40 ELSE 0 END)
    + (CASE WHEN EXISTS (
        SELECT FROM content_text JOIN employee ON employee.key = %(person)s
        WHERE version_id = item.live_version_id AND content_text.language = employee.language) THEN 25 ELSE 0 END)
    + item.priority * 2 + 60 * power(0.5, extract(epoch FROM now() - item.live_from) / 345600) DESC
LIMIT 20
"""
FAN_OUT = "SELECT item_key FROM naive_feed WHERE employee_key = %(person)s ORDER BY live_from DESC LIMIT 20"
FILL = "INSERT INTO naive_feed SELECT key, %(item)s, now() FROM employee WHERE external_id IS NOT NULL"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--items", type=int, default=2_000)
    options.add_argument("--readers", type=int, default=200)
    options.add_argument("--repeats", type=int, default=5)
    chosen = options.parse_args()
    about = machine()
    with own_place() as place:
        readers, _by_role = load(place.settings, chosen.items, chosen.readers)
        fills = fan_out(place.owner, chosen.repeats)
        place.owner.execute("ANALYZE")
        db.bind(place.settings)
        found = measure(place.owner, readers, chosen.repeats) | {"fan_out_one_item_ms": statistics.median(fills)}
    write("feed", about, {name: round(value, 3) for name, value in found.items()}, ratios_of(found))


def fan_out(owner: psycopg.Connection, repeats: int) -> list[float]:
    """Fill the table with a row per employee for a few items: what publishing costs where reading decides nothing."""
    owner.execute(
        "CREATE TABLE naive_feed (employee_key int, item_key int, live_from timestamptz, "
        "PRIMARY KEY (employee_key, item_key))"
    )
    return [timed_ms(lambda item=item: owner.execute(FILL, {"item": item})) for item in range(repeats)]  # type: ignore[misc]


def measure(owner: psycopg.Connection, readers: list[Any], repeats: int) -> dict[str, float]:
    chance, prepared = random.Random(SEED + 2), Prepared(owner)
    keys = list(db.session.scalars(select(ContentItem.key).where(ContentItem.live_version_id.is_not(None))))
    times: dict[str, list[float]] = {
        "ours": [],
        "naive_query": [],
        "fan_out_read": [],
        "naive_program": [],
        "service": [],
    }
    for number in range(repeats):
        for reader in readers[number::repeats]:
            actor = actor_of(reader)
            memory = Memory()
            for days in range(3):
                memory.note_shown(chance.sample(keys, REMEMBERED // 3), today() - timedelta(days=days))
            own = ranking_parameters(reader_of(actor), memory, reader.employee_key)
            own |= {"without_ids": [], "without_keys": [], "most": ROWS}
            statement, parameters = compiled(own)
            person = {"person": reader.employee_key, "day": today()}
            times["ours"].append(prepared.milliseconds(statement, parameters))
            times["naive_query"].append(prepared.milliseconds(NAIVE, person))
            times["fan_out_read"].append(prepared.milliseconds(FAN_OUT, person))
            times["service"].append(timed_ms(lambda actor=actor: queries.pick_for(actor, most=ROWS)))  # type: ignore[misc]
            db.session.expire_all()
            if len(times["naive_program"]) < 20 * (number + 1):
                person_reads = reader_of(actor)
                times["naive_program"].append(timed_ms(lambda reads=person_reads: rank_in_python(reads)))  # type: ignore[misc]
                db.session.expunge_all()
            db.session.rollback()
    found = {f"{name}_p95_ms": p95(all_of_them) for name, all_of_them in times.items()}
    return found | {f"{name}_median_ms": statistics.median(all_of_them) for name, all_of_them in times.items()}


def compiled(parameters: dict[str, Any]) -> tuple[str, Any]:
    """Return our statement as the driver sends it."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        sent.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    db.session.execute(first_rows(), parameters).all()
    event.remove(Engine, "before_cursor_execute", note)
    return sent[-1]


def rank_in_python(reader: Any) -> list[int]:
    """Load every live item with its audience, keep what is meant for the reader, and sort."""
    now = clock.now()
    units, topics = set(reader.unit_keys), set(reader.topic_keys)
    languages = set(language_forms(reader.language))
    scored = []
    rows = db.session.execute(
        select(ContentItem, Audience)
        .join(Audience, Audience.key == ContentItem.audience_key)
        .where(ContentItem.live_version_id.is_not(None))
    )
    for item, audience in rows:
        asked = ((audience.unit_keys, units), (audience.topic_keys, topics), (audience.countries, {reader.country}))
        if not all(not wanted or own.intersection(wanted) for wanted, own in asked):
            continue
        age = max((now - item.live_from).total_seconds(), 0)
        points = (
            FOLLOWED_TOPIC * bool(topics.intersection(item.topic_keys))
            + UNIT_FAR_ABOVE * bool(units.intersection(audience.unit_keys))
            + OWN_LANGUAGE * bool(languages.intersection(item.languages))
            + 2 * item.priority
            + 60 * 0.5 ** (age / 345_600)
        )
        scored.append((item.is_pinned, points, item.key))
    return [key for *_, key in sorted(scored, reverse=True)[:ROWS]]


def ratios_of(found: dict[str, float]) -> dict[str, float]:
    ratios = {
        "ours_p95_vs_target": found["ours_p95_ms"] / TARGET_MS,
        "naive_query_vs_ours": found["naive_query_median_ms"] / found["ours_median_ms"],
        "naive_program_vs_ours": found["naive_program_median_ms"] / found["service_median_ms"],
        "ours_vs_reading_fan_out": found["ours_median_ms"] / found["fan_out_read_median_ms"],
    }
    return {name: round(value, 3) for name, value in ratios.items()}


if __name__ == "__main__":
    main()
