"""The setting of the page benchmarks: the seed picture with 350,000 people, plus 2,000 live items and some readers."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from advocacy.cli.demo import load_demo
from advocacy.content.models import ContentItem, ContentVersion, ItemKind, ItemState
from advocacy.demo.bulk import copy_rows, reserve_keys
from advocacy.foundation import clock, db
from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.identity.browser import new_row
from advocacy.identity.models import Account, RoleGrant
from advocacy.people.models import Employee
from advocacy.people.models import Topic as TopicRow
from advocacy.people.queries import unit_tree
from config.settings import Settings

SEED = 2_000
COUNTRIES = ("US", "IN", "DE", "GB", "BR", "JP", "FR", "CA", "PL", "ES")
TOKEN = "{:043d}"
FURTHER = ("roles", "is_any", "has_exceptions", "except_countries")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with an account and the cookie of a running session."""

    account_id: UUID
    employee_key: int
    cookie: str


def load(settings: Settings, items: int, readers: int) -> tuple[list[Reader], dict[str, Reader]]:
    """Fill the connected database; return the readers, and the demo's own people by role."""
    load_demo(settings, "ibm", replace=False, say=lambda line: print(f"  {line}"))
    with db.unit_of_work():
        add_items(items)
        chosen = add_readers(readers)
        by_role = sign_in_personas()
    return chosen, by_role


def add_items(count: int) -> None:
    """Write live items for varied audiences: everybody, a unit at any height, countries, a topic, or both."""
    chance = random.Random(SEED)
    units = [node.key for node in unit_tree()]
    topics = list(session.scalars(select(TopicRow.key).order_by(TopicRow.key)))
    sample = session.scalars(select(ContentItem).where(ContentItem.live_version_id.is_not(None))).first()
    assert sample is not None
    version = session.get_one(ContentVersion, sample.live_version_id)
    audiences, keys = reserve_keys("audience", count), reserve_keys("content_item", count)
    versions = [new_id() for _ in range(count)]
    now = clock.now()
    copy_rows(
        "audience",
        ("key", "id", "unit_keys", "countries", "languages", "topic_keys", *FURTHER),
        ((key, new_id(), *_conditions(chance, units, topics), *_further(chance)) for key in audiences),
    )
    copy_rows(
        "content_item",
        (
            *("key", "id", "kind", "state", "is_product", "unit_key", "audience_key", "topic_keys", "priority"),
            *("is_pinned", "author_account_id", "current_version_id", "live_version_id", "live_from", "expires_at"),
            *("languages", "row_version", "created_at", "changed_at"),
        ),
        (
            (
                *(key, new_id(), ItemKind.ARTICLE.value, ItemState.LIVE.value, False, sample.unit_key, audiences[n]),
                *([chance.choice(topics)], chance.choice((0, 0, 0, 1)), False, sample.author_account_id),
                *(versions[n], versions[n], *_span(chance, now), ["en"], 1, now, now),
            )
            for n, key in enumerate(keys)
        ),
    )
    copy_rows(
        "content_version",
        ("id", "item_key", "number", "destination", "image_sha256", "image_alternative", "is_text_locked", "hash",
         "created_by", "created_at"),
        (
            (versions[n], key, 1, version.destination, version.image_sha256, version.image_alternative, False,
             key.to_bytes(32), version.created_by, now)
            for n, key in enumerate(keys)
        ),
    )  # fmt: skip
    copy_rows(
        "content_text",
        ("version_id", "language", "title", "summary"),
        ((id_, "en", f"Item {n}", "Two sentences about something worth sharing.") for n, id_ in enumerate(versions)),
    )
    copy_rows(
        "caption",
        ("id", "version_id", "network", "language", "text", "position"),
        ((new_id(), id_, None, "en", "My own view of it.", position) for id_ in versions for position in range(2)),
    )


def _conditions(
    chance: random.Random, units: list[int], topics: list[int]
) -> tuple[list[int], list[str], list[str], list[int]]:
    kind = chance.random()
    if kind < 0.10:
        return [], [], [], []
    if kind < 0.55:
        return chance.sample(units, chance.choice((1, 1, 3))), [], [], []
    if kind < 0.75:
        return [], chance.sample(COUNTRIES, 2), [], []
    if kind < 0.90:
        return [], [], [], [chance.choice(topics)]
    return [], [chance.choice(COUNTRIES)], [], [chance.choice(topics)]


def _further(chance: random.Random) -> tuple[list[str], bool, bool, list[str]]:
    """Return roles, any instead of all, and exceptions: one audience in ten asks for one of them."""
    kind = chance.random()
    if kind < 0.04:
        return ["engineer"], False, False, []
    if kind < 0.07:
        return [], True, False, []
    return [], False, kind < 0.10, [chance.choice(COUNTRIES)] if kind < 0.10 else []


def _span(chance: random.Random, now: datetime) -> tuple[datetime, datetime]:
    return now - timedelta(hours=chance.uniform(1, 24 * 60)), now + timedelta(days=chance.randint(5, 60))


def add_readers(count: int) -> list[Reader]:
    """Give people picked at random an account, followed topics and a signed-in browser."""
    chance = random.Random(SEED + 1)
    topics = list(session.scalars(select(TopicRow.key)))
    known = select(Account.employee_key).where(Account.employee_key.is_not(None))
    least = session.scalar(select(Employee.key).order_by(Employee.key)) or 0
    keys = [least + position for position in chance.sample(range(100, 340_000), count)]
    people = session.execute(
        select(Employee.key, Employee.email).where(Employee.key.in_(keys), ~Employee.key.in_(known))
    )
    readers = []
    for key, email in people.all():
        account = Account(employee_key=key, email=email)
        session.add(account)
        session.flush()
        session.add(RoleGrant(account_id=account.id, role=Role.EMPLOYEE))
        readers.append(_signed_in(account, key, len(readers)))
    copy_rows("topic_follow", ("employee_key", "topic_key"), ((r.employee_key, t) for r in readers for t in topics[:3]))
    return readers


def sign_in_personas() -> dict[str, Reader]:
    """Sign in the demo's own people, by role."""
    mark = session.scalar(text("SELECT value FROM setting WHERE name = 'demo_mark'"))
    found = {}
    for number, entry in enumerate(mark["people"]):  # type: ignore[index]
        account = session.get_one(Account, UUID(entry["account_id"]))
        found[entry["role"]] = _signed_in(account, account.employee_key or 0, 1_000_000 + number)
    return found


def _signed_in(account: Account, employee_key: int, number: int) -> Reader:
    from advocacy.identity.browser import Sessions, Visit

    visit = Visit({"_user_id": str(account.id), "_fresh": True})
    cookie, now = TOKEN.format(number), clock.now()
    session.add(new_row(cookie, account.id, Sessions()._packed(visit), now, now))
    return Reader(account.id, employee_key, cookie)
