"""Openings and what became of the people who applied, as the applicant tracking system tells it."""

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, Key, PublicId, one_of, text_enum
from advocacy.foundation.db import Base


class Stage(enum.StrEnum):
    APPLIED = "applied"
    INTERVIEW = "interview"
    OFFER = "offer"
    HIRED = "hired"
    DECLINED = "declined"
    UNHIRED = "unhired"


STAGE_NUMBERS = {stage: number for number, stage in enumerate(Stage, start=1)}


class Opening(Base):
    __tablename__ = "opening"

    key: Mapped[Key]
    id: Mapped[PublicId]
    reference: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str | None]
    family: Mapped[str | None]
    place: Mapped[str | None]
    unit_key: Mapped[int | None] = mapped_column(ForeignKey("org_unit.key"), index=True)
    url: Mapped[str | None]
    closes_on: Mapped[date | None]
    created_at: Mapped[CreatedAt]


class AtsConnection(Base):
    """A system that may tell us of applications. Two secrets may be active so that rotation loses nothing."""

    __tablename__ = "ats_connection"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    secrets_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[CreatedAt]


class InboundEvent(Base):
    """A message from outside, stored before anything is done with it; its source's id makes a repeat harmless."""

    __tablename__ = "inbound_event"
    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_inbound_event_received_at", "received_at"))

    id: Mapped[Id]
    source: Mapped[str]
    external_id: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    received_at: Mapped[CreatedAt]
    processed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    problem: Mapped[str | None]


class ApplicationEvent(Base):
    """One step of one application. Append-only; candidates are keyed tokens, never names."""

    __tablename__ = "application_event"
    __table_args__ = (
        one_of("stage", Stage),
        UniqueConstraint("source", "external_id"),
        Index("ix_application_event_application", "source", "application_token"),
        Index("ix_application_event_occurred_at", "occurred_at"),
    )

    id: Mapped[Id]
    source: Mapped[str]
    external_id: Mapped[str]
    application_token: Mapped[bytes] = mapped_column(LargeBinary)
    opening_key: Mapped[int] = mapped_column(ForeignKey("opening.key"), index=True)
    link_key: Mapped[int | None] = mapped_column(ForeignKey("link.key"), index=True)
    stage: Mapped[Stage] = mapped_column(text_enum(Stage))
    occurred_at: Mapped[Instant]
    received_at: Mapped[CreatedAt]
    inbound_id: Mapped[UUID | None] = mapped_column(ForeignKey("inbound_event.id"))
