"""The seed picture at full size: 350,000 employees, an audience of exactly 3,500,000, a brand with 1,000,000 followers.

An illustration from the source text, not a fact about any company.
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from faker import Faker

from advocacy.activity import service as activity
from advocacy.activity.kinds import ClickClass, Kind
from advocacy.content.models import AllowedHost
from advocacy.demo import company
from advocacy.demo.bulk import copy_rows, reserve_keys
from advocacy.demo.library import Published, make_items
from advocacy.demo.roster import Person, Roster, write_accounts
from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.people.models import OrgUnit, Topic
from advocacy.people.service.units import rebuild_tree
from advocacy.sharing.codes import new_code
from config.networks import find_network

EMPLOYEES = 350_000
TOTAL_AUDIENCE = 3_500_000
BRAND_FOLLOWERS = 1_000_000
SHARING_SHARE = 0.03
HISTORY_DAYS = 35
DIVISIONS = (
    "Consulting",
    "Cloud",
    "Research",
    "Systems",
    "Software",
    "Financing",
    "Sales",
    "Human Resources",
    "Communications",
    "Legal",
)
COUNTRIES = ("US", "IN", "DE", "GB", "BR", "JP", "FR", "CA", "PL", "ES")
DEPARTMENTS_PER_DIVISION, TEAMS_PER_DEPARTMENT = 9, 11
CLICKS_PER_SHARE = 6.0

Say = Callable[[str], None]


def exact_sizes(chance: np.random.Generator, people: int, total: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return heavy-tailed whole numbers that add up to exactly `total`.

    Shares of the total are drawn lognormally, rounded down, and what rounding left over goes to the largest remainders.
    """
    weights = chance.lognormal(0.0, 1.5, people)
    wanted = weights / weights.sum() * total
    sizes = np.floor(wanted).astype(np.int64)
    left_over = total - int(sizes.sum())
    sizes[np.argsort(sizes - wanted)[:left_over]] += 1
    return np.asarray(sizes, dtype=np.int64)


def load_ibm(seed: int, today: date, say: Say) -> list[Any]:
    """Write the seed picture; return the people to sign in as."""
    from advocacy.demo.loading import demo_person, policy_at

    chance, plain = np.random.default_rng(seed), random.Random(seed)
    first_day = today - timedelta(days=HISTORY_DAYS)
    policy = policy_at(datetime.combine(first_day - timedelta(days=12), time(8), tzinfo=UTC))
    say("Units ...")
    units, teams = _units(plain, first_day)
    topics = {name: _topic(name) for name in company.TOPICS}
    say(f"{EMPLOYEES:,} people, their yes and their networks ...")
    keys = reserve_keys("employee", EMPLOYEES)
    roster = Roster(_personas(keys, teams, first_day), units, topics, policy.id, first_day, today)
    homes = chance.choice(np.array(teams), size=EMPLOYEES, p=_weights(chance, len(teams)))
    for position, person in enumerate(roster.people):
        homes[position] = person.unit_key
    sizes = exact_sizes(chance, EMPLOYEES, TOTAL_AUDIENCE)
    _people(plain, roster, keys, homes, sizes)
    write_accounts(roster)
    say("Items, shares, clicks ...")
    session.add_all(AllowedHost(host=host, includes_subdomains=below) for host, below in company.ALLOWED_HOSTS)
    items = make_items(plain, roster, company.STORIES)
    _activity(chance, roster, keys, items)
    linkedin = find_network("linkedin")
    assert linkedin is not None  # noqa: S101
    copy_rows(
        "brand_channel",
        ("network", "observed_on", "followers", "source"),
        [(linkedin.number, first_day, BRAND_FOLLOWERS, "illustration from the source text")],
    )
    _headcounts(first_day, today)
    return [demo_person(persona, person) for persona, person in zip(company.PERSONAS, roster.people, strict=True)]


def _units(plain: random.Random, first_day: date) -> tuple[dict[str, int], list[int]]:
    """Write a tree of about a thousand teams and return all keys by name, and the teams' keys."""
    from sqlalchemy.dialects.postgresql import Range

    from advocacy.people.models import UnitPlacement

    always = Range(first_day - timedelta(days=3650), None, bounds="[)")
    units: dict[str, int] = {}
    placed: list[tuple[str, str | None]] = [(company.NAME, None)]
    teams: list[str] = []
    for division in DIVISIONS:
        placed.append((division, company.NAME))
        for department in range(1, DEPARTMENTS_PER_DIVISION + 1):
            name = f"{division} {plain.choice(COUNTRIES)} {department}"
            placed.append((name, division))
            for team in range(1, TEAMS_PER_DEPARTMENT + 1):
                teams.append(f"{name}.{team}")
                placed.append((teams[-1], name))
    rows = [OrgUnit(external_id=name, name=name) for name, _ in placed]
    session.add_all(rows)
    session.flush()
    units = {row.name: row.key for row in rows}
    session.add_all(
        UnitPlacement(unit_key=units[name], parent_key=units[parent] if parent else None, valid_during=always)
        for name, parent in placed
    )
    session.flush()
    rebuild_tree()
    return units, [units[name] for name in teams]


def _topic(name: str) -> int:
    topic = Topic(name=name)
    session.add(topic)
    session.flush()
    return topic.key


def _weights(chance: np.random.Generator, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    weights = chance.lognormal(0.0, 0.6, count)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _personas(keys: list[int], teams: list[int], first_day: date) -> list[Person]:
    said_yes = datetime.combine(first_day - timedelta(days=10), time(9), tzinfo=UTC)
    return [
        Person(
            keys[position],
            new_id(),
            persona.name,
            persona.email,
            persona.title,
            "",
            teams[position * 7],
            "DE",
            first_day - timedelta(days=900),
            opted_in_at=said_yes,
            roles=(Role.EMPLOYEE,) if persona.role == "employee" else (Role.EMPLOYEE, Role(persona.role)),
        )
        for position, persona in enumerate(company.PERSONAS)
    ]


def _names() -> tuple[list[str], list[str]]:
    faker = Faker(["en_US", "de_DE", "es_ES", "pt_BR"])
    faker.seed_instance(7)
    return [faker.first_name() for _ in range(900)], [faker.last_name() for _ in range(1_900)]


def _people(plain: random.Random, roster: Roster, keys: list[int], homes: Any, sizes: Any) -> None:
    first_names, last_names = _names()
    personas = {person.key: person for person in roster.people}
    said_yes = roster.people[0].opted_in_at
    hired = roster.first_day - timedelta(days=900)
    linkedin = find_network("linkedin")
    assert linkedin is not None  # noqa: S101

    def employees() -> Iterator[tuple[Any, ...]]:
        for key in keys:
            known = personas.get(key)
            name = known.name if known else f"{plain.choice(first_names)} {plain.choice(last_names)}"
            email = known.email if known else f"p{key}@{company.MAIL_HOST}"
            yield (
                key,
                known.id if known else new_id(),
                f"P{key}",
                email,
                name,
                "en",
                plain.choice(COUNTRIES),
                hired,
                said_yes,
                said_yes,
            )

    copy_rows(
        "employee",
        ("key", "id", "external_id", "email", "name", "language", "country", "hired_on", "created_at", "onboarded_at"),
        employees(),
    )
    copy_rows(
        "unit_membership",
        ("id", "employee_key", "unit_key", "valid_during"),
        ((new_id(), key, int(homes[n]), f"[{hired},)") for n, key in enumerate(keys)),
    )
    purposes = ("take_part", "network_size")
    copy_rows(
        "consent_event",
        ("id", "employee_key", "purpose", "is_granted", "policy_version_id", "source", "occurred_at"),
        ((new_id(), key, purpose, True, roster.policy_id, "portal", said_yes) for key in keys for purpose in purposes),
    )
    copy_rows(
        "consent",
        ("employee_key", "purpose", "granted_at", "policy_version_id"),
        ((key, purpose, said_yes, roster.policy_id) for key in keys for purpose in purposes),
    )
    copy_rows(
        "policy_acknowledgement",
        ("employee_key", "policy_version_id", "acknowledged_at"),
        ((person.key, roster.policy_id, said_yes) for person in roster.people),
    )
    copy_rows(
        "network_profile",
        ("employee_key", "network", "observed_on", "audience_size", "is_floor", "source"),
        ((key, linkedin.number, roster.first_day, int(sizes[n]), False, "own_entry") for n, key in enumerate(keys)),
    )


def _activity(chance: np.random.Generator, roster: Roster, keys: list[int], items: list[Published]) -> None:
    """Let about three in a hundred share once in the last 30 days, and people click on it."""
    linkedin = find_network("linkedin")
    assert linkedin is not None  # noqa: S101
    sharers = chance.choice(EMPLOYEES, size=int(EMPLOYEES * SHARING_SHARE), replace=False)
    now = datetime.combine(roster.today, time(0, 5), tzinfo=UTC)
    ages = chance.uniform(600, 29 * 86_400, len(sharers))
    clicks = chance.poisson(CLICKS_PER_SHARE, len(sharers))
    share_keys, link_keys = reserve_keys("share", len(sharers)), reserve_keys("link", len(sharers))
    shared = [
        (
            share_keys[n],
            link_keys[n],
            keys[int(position)],
            items[n % len(items)],
            now - timedelta(seconds=float(ages[n])),
        )
        for n, position in enumerate(sharers)
    ]
    copy_rows(
        "share",
        (
            "key",
            "id",
            "employee_key",
            "item_key",
            "version_id",
            "caption_id",
            "network",
            "text",
            "disclosure",
            "state",
            "opened_at",
            "confirmed_at",
        ),
        (
            (
                share,
                new_id(),
                person,
                item.key,
                item.version_id,
                item.captions[0][0],
                linkedin.number,
                item.captions[0][1],
                '{"rule": "default:everywhere", "added": true, "near": true}',
                "confirmed",
                at,
                at + timedelta(minutes=1),
            )
            for share, _, person, item, at in shared
        ),
    )
    copy_rows(
        "link",
        ("key", "id", "code", "destination", "share_key", "employee_key", "item_key", "network", "created_at"),
        (
            (
                link,
                new_id(),
                new_code(),
                item.destination or company.SITE + "/",
                share,
                person,
                item.key,
                linkedin.number,
                at,
            )
            for share, link, person, item, at in shared
        ),
    )
    kinds = chance.choice([int(c) for c in ClickClass], size=int(clicks.sum()), p=[0.52, 0.21, 0.09, 0.08, 0.04, 0.06])
    delays = chance.exponential(86_400, int(clicks.sum()))

    def events() -> Iterator[tuple[Any, ...]]:
        used = 0
        for n, (share, link, person, item, at) in enumerate(shared):
            base = (person, item.key, link, share)
            for kind in (Kind.SHARE_OPENED, Kind.SHARE_PUBLISHED):
                yield (at, at, new_id(), None, *base, int(kind), linkedin.number, None)
            for _ in range(int(clicks[n])):
                when = min(at + timedelta(seconds=30 + float(delays[used])), now)
                visitor = int.from_bytes(hashlib.blake2b(used.to_bytes(8), digest_size=8).digest(), signed=True)
                yield (when, when, new_id(), visitor, *base, int(Kind.LINK_CLICKED), linkedin.number, int(kinds[used]))
                used += 1

    days = {roster.today - timedelta(days=back) for back in range(HISTORY_DAYS + 1)}
    activity.ensure_partitions(days)
    copy_rows(
        "activity_event",
        (
            "occurred_at",
            "recorded_at",
            "event_id",
            "visitor_key",
            "employee_key",
            "item_key",
            "link_key",
            "share_key",
            "kind",
            "network",
            "click_class",
        ),
        events(),
    )
    activity.touch(days)


def _headcounts(first_day: date, today: date) -> None:
    from sqlalchemy import text

    session.execute(
        text(
            """
            INSERT INTO headcount_day (day, unit_key, employed, eligible, invited, opted_in)
            SELECT days.day, counted.unit_key, counted.people, counted.people, counted.people, counted.people
            FROM (SELECT CAST(:first AS date) + step AS day
                  FROM generate_series(0, CAST(:last AS date) - CAST(:first AS date)) AS step) AS days
            CROSS JOIN (
                SELECT membership.unit_key, count(*) AS people
                FROM unit_membership AS membership
                GROUP BY membership.unit_key
            ) AS counted
            """
        ),
        {"first": first_day, "last": today - timedelta(days=1)},
    )
