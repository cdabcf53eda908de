"""Networks given for counting overlaps: fictional people, known to colleagues in plausible ways."""

import random
from datetime import UTC, datetime, time, timedelta

from advocacy.demo import company
from advocacy.demo.bulk import copy_rows
from advocacy.demo.roster import Person, Roster
from advocacy.foundation import preferences
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.measurement.overlap import identifiers, publication, stored, unions
from advocacy.measurement.overlap.sketches import sketch_of
from config.networks import find_network
from config.profiles import profile_forms

# A seed of its own, so that the rest of the demo stays as it is.
SEED = 412
GIVE_SHARE = 0.62
WORLD = 90_000
# Whom somebody knows: the trade of the team, the trade of the division, and everybody else.
CIRCLES = (("team", 0.22, 2_200), ("division", 0.18, 5_000))


def give_networks(roster: Roster) -> int:
    """Let part of the people who take part give their networks, publish what may be told; return how many gave."""
    linkedin = find_network("linkedin")
    assert linkedin is not None  # noqa: S101
    chance = random.Random(SEED)
    givers = [
        person
        for position, person in enumerate(roster.people)
        if person.opted_in_at is not None
        and person.left_on is None
        and linkedin.number in person.networks
        and (position == 0 or chance.random() < GIVE_SHARE)
    ]
    given_at = datetime.combine(roster.today - timedelta(days=20), time(9), tzinfo=UTC)
    given = [(person, max(given_at, person.opted_in_at or given_at)) for person in givers]
    copy_rows(
        "consent_event",
        ("id", "employee_key", "purpose", "is_granted", "policy_version_id", "source", "occurred_at"),
        ((new_id(), p.key, "network_overlap", True, roster.policy_id, "portal", at) for p, at in given),
    )
    copy_rows(
        "consent",
        ("employee_key", "purpose", "granted_at", "policy_version_id"),
        ((p.key, "network_overlap", at, roster.policy_id) for p, at in given),
    )
    copy_rows(
        "network_sketch",
        ("employee_key", "network", "purpose", "unit_key", "profiles", "uploaded_at", "sealed"),
        (
            (p.key, linkedin.number, "network_overlap", p.unit_key, len(known), at, sealed)
            for p, at in given
            for known in [_known(p, p.networks[linkedin.number])]
            for sealed in [_sealed(p, linkedin.number, known)]
        ),
    )
    group = preferences.smallest_group()
    unions.rebuild(session.connection(), roster.today, remembered=publication.least_contributors(group))
    publication.publish(session.connection(), roster.today, smallest_group=group)
    return len(given)


def _known(person: Person, size: int) -> set[str]:
    """Return ids of invented people, always the same ones for the same person."""
    chance = random.Random(f"{SEED} {person.email}")
    names = {"team": person.team, "division": _division_of(person.team)}
    known: set[str] = set()
    for kind, share, people in CIRCLES:
        numbers = chance.sample(range(people), min(round(size * share), people))
        known.update(f"{kind}-{names[kind]}-{number}" for number in numbers)
    known.update(f"world-{number}" for number in chance.sample(range(WORLD), max(0, size - len(known))))
    return known


def _sealed(person: Person, network: int, known: set[str]) -> bytes:
    key, form = identifiers.token_key(), profile_forms()["linkedin"]
    ids = (f"{form.prefix}{name.lower().replace(' ', '-')}" for name in known)
    return stored.seal_one(sketch_of(identifiers.token(key, form.network, one) for one in ids), person.key, network)


def _division_of(team: str) -> str:
    return next(division for division, teams in company.UNITS.items() if team in {name for name, _c, _w in teams})
