"""What was counted when, and what must be counted again."""

from datetime import date, datetime

from sqlalchemy import BigInteger, DateTime, Identity, Index, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.db import Base


class RollupFill(Base):
    """One roll-up and day: which version filled it, when, and with days cut in which time zone.

    A null `filled_at` means it is due again. `counted_since` is when it was first counted after it was over.
    """

    __tablename__ = "rollup_fill"

    rollup: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int | None]
    filled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    row_count: Mapped[int | None]
    milliseconds: Mapped[int | None]
    zone: Mapped[str | None]
    counted_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RollupTouch(Base):
    """A roll-up's day that may have changed. Appended only; a fill removes exactly the ones it saw: no hot row.

    `heard_at` is when the reason came in, through all roll-ups between; `touched_at` when this one was told.
    A null `cause` says that a source was counted for the first time, or because its day was over.
    """

    __tablename__ = "rollup_touch"
    __table_args__ = (Index("ix_rollup_touch_rollup", "rollup", "day"),)

    key: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    rollup: Mapped[str]
    day: Mapped[date]
    touched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    heard_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    cause: Mapped[int | None] = mapped_column(SmallInteger)
