"""Slack and Teams: the connections an administrator made, who chose to be told there, and what was posted."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, one_of, text_enum
from advocacy.foundation.db import Base
from advocacy.notifications.models import MessageState


class ChatService(enum.StrEnum):
    """A chat we can speak to. Slack takes messages for one person; Teams takes posts into one channel."""

    SLACK = "slack"
    TEAMS = "teams"


class ConnectionState(enum.StrEnum):
    CHECKING = "checking"
    WORKING = "working"
    BROKEN = "broken"  # it takes nothing until an administrator does something
    ENDED = "ended"


class ChatConnection(Base):
    """One way into a chat: a Slack workspace, or one channel of Teams. Its secrets are sealed and never shown again.

    `paused_until` leaves the service alone for a while, `failures` counts the bad ends in a row that lead there.
    `version` counts the secrets an administrator gave: how a call with older ones ended says nothing of these.
    """

    __tablename__ = "chat_connection"
    __table_args__ = (
        one_of("service", ChatService),
        one_of("state", ConnectionState),
        CheckConstraint("(state = 'ended') = (sealed IS NULL)", name="ended_keeps_no_secret"),
        # One workspace: a person has one place in it.
        Index(
            "uq_chat_connection_slack",
            "service",
            unique=True,
            postgresql_where=text("service = 'slack' AND state <> 'ended'"),
        ),
    )

    id: Mapped[Id]
    service: Mapped[ChatService] = mapped_column(text_enum(ChatService))
    name: Mapped[str]
    workspace_id: Mapped[str | None]
    unit_key: Mapped[int | None] = mapped_column(ForeignKey("org_unit.key"))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    hint: Mapped[str]
    state: Mapped[ConnectionState] = mapped_column(text_enum(ConnectionState), default=ConnectionState.CHECKING)
    failures: Mapped[int] = mapped_column(SmallInteger, default=0)
    paused_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str | None]
    last_error_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    tested_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    test_outcome: Mapped[str | None]
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    created_by: Mapped[UUID]


class MemberState(enum.StrEnum):
    LOOKING = "looking"
    CONNECTED = "connected"
    NOT_FOUND = "not_found"
    ENDED = "ended"  # the chat does not take messages for them any more


class ChatMember(Base):
    """Somebody who asked to be told in Slack, and who they are there. It goes when they say so."""

    __tablename__ = "chat_member"
    __table_args__ = (
        one_of("state", MemberState),
        UniqueConstraint("connection_id", "member_id"),
        CheckConstraint("state <> 'connected' OR member_id IS NOT NULL", name="connected_is_somebody"),
    )

    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"), primary_key=True, autoincrement=False)
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("chat_connection.id"))
    member_id: Mapped[str | None]
    state: Mapped[MemberState] = mapped_column(text_enum(MemberState), default=MemberState.LOOKING)
    reason: Mapped[str | None]
    asked_at: Mapped[Instant]
    connected_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ChatPost(Base):
    """An announcement in one channel of Teams, posted at most once. `outcome` says why it was cancelled or failed."""

    __tablename__ = "chat_post"
    __table_args__ = (
        one_of("state", MessageState),
        UniqueConstraint("announcement_id", "connection_id"),
        Index("ix_chat_post_connection_id", "connection_id"),
        Index("ix_chat_post_open", "due_at", postgresql_where=text("state IN ('waiting', 'sending')")),
    )

    id: Mapped[Id]
    announcement_id: Mapped[UUID] = mapped_column(ForeignKey("announcement.id"))
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("chat_connection.id"))
    state: Mapped[MessageState] = mapped_column(text_enum(MessageState), default=MessageState.WAITING)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[CreatedAt]
    due_at: Mapped[Instant]
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None]


class ChatAnswer(Base):
    """What somebody pressed below a message, kept until it is worked on; afterwards only that it came.

    The signature of the request is the key under which a repeat is known.
    """

    __tablename__ = "chat_answer"
    __table_args__ = (
        Index("ix_chat_answer_received_at", "received_at"),
        CheckConstraint(
            "done_at IS NULL OR (employee_key IS NULL AND item_id IS NULL AND reason IS NULL AND place IS NULL)",
            name="done_names_nobody",
        ),
    )

    id: Mapped[Id]
    signature_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    employee_key: Mapped[int | None] = mapped_column(ForeignKey("employee.key"), index=True)
    item_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    place: Mapped[str | None]
    received_at: Mapped[Instant]
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
