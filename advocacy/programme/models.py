"""Scenarios that were saved and reports that were frozen: both are written once and keep their numbers for ever."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id
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
