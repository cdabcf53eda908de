"""The ledger: what happened, narrow and append-only, in monthly partitions."""

import enum
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, Integer, LargeBinary, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.db import Base


class Kind(enum.IntEnum):
    """What happened. Numbers are stored for ever: never reuse one."""

    SHARE_OPENED = 1
    SHARE_PUBLISHED = 2  # known by confirmation or evidence; it happened when the share was opened
    LINK_CLICKED = 3
    CONVERSATION_LOGGED = 4
    ITEM_SKIPPED = 5
    APPLICATION = 6  # detail: the recruiting stage


class ClickClass(enum.IntEnum):
    """What a click was. Raw is the sum of all."""

    HUMAN = 1
    PREVIEW_BOT = 2
    SCANNER = 3
    INTERNAL = 4
    OWN = 5
    REPEATED = 6


class ClickFlag(enum.IntFlag):
    """What was known when a click came in and classification needs again when the rules change."""

    HEAD = 1
    PREFETCH = 2
    INTERNAL_ADDRESS = 4
    NO_VISITOR_KEY = 8
    PREVIEW_PAGE = 16
    BRAND_LINK = 32
    OWN_VISITOR = 64  # noted at import: what leads from a visitor to a portal session is gone after 48 hours


class Cause(enum.IntEnum):
    """Why the numbers of a day may be others than before. Numbers are stored."""

    EVENTS = 1  # something that happened came in, in time or late
    CORRECTION = 2  # what had been told was told anew
    CHOICE = 3  # somebody withdrew, was erased, or said yes
    RULES = 4  # clicks were judged anew: the whole day at once, or by newer rules
    DEFINITION = 5  # a number is counted in another way
    CALENDAR = 6  # days are cut in another time zone


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
