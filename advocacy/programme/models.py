"""Scenarios that were saved and reports that were frozen: both are written once and keep their numbers for ever."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant
from advocacy.foundation.db import Base


class Scenario(Base):
    """A scenario with the numbers it gave when it was saved. Only that it was put away may still be written.

    `inputs` are in their canonical form, `results` as the calculator answered, `seed` that of its draws. Version and
    hash name the calculation, `computed_with` the programs, so that a difference of today can be explained.
    """

    __tablename__ = "scenario"
    __table_args__ = (
        CheckConstraint("(archived_at IS NULL) = (archived_by_account_id IS NULL)", name="archived_by_somebody"),
        Index("ix_scenario_saved_at", "saved_at", "id", postgresql_where=text("archived_at IS NULL")),
    )

    id: Mapped[Id]
    name: Mapped[str]
    note: Mapped[str | None]
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    seed: Mapped[str]
    results: Mapped[dict[str, Any]] = mapped_column(JSONB)
    model_version: Mapped[int]
    definition_hash: Mapped[str]
    computed_with: Mapped[str]
    saved_at: Mapped[CreatedAt]
    saved_by_account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    archived_by_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class Report(Base):
    """The numbers of the whole organisation as they stood when somebody froze them. Nothing of it ever changes.

    `digest` is the hash of all figures: printed on paper, it tells whether a paper and this report are the same.
    """

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="days_in_order"),
        Index("ix_report_frozen_at", "frozen_at", "id"),
    )

    id: Mapped[Id]
    title: Mapped[str]
    note: Mapped[str | None]
    first_on: Mapped[date]
    last_on: Mapped[date]
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"))
    unit_name: Mapped[str]
    smallest_group: Mapped[int]
    computed_with: Mapped[str]
    digest: Mapped[str]
    frozen_at: Mapped[Instant]
    frozen_by_account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))


class ReportFigure(Base):
    """One number of a report with the definition it was counted by, in the words of that day. It never changes.

    `people` stand behind the value, for deciding whether what it became may be told. It is shown to nobody.
    """

    __tablename__ = "report_figure"
    __table_args__ = (
        UniqueConstraint("report_id", "metric"),
        CheckConstraint("(value IS NULL) = (reason IS NOT NULL)", name="value_or_reason"),
        CheckConstraint("(value IS NULL) = (value_exact IS NULL)", name="value_both_ways"),
    )

    report_id: Mapped[UUID] = mapped_column(ForeignKey("report.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    metric: Mapped[str]
    version: Mapped[int]
    definition_hash: Mapped[str]
    name: Mapped[str]
    definition: Mapped[str]
    formula: Mapped[str]
    counted_over: Mapped[str]
    out_of: Mapped[str]
    unit: Mapped[str]
    evidence: Mapped[str]
    interval: Mapped[str]
    on_day: Mapped[date]
    told_on: Mapped[date | None]
    is_small_sample: Mapped[bool]
    value: Mapped[float | None] = mapped_column(Double)
    value_exact: Mapped[str | None]
    numerator: Mapped[int | None] = mapped_column(BigInteger)
    denominator: Mapped[int | None] = mapped_column(BigInteger)
    n: Mapped[int | None] = mapped_column(BigInteger)
    low: Mapped[float | None] = mapped_column(Double)
    high: Mapped[float | None] = mapped_column(Double)
    reason: Mapped[str | None]
    state: Mapped[str | None]
    as_of: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    people: Mapped[int | None]
