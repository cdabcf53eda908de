"""Unions of networks that are kept sealed, and what was published of them."""

from datetime import date, datetime

from sqlalchemy import BigInteger, DateTime, Identity, Index, Integer, LargeBinary, SmallInteger, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.db import Base


class ReachTouch(Base):
    """A sketch that came, changed or went, written by a trigger. A merge removes exactly the ones it saw.

    `unit_key` is the unit whose union it concerns. Only a sketch that was added can be merged without counting anew.
    """

    __tablename__ = "reach_touch"

    key: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)
    employee_key: Mapped[int]
    network: Mapped[int] = mapped_column(SmallInteger)
    unit_key: Mapped[int | None]
    is_added: Mapped[bool]
    touched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ReachUnion(Base):
    """The union of the networks of one unit's people on one network, sealed: its own people, and all below as well.

    `own_sealed` is null where nobody below contributes, because it is the same as `sealed` there.
    `contributors`, `gross` and `largest` (the sum and the largest of what they uploaded) stand for all below.
    `changed` names people whose sketch came, changed or went since the last publication, at most a smallest group.
    Ids of different networks never coincide, so all networks together are the sum of these: there is no row for it.
    """

    __tablename__ = "reach_union"

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    own_contributors: Mapped[int]
    own_gross: Mapped[int] = mapped_column(BigInteger)
    own_largest: Mapped[int]
    own_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    contributors: Mapped[int]
    gross: Mapped[int] = mapped_column(BigInteger)
    largest: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default="{}")
    merged_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    looked_at_on: Mapped[date | None]


class ReachPublished(Base):
    """What may be shown of a unit and network from a day on: rounded, and null where too few people stand behind it.

    A row stands until the next one. Nothing finer is kept of the past, but for the counts of people, which are shown
    in steps of five.
    """

    __tablename__ = "reach_published"
    __table_args__ = (Index("ix_reach_published_day", "day"),)

    unit_key: Mapped[int] = mapped_column(Integer, primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    contributors: Mapped[int]
    participants: Mapped[int]
    unique_people: Mapped[int | None] = mapped_column(BigInteger)
    unique_low: Mapped[int | None] = mapped_column(BigInteger)
    unique_high: Mapped[int | None] = mapped_column(BigInteger)
    gross: Mapped[int | None] = mapped_column(BigInteger)
    everyone: Mapped[int | None] = mapped_column(BigInteger)
    everyone_low: Mapped[int | None] = mapped_column(BigInteger)
    everyone_high: Mapped[int | None] = mapped_column(BigInteger)
    addressable: Mapped[int | None] = mapped_column(BigInteger)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
