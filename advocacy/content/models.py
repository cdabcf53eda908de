"""Content items, their versions and texts, captions, reviews."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, Key, PublicId, one_of, text_enum
from advocacy.foundation.db import Base


class ItemKind(enum.StrEnum):
    ARTICLE = "article"
    JOB = "job"
    EVENT = "event"
    VIDEO = "video"
    IMAGE = "image"
    TEXT = "text"


class ItemState(enum.StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    LIVE = "live"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Decision(enum.StrEnum):
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"


class ContentItem(Base):
    """Something worth sharing. What it says stands in its versions; `live_version_id` is the one people see."""

    __tablename__ = "content_item"
    __table_args__ = (
        one_of("kind", ItemKind),
        one_of("state", ItemState),
        CheckConstraint("state <> 'live' OR live_version_id IS NOT NULL", name="live_has_version"),
        Index("ix_content_item_live", "live_from", postgresql_where="live_version_id IS NOT NULL"),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    kind: Mapped[ItemKind] = mapped_column(text_enum(ItemKind))
    state: Mapped[ItemState] = mapped_column(text_enum(ItemState), default=ItemState.DRAFT)
    is_product: Mapped[bool] = mapped_column(default=False)
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"), index=True)
    audience_key: Mapped[int] = mapped_column(ForeignKey("audience.key"))
    topic_keys: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    priority: Mapped[int] = mapped_column(SmallInteger, default=0)
    is_pinned: Mapped[bool] = mapped_column(default=False)
    opening_reference: Mapped[str | None] = mapped_column(index=True)
    author_account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    current_version_id: Mapped[UUID | None]
    live_version_id: Mapped[UUID | None]
    live_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_reason: Mapped[str | None]
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[CreatedAt]

    __mapper_args__ = {"version_id_col": row_version}


class ContentVersion(Base):
    """What an item says, fixed by its hash: approval holds for exactly this and nothing else."""

    __tablename__ = "content_version"
    __table_args__ = (UniqueConstraint("item_key", "number"),)

    id: Mapped[Id]
    item_key: Mapped[int] = mapped_column(ForeignKey("content_item.key"))
    number: Mapped[int]
    destination: Mapped[str | None]
    image_sha256: Mapped[str | None] = mapped_column(ForeignKey("media.sha256"))
    image_alternative: Mapped[str | None]
    is_text_locked: Mapped[bool] = mapped_column(default=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[CreatedAt]


class ContentText(Base):
    __tablename__ = "content_text"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("content_version.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    summary: Mapped[str]


class Caption(Base):
    """A suggested wording for one network (or any, when null) and language, to start one's own words from."""

    __tablename__ = "caption"
    __table_args__ = (Index("ix_caption_version_id", "version_id"),)

    id: Mapped[Id]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("content_version.id"))
    network: Mapped[int | None] = mapped_column(SmallInteger)
    language: Mapped[str]
    text: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger, default=0)


class Review(Base):
    """A decision about one version, bound to its hash. Append-only."""

    __tablename__ = "review"
    __table_args__ = (one_of("decision", Decision), Index("ix_review_version_id", "version_id"))

    id: Mapped[Id]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("content_version.id"))
    version_hash: Mapped[bytes] = mapped_column(LargeBinary)
    reviewer_account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    decision: Mapped[Decision] = mapped_column(text_enum(Decision))
    reason: Mapped[str]
    decided_at: Mapped[Instant]


class AllowedHost(Base):
    """A host links may lead to, checked when an item is saved and again at every redirect."""

    __tablename__ = "allowed_host"

    host: Mapped[str] = mapped_column(primary_key=True)
    includes_subdomains: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[CreatedAt]
    added_by: Mapped[UUID | None]
