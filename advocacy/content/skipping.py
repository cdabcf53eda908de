"""A no to an item, with a reason: the item goes from one person's feed, and its makers learn why, never from whom."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from advocacy.activity import service as activity
from advocacy.activity.kinds import Kind
from advocacy.content.feed_memory import keep_memory, memory_of
from advocacy.content.models import ContentItem, SkipCount, SkipReason, SkipRemark
from advocacy.content.queries import FeedEntry, get_live_item
from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.foundation.fields import unfit_character
from advocacy.foundation.texts import marked
from advocacy.people.queries import today

LONGEST_REMARK = 300
REMARKS_KEPT_MONTHS = 12
MOST_REMARKS = 20
# What the ledger keeps of a reason, for ever: never reuse a number. 2, 3 and 4 were other words once.
LEDGER_NUMBERS = {
    SkipReason.OFF_TOPIC: 1,
    SkipReason.WRONG_LANGUAGE: 5,
    SkipReason.NOT_MY_VOICE: 6,
    SkipReason.TOO_SALESY: 7,
    SkipReason.ALREADY_SHARED: 8,
    SkipReason.TOO_LATE: 9,
}

# The words for each reason, translated where they are shown: on a page, or in a chat.
REASON_WORDS = {
    SkipReason.OFF_TOPIC: marked("Not my subject"),
    SkipReason.WRONG_LANGUAGE: marked("Not my language"),
    SkipReason.NOT_MY_VOICE: marked("Not how I would say it"),
    SkipReason.TOO_SALESY: marked("Too much selling"),
    SkipReason.ALREADY_SHARED: marked("I shared it already"),
    SkipReason.TOO_LATE: marked("Too late"),
    SkipReason.NOT_SAID: marked("No reason given"),
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """What became of a skip. Where it is not kept, the caller's browser may remember it."""

    entry: FeedEntry
    is_kept: bool


def skip_item(actor: Actor, item_id: UUID, *, reason: SkipReason | None = None, remark: str = "") -> Skipped:
    """Take an item out of the actor's feed, and count the reason without the person: once, however often it is said.

    Of whoever did not say yes to taking part nothing is kept, so nothing is counted either: the same no could be
    counted again and again, and the next one be told apart. Raises NotFound for what is not in the actor's feed,
    Invalid for a remark that cannot be kept.
    """
    key = require_self(actor)
    remark = " ".join(remark.split())
    if len(remark) > LONGEST_REMARK or unfit_character(remark) is not None:
        raise Invalid.field("remark", _("Write at most %(most)s characters.", most=LONGEST_REMARK))
    entry = get_live_item(item_id, visible_to=actor)
    memory = memory_of(key, lock=True)
    is_new = memory.put_aside(entry.key, today())
    is_kept = keep_memory(key, memory, today())
    if is_new and is_kept:
        _count(entry.key, reason or SkipReason.NOT_SAID)
        activity.record(Kind.ITEM_SKIPPED, item_key=entry.key, detail=LEDGER_NUMBERS.get(reason) if reason else None)
        if remark:
            session.add(SkipRemark(item_key=entry.key, text=remark, kept_until=_end_of_keeping(today())))
    return Skipped(entry, is_kept)


def _count(item_key: int, reason: SkipReason) -> None:
    session.execute(
        insert(SkipCount)
        .values(item_key=item_key, reason=reason, people=1)
        .on_conflict_do_update(
            index_elements=[SkipCount.item_key, SkipCount.reason], set_={"people": SkipCount.people + 1}
        )
    )


def _end_of_keeping(day: date) -> date:
    month = day.month - 1 + REMARKS_KEPT_MONTHS
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def bring_back(actor: Actor) -> int:
    """Show the actor again what they put aside; return how many items."""
    key = require_self(actor)
    memory = memory_of(key, lock=True)
    aside = memory.put_aside_keys()
    for item_key in aside:
        memory.items[item_key].is_aside = False
    if aside:
        keep_memory(key, memory, today())
    return len(aside)


def count_put_aside(actor: Actor) -> int:
    """Return how many items the actor put aside, for the actor alone."""
    return len(memory_of(require_self(actor)).put_aside_keys())


def note_shown(actor: Actor, item_keys: list[int]) -> None:
    """Remember, for the actor's own feed, that these items were shown today. Writes once a day and item at most."""
    key = require_self(actor)
    if not item_keys or memory_of(key).has_shown(item_keys, today()):
        return
    memory = memory_of(key, lock=True)
    memory.note_shown(item_keys, today())
    keep_memory(key, memory, today())


@dataclass(frozen=True, slots=True)
class Skips:
    """Why an item was passed by, in full groups of people. Reasons of fewer are not told."""

    reasons: tuple[tuple[SkipReason, int], ...]
    remarks: tuple[str, ...]
    smallest: int


def skips_of(item: ContentItem) -> Skips:
    """Return why people passed an item by, for its makers: never fewer than a smallest group, rounded down to groups.

    In full groups, because somebody who looks twice would see one person's reason in the difference. Remarks come in
    no order, and only where a group of people wrote one.
    """
    smallest = preferences.smallest_group()
    counted = {
        row.reason: row.people for row in session.scalars(select(SkipCount).where(SkipCount.item_key == item.key))
    }
    told = tuple(
        (reason, counted[reason] - counted[reason] % smallest)
        for reason in SkipReason
        if counted.get(reason, 0) >= smallest
    )
    remarks = session.scalars(
        select(SkipRemark.text)
        .where(SkipRemark.item_key == item.key)
        .order_by(func.md5(SkipRemark.text), SkipRemark.id)
        .limit(MOST_REMARKS)
    ).all()
    return Skips(told, tuple(remarks) if len(remarks) >= smallest else (), smallest)


def forget_remarks() -> int:
    """Delete remarks whose time is over; return how many."""
    return int(
        session.execute(delete(SkipRemark).where(SkipRemark.kept_until < today())).rowcount  # type: ignore[attr-defined]
    )
