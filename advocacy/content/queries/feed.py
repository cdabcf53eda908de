"""Each person's feed: what is meant for them is decided when they read, so that publishing costs nothing."""

import typing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Uuid,
    all_,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from advocacy.content.models import Caption, ContentItem, ContentText, ContentVersion, ItemKind
from advocacy.content.queries.studio import image_url, is_live_at, texts_in
from advocacy.foundation import clock
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, MOST_ROWS, Page, page_of
from advocacy.people.models import Audience, OrgUnit
from advocacy.people.queries import Reader, audience_matches, reader_of, reader_parameters
from config.networks import networks


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody sees an item: the narrowest condition that let it through."""

    kind: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One live item as one person sees it."""

    key: int
    id: UUID
    kind: ItemKind
    version: ContentVersion
    title: str
    summary: str
    language: str
    is_pinned: bool
    live_from: datetime
    expires_at: datetime | None
    why: Reason
    captions: tuple[Caption, ...]
    is_product: bool
    opening_reference: str | None
    unit_key: int

    @property
    def image_url(self) -> str | None:
        return image_url(self.version.image_sha256)

    @property
    def destination_host(self) -> str | None:
        if self.version.destination is None:
            return None
        return self.version.destination.split("://", 1)[1].split("/", 1)[0]

    @property
    def networks(self) -> tuple[str, ...]:
        """Return where it can be taken: networks that only take a link need one."""
        has_link = self.version.destination is not None
        return tuple(n.key for n in networks() if has_link or n.prefills or not n.intent)


def _shown_to(reader: Reader, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return what is live and meant for a reader. Only what decides is read; the words follow for the rows shown."""
    found = (
        select(ContentItem, Audience, _is_on_own_topic(reader).label("matches_topic"))
        .join(Audience, Audience.key == ContentItem.audience_key)
        .where(is_live_at(clock.now()), audience_matches(reader), *conditions)
    )
    return typing.cast("Select[Any]", found)


def _is_on_own_topic(reader: Reader) -> ColumnElement[bool]:
    return ContentItem.topic_keys.op("&&", return_type=Boolean())(cast(list(reader.topic_keys), ARRAY(Integer)))


def _present(rows: Sequence[Any], reader: Reader, *, with_captions: bool = True) -> list[FeedEntry]:
    if not rows:
        return []
    shown = [item.live_version_id for item, _audience, _matches_topic in rows]
    versions = {row.id: row for row in session.scalars(select(ContentVersion).where(ContentVersion.id.in_(shown)))}
    texts = texts_in(shown, reader.language)
    captions = _captions(texts) if with_captions else {}
    names = _unit_names(rows, reader)
    return [
        FeedEntry(
            key=item.key,
            id=item.id,
            kind=item.kind,
            version=versions[item.live_version_id],
            title=texts[item.live_version_id].title,
            summary=texts[item.live_version_id].summary,
            language=texts[item.live_version_id].language,
            is_pinned=item.is_pinned,
            live_from=item.live_from,
            expires_at=item.expires_at,
            why=_why(audience, reader, bool(matches_topic), names),
            captions=captions.get(item.live_version_id, ()),
            is_product=item.is_product,
            opening_reference=item.opening_reference,
            unit_key=item.unit_key,
        )
        for item, audience, matches_topic in rows
    ]


def _why(audience: Audience, reader: Reader, matches_topic: bool, unit_names: dict[int, str]) -> Reason:
    for unit_key in audience.unit_keys:
        if unit_key in reader.unit_keys:
            return Reason("unit", unit_names.get(unit_key))
    if audience.topic_keys or matches_topic:
        return Reason("topic")
    if audience.countries:
        return Reason("country", reader.country)
    if audience.languages:
        return Reason("language", reader.language)
    return Reason("everyone")


def _unit_names(rows: Sequence[Any], reader: Reader) -> dict[int, str]:
    named = {key for row in rows for key in row[1].unit_keys} & set(reader.unit_keys)
    if not named:
        return {}
    units = session.execute(select(OrgUnit.key, OrgUnit.name).where(OrgUnit.key.in_(named)))
    return dict(units.all())


def _captions(texts: Mapping[UUID, ContentText]) -> dict[UUID, tuple[Caption, ...]]:
    """Return each version's wordings in the language its text is shown in, else all; for all rows in one query."""
    found: dict[UUID, list[Caption]] = {}
    everything: dict[UUID, list[Caption]] = {}
    for caption in session.scalars(
        select(Caption).where(Caption.version_id.in_(texts)).order_by(Caption.position, Caption.id)
    ):
        everything.setdefault(caption.version_id, []).append(caption)
        if caption.language == texts[caption.version_id].language:
            found.setdefault(caption.version_id, []).append(caption)
    return {version_id: tuple(found.get(version_id, all_of_it)) for version_id, all_of_it in everything.items()}


def feed_for(actor: Actor, limit: int = DEFAULT_ROWS, cursor: str | None = None) -> Page[FeedEntry]:
    """Return what there is to share for somebody: pinned first, then by priority, own topics, and the newest.

    Reading needs no consent; sharing does. Raises NotPermitted for accounts without an employee, and what
    `page_of` raises for a cursor that is not ours.
    """
    reader = reader_of(actor)
    page = page_of(
        _shown_to(reader),
        _order(_is_on_own_topic(reader)),
        limit=max(1, min(limit, MOST_ROWS)),
        cursor=cursor,
        filters={"list": "feed"},
    )
    return Page(_present(page.rows, reader), page.next_cursor)


def pick_for(
    actor: Actor, *, most: int, without_ids: Collection[UUID] = (), without_keys: Collection[int] = ()
) -> tuple[list[FeedEntry], int]:
    """Return the first entries of somebody's feed, without captions and without the items named, and how many match.

    Raises NotPermitted for accounts without an employee.
    """
    reader = reader_of(actor)
    parameters = {
        **reader_parameters(reader),
        "now": clock.now(),
        "without_ids": list(without_ids),
        "without_keys": list(without_keys),
        "most": most,
    }
    rows = session.execute(_picked(), parameters).all()
    return _present([row[:3] for row in rows], reader, with_captions=False), rows[0][3] if rows else 0


@lru_cache(maxsize=1)
def _picked() -> Select[Any]:
    """Return the statement behind `pick_for`. It is built once: everybody's first page runs it."""
    on_topic = ContentItem.topic_keys.op("&&", return_type=Boolean())(bindparam("reader_topics", type_=ARRAY(Integer)))
    statement = (
        select(ContentItem, Audience, on_topic.label("matches_topic"), func.count().over())
        .join(Audience, Audience.key == ContentItem.audience_key)
        .where(
            is_live_at(bindparam("now", type_=DateTime(timezone=True))),
            audience_matches(),
            ContentItem.id != all_(bindparam("without_ids", type_=ARRAY(Uuid))),
            ContentItem.key != all_(bindparam("without_keys", type_=ARRAY(Integer))),
        )
        .order_by(*(part.desc() for part in _order(on_topic)))
        .limit(bindparam("most", type_=Integer))
    )
    return typing.cast("Select[Any]", statement)


def _order(is_on_own_topic: ColumnElement[bool]) -> tuple[Any, ...]:
    """Return what puts one entry before another: the larger one comes first."""
    return (
        ContentItem.is_pinned,
        ContentItem.priority,
        is_on_own_topic,
        ContentItem.live_from,
        ContentItem.key,
    )


def get_live_item(item_id: UUID, *, visible_to: Actor) -> FeedEntry:
    """Return one live item as the actor sees it. Raises NotFound when it is not live or not meant for them."""
    reader = reader_of(visible_to)
    rows = session.execute(_shown_to(reader, ContentItem.id == item_id)).all()
    if not rows:
        raise NotFound(_("This item is not there any more, or it is not meant for you."))
    return _present(rows, reader)[0]
