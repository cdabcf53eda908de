"""Asking to see what people made of an item about a product or service: who asked, who agreed, and since when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Instant, Key, PublicId
from advocacy.foundation.db import Base


class RecordRequest(Base):
    """A wish to have the shared texts of one item in its evidence. Open from the second agreement on, for some days.

    `lapsed_at` is written when the next one is asked after this one waited too long.
    """

    __tablename__ = "record_request"
    __table_args__ = (
        Index(
            "uq_record_request_running",
            "item_key",
            unique=True,
            postgresql_where=text("opened_at IS NULL AND lapsed_at IS NULL"),
        ),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    item_key: Mapped[int] = mapped_column(ForeignKey("content_item.key"))
    reason: Mapped[str]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[CreatedAt]
    opened_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lapsed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RecordApproval(Base):
    """Somebody other than the one who asked agreed. Append-only."""

    __tablename__ = "record_approval"

    request_key: Mapped[int] = mapped_column(ForeignKey("record_request.key"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    approved_at: Mapped[Instant]


class RecordShare(Base):
    """A share whose author was told that it can be read. Nothing else can be, whatever is posted or proven later."""

    __tablename__ = "record_share"

    request_key: Mapped[int] = mapped_column(ForeignKey("record_request.key"), primary_key=True)
    share_key: Mapped[int] = mapped_column(ForeignKey("share.key", ondelete="CASCADE"), primary_key=True, index=True)
