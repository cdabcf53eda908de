"""Shares, the links they carry, clicks on their way in, and the brand's own channels."""

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, CIDR, JSONB
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import BigKey, CreatedAt, Id, Instant, Key, PublicId, one_of, text_enum
from advocacy.foundation.db import Base


class ShareState(enum.StrEnum):
    """A network's dialog tells us nothing back: opened is an intention, confirmed is said, evidenced is seen."""

    OPENED = "opened"
    CONFIRMED = "confirmed"
    EVIDENCED = "evidenced"


class MeasureSource(enum.StrEnum):
    OWN_ENTRY = "own_entry"
    EXPORT = "export"
    API = "api"


class Share(Base):
    """One person taking one item to one network in their own words."""

    __tablename__ = "share"
    __table_args__ = (
        one_of("state", ShareState),
        Index("ix_share_employee_key", "employee_key", "opened_at"),
        Index("ix_share_worded", "opened_at", postgresql_where="text <> ''"),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"))
    item_key: Mapped[int] = mapped_column(ForeignKey("content_item.key"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("content_version.id"))
    caption_id: Mapped[UUID | None] = mapped_column(ForeignKey("caption.id"), index=True)
    network: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str]
    disclosure: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[ShareState] = mapped_column(text_enum(ShareState), default=ShareState.OPENED)
    opened_at: Mapped[Instant]
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    evidenced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    post_url: Mapped[str | None]


class LinkPreview(Base):
    """What a preview bot is shown for a link: one row per item version and language, shared by all its links."""

    __tablename__ = "link_preview"

    key: Mapped[Key]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("content_version.id"))
    language: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    image_url: Mapped[str | None]

    __table_args__ = (Index("uq_link_preview_version", "version_id", "language", unique=True),)


class Link(Base):
    """A tracked short link. The code reveals nothing and authorises nothing."""

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint("destination ~ '^https?://'", name="destination_is_web"),
        Index("ix_link_employee_key", "employee_key"),
        Index("ix_link_share_key", "share_key"),
        Index("ix_link_revoked_at", "revoked_at", postgresql_where="revoked_at IS NOT NULL"),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    code: Mapped[str] = mapped_column(unique=True)
    destination: Mapped[str]
    share_key: Mapped[int | None] = mapped_column(ForeignKey("share.key"))
    employee_key: Mapped[int | None] = mapped_column(ForeignKey("employee.key"))
    item_key: Mapped[int | None] = mapped_column(ForeignKey("content_item.key"))
    network: Mapped[int | None] = mapped_column(SmallInteger)
    preview_key: Mapped[int | None] = mapped_column(ForeignKey("link_preview.key"))
    created_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class EngagementSnapshot(Base):
    """What a network reported for a share, as of an instant. Snapshots are added, never overwritten."""

    __tablename__ = "engagement_snapshot"
    __table_args__ = (
        one_of("source", MeasureSource),
        CheckConstraint("impressions >= 0", name="impressions_not_negative"),
        Index("ix_engagement_snapshot_share_key", "share_key", "observed_at"),
    )

    id: Mapped[Id]
    share_key: Mapped[int] = mapped_column(ForeignKey("share.key"))
    impressions: Mapped[int | None]
    reactions: Mapped[int | None]
    comments: Mapped[int | None]
    reshares: Mapped[int | None]
    source: Mapped[MeasureSource] = mapped_column(text_enum(MeasureSource))
    observed_at: Mapped[Instant]
    recorded_at: Mapped[CreatedAt]


class BrandChannel(Base):
    """The brand's own followers on a network, as of a day, with where the number came from."""

    __tablename__ = "brand_channel"
    __table_args__ = (CheckConstraint("followers >= 0", name="followers_not_negative"),)

    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    observed_on: Mapped[date] = mapped_column(primary_key=True)
    followers: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]


class ClickSegment(Base):
    """A sealed piece of a redirect's click journal. Its name under the primary key makes import exactly-once.

    The body goes once it is imported; the name stays.
    """

    __tablename__ = "click_segment"
    __table_args__ = (Index("ix_click_segment_waiting", "received_at", postgresql_where="imported_at IS NULL"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    imported_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    clicks: Mapped[int | None]
    torn_bytes: Mapped[int | None]


class ClickSalt(Base):
    """The day's salt of visitor keys. Gone after 48 hours, and with it the way from a key to an address."""

    __tablename__ = "click_salt"

    day: Mapped[date] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]


class OwnVisitor(Base):
    """The visitor key of somebody's own portal session that day: tells own clicks apart. Gone after 48 hours."""

    __tablename__ = "own_visitor"

    day: Mapped[date] = mapped_column(primary_key=True)
    visitor_key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"), primary_key=True)


class ClickSeen(Base):
    """A visitor already counted for a link that UTC day: the next click is a repeated one. Gone after 48 hours."""

    __tablename__ = "click_seen"

    day: Mapped[date] = mapped_column(primary_key=True)
    link_key: Mapped[int] = mapped_column(primary_key=True)
    visitor_key: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class ClickRules(Base):
    """One set of rules that judges clicks, by the hash over all that can change a verdict. Never changed.

    Key 1 stands for what judged before rules were kept.
    """

    __tablename__ = "click_rules"

    key: Mapped[int] = mapped_column(SmallInteger, Identity(always=False, start=2), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    parts: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ClickRulesInstalled(Base):
    """From when on rules held, and in which parts they differ from those before. Only ever added to."""

    __tablename__ = "click_rules_installed"

    key: Mapped[Key]
    rules_key: Mapped[int] = mapped_column(ForeignKey("click_rules.key"))
    installed_at: Mapped[Instant]
    changed: Mapped[list[str]] = mapped_column(ARRAY(Text))


class ClickJudgement(Base):
    """How clicks of one UTC day were judged, and by which rules.

    Each import adds a row for the clicks it brought. Once the day is judged as a whole, one row stands for all of it.
    Without rules clicks came with their class. `without_facts` of them cannot be judged again.
    """

    __tablename__ = "click_judgement"
    __table_args__ = (Index("ix_click_judgement_day", "day"),)

    key: Mapped[BigKey]
    day: Mapped[date]
    rules_key: Mapped[int | None] = mapped_column(ForeignKey("click_rules.key"))
    is_whole_day: Mapped[bool]
    judged_at: Mapped[CreatedAt]
    human: Mapped[int]
    preview_bot: Mapped[int]
    scanner: Mapped[int]
    internal: Mapped[int]
    own: Mapped[int]
    repeated: Mapped[int]
    without_facts: Mapped[int]


class ClickReclassification(Base):
    """A wish to judge the clicks of past UTC days anew, by the rules of its moment. Without an account: an operator."""

    __tablename__ = "click_reclassification"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days_in_order"),)

    key: Mapped[Key]
    id: Mapped[PublicId]
    rules_key: Mapped[int] = mapped_column(ForeignKey("click_rules.key"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    asked_at: Mapped[Instant]
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class ClickClassChange(Base):
    """A click whose class was changed: from what, by which rules, to what. Written by the database function alone.

    Without a reclassification the change came from judging a day as a whole after it was over.
    """

    __tablename__ = "click_class_change"
    __table_args__ = (
        Index("ix_click_class_change_day", "day"),
        Index("ix_click_class_change_asked_in_key", "asked_in_key"),
    )

    key: Mapped[BigKey]
    day: Mapped[date]
    event_id: Mapped[UUID] = mapped_column(PostgresUUID(as_uuid=True))
    old_class: Mapped[int] = mapped_column(SmallInteger)
    new_class: Mapped[int] = mapped_column(SmallInteger)
    old_rules: Mapped[int | None] = mapped_column(SmallInteger)
    new_rules: Mapped[int] = mapped_column(SmallInteger)
    asked_in_key: Mapped[int | None] = mapped_column(ForeignKey("click_reclassification.key"))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class InternalRange(Base):
    """Addresses of the organisation itself: clicks from there are internal."""

    __tablename__ = "internal_range"

    range: Mapped[str] = mapped_column(CIDR, primary_key=True)
    note: Mapped[str | None]
