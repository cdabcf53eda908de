"""`advocacy demo`: fill an empty database with Meridian Works, or with the seed picture at full size."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text

from advocacy.demo import company
from advocacy.demo.accounts import connect_accounts
from advocacy.demo.bells import hang_bells
from advocacy.demo.connections import give_networks
from advocacy.demo.history import make_history
from advocacy.demo.ideas import make_ideas
from advocacy.demo.lessons import make_lessons
from advocacy.demo.library import make_library
from advocacy.demo.mark import DEMO_MARK, DemoPerson, find_mark, is_empty
from advocacy.demo.mending import propose_mending
from advocacy.demo.plans import plan_shares
from advocacy.demo.recognition import make_recognition
from advocacy.demo.roster import HISTORY_DAYS, Person, make_roster
from advocacy.demo.words import decide_rules
from advocacy.foundation import clock, db, preferences
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict
from advocacy.foundation.models import Setting
from advocacy.measurement import fill
from advocacy.people.models import PolicyVersion
from advocacy.people.policy import DEFAULT_POLICY
from advocacy.sharing.clicks import judgements, rules

SEED = 20_131_122
PEOPLE = 400
NEVER_EMPTIED = frozenset({"alembic_version"})

Say = Callable[[str], None]


def load(scale: str, *, replace: bool, say: Say) -> list[DemoPerson]:
    """Fill the database and return the people to sign in as. The caller commits.

    Raises Conflict when the database holds something and `replace` is not given, or when it is not a demo's.
    """
    _make_room(replace=replace)
    # Between two copies the transaction waits for rows to be made up; on a busy machine longer than a request may.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    today = clock.day_of(clock.now(), preferences.zone())
    if scale == "ibm":
        from advocacy.demo.ibm import load_ibm

        people = load_ibm(SEED, today, say)
    else:
        people = _load_meridian(today, say)
    rules.key_in_force()
    judgements.adopt_ledger()
    _mark(scale, people)
    return people


def policy_at(published_at: datetime) -> PolicyVersion:
    """Write the first policy version as it would have been published before the programme began."""
    policy = PolicyVersion(number=1, body=DEFAULT_POLICY, published_at=published_at)
    session.add(policy)
    session.flush()
    return policy


def _load_meridian(today: date, say: Say) -> list[DemoPerson]:
    chance = random.Random(SEED)
    policy = policy_at(datetime.combine(today - timedelta(days=HISTORY_DAYS + 10), time(8), tzinfo=UTC))
    decide_rules(today, today - timedelta(days=HISTORY_DAYS + 10))
    say(f"People of {company.NAME} ...")
    roster = make_roster(chance, today, policy, PEOPLE)
    say("Two years of things worth sharing ...")
    items = make_library(chance, roster)
    curators = [
        person for persona, person in zip(company.PERSONAS, roster.personas, strict=True) if persona.role == "curator"
    ]
    make_ideas(roster, curators[0])
    say("Shares, clicks, conversations, applications ...")
    make_history(chance, roster, items)
    hang_bells(roster)
    propose_mending(roster)
    make_lessons(roster)
    make_recognition(roster)
    plan_shares(roster)
    say("Networks given for counting overlaps ...")
    give_networks(roster)
    by_role = {persona.role: person for persona, person in zip(company.PERSONAS, roster.personas, strict=True)}
    connect_accounts(roster, by_role["administrator"], by_role["employee"])
    return [demo_person(persona, person) for persona, person in zip(company.PERSONAS, roster.personas, strict=True)]


def demo_person(persona: company.Persona, person: Person) -> DemoPerson:
    assert person.account_id is not None  # noqa: S101
    return DemoPerson(persona.role, persona.name, persona.email, persona.story, person.account_id)


def _make_room(*, replace: bool) -> None:
    if is_empty():
        return
    if not replace:
        raise Conflict("This database already holds people. Use an empty one, or --replace on a demo's own database.")
    if find_mark() is None:
        raise Conflict("This database was not made by the demo, so the demo will not empty it.")
    raise Conflict("The demo's tables must be emptied first.", code="needs_emptying")


def _mark(scale: str, people: list[DemoPerson]) -> None:
    session.merge(
        Setting(
            name=DEMO_MARK,
            value={
                "scale": scale,
                "people": [
                    {
                        "role": p.role,
                        "name": p.name,
                        "email": p.email,
                        "story": p.story,
                        "account_id": str(p.account_id),
                    }
                    for p in people
                ],
            },
            changed_at=clock.now(),
        )
    )


def empty(owner_url: str) -> None:
    """Remove everything from a demo's own database, with the owner's rights: ledgers cannot be emptied otherwise."""
    import psycopg

    with psycopg.connect(owner_url.replace("+psycopg", "")) as connection:
        marked = connection.execute("SELECT 1 FROM setting WHERE name = %s", (DEMO_MARK,)).fetchone()
        if marked is None:
            raise Conflict("This database was not made by the demo, so the demo will not empty it.")
        tables = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        ).fetchall()
        names = ", ".join(f'"{name}"' for (name,) in tables if name not in NEVER_EMPTIED)
        connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


def fill_recent_days(days: int, say: Say, *, only_events: bool) -> None:
    """Compute the newest days' numbers at once, so that no page is empty; workers do the rest.

    `only_events` leaves past head counts and audiences to the workers: at full size each takes seconds.
    """
    say(f"Numbers of the last {days} days ...")
    with db.engine().connect() as connection:
        calendar = fill.programme(connection)
        session.remove()  # the calendar read settings: that transaction would idle for longer than is allowed
        since = calendar.today - timedelta(days=days)
        fill.spread_touches(connection)
        while True:
            ready = [
                (rollup, day)
                for rollup, day in fill.past_days_ready(connection, calendar=calendar, at_most=1_000_000)
                if day >= since and (rollup.source == "events" or not only_events)
            ]
            for rollup, day in ready:
                fill.fill_day(connection, rollup, day, calendar=calendar)
            if not ready:
                break
        fill.fill_running_days(connection, calendar=calendar)


def analyse(owner_url: str) -> None:
    """Tell the planner what was loaded, with the owner's rights; without it the first pages are slow."""
    import psycopg

    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("ANALYZE")
