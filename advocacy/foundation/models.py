"""The technical tables: work to do, what was audited, settings, stored answers, pictures."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, LargeBinary, SmallInteger, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, one_of, text_enum
from advocacy.foundation.db import Base

LARGEST_PICTURE_BYTES = 5_000_000


class TaskState(enum.StrEnum):
    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


class Task(Base):
    """One piece of work: outbox and job ledger in one. Written in the transaction that wants the work done.

    `lease_token` fences: a run that lost its lease cannot mark the task done, so its effect rolls back.
    All clocks here are the database's.
    """

    __tablename__ = "task"
    __table_args__ = (
        one_of("state", TaskState),
        Index("ix_task_due", "queue", "priority", "next_attempt_at", postgresql_where="state IN ('ready', 'leased')"),
        Index("uq_task_concurrency_key", "concurrency_key", unique=True, postgresql_where="state = 'ready'"),
        Index("ix_task_done_at", "done_at", postgresql_where="state IN ('done', 'dead')"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    queue: Mapped[str]
    priority: Mapped[int] = mapped_column(SmallInteger, default=100)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    concurrency_key: Mapped[str | None]
    state: Mapped[TaskState] = mapped_column(text_enum(TaskState), default=TaskState.READY)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    max_attempts: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    next_attempt_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    dispatched_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_token: Mapped[int] = mapped_column(BigInteger, default=0)
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str | None]
    request_id: Mapped[str | None]


class ScheduleRun(Base):
    """A schedule's slot that has been fired. The primary key is the guarantee that it fires once."""

    __tablename__ = "schedule_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    task_id: Mapped[UUID | None]
    fired_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AuditEvent(Base):
    """A privileged act. Inserted unchained; one task chains rows in order (`sequence`, `hash`).

    Holds ids only, so that erasing a person leaves the chain whole. Readers see no UPDATE or DELETE right.
    """

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_occurred_at", "occurred_at"),)

    key: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.clock_timestamp())
    action: Mapped[str]
    actor_account_id: Mapped[UUID | None]
    subject_kind: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str | None]


class AuditLink(Base):
    """The hash chain over audit events: one row per event, in the order they were chained."""

    __tablename__ = "audit_link"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_key: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    chained_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AuditWaiting(Base):
    """An audit event that is not chained yet. Written by a trigger with the event, removed by the chainer."""

    __tablename__ = "audit_waiting"

    event_key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class IdempotencyKey(Base):
    """The stored outcome of a request that was sent with an Idempotency-Key."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]


class Setting(Base):
    """A setting an administrator may change at run time; defaults live in code (`foundation/preferences.py`)."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[Instant]
    changed_by: Mapped[UUID | None]


class Media(Base):
    """A picture, re-encoded by us and addressed by its content; served from the uploads origin only."""

    __tablename__ = "media"
    __table_args__ = (CheckConstraint(f"length(bytes) <= {LARGEST_PICTURE_BYTES}", name="size"),)

    sha256: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
