"""What happens to items on which day: they go live, come out of an embargo, end."""

import enum
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from advocacy.content.models import ContentItem, ItemKind, ItemState
from advocacy.content.queries.board import BoardFilter, conditions_of
from advocacy.content.queries.studio import texts_in
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session

MOST_ENTRIES = 2_000


class Mark(enum.StrEnum):
    STARTS = "starts"
    EMBARGO_ENDS = "embargo_ends"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One thing that happens to an item at an instant. It is sure unless nobody approved the item yet."""

    mark: Mark
    at: datetime
    day: date
    item_id: UUID
    kind: ItemKind
    state: ItemState
    title: str
    is_sure: bool


def calendar_entries(actor: Actor, first: date, last: date, wanted: BoardFilter | None = None) -> list[CalendarEntry]:
    """Return everything that happens from `first` to `last`, both included, in the programme's days and in order."""
    begin = clock.day_bounds(first, preferences.zone())[0]
    end = clock.day_bounds(last, preferences.zone())[1]
    columns = {
        Mark.STARTS: ContentItem.live_from,
        Mark.EMBARGO_ENDS: ContentItem.embargo_until,
        Mark.ENDS: ContentItem.expires_at,
    }
    items = session.scalars(
        select(ContentItem)
        .where(
            *conditions_of(actor, wanted or BoardFilter()),
            ContentItem.state != ItemState.WITHDRAWN,
            or_(*(and_(column >= begin, column < end) for column in columns.values())),
        )
        .order_by(ContentItem.key.desc())
        .limit(MOST_ENTRIES)
    ).all()
    texts = texts_in([item.current_version_id for item in items if item.current_version_id is not None], None)
    found = []
    for item in items:
        for mark, column in columns.items():
            at = getattr(item, column.key)
            if at is not None and begin <= at < end and item.current_version_id is not None:
                day = clock.day_of(at, preferences.zone())
                title = texts[item.current_version_id].title
                is_sure = item.live_version_id is not None or item.state not in (ItemState.DRAFT, ItemState.IN_REVIEW)
                found.append(CalendarEntry(mark, at, day, item.id, item.kind, item.state, title, is_sure))
    return sorted(found, key=lambda entry: (entry.at, entry.title))
