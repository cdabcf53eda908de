"""Reading content for those who make and review it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select, true

from advocacy.content.models import (
    Caption,
    ContentItem,
    ContentText,
    ContentVersion,
    Decision,
    ItemState,
    Review,
)
from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.models import Media
from advocacy.people.models import OrgUnit


def is_live_at(instant: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the condition under which people see an item: a version is published and its dates hold right now."""
    return and_(
        ContentItem.live_version_id.is_not(None),
        ContentItem.live_from <= instant,
        or_(ContentItem.embargo_until.is_(None), ContentItem.embargo_until <= instant),
        or_(ContentItem.expires_at.is_(None), ContentItem.expires_at > instant),
    )


def find_media(sha256: str) -> Media | None:
    return session.get(Media, sha256)


def image_url(sha256: str | None) -> str | None:
    """Return where a picture is served: the uploads origin, never the portal's own."""
    return f"{preferences.deployment().uploads_url}/{sha256}" if sha256 else None


# --- For those who make and review content.


def visible(actor: Actor, *permissions: Permission) -> ColumnElement[bool]:
    """Return the condition that keeps items to the units any of the permissions reaches."""
    keys: set[int] = set()
    for permission in permissions:
        reached = actor.unit_keys_for(permission)
        if reached is None:
            return true()
        keys |= reached
    return ContentItem.unit_key.in_(keys)


def get_item(item_id: UUID, *, visible_to: Actor, lock: bool = False) -> ContentItem:
    """Return an item for somebody who works on content. Raises NotFound, also when it belongs to other units."""
    statement = select(ContentItem).where(
        ContentItem.id == item_id,
        visible(visible_to, Permission.CONTENT_READ, Permission.CONTENT_WRITE, Permission.CONTENT_REVIEW),
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    item = session.scalars(statement).one_or_none()
    if item is None:
        raise NotFound(_("There is no such item, or it belongs to units you do not work for."))
    return item


def get_version(version_id: UUID) -> ContentVersion:
    """Return a version. Raises NotFound."""
    version = session.get(ContentVersion, version_id)
    if version is None:
        raise NotFound(_("There is no such version."))
    return version


def current_version(item: ContentItem) -> ContentVersion:
    """Return the version that is being worked on; every item has one from its first moment."""
    if item.current_version_id is None:
        raise NotFound(_("This item says nothing yet."))
    return get_version(item.current_version_id)


def versions_of(item: ContentItem) -> list[ContentVersion]:
    return list(
        session.scalars(
            select(ContentVersion).where(ContentVersion.item_key == item.key).order_by(ContentVersion.number.desc())
        )
    )


def texts_of(version_id: UUID) -> list[ContentText]:
    return list(
        session.scalars(select(ContentText).where(ContentText.version_id == version_id).order_by(ContentText.language))
    )


def text_of(version_id: UUID, language: str | None) -> ContentText:
    """Return a version's text in a language, else in the deployment's, else in whichever there is."""
    return texts_in([version_id], language)[version_id]


def texts_in(version_ids: Iterable[UUID], language: str | None) -> dict[UUID, ContentText]:
    """Return the nearest text of several versions, as `text_of` does for one, in one query."""
    nearest: dict[UUID, ContentText] = {}
    rows = session.scalars(select(ContentText).where(ContentText.version_id.in_(list(version_ids))))
    for text in sorted(rows, key=lambda text: (_distance(text.language, language), text.language)):
        nearest.setdefault(text.version_id, text)
    return nearest


def _distance(language: str, wanted: str | None) -> int:
    default = preferences.deployment().default_language
    base = language.partition("-")[0]
    for rank, candidate in enumerate((wanted, default)):
        if candidate and language == candidate:
            return 2 * rank
        if candidate and base == candidate.partition("-")[0]:
            return 2 * rank + 1
    return 4


def captions_of(version_id: UUID) -> list[Caption]:
    return list(
        session.scalars(select(Caption).where(Caption.version_id == version_id).order_by(Caption.position, Caption.id))
    )


def captions_for(version_id: UUID, network: int, language: str | None) -> list[Caption]:
    """Return the wordings that fit a network: its own before those for any, in the nearest language there is."""
    fitting = [caption for caption in captions_of(version_id) if caption.network in (network, None)]
    own = [caption for caption in fitting if caption.network == network] or fitting
    if not own:
        return []
    nearest = min(_distance(caption.language, language) for caption in own)
    return [caption for caption in own if _distance(caption.language, language) == nearest]


def reviews_of(item: ContentItem) -> list[Review]:
    """Return every decision about any version of an item, newest first."""
    return list(
        session.scalars(
            select(Review)
            .join(ContentVersion, ContentVersion.id == Review.version_id)
            .where(ContentVersion.item_key == item.key)
            .order_by(Review.decided_at.desc(), Review.id.desc())
        )
    )


def is_approved(version: ContentVersion) -> bool:
    """Return whether the latest decision about a version, bound to its hash, was a yes."""
    latest = session.scalar(
        select(Review.decision)
        .where(Review.version_id == version.id, Review.version_hash == version.hash)
        .order_by(Review.decided_at.desc(), Review.id.desc())
        .limit(1)
    )
    return latest is Decision.APPROVED


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One item on a list of the studio."""

    item: ContentItem
    version: ContentVersion
    unit_name: str
    title: str
    summary: str


def _board(*conditions: ColumnElement[bool]) -> list[BoardRow]:
    rows = session.execute(
        select(ContentItem, ContentVersion, OrgUnit.name)
        .join(ContentVersion, ContentVersion.id == ContentItem.current_version_id)
        .join(OrgUnit, OrgUnit.key == ContentItem.unit_key)
        .where(*conditions)
        .order_by(ContentItem.changed_at.desc(), ContentItem.key.desc())
    ).all()
    texts = texts_in([version.id for _item, version, _name in rows], None)
    return [
        BoardRow(item, version, name, texts[version.id].title, texts[version.id].summary)
        for item, version, name in rows
    ]


def board(
    actor: Actor, *, limit_per_state: int = 50, conditions: Sequence[ColumnElement[bool]] | None = None
) -> dict[ItemState, list[BoardRow]]:
    """Return the items of the actor's units by state, the newest of each; `conditions` narrow it further."""
    if conditions is None:
        conditions = [visible(actor, Permission.CONTENT_READ, Permission.CONTENT_WRITE)]
    columns: dict[ItemState, list[BoardRow]] = {state: [] for state in ItemState}
    ranked = (
        select(
            ContentItem.key,
            func.row_number()
            .over(partition_by=ContentItem.state, order_by=ContentItem.changed_at.desc())
            .label("rank"),
        )
        .where(*conditions)
        .subquery()
    )
    newest = select(ranked.c.key).where(ranked.c.rank <= limit_per_state)
    for row in _board(ContentItem.key.in_(newest)):
        columns[row.item.state].append(row)
    return columns


def items_awaiting_review(actor: Actor) -> list[BoardRow]:
    """Return what the actor may decide about: in their units, and not written by themselves."""
    return _board(
        ContentItem.state == ItemState.IN_REVIEW,
        visible(actor, Permission.CONTENT_REVIEW),
        ContentItem.author_account_id != actor.account_id,
        ContentVersion.created_by != actor.account_id,
    )
