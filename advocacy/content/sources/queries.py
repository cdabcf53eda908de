"""Reading sources and the inbox."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, select, true

from advocacy.content.models import ContentItem, ContentVersion, ItemState
from advocacy.content.sources.models import EntryState, SourceEntry, SourceFeed, Suggestion
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, Page, page_of
from advocacy.people.models import Employee, OrgUnit

SUGGESTED = "suggested"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source with its unit's name and how much of it waits."""

    source: SourceFeed
    unit_name: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Voice:
    """One colleague's suggestion, for the person who decides."""

    suggestion: Suggestion
    name: str | None


@dataclass(slots=True)
class InboxRow:
    """Something to decide about: where it comes from, who spoke for it, and whether the studio has it already."""

    entry: SourceEntry
    source_title: str | None
    unit_name: str
    voices: list[Voice] = field(default_factory=list)
    known_item_id: UUID | None = None
    item_id: UUID | None = None
    item_state: ItemState | None = None


def _reached(actor: Actor, column: Any) -> ColumnElement[bool]:
    reach = actor.unit_keys_for(Permission.CONTENT_WRITE)
    return true() if reach is None else column.in_(reach)


def list_sources(*, visible_to: Actor) -> list[SourceRow]:
    """Return the sources of the actor's units, those in trouble first."""
    waiting = (
        select(SourceEntry.source_key, func.count().label("waiting"))
        .where(SourceEntry.state == EntryState.NEW)
        .group_by(SourceEntry.source_key)
        .subquery()
    )
    found = session.execute(
        select(SourceFeed, OrgUnit.name, func.coalesce(waiting.c.waiting, 0))
        .join(OrgUnit, OrgUnit.key == SourceFeed.unit_key)
        .outerjoin(waiting, waiting.c.source_key == SourceFeed.key)
        .where(_reached(visible_to, SourceFeed.unit_key))
        .order_by((SourceFeed.failures == 0), func.lower(SourceFeed.title), SourceFeed.key)
    )
    return [SourceRow(*row) for row in found]


def get_source(source_id: UUID, *, visible_to: Actor, lock: bool = False) -> SourceFeed:
    """Return a source of the actor's units. Raises NotFound."""
    wanted = select(SourceFeed).where(SourceFeed.id == source_id, _reached(visible_to, SourceFeed.unit_key))
    found = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such source in the units you work for."))
    return found


def get_entry(entry_id: UUID, *, visible_to: Actor, lock: bool = False) -> SourceEntry:
    """Return an entry of the actor's units. Raises NotFound."""
    wanted = select(SourceEntry).where(SourceEntry.id == entry_id, _reached(visible_to, SourceEntry.unit_key))
    found = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such entry in the inbox of the units you work for."))
    return found


def inbox(
    *,
    visible_to: Actor,
    state: EntryState = EntryState.NEW,
    source_id: UUID | None = None,
    suggested: bool = False,
    limit: int = DEFAULT_ROWS,
    cursor: str | None = None,
) -> Page[InboxRow]:
    """Return what waits for a decision or was decided, newest first. Raises NotFound for another unit's source."""
    wanted: Select[Any] = select(SourceEntry).where(
        SourceEntry.state == state, _reached(visible_to, SourceEntry.unit_key)
    )
    if source_id is not None:
        wanted = wanted.where(SourceEntry.source_key == get_source(source_id, visible_to=visible_to).key)
    if suggested:
        wanted = wanted.where(SourceEntry.key.in_(select(Suggestion.entry_key)))
    found = page_of(
        wanted,
        [SourceEntry.sorted_at, SourceEntry.key],
        limit=limit,
        cursor=cursor,
        filters={"state": state, "source": source_id, "suggested": suggested, "account": visible_to.account_id},
    )
    return Page(rows_of(found.rows), found.next_cursor)


def rows_of(entries: list[SourceEntry]) -> list[InboxRow]:
    """Return entries with what surrounds them, in a fixed number of questions."""
    sources = {entry.source_key for entry in entries if entry.source_key is not None}
    titles = dict(session.execute(select(SourceFeed.key, SourceFeed.title).where(SourceFeed.key.in_(sources))).all())
    keys = {entry.unit_key for entry in entries}
    units = dict(session.execute(select(OrgUnit.key, OrgUnit.name).where(OrgUnit.key.in_(keys))).all())
    voices = _voices([entry.key for entry in entries])
    known = _known_items({entry.url for entry in entries if entry.item_key is None})
    items = _items({entry.item_key for entry in entries if entry.item_key is not None})
    return [
        InboxRow(
            entry,
            titles.get(entry.source_key) if entry.source_key is not None else None,
            units.get(entry.unit_key, ""),
            voices.get(entry.key, []),
            known.get(entry.url),
            *items.get(entry.item_key or 0, (None, None)),
        )
        for entry in entries
    ]


def _voices(entry_keys: list[int]) -> Mapping[int, list[Voice]]:
    found: dict[int, list[Voice]] = {}
    rows = session.execute(
        select(Suggestion, Employee.name)
        .join(Employee, Employee.key == Suggestion.employee_key)
        .where(Suggestion.entry_key.in_(entry_keys))
        .order_by(Suggestion.created_at)
    )
    for suggestion, name in rows:
        found.setdefault(suggestion.entry_key, []).append(Voice(suggestion, name))
    return found


def _known_items(urls: Iterable[str]) -> dict[str, UUID]:
    """Return which pages an item of the studio leads to already."""
    rows = session.execute(
        select(ContentVersion.destination, ContentItem.id)
        .join(ContentItem, ContentItem.current_version_id == ContentVersion.id)
        .where(ContentVersion.destination.in_(urls), ContentItem.state != ItemState.WITHDRAWN)
    )
    return {destination: item_id for destination, item_id in rows if destination is not None}


def _items(keys: Iterable[int]) -> dict[int, tuple[UUID, ItemState]]:
    rows = session.execute(select(ContentItem.key, ContentItem.id, ContentItem.state).where(ContentItem.key.in_(keys)))
    return {key: (item_id, state) for key, item_id, state in rows}


def count_waiting(*, visible_to: Actor) -> int:
    """Return how many entries wait for a decision in the actor's units."""
    wanted = select(func.count()).where(SourceEntry.state == EntryState.NEW, _reached(visible_to, SourceEntry.unit_key))
    return int(session.scalars(wanted).one())


def own_suggestions(employee_key: int, *, at_most: int = 50) -> list[tuple[Suggestion, InboxRow]]:
    """Return what a person suggested, newest first, with what became of it."""
    found = session.execute(
        select(Suggestion, SourceEntry)
        .join(SourceEntry, SourceEntry.key == Suggestion.entry_key)
        .where(Suggestion.employee_key == employee_key)
        .order_by(Suggestion.created_at.desc(), Suggestion.id.desc())
        .limit(at_most)
    ).all()
    rows = {row.entry.key: row for row in rows_of([entry for _suggestion, entry in found])}
    return [(suggestion, rows[entry.key]) for suggestion, entry in found]


def own_data(employee_key: int) -> list[dict[str, Any]]:
    """Return everything kept about one person's suggestions, as plain JSON values."""
    return [
        {
            "url": row.entry.url,
            "why": suggestion.why,
            "at": suggestion.created_at.isoformat(),
            "answer": suggestion.answer,
        }
        for suggestion, row in own_suggestions(employee_key, at_most=10_000)
    ]
