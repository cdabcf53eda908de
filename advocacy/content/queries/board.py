"""Finding items on the board: by words, misspelt or not, and by what surrounds them."""

import enum
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Double, Integer, Select, and_, cast, func, literal, or_, select, text

from advocacy.content.models import Campaign, ContentItem, ContentText, ContentVersion, ItemState
from advocacy.content.queries.studio import BoardRow, texts_in, visible
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.foundation.pagination import DEFAULT_ROWS, Page, page_of
from advocacy.people.models import OrgUnit, Topic

SOON = timedelta(days=7)
LONGEST_SEARCH = 200
# How alike words must be: a letter too few or too many in a word of six is alike, another short word is not.
ALIKE = 0.5
# Words of every language, as they stand: one search goes over texts of many languages.
_SIMPLE = text("'simple'::regconfig")
_WORDS = func.to_tsvector(_SIMPLE, ContentItem.search_text)


class Due(enum.StrEnum):
    """What happens to an item soon, or should have happened."""

    STARTING = "starting"
    ENDING = "ending"
    EMBARGOED = "embargoed"


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """Which items to show. What is None or empty asks nothing."""

    search: str = ""
    states: tuple[ItemState, ...] = ()
    campaign_id: UUID | None = None
    topic_id: UUID | None = None
    language: str | None = None
    owner_id: UUID | None = None
    due: Due | None = None

    @property
    def is_open(self) -> bool:
        """Return whether it asks nothing at all."""
        return self == BoardFilter()

    def without_states(self) -> "BoardFilter":
        return replace(self, states=())

    def as_filters(self) -> Mapping[str, object]:
        """Return what a cursor is bound to."""
        return {name: str(getattr(self, name)) for name in self.__slots__}


def find_items(
    actor: Actor, wanted: BoardFilter, *, limit: int = DEFAULT_ROWS, cursor: str | None = None
) -> Page[BoardRow]:
    """Return the items that fit, what was searched for first, then the newest change.

    Raises what `page_of` raises for a cursor that is not ours.
    """
    rank = _rank(wanted.search)
    statement = (
        select(ContentItem, ContentVersion, OrgUnit.name)
        .join(ContentVersion, ContentVersion.id == ContentItem.current_version_id)
        .join(OrgUnit, OrgUnit.key == ContentItem.unit_key)
        .where(*conditions_of(actor, wanted))
    )
    page = page_of(
        typing.cast("Select[Any]", statement),
        (rank, ContentItem.changed_at, ContentItem.key),
        limit=limit,
        cursor=cursor,
        filters=wanted.as_filters(),
    )
    texts = texts_in([version.id for _item, version, _name in page.rows], wanted.language)
    rows = [
        BoardRow(item, version, name, texts[version.id].title, texts[version.id].summary)
        for item, version, name in page.rows
    ]
    return Page(rows, page.next_cursor)


def count_by_state(actor: Actor, wanted: BoardFilter) -> dict[ItemState, int]:
    """Return how many items fit in each state, whatever states the filter names."""
    rows = session.execute(
        select(ContentItem.state, func.count())
        .where(*conditions_of(actor, wanted.without_states()))
        .group_by(ContentItem.state)
    )
    return dict.fromkeys(ItemState, 0) | dict(rows.all())


def conditions_of(actor: Actor, wanted: BoardFilter) -> list[ColumnElement[bool]]:
    """Return the conditions on ContentItem that keep what fits and what the actor works for."""
    now = clock.now()
    found: list[ColumnElement[bool]] = [visible(actor, Permission.CONTENT_READ, Permission.CONTENT_WRITE)]
    if wanted.search.strip():
        # The operator that can use the index reads its limit from here; for this transaction only.
        session.execute(select(func.set_config("pg_trgm.word_similarity_threshold", str(ALIKE), True)))
        found.append(_mentions(wanted.search))
    if wanted.states:
        found.append(ContentItem.state.in_(wanted.states))
    if wanted.campaign_id is not None:
        found.append(
            ContentItem.campaign_key == select(Campaign.key).where(Campaign.id == wanted.campaign_id).scalar_subquery()
        )
    if wanted.topic_id is not None:
        topic = select(Topic.key).where(Topic.id == wanted.topic_id).scalar_subquery()
        found.append(topic == func.any(ContentItem.topic_keys))
    if wanted.language:
        found.append(
            select(ContentText.language)
            .where(
                ContentText.version_id == ContentItem.current_version_id,
                func.split_part(ContentText.language, "-", 1) == wanted.language.split("-")[0],
            )
            .exists()
        )
    if wanted.owner_id is not None:
        found.append(ContentItem.author_account_id == wanted.owner_id)
    if wanted.due is not None:
        found.append(_is_due(wanted.due, now))
    return found


def _is_due(due: Due, now: datetime) -> ColumnElement[bool]:
    is_over = ContentItem.state.in_([ItemState.EXPIRED, ItemState.WITHDRAWN])
    if due is Due.STARTING:
        return and_(~is_over, ContentItem.live_from > now, ContentItem.live_from <= now + SOON)
    if due is Due.ENDING:
        return and_(~is_over, ContentItem.expires_at > now, ContentItem.expires_at <= now + SOON)
    return and_(~is_over, ContentItem.embargo_until > now)


def _plain(search: str) -> ColumnElement[str]:
    return func.lower(func.unaccent(search.strip()[:LONGEST_SEARCH]))


def _literally(plain: ColumnElement[str]) -> ColumnElement[str]:
    """Return a text with nothing in it that LIKE would read as a pattern."""
    for character in ("\\", "%", "_"):
        plain = func.replace(plain, character, f"\\{character}")
    return plain


def _mentions(search: str) -> ColumnElement[bool]:
    """Return whether an item says all the words, has the text inside, or says something that looks like it."""
    plain = _plain(search)
    found = [
        _WORDS.op("@@", return_type=Boolean())(func.websearch_to_tsquery(_SIMPLE, plain)),
        ContentItem.search_text.like(func.concat("%", _literally(plain), "%")),
    ]
    if any(character.isalpha() for character in search):
        # Words are mistyped; a number that looks like another one is another number.
        found.append(plain.op("<%", return_type=Boolean())(ContentItem.search_text))
    return or_(*found)


def _rank(search: str) -> ColumnElement[int]:
    """Return how well an item fits a search, as a whole number; 0 for all without a search."""
    if not search.strip():
        return cast(literal(0), Integer)
    plain = _plain(search)
    alike = cast(func.word_similarity(plain, ContentItem.search_text), Double)
    said = cast(func.ts_rank(_WORDS, func.websearch_to_tsquery(_SIMPLE, plain)), Double)
    return cast(func.round((alike + said) * 1000), Integer)
