"""Content items, their versions and texts, captions, reviews."""

import enum
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, Key, PublicId, one_of, text_enum
from advocacy.foundation.db import Base
from advocacy.people.models import CONSENT, Purpose


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


class Campaign(Base):
    """Items that belong together for a while, with what they are to bring about in words."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="days_in_order"),
        Index("uq_campaign_name", text("lower(name)"), unique=True, postgresql_where=text("archived_at IS NULL")),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    name: Mapped[str]
    label: Mapped[str | None]
    goal: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"), index=True)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[CreatedAt]
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}


class ContentItem(Base):
    """Something worth sharing. What it says stands in its versions; `live_version_id` is the one people see.

    `languages` are those of the live version, so that a feed need not look for its texts to rank it. `search_text` is
    what the current version says, without accents and in small letters. Before `embargo_until` nobody sees the item
    whatever else holds. Once it was live (`first_live_at`) it stays about a product, or about none. `last_live_at` is
    when people saw it last, once they do not.
    """

    __tablename__ = "content_item"
    __table_args__ = (
        one_of("kind", ItemKind),
        one_of("state", ItemState),
        CheckConstraint("state <> 'live' OR live_version_id IS NOT NULL", name="live_has_version"),
        Index("ix_content_item_live", "live_from", postgresql_where="live_version_id IS NOT NULL"),
        Index("ix_content_item_words", text("to_tsvector('simple'::regconfig, search_text)"), postgresql_using="gin"),
        Index(
            "ix_content_item_trigrams",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    kind: Mapped[ItemKind] = mapped_column(text_enum(ItemKind))
    state: Mapped[ItemState] = mapped_column(text_enum(ItemState), default=ItemState.DRAFT)
    is_product: Mapped[bool] = mapped_column(default=False)
    is_non_business: Mapped[bool] = mapped_column(default=False, server_default=false())
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"), index=True)
    audience_key: Mapped[int] = mapped_column(ForeignKey("audience.key"))
    campaign_key: Mapped[int | None] = mapped_column(ForeignKey("campaign.key"), index=True)
    topic_keys: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    priority: Mapped[int] = mapped_column(SmallInteger, default=0)
    is_pinned: Mapped[bool] = mapped_column(default=False)
    opening_reference: Mapped[str | None] = mapped_column(index=True)
    author_account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    current_version_id: Mapped[UUID | None]
    live_version_id: Mapped[UUID | None]
    live_from: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    first_live_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_live_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    embargo_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    withdrawn_reason: Mapped[str | None]
    search_text: Mapped[str] = mapped_column(default="", server_default=text("''"), deferred=True)
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[CreatedAt]

    __mapper_args__ = {"version_id_col": row_version}


class ContentVersion(Base):
    """What an item says, fixed by its hash: approval holds for exactly this and nothing else.

    `is_product` is what people were told when they shared this version: whether its texts are kept as evidence.
    """

    __tablename__ = "content_version"
    __table_args__ = (UniqueConstraint("item_key", "number"),)

    id: Mapped[Id]
    item_key: Mapped[int] = mapped_column(ForeignKey("content_item.key"))
    number: Mapped[int]
    destination: Mapped[str | None]
    image_sha256: Mapped[str | None] = mapped_column(ForeignKey("media.sha256"))
    image_alternative: Mapped[str | None]
    is_text_locked: Mapped[bool] = mapped_column(default=False)
    is_product: Mapped[bool] = mapped_column(default=False, server_default=false())
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


class SkipReason(enum.StrEnum):
    """Why somebody passed an item by. A reason is never needed."""

    OFF_TOPIC = "off_topic"
    WRONG_LANGUAGE = "wrong_language"
    NOT_MY_VOICE = "not_my_voice"
    TOO_SALESY = "too_salesy"
    ALREADY_SHARED = "already_shared"
    TOO_LATE = "too_late"
    NOT_SAID = "not_said"


class SkipCount(Base):
    """How many people passed an item by for a reason. Who they are is kept nowhere."""

    __tablename__ = "skip_count"
    __table_args__ = (one_of("reason", SkipReason),)

    item_key: Mapped[int] = mapped_column(ForeignKey("content_item.key"), primary_key=True)
    reason: Mapped[SkipReason] = mapped_column(text_enum(SkipReason), primary_key=True)
    people: Mapped[int]


class SkipRemark(Base):
    """What somebody who passed an item by wanted to tell its makers.

    The id is random and the last day is that of a month, so that neither says when it was written, or by whom.
    """

    __tablename__ = "skip_remark"
    __table_args__ = (Index("ix_skip_remark_item_key", "item_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    item_key: Mapped[int] = mapped_column(ForeignKey("content_item.key"))
    text: Mapped[str]
    kept_until: Mapped[date] = mapped_column(Date)


class FeedMemory(Base):
    """What a person's feed showed them and what they put aside. Sealed: it is opened only to make their own feed.

    It cannot be without the yes to taking part: the database deletes it in the transaction that takes the yes away.
    There is no instant in it: it does not say when somebody looked.
    """

    __tablename__ = "feed_memory"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'take_part'", name="one_purpose"),
    )

    employee_key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), default=Purpose.TAKE_PART)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class UnfinishedForm(Base):
    """What stands in somebody's form and is not saved yet. It is no version and nobody else sees it."""

    __tablename__ = "unfinished_form"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    item_key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    form: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    saved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class AllowedHost(Base):
    """A host links may lead to, checked when an item is saved and again at every redirect."""

    __tablename__ = "allowed_host"

    host: Mapped[str] = mapped_column(primary_key=True)
    includes_subdomains: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[CreatedAt]
    added_by: Mapped[UUID | None]
