"""Rules about who has to read an item before it goes out, and what was asked for one version of it."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, one_of, text_enum
from advocacy.foundation.db import Base


class Business(enum.StrEnum):
    """What an item says about the business of the organisation."""

    PRODUCT = "product"
    NON_BUSINESS = "non_business"


class ReviewRule(Base):
    """Which items need how many approvals, by when, and of whom. What is empty asks nothing.

    A rule never changes: it is put out of force, and another takes its place, so that what was in force can be told.
    `desk` names those who have to be among the approvers, such as Legal; deputies may decide for them.
    """

    __tablename__ = "review_rule"
    __table_args__ = (
        one_of("business", Business),
        CheckConstraint("approvals BETWEEN 0 AND 3", name="approvals_few"),
        CheckConstraint("due_hours BETWEEN 1 AND 720", name="due_within_a_month"),
        CheckConstraint("desk IS NULL OR approvals > 0", name="desk_approves"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    topic_keys: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    campaign_key: Mapped[int | None] = mapped_column(ForeignKey("campaign.key"))
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    words: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    business: Mapped[Business | None] = mapped_column(text_enum(Business))
    approvals: Mapped[int] = mapped_column(SmallInteger)
    desk: Mapped[str | None]
    desk_account_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PostgresUUID(as_uuid=True)), default=list)
    deputy_account_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PostgresUUID(as_uuid=True)), default=list)
    due_hours: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[CreatedAt]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ReviewRequest(Base):
    """What was asked when a version was sent on: approvals, desks and the rules that asked, as they stood."""

    __tablename__ = "review_request"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("content_version.id"), primary_key=True)
    approvals: Mapped[int] = mapped_column(SmallInteger)
    desks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    requested_at: Mapped[Instant]
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    reminded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deputies_told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
