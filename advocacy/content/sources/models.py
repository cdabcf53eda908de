"""Sources that are read, what they offered, and what colleagues suggested."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.content.models import ItemKind
from advocacy.content.sources.feeds import SourceKind
from advocacy.foundation.columns import CreatedAt, Id, Instant, Key, PublicId, one_of, text_enum
from advocacy.foundation.db import Base


class PauseReason(enum.StrEnum):
    BY_SOMEBODY = "by_somebody"
    FAILING = "failing"
    GONE = "gone"


class EntryState(enum.StrEnum):
    NEW = "new"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class SourceFeed(Base):
    """A feed or a page of openings that is read from time to time on behalf of a unit.

    `refusal` says why the last reading brought nothing, in the words of `Refusal` and `FeedProblem`.
    """

    __tablename__ = "source_feed"
    __table_args__ = (
        one_of("kind", SourceKind),
        one_of("pause_reason", PauseReason),
        CheckConstraint("(paused_at IS NULL) = (pause_reason IS NULL)", name="pause_says_why"),
        UniqueConstraint("unit_key", "url"),
        Index("ix_source_feed_next_poll_at", "next_poll_at", postgresql_where="paused_at IS NULL"),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"))
    url: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    kind: Mapped[SourceKind | None] = mapped_column(text_enum(SourceKind))
    language: Mapped[str | None]
    added_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[CreatedAt]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    next_poll_at: Mapped[Instant]
    polled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ok_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    new_count: Mapped[int] = mapped_column(SmallInteger, default=0)
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    refusal: Mapped[str | None]
    paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    pause_reason: Mapped[PauseReason | None] = mapped_column(text_enum(PauseReason))
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}


class SourceEntry(Base):
    """Something a source offered or a colleague suggested: decided about once, remembered so that it stays decided.

    Within a unit a page is there once, whichever sources and people name it.
    """

    __tablename__ = "source_entry"
    __table_args__ = (
        one_of("state", EntryState),
        one_of("kind", ItemKind),
        CheckConstraint("(state = 'new') = (decided_at IS NULL)", name="decided_when"),
        Index(
            "uq_source_entry_guid",
            "source_key",
            "guid_hash",
            unique=True,
            postgresql_where="source_key IS NOT NULL",
        ),
        UniqueConstraint("unit_key", "page_hash"),
        Index("ix_source_entry_inbox", "state", "sorted_at", "key"),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"))
    source_key: Mapped[int | None] = mapped_column(ForeignKey("source_feed.key"), index=True)
    guid_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    page_hash: Mapped[bytes] = mapped_column(LargeBinary)
    url: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    kind: Mapped[ItemKind] = mapped_column(text_enum(ItemKind), default=ItemKind.ARTICLE)
    author: Mapped[str | None]
    language: Mapped[str | None]
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    image_url: Mapped[str | None]
    job: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    state: Mapped[EntryState] = mapped_column(text_enum(EntryState), default=EntryState.NEW)
    sorted_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    created_at: Mapped[CreatedAt]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    item_key: Mapped[int | None] = mapped_column(ForeignKey("content_item.key"), index=True)


class Suggestion(Base):
    """An employee's word for a page. Theirs: shown to them and to who decides, erased with them."""

    __tablename__ = "suggestion"
    __table_args__ = (
        UniqueConstraint("entry_key", "employee_key"),
        Index("ix_suggestion_employee_key", "employee_key", "created_at"),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answered_when"),
    )

    id: Mapped[Id]
    entry_key: Mapped[int] = mapped_column(ForeignKey("source_entry.key"))
    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"))
    why: Mapped[str]
    created_at: Mapped[CreatedAt]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
