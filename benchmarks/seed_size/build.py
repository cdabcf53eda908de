"""Build a company in bulk: people, units, consents, networks by COPY and generate_series, the ledger day by day.

Everything follows from the sizes and hashes with a seed, so two builds of one size and day hold the same rows (but for
random ids that nothing counts). There are rows of shares and links for a sample of people only; the ledger has all.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import psycopg

from advocacy.activity.kinds import ClickClass, Kind
from advocacy.demo.ibm import exact_sizes

SEED = 350_000
DIVISIONS, DEPARTMENTS, TEAMS = 10, 9, 11
AUDIENCE_EACH = 10
BRAND_FOLLOWERS_EACH = 1_000_000 / 350_000
ITEMS, EVERY_NTH_IS_A_JOB = 2_000, 5
ACTIVE_SHARE = 0.4  # so many people ever share; the more active the fewer, by a power law
WRITERS = 2
LINK_SAMPLE = 1_000  # so many shares, spread over the year, have their rows in share and link


@dataclass(frozen=True, slots=True)
class Size:
    """How large: people, clicks in all, and days up to and with today. A fifth as many shares as clicks."""

    people: int
    clicks: int
    days: int
    today: date

    @property
    def shares(self) -> int:
        return self.clicks // 5

    @property
    def first_day(self) -> date:
        return self.today - timedelta(days=self.days - 1)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first_day, time(), tzinfo=UTC)

    @property
    def audience(self) -> int:
        return self.people * AUDIENCE_EACH

    def calendar_days(self) -> list[date]:
        return [self.first_day + timedelta(days=ahead) for ahead in range(self.days)]


UNITS = """
WITH tree AS (
    SELECT 1 AS key, NULL::integer AS parent, 'Company' AS name
    UNION ALL SELECT 1 + d, 1, 'Division ' || d FROM generate_series(1, %(divisions)s) AS d
    UNION ALL SELECT 100 + (d - 1) * 20 + p, 1 + d, 'Department ' || d || '.' || p
        FROM generate_series(1, %(divisions)s) AS d, generate_series(1, %(departments)s) AS p
    UNION ALL SELECT 1000 + ((d - 1) * %(departments)s + p - 1) * %(teams)s + t, 100 + (d - 1) * 20 + p,
            concat_ws('.', 'Team ' || d, p, t)
        FROM generate_series(1, %(divisions)s) AS d, generate_series(1, %(departments)s) AS p,
            generate_series(1, %(teams)s) AS t
),
units AS (
    INSERT INTO org_unit (key, id, external_id, name, created_at)
    OVERRIDING SYSTEM VALUE SELECT key, gen_random_uuid(), name, name, %(start)s FROM tree
),
placed AS (
    INSERT INTO unit_placement (id, unit_key, parent_key, valid_during)
    SELECT gen_random_uuid(), key, parent, daterange(%(long_ago)s, NULL) FROM tree
)
INSERT INTO unit_ancestry (unit_key, ancestor_key, depth, valid_during)
WITH RECURSIVE above AS (
    SELECT key, key AS ancestor, parent, 0 AS depth FROM tree
    UNION ALL SELECT above.key, tree.key, tree.parent, above.depth + 1 FROM above JOIN tree ON tree.key = above.parent
)
SELECT key, ancestor, depth, daterange(%(long_ago)s, NULL) FROM above
"""

PEOPLE = (
    """
    INSERT INTO employee (key, id, external_id, email, name, language, country, hired_on, created_at, onboarded_at)
    OVERRIDING SYSTEM VALUE
    SELECT n, gen_random_uuid(), 'P' || n, 'p' || n || '@meridian.example', 'Person ' || n,
        (ARRAY['en', 'de', 'es', 'pt'])[1 + n %% 4], (ARRAY['US', 'IN', 'DE', 'GB', 'BR'])[1 + n %% 5],
        %(long_ago)s, %(said_yes)s, %(said_yes)s
    FROM generate_series(1, %(people)s) AS n
    """,
    # One in twenty changes the team in the middle of the year.
    """
    WITH homes AS (
        SELECT n,
            1001 + (%(team_count)s * power((hashint8extended(n, 11) & 2147483647) / 2147483648.0, 1.3))::integer
                %% %(team_count)s AS unit,
            1001 + (hashint8extended(n, 12) & 2147483647)::integer %% %(team_count)s AS later
        FROM generate_series(1, %(people)s) AS n
    )
    INSERT INTO unit_membership (id, employee_key, unit_key, valid_during)
    SELECT gen_random_uuid(), n, unit, daterange(%(long_ago)s, CASE WHEN n %% 20 = 0 THEN %(moved)s::date END)
    FROM homes
    UNION ALL
    SELECT gen_random_uuid(), n, later, daterange(%(moved)s, NULL) FROM homes WHERE n %% 20 = 0
    """,
    """
    INSERT INTO consent (employee_key, purpose, granted_at, policy_version_id)
    SELECT n, purpose, %(said_yes)s, %(policy)s
    FROM generate_series(1, %(people)s) AS n, unnest(ARRAY['take_part', 'network_size']) AS purpose
    """,
    """
    INSERT INTO consent_event (id, employee_key, purpose, is_granted, policy_version_id, source, occurred_at)
    SELECT gen_random_uuid(), employee_key, purpose, true, policy_version_id, 'portal', granted_at FROM consent
    """,
)

ITEMS_LIVE = (
    """
    INSERT INTO content_item (key, id, kind, state, is_product, unit_key, audience_key, topic_keys, priority, is_pinned,
        author_account_id, row_version, created_at, changed_at)
    OVERRIDING SYSTEM VALUE
    SELECT n, gen_random_uuid(), CASE WHEN n %% %(every)s = 0 THEN 'job' ELSE 'article' END, 'draft', false, 1,
        %(audience)s, '{}', 0, false, %(account)s, 1, %(start)s, %(start)s
    FROM generate_series(1, %(items)s) AS n
    """,
    """
    INSERT INTO content_version (id, item_key, number, destination, is_text_locked, hash, created_by, created_at)
    SELECT gen_random_uuid(), key, 1, 'https://www.meridian.example/', false, sha256(key::text::bytea), %(account)s,
        %(start)s
    FROM content_item
    """,
    """
    UPDATE content_item AS item
    SET state = 'live', live_from = %(start)s, first_live_at = %(start)s, live_version_id = version.id,
        current_version_id = version.id
    FROM content_version AS version WHERE version.item_key = item.key
    """,
)

LINKS = """
INSERT INTO link (key, id, code, destination, employee_key, item_key, network, created_at)
OVERRIDING SYSTEM VALUE
SELECT key, gen_random_uuid(), 'c' || key, 'https://www.meridian.example/', person, 1 + (key - 1) %% %(items)s,
    (1 + (key - 1) %% 3)::smallint, %(start)s
FROM unnest(%(keys)s::integer[], %(people)s::integer[]) AS sample (key, person)
"""

COLUMNS = (
    ("occurred_at", ">i8"),
    ("recorded_at", ">i8"),
    ("event_id", "V16"),
    ("visitor_key", ">i8"),
    ("employee_key", ">i4"),
    ("item_key", ">i4"),
    ("link_key", ">i4"),
    ("share_key", ">i4"),
    ("kind", ">i2"),
    ("network", ">i2"),
    ("click_class", ">i2"),
)
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
FRESH_DAYS = 14
DAY_MICROSECONDS = 86_400_000_000
CLASS_SHARES = (0.52, 0.21, 0.09, 0.08, 0.04, 0.06)

Say = Callable[[str], None]


def build(owner_url: str, size: Size, say: Say) -> dict[str, float]:
    """Build the company in an empty, migrated database; return how many rows a second went into the ledger."""
    address = owner_url.replace("+psycopg", "")
    with psycopg.connect(address) as connection:
        say(f"{size.people:,} people ...")
        _people(connection, size)
        _items(connection, size)
        for day in size.calendar_days():
            connection.execute("SELECT ensure_activity_partition(%s)", (day,))
        connection.execute("INSERT INTO day_touch (day) SELECT unnest(%s::date[])", (size.calendar_days(),))
    say(f"{size.clicks:,} clicks and {size.shares:,} shares in {size.days} days ...")
    began = datetime.now(UTC)
    _ledger(address, size)
    seconds = (datetime.now(UTC) - began).total_seconds()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
    events = size.clicks + 2 * size.shares
    return {"events": events, "ledger_seconds": round(seconds, 1), "events_a_second": round(events / seconds)}


def _people(connection: psycopg.Connection[Any], size: Size) -> None:
    long_ago, said_yes = size.first_day - timedelta(days=900), size.start - timedelta(hours=1)
    policy = connection.execute(
        "INSERT INTO policy_version (id, number, body, published_at) "
        "VALUES (gen_random_uuid(), 1, '{}', %s) RETURNING id",
        (size.start,),
    ).fetchone()
    assert policy is not None
    values = {
        "divisions": DIVISIONS,
        "departments": DEPARTMENTS,
        "teams": TEAMS,
        "team_count": DIVISIONS * DEPARTMENTS * TEAMS,
        "start": size.start,
        "long_ago": long_ago,
        "said_yes": said_yes,
        "people": size.people,
        "policy": policy[0],
        "moved": size.first_day + timedelta(days=size.days // 2),
    }
    connection.execute(UNITS, values)
    for statement in PEOPLE:
        connection.execute(statement, values)
    sizes = exact_sizes(np.random.default_rng(SEED), size.people, size.audience)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY network_profile (employee_key, network, observed_on, audience_size, is_floor, source) FROM STDIN"
        ) as copy,
    ):
        for number, audience in enumerate(sizes, 1):
            copy.write_row((number, 1, size.first_day, int(audience), False, "own_entry"))
    connection.execute(
        "INSERT INTO brand_channel (network, observed_on, followers, source) VALUES (1, %s, %s, 'illustration')",
        (size.first_day, round(BRAND_FOLLOWERS_EACH * size.people)),
    )
    # Units change on one day only, so two counts serve all days.
    connection.execute(
        "WITH counted AS (SELECT asked.since, member.unit_key, count(*) AS people "
        "FROM (VALUES (%(first)s::date), (%(moved)s::date)) AS asked (since) "
        "JOIN unit_membership AS member ON member.valid_during @> asked.since GROUP BY 1, 2) "
        "INSERT INTO headcount_day (day, unit_key, employed, eligible, invited, opted_in) "
        "SELECT days.day, unit_key, people, people, people, people FROM unnest(%(days)s::date[]) AS days (day) "
        "JOIN counted ON counted.since = CASE WHEN days.day < %(moved)s THEN %(first)s ELSE %(moved)s END "
        "WHERE days.day < %(today)s",
        {"first": size.first_day, "moved": values["moved"], "days": size.calendar_days(), "today": size.today},
    )


def _items(connection: psycopg.Connection[Any], size: Size) -> None:
    account = connection.execute(
        "INSERT INTO account (id, email, is_active, created_at) "
        "VALUES (gen_random_uuid(), 'maker@meridian.example', true, now()) RETURNING id"
    ).fetchone()
    audience = connection.execute(
        "INSERT INTO audience (id, unit_keys, countries, languages, topic_keys) "
        "VALUES (gen_random_uuid(), '{}', '{}', '{}', '{}') RETURNING key"
    ).fetchone()
    assert account is not None
    assert audience is not None
    values = {
        "account": account[0],
        "audience": audience[0],
        "start": size.start,
        "items": ITEMS,
        "every": EVERY_NTH_IS_A_JOB,
    }
    for statement in ITEMS_LIVE:
        connection.execute(statement, values)
    sample = np.linspace(0, size.shares - 1, LINK_SAMPLE).astype(np.int64)
    connection.execute(
        LINKS,
        {
            "keys": (sample + 1).tolist(),
            "people": owners(size)[sample].tolist(),
            "items": ITEMS,
            "start": size.start,
        },
    )


def owners(size: Size) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return who made each share, by its number: a power law over the people who share at all."""
    drawn = np.random.default_rng(SEED).random(size.shares, dtype=np.float32)
    return 1 + (size.people * ACTIVE_SHARE * drawn**3).astype(np.int32)


def _ledger(address: str, size: Size) -> None:
    """Write the ledger with several connections, a month a connection, each month in the order of time."""
    months: dict[tuple[int, int], list[date]] = {}
    for day in size.calendar_days():
        months.setdefault((day.year, day.month), []).append(day)
    waiting, who = iter(months.items()), owners(size)
    lock, problems = threading.Lock(), []

    def write() -> None:
        try:
            with psycopg.connect(address, autocommit=True) as connection, connection.cursor() as cursor:
                while True:
                    with lock:
                        (year, month), days = next(waiting, ((0, 0), []))
                    if not days:
                        return
                    columns = ", ".join(name for name, _kind in COLUMNS)
                    with cursor.copy(
                        f"COPY activity_event_{year}_{month:02} ({columns}) FROM STDIN (FORMAT BINARY)"
                    ) as copy:
                        copy.write(COPY_HEADER)
                        for day in days:
                            for block in day_blocks(size, day, who):
                                copy.write(block)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


def day_blocks(size: Size, day: date, who: np.ndarray[Any, np.dtype[np.int32]]) -> Iterator[bytes]:
    """Yield a day's events as binary COPY rows.

    The n-th share happens at n / shares of the time, opened and published at once. A click goes to a share of the
    fortnight before it, rather to a young one; every tenth share is a favourite.
    """
    position = (day - size.first_day).days
    chance = np.random.default_rng((SEED, position))
    first, after = (size.shares * at // size.days for at in (position, position + 1))
    shares = np.arange(first, after, dtype=np.int64)
    for kind in (Kind.SHARE_OPENED, Kind.SHARE_PUBLISHED):
        yield _rows(day, chance, shares, who, int(kind), None)
    first, after = (size.clicks * at // size.days for at in (position, position + 1))
    clicks = np.arange(first, after, dtype=np.int64)
    ages = (FRESH_DAYS * size.shares / size.days * chance.random(len(clicks)) ** 2).astype(np.int64)
    clicked = np.maximum(0, clicks * size.shares // size.clicks - ages)
    clicked -= np.where(chance.random(len(clicks)) < 0.5, clicked % 10, 0)
    classes = chance.choice([int(each) for each in ClickClass], size=len(clicks), p=CLASS_SHARES)
    yield _rows(day, chance, clicked, who, int(Kind.LINK_CLICKED), classes)


def _rows(
    day: date,
    chance: np.random.Generator,
    shares: np.ndarray[Any, Any],
    who: np.ndarray[Any, np.dtype[np.int32]],
    kind: int,
    classes: np.ndarray[Any, Any] | None,
) -> bytes:
    """Return rows in PostgreSQL's binary COPY format: each value after its length, -1 for null."""
    values = {
        "occurred_at": _microseconds(day) + (np.arange(len(shares)) + 0.5) / max(1, len(shares)) * DAY_MICROSECONDS,
        "event_id": chance.bytes(16 * len(shares)),
        "visitor_key": None if classes is None else chance.integers(1, 2**62, len(shares)),
        "employee_key": who[shares],
        "item_key": 1 + shares % ITEMS,
        "link_key": 1 + shares,
        "share_key": 1 + shares,
        "kind": kind,
        "network": 1 + shares % 3,
        "click_class": classes,
    }
    values["recorded_at"] = values["occurred_at"]
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, form in COLUMNS:
        layout.append((f"{name}_length", ">i4"))
        if values[name] is not None:
            layout.append((name, form))
    rows = np.empty(len(shares), dtype=np.dtype(layout))
    rows["fields"] = len(COLUMNS)
    for name, form in COLUMNS:
        rows[f"{name}_length"] = -1 if values[name] is None else np.dtype(form).itemsize
        if name == "event_id":
            rows[name] = np.frombuffer(values[name], dtype="V16")
        elif values[name] is not None:
            rows[name] = values[name]
    return rows.tobytes()


def _microseconds(day: date) -> int:
    """Return when a UTC day begins, as PostgreSQL counts."""
    return (day - date(2000, 1, 1)).days * DAY_MICROSECONDS
