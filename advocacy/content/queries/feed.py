"""Each person's feed: what is meant for them is decided when they read, so that publishing costs nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.content.feed_memory import memory_of
from advocacy.content.models import Caption, ContentItem, ContentText, ContentVersion, ItemKind
from advocacy.content.queries.ranking import RANK, first_rows, integers, one_item, ranking_parameters, whole_feed
from advocacy.content.queries.reasons import Names, Reason, reasons_for, why
from advocacy.content.queries.studio import image_url, texts_in
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import DEFAULT_ROWS, MOST_ROWS, Page, page_of
from advocacy.people.models import Audience
from advocacy.people.queries import Reader, reader_of
from config.networks import networks


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
    reasons: tuple[Reason, ...]
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


def _present(rows: Sequence[Any], reader: Reader, *, with_captions: bool = True) -> list[FeedEntry]:
    """Return the entries of ranked rows, in their order. What was withdrawn since the ranking is left out."""
    found = _live([row[0] for row in rows])
    if not found:
        return []
    texts = texts_in([version.id for _item, _audience, version in found.values()], reader.language)
    captions = _captions(texts) if with_captions else {}
    names = Names.of([(item, audience) for item, audience, _version in found.values()], reader)
    return [
        FeedEntry(
            key=key,
            id=item.id,
            kind=item.kind,
            version=version,
            title=texts[version.id].title,
            summary=texts[version.id].summary,
            language=texts[version.id].language,
            is_pinned=item.is_pinned,
            live_from=cast("datetime", item.live_from),  # what is live has begun
            expires_at=item.expires_at,
            why=why(audience, item, reader, names),
            reasons=reasons_for(audience, item, reader, names, rank),
            captions=captions.get(version.id, ()),
            is_product=item.is_product,
            opening_reference=item.opening_reference,
            unit_key=item.unit_key,
        )
        for key, *rank in (row[: 1 + len(RANK)] for row in rows if row[0] in found)
        for item, audience, version in (found[key],)
    ]


def _live(keys: Collection[int]) -> dict[int, tuple[ContentItem, Audience, ContentVersion]]:
    if not keys:
        return {}
    rows = session.execute(
        select(ContentItem, Audience, ContentVersion)
        .join(Audience, Audience.key == ContentItem.audience_key)
        .join(ContentVersion, ContentVersion.id == ContentItem.live_version_id)
        .where(ContentItem.key.in_(keys))
    )
    return {item.key: (item, audience, version) for item, audience, version in rows}


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
    """Return what there is to share for somebody, what fits them best first, without what they put aside.

    Reading needs no consent; sharing does. Raises NotPermitted for accounts without an employee, and what
    `page_of` raises for a cursor that is not ours.
    """
    reader, parameters = _reading(actor)
    statement, order = whole_feed()
    page = page_of(
        statement.params(**parameters),
        order,
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
    reader, parameters = _reading(actor)
    parameters |= {"without_ids": list(without_ids), "without_keys": integers(without_keys), "most": most}
    rows = session.execute(first_rows(), parameters).all()
    return _present(rows, reader, with_captions=False), rows[0].matching if rows else 0


def get_live_item(item_id: UUID, *, visible_to: Actor) -> FeedEntry:
    """Return one live item as the actor sees it. Raises NotFound when it is not live or not meant for them."""
    reader, parameters = _reading(visible_to)
    found = _present(session.execute(one_item(), parameters | {"item_id": item_id}).all(), reader)
    if not found:
        raise NotFound(_("This item is not there any more, or it is not meant for you."))
    return found[0]


def _reading(actor: Actor) -> tuple[Reader, dict[str, Any]]:
    key = require_self(actor)
    reader = reader_of(actor)
    return reader, ranking_parameters(reader, memory_of(key), key)
