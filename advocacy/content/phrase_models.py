"""Words and phrases that posts should not contain, with the reason everybody reads."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id
from advocacy.foundation.db import Base


class AvoidedPhrase(Base):
    """A phrase to avoid. `canonical` is the form it is looked for in; one that was taken off the list stays on record.

    `override_reason` is why an administrator keeps it although it touches protected speech.
    """

    __tablename__ = "avoided_phrase"
    __table_args__ = (
        Index("uq_avoided_phrase_canonical", "canonical", unique=True, postgresql_where="removed_at IS NULL"),
    )

    id: Mapped[Id]
    phrase: Mapped[str]
    canonical: Mapped[str]
    why: Mapped[str]
    instead: Mapped[str | None]
    is_blocking: Mapped[bool]
    override_reason: Mapped[str | None]
    added_at: Mapped[CreatedAt]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
