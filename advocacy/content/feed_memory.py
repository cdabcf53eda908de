"""What somebody's feed remembers for them: how often an item was shown without effect, and what they put aside.

One sealed row a person, opened only while their own page is made. Nobody else can ask for it, and no other row says
who passed what by.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import not_, select, text

from advocacy.content.models import ContentItem, FeedMemory, ItemState
from advocacy.foundation import clock, encryption
from advocacy.foundation.db import session
from advocacy.people.models import Consent, Purpose

SEALED_FOR = "feed memory"
MOST_REMEMBERED = 300
FORGOTTEN_AFTER_DAYS = 90

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Remembered:
    """One item: on how many days it was shown, the last of them, whether it is put aside, and whether it ever was."""

    days: int = 0
    last_on: int = 0
    is_aside: bool = False
    was_aside: bool = False


@dataclass(slots=True)
class Memory:
    """A person's memory by the items' keys."""

    items: dict[int, Remembered] = field(default_factory=dict)

    def days_seen(self) -> dict[int, int]:
        return {key: one.days for key, one in self.items.items() if one.days and not one.is_aside}

    def put_aside_keys(self) -> list[int]:
        return [key for key, one in self.items.items() if one.is_aside]

    def has_shown(self, item_keys: list[int], on: date) -> bool:
        """Return whether all of these were noted for the day already."""
        return all((one := self.items.get(key)) is not None and one.last_on == on.toordinal() for key in item_keys)

    def note_shown(self, item_keys: list[int], on: date) -> None:
        """Count a day for each item that was not counted on it yet."""
        for key in item_keys:
            one = self.items.setdefault(key, Remembered())
            if one.last_on != on.toordinal():
                one.days, one.last_on = one.days + 1, on.toordinal()

    def put_aside(self, item_key: int, on: date) -> bool:
        """Hide an item for good; return whether it never was before, also if it was brought back since."""
        one = self.items.setdefault(item_key, Remembered())
        is_new = not one.was_aside
        one.is_aside, one.was_aside, one.last_on = True, True, on.toordinal()
        return is_new

    def aside_before(self, day: date) -> list[int]:
        """Return what was ever put aside and not met since a day."""
        return [key for key, one in self.items.items() if one.was_aside and one.last_on < day.toordinal()]

    def trimmed(self, on: date, over: Collection[int] = ()) -> "Memory":
        """Return what is worth keeping: what was ever put aside, and of the rest what was met lately, a few hundred.

        A no is never too old nor one too many: the item would come back, and the next no count another person. It
        goes with the item, once that is `over`.
        """
        oldest = on.toordinal() - FORGOTTEN_AFTER_DAYS
        kept = {key: one for key, one in self.items.items() if one.was_aside and key not in over}
        rest = sorted(
            ((key, one) for key, one in self.items.items() if not one.was_aside and one.last_on >= oldest),
            key=lambda pair: pair[1].last_on,
            reverse=True,
        )
        return Memory(kept | dict(rest[:MOST_REMEMBERED]))

    def packed(self) -> str:
        return json.dumps(
            [[key, one.days, one.last_on, one.is_aside + 2 * one.was_aside] for key, one in self.items.items()]
        )

    @classmethod
    def unpacked(cls, packed: str) -> "Memory":
        return cls(
            {
                key: Remembered(days, last, is_aside=bool(aside & 1), was_aside=aside > 0)
                for key, days, last, aside in json.loads(packed)
            }
        )


def memory_of(employee_key: int, *, lock: bool = False) -> Memory:
    """Return what is remembered for a person; nothing for whoever did not say yes.

    A row that no key opens any more counts as forgotten: a feed that cannot be opened would be worse.
    """
    if lock:
        # Also where there is no row yet, two answers of the same person are written one after the other.
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('feed memory'), :key)"), {"key": employee_key})
    row = session.get(FeedMemory, employee_key, populate_existing=lock)
    if row is None:
        return Memory()
    try:
        return Memory.unpacked(encryption.decrypt(row.sealed, purpose=SEALED_FOR, owner=str(employee_key)))
    except encryption.CannotDecrypt:
        log.warning("feed_memory_lost")
        return Memory()


def keep_memory(employee_key: int, memory: Memory, on: date) -> bool:
    """Keep a person's memory, read under the lock; return whether it was kept, which needs the yes to taking part."""
    yes = select(Consent.employee_key).where(Consent.employee_key == employee_key, Consent.purpose == Purpose.TAKE_PART)
    # The row is held until the end of the transaction, so that a withdrawal comes before or after, never between.
    if session.scalar(yes.with_for_update(read=True, key_share=True)) is None:
        return False
    over = _over(memory.aside_before(on - timedelta(days=FORGOTTEN_AFTER_DAYS)), clock.now())
    sealed = encryption.encrypt(memory.trimmed(on, over).packed(), purpose=SEALED_FOR, owner=str(employee_key))
    row = session.get(FeedMemory, employee_key)
    if row is None:
        session.add(FeedMemory(employee_key=employee_key, sealed=sealed))
    else:
        row.sealed = sealed
    session.flush()  # a withdrawal in the same request finds the row
    return True


def _over(item_keys: Collection[int], now: datetime) -> set[int]:
    """Return the items that are in no feed any more: withdrawn, or expired so long ago that nobody extends them."""
    if not item_keys:
        return set()
    long_ago = now - timedelta(days=FORGOTTEN_AFTER_DAYS)
    is_over = (ContentItem.state == ItemState.WITHDRAWN) | (
        (ContentItem.state == ItemState.EXPIRED) & (ContentItem.expires_at < long_ago)
    )
    there = select(ContentItem.key).where(ContentItem.key.in_(item_keys), not_(is_over))
    return set(item_keys) - set(session.scalars(there))


def own_data(employee_key: int) -> list[dict[str, Any]]:
    """Return a person's own memory as plain values, to take away."""
    memory = memory_of(employee_key)
    ids = dict(session.execute(select(ContentItem.key, ContentItem.id).where(ContentItem.key.in_(memory.items))).all())
    return [
        {"item": str(ids[key]), "shown_on_days": one.days, "put_aside": one.is_aside}
        for key, one in memory.items.items()
        if key in ids
    ]
