"""The ledger: what happened, narrow and append-only, in monthly partitions."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, Integer, LargeBinary, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.db import Base


class ActivityEvent(Base):
    """One thing that happened. Only integers, so that 100 million rows a year stay cheap.

    Partitioned by `occurred_at` (UTC month); BRIN on time only. Rows go by erasure and with their month; nothing is
    updated but the class of a click, through a function that writes down each change (`click_class_change`).
    SQLAlchemy needs a primary key to map; the database has none, by design.
    """

    __tablename__ = "activity_event"
    __table_args__ = (
        Index("ix_activity_event_occurred_at", "occurred_at", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )
    __mapper_args__ = {"primary_key": ["event_id"]}

    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    event_id: Mapped[UUID] = mapped_column(PostgresUUID(as_uuid=True))
    visitor_key: Mapped[int | None] = mapped_column(BigInteger)
    employee_key: Mapped[int | None] = mapped_column(Integer)
    item_key: Mapped[int | None] = mapped_column(Integer)
    link_key: Mapped[int | None] = mapped_column(Integer)
    share_key: Mapped[int | None] = mapped_column(Integer)
    agent_key: Mapped[int | None] = mapped_column(Integer)
    referrer_key: Mapped[int | None] = mapped_column(Integer)
    kind: Mapped[int] = mapped_column(SmallInteger)
    network: Mapped[int | None] = mapped_column(SmallInteger)
    click_class: Mapped[int | None] = mapped_column(SmallInteger)
    detail: Mapped[int | None] = mapped_column(SmallInteger)
    flags: Mapped[int | None] = mapped_column(SmallInteger)
    country: Mapped[str | None]


class ClickAgent(Base):
    """An agent string, once, so that a click stores four bytes for it."""

    __tablename__ = "click_agent"

    key: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    agent: Mapped[str]


class ClickReferrer(Base):
    """A referring host, once."""

    __tablename__ = "click_referrer"

    key: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    host: Mapped[str] = mapped_column(unique=True)


class DayTouch(Base):
    """A day whose numbers may have changed. Appended in the event's own transaction, never updated: no hot row."""

    __tablename__ = "day_touch"
    __table_args__ = (Index("ix_day_touch_day", "day"),)

    key: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date]
    touched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    cause: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
