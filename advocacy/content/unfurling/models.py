"""A page somebody asked to have read."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, one_of, text_enum
from advocacy.foundation.db import Base


class UnfurlState(enum.StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Unfurl(Base):
    """A page to be read for somebody who writes: what was found, or why nothing was. Gone after a week."""

    __tablename__ = "unfurl"
    __table_args__ = (
        one_of("state", UnfurlState),
        CheckConstraint("(state = 'failed') = (refusal IS NOT NULL)", name="failed_says_why"),
        CheckConstraint("(state = 'done') = (found IS NOT NULL)", name="done_has_found"),
        Index("ix_unfurl_account_id", "account_id", "created_at"),
        Index("ix_unfurl_created_at", "created_at"),
    )

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    url: Mapped[str]
    state: Mapped[UnfurlState] = mapped_column(text_enum(UnfurlState), default=UnfurlState.WAITING)
    refusal: Mapped[str | None]
    found: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    image_sha256: Mapped[str | None] = mapped_column(ForeignKey("media.sha256"))
    created_at: Mapped[CreatedAt]
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
