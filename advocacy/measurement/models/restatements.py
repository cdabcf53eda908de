"""What changed after it was final: told once, and never with a number that a few people stand behind."""

import enum
from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, Integer, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.db import Base


class Topic(enum.IntEnum):
    """What of a person changed. Each stands for one sum of a page. Numbers are stored, for days only."""

    CLICKS = 1
    JOB_CLICKS = 2
    SHARES = 3
    JOB_SHARES = 4
    APPLICATIONS = 11
    INTERVIEWS = 12
    OFFERS = 13


class RollupChange(Base):
    """Some of the people whose numbers of a final day changed: at most a smallest group of each unit.

    Kept for a week, so that the pages that look back at the day can tell how many stand behind their change.
    """

    __tablename__ = "rollup_change"
    __table_args__ = (Index("ix_rollup_change_topic", "topic", "day"),)

    key: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    topic: Mapped[int] = mapped_column(SmallInteger)
    day: Mapped[date]
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    people: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class Restatement(Base):
    """A final number that was counted anew and became another one. Appended only.

    `before` is what was last told, `after` what stands since. Both are null where too few people stand behind the
    change, or the number itself may not be shown. What people's choices changed, and may not be told, is told of the
    whole company and a month: `metric` is a page then, and the day's time is left out of `restated_at`.
    `is_announced` marks a change of one per cent or more.
    """

    __tablename__ = "restatement"
    __table_args__ = (
        CheckConstraint(
            "(before IS NULL) = (after IS NULL) AND (before IS NULL) = (is_announced IS NULL)", name="told_or_hidden"
        ),
        Index("ix_restatement_unit_key", "unit_key", "metric", "first_day"),
        Index("ix_restatement_restated_at", "restated_at"),
    )

    key: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    restated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    metric: Mapped[str]
    unit_key: Mapped[int]
    first_day: Mapped[date]
    last_day: Mapped[date]
    before: Mapped[int | None] = mapped_column(BigInteger)
    after: Mapped[int | None] = mapped_column(BigInteger)
    is_announced: Mapped[bool | None]
    causes: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    version: Mapped[int]
    definition_hash: Mapped[str]
    supersedes: Mapped[int | None] = mapped_column(BigInteger)
