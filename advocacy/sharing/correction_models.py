"""Asking somebody to take a post down or to mend its disclosure: who asked, who agreed, and what came of it."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Instant, Key, PublicId, one_of, text_enum
from advocacy.foundation.db import Base


class Asks(enum.StrEnum):
    TAKE_DOWN = "take_down"
    DISCLOSE = "disclose"


class CorrectionState(enum.StrEnum):
    """Proposed until two others agree; asked until the person answers. Dropped is for what nobody was asked."""

    PROPOSED = "proposed"
    ASKED = "asked"
    DONE = "done"
    CANNOT = "cannot"
    DROPPED = "dropped"


class Correction(Base):
    """A wish about one post on a product or service item. Whose post it is, is known to that person alone."""

    __tablename__ = "correction"
    __table_args__ = (
        one_of("asks", Asks),
        one_of("state", CorrectionState),
        CheckConstraint("(state = 'proposed') = (asked_at IS NULL AND closed_at IS NULL)", name="asked_by_state"),
        Index("uq_correction_open", "share_key", unique=True, postgresql_where="state IN ('proposed', 'asked')"),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    share_key: Mapped[int] = mapped_column(ForeignKey("share.key", ondelete="CASCADE"))
    asks: Mapped[Asks] = mapped_column(text_enum(Asks))
    address: Mapped[str]
    reason: Mapped[str]
    state: Mapped[CorrectionState] = mapped_column(text_enum(CorrectionState), default=CorrectionState.PROPOSED)
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[CreatedAt]
    asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    answer: Mapped[str | None]


class CorrectionApproval(Base):
    """Somebody other than the one who proposed agreed. Append-only."""

    __tablename__ = "correction_approval"

    correction_key: Mapped[int] = mapped_column(ForeignKey("correction.key", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    approved_at: Mapped[Instant]
