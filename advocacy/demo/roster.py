"""The people of the demo: units, employees, accounts, consents, networks, dated head counts."""

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from faker import Faker
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from advocacy.demo import company
from advocacy.demo.bulk import copy_rows, reserve_keys
from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.identity.models import Account, RoleGrant
from advocacy.people.models import OrgUnit, PolicyVersion, Topic, UnitPlacement
from advocacy.people.service.units import rebuild_tree
from config.networks import find_network

HISTORY_DAYS = 730
OPT_IN_SHARE = 0.68
SIZE_SHARE = 0.92
PERSONA_EAGERNESS = 1.0
WITHOUT_ACCOUNT = 4
LINKEDIN_MEDIAN, LINKEDIN_SPREAD = 340, 0.9
OTHER_NETWORKS = (
    ("x", 0.22, 120, 1.1),
    ("mastodon", 0.14, 90, 0.9),
    ("bluesky", 0.12, 80, 0.9),
    ("xing", 0.3, 150, 0.8),
)


@dataclass(slots=True)
class Person:
    """One generated employee, as the rest of the demo needs to know them."""

    key: int
    id: UUID
    name: str
    email: str
    title: str
    team: str
    unit_key: int
    country: str
    hired_on: date
    left_on: date | None = None
    opted_in_at: datetime | None = None
    eagerness: float = 0.0
    networks: dict[int, int] = field(default_factory=dict)
    account_id: UUID | None = None
    roles: tuple[Role, ...] = (Role.EMPLOYEE,)
    language: str = ""


@dataclass(slots=True)
class Roster:
    people: list[Person]
    units: dict[str, int]
    topics: dict[str, int]
    policy_id: UUID
    first_day: date
    today: date

    @property
    def personas(self) -> list[Person]:
        return self.people[: len(company.PERSONAS)]


def make_roster(chance: random.Random, today: date, policy: PolicyVersion, size: int) -> Roster:
    """Write units, people, consents, networks and accounts, and return them."""
    first_day = today - timedelta(days=HISTORY_DAYS)
    units, teams = _units(first_day)
    topics = {name: _topic(name) for name in company.TOPICS}
    roster = Roster(_people(chance, size, units, teams, first_day, today), units, topics, policy.id, first_day, today)
    _opt_in(chance, roster)
    _write_people(roster)
    _write_consents(roster)
    _write_follows(chance, roster)
    write_accounts(roster)
    _write_headcounts(roster)
    return roster


def _units(first_day: date) -> tuple[dict[str, int], list[tuple[str, str, int]]]:
    open_end = Range(first_day - timedelta(days=3650), None, bounds="[)")
    keys: dict[str, int] = {}
    placements: list[tuple[int, int | None]] = []

    def add(name: str, parent: str | None) -> None:
        unit = OrgUnit(external_id=name.lower().replace(" ", "-"), name=name)
        session.add(unit)
        session.flush()
        keys[name] = unit.key
        placements.append((unit.key, keys[parent] if parent else None))

    add(company.NAME, None)
    teams = []
    for division, below in company.UNITS.items():
        add(division, company.NAME)
        for name, country, weight in below:
            add(name, division)
            teams.append((name, country, weight))
    session.add_all(
        UnitPlacement(unit_key=unit, parent_key=parent, valid_during=open_end) for unit, parent in placements
    )
    session.flush()
    rebuild_tree()
    return keys, teams


def _topic(name: str) -> int:
    topic = Topic(name=name)
    session.add(topic)
    session.flush()
    return topic.key


def _people(
    chance: random.Random,
    size: int,
    units: dict[str, int],
    teams: list[tuple[str, str, int]],
    first_day: date,
    today: date,
) -> list[Person]:
    keys = reserve_keys("employee", size)
    countries = {team: country for team, country, _ in teams}
    names = {country: _faker(locale, index) for index, (country, locale) in enumerate(company.LOCALES.items())}
    people: list[Person] = []
    taken = {persona.email for persona in company.PERSONAS}
    for persona in company.PERSONAS:
        roles = (Role.EMPLOYEE,) if persona.role == "employee" else (Role.EMPLOYEE, Role(persona.role))
        people.append(
            Person(
                keys[len(people)],
                new_id(),
                persona.name,
                persona.email,
                persona.title,
                persona.team,
                units[persona.team],
                countries[persona.team],
                first_day - timedelta(days=500),
                roles=roles,
                language=persona.language,
            )
        )
    weights = [weight for _, _, weight in teams]
    while len(people) < size:
        team, country, _weight = chance.choices(teams, weights)[0]
        name = names[country].name()
        email = _email(name, taken)
        hired_on = first_day + timedelta(days=chance.randrange(-2500, HISTORY_DAYS - 20))
        leaves = chance.random() < 0.09
        earliest = max((first_day - hired_on).days, 30)
        left_on = hired_on + timedelta(days=chance.randrange(earliest, earliest + HISTORY_DAYS)) if leaves else None
        people.append(
            Person(
                keys[len(people)],
                new_id(),
                name,
                email,
                chance.choice(company.TITLES),
                team,
                units[team],
                country,
                hired_on,
                left_on if left_on and left_on < today else None,
            )
        )
    return people


def _faker(locale: str, seed: int) -> Faker:
    faker = Faker(locale)
    faker.seed_instance(4200 + seed)
    return faker


def _email(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    parts = [part for part in "".join(c if c.isalpha() else " " for c in plain).split() if len(part) > 1]
    stem = f"{parts[0]}.{parts[-1]}" if parts else "person"
    number, email = 1, f"{stem}@{company.MAIL_HOST}"
    while email in taken:
        number += 1
        email = f"{stem}{number}@{company.MAIL_HOST}"
    taken.add(email)
    return email


def _opt_in(chance: random.Random, roster: Roster) -> None:
    """Decide who said yes, when, how eagerly they share, and how many people follow them where."""
    linkedin = find_network("linkedin")
    assert linkedin is not None  # noqa: S101
    for position, person in enumerate(roster.people):
        is_persona = position < len(company.PERSONAS)
        if not is_persona and chance.random() > OPT_IN_SHARE:
            continue
        earliest = max(roster.first_day, person.hired_on)
        latest = person.left_on or roster.today
        # Most said yes when the programme began in their division, the rest trickled in.
        wait = 2 if is_persona else int(min(chance.expovariate(1 / 120), (latest - earliest).days - 1))
        if wait < 0:
            continue
        person.opted_in_at = datetime.combine(
            earliest + timedelta(days=wait), time(9, chance.randrange(60)), tzinfo=UTC
        )
        person.eagerness = PERSONA_EAGERNESS if is_persona else min(chance.paretovariate(0.75) * 0.01, 1.0)
        if not is_persona and chance.random() > SIZE_SHARE:
            continue
        person.networks[linkedin.number] = max(8, int(chance.lognormvariate(0, LINKEDIN_SPREAD) * LINKEDIN_MEDIAN))
        if is_persona:  # somebody's pages are looked at: they should have something to show
            person.networks[linkedin.number] = 480 + 110 * position
        for key, share, median, spread in OTHER_NETWORKS:
            network = find_network(key)
            if network is not None and chance.random() < share:
                person.networks[network.number] = max(1, int(chance.lognormvariate(0, spread) * median))


def _write_people(roster: Roster) -> None:
    copy_rows(
        "employee",
        (
            "key",
            "id",
            "external_id",
            "email",
            "name",
            "title",
            "language",
            "country",
            "time_zone",
            "hired_on",
            "left_on",
            "created_at",
            "onboarded_at",
        ),
        (
            (
                p.key,
                p.id,
                None,
                None,
                None,
                None,
                None,
                None,
                None,
                p.hired_on,
                p.left_on,
                _at(p.hired_on),
                p.opted_in_at,
            )
            if p.left_on
            else (
                p.key,
                p.id,
                f"M{p.key:05d}",
                p.email,
                p.name,
                p.title,
                p.language or company.LANGUAGES[p.country],
                p.country,
                company.ZONES[p.country],
                p.hired_on,
                None,
                _at(p.hired_on),
                p.opted_in_at,
            )
            for p in roster.people
        ),
    )
    copy_rows(
        "unit_membership",
        ("id", "employee_key", "unit_key", "valid_during"),
        ((new_id(), p.key, p.unit_key, f"[{p.hired_on},{p.left_on or ''})") for p in roster.people),
    )


def _write_consents(roster: Roster) -> None:
    yes = [p for p in roster.people if p.opted_in_at is not None]
    pairs = [(p, "take_part") for p in yes] + [(p, "network_size") for p in yes if p.networks]
    copy_rows(
        "consent_event",
        ("id", "employee_key", "purpose", "is_granted", "policy_version_id", "source", "occurred_at"),
        ((new_id(), p.key, purpose, True, roster.policy_id, "portal", p.opted_in_at) for p, purpose in pairs),
    )
    copy_rows(
        "consent",
        ("employee_key", "purpose", "granted_at", "policy_version_id"),
        ((p.key, purpose, p.opted_in_at, roster.policy_id) for p, purpose in pairs),
    )
    copy_rows(
        "policy_acknowledgement",
        ("employee_key", "policy_version_id", "acknowledged_at"),
        ((p.key, roster.policy_id, p.opted_in_at) for p in yes),
    )
    copy_rows(
        "network_profile",
        ("employee_key", "network", "observed_on", "audience_size", "is_floor", "source"),
        (
            (p.key, network, day, int(size * growth), False, "own_entry")
            for p in yes
            for network, size in p.networks.items()
            for day, growth in _observations(roster, p)
        ),
    )


def _observations(roster: Roster, person: Person) -> list[tuple[date, float]]:
    """A first number at the yes, and a fresh one last month for those who look after it."""
    assert person.opted_in_at is not None  # noqa: S101
    first = person.opted_in_at.date()
    recent = roster.today - timedelta(days=20 + person.key % 60)
    if person.key % 5 and recent > first + timedelta(days=60) and person.left_on is None:
        return [(first, 0.8), (recent, 1.0)]
    return [(first, 1.0)]


def _write_follows(chance: random.Random, roster: Roster) -> None:
    rows = set()
    for person in roster.people:
        if person.opted_in_at is not None and person.left_on is None:
            rows |= {(person.key, key) for key in chance.sample(sorted(roster.topics.values()), chance.randrange(1, 4))}
    copy_rows("topic_follow", ("employee_key", "topic_key"), sorted(rows))


def write_accounts(roster: Roster) -> None:
    """Give nearly everybody who is still here an account with their roles: having one says nothing about a yes."""
    for person in roster.people:
        if person.left_on is not None or (person.opted_in_at is None and person.key % WITHOUT_ACCOUNT == 0):
            continue
        person.account_id = new_id()
        since = person.opted_in_at or _at(max(person.hired_on, roster.first_day))
        session.add(Account(id=person.account_id, employee_key=person.key, email=person.email, created_at=since))
    session.flush()
    session.add_all(
        RoleGrant(account_id=person.account_id, role=role, unit_key=None)
        for person in roster.people
        if person.account_id is not None
        for role in person.roles
    )
    session.flush()


def _write_headcounts(roster: Roster) -> None:
    """Write the dated denominators as they would have been counted day by day."""
    session.execute(
        text(
            """
            INSERT INTO headcount_day (day, unit_key, employed, eligible, invited, opted_in)
            SELECT days.day, membership.unit_key, count(*), count(*), count(*),
                   count(*) FILTER (WHERE (consent.granted_at AT TIME ZONE 'UTC')::date <= days.day)
            FROM (SELECT CAST(:first AS date) + step AS day
                  FROM generate_series(0, CAST(:last AS date) - CAST(:first AS date)) AS step) AS days
            JOIN unit_membership AS membership ON membership.valid_during @> days.day
            LEFT JOIN consent ON consent.employee_key = membership.employee_key AND consent.purpose = 'take_part'
            GROUP BY days.day, membership.unit_key
            """
        ),
        {"first": roster.first_day, "last": roster.today - timedelta(days=1)},
    )


def _at(day: date) -> datetime:
    return datetime.combine(day, time(8), tzinfo=UTC)
