"""What is to be told to whom, as rows first and messages second."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, one_of, text_enum
from advocacy.foundation.db import Base


class DeliveryState(enum.StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Delivery(Base):
    """One message to one person. Security mail is sent at least once under a stable Message-ID."""

    __tablename__ = "delivery"
    __table_args__ = (one_of("state", DeliveryState), Index("ix_delivery_created_at", "created_at"))

    id: Mapped[Id]
    employee_key: Mapped[int | None] = mapped_column(ForeignKey("employee.key"), index=True)
    template: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[DeliveryState] = mapped_column(text_enum(DeliveryState), default=DeliveryState.WAITING)
    task_id: Mapped[UUID | None] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
