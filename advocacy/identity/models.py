"""Accounts, what they may do, and every secret that proves who somebody is (always stored as a hash)."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from advocacy.foundation.access import Role
from advocacy.foundation.columns import CreatedAt, Id, Instant, one_of, text_enum
from advocacy.foundation.db import Base

LONGEST_EMAIL = 254
LONGEST_TOKEN_NAME = 80
DEFAULT_TOKEN_DAYS, MOST_TOKEN_DAYS = 90, 365


class LinkPurpose(enum.StrEnum):
    """What a mailed link can do, and nothing else."""

    INVITATION = "invitation"
    SIGN_IN = "sign_in"
    PASSWORD_RESET = "password_reset"  # noqa: S105
    DEMO = "demo"


class Account(Base):
    """A way to sign in. It may belong to an employee; a service account does not."""

    __tablename__ = "account"
    __table_args__ = (Index("uq_account_email", text("lower(email)"), unique=True),)

    id: Mapped[Id]
    employee_key: Mapped[int | None] = mapped_column(ForeignKey("employee.key"), unique=True)
    email: Mapped[str]
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[CreatedAt]


class RoleGrant(Base):
    """A role for an account, in one unit and below, or everywhere when the unit is null."""

    __tablename__ = "role_grant"
    __table_args__ = (
        one_of("role", Role),
        UniqueConstraint("account_id", "role", "unit_key", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    unit_key: Mapped[int | None] = mapped_column(ForeignKey("org_unit.key"))
    granted_at: Mapped[CreatedAt]
    granted_by: Mapped[UUID | None]


class BrowserSession(Base):
    """A browser's server-side session. The cookie holds a random id; only its SHA-256 is here."""

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_account_id", "account_id"), Index("ix_session_expires_at", "expires_at"))

    id_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    agent: Mapped[str | None]
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]


class ApiToken(Base):
    """A bearer token: only its SHA-256, its visible beginning and end, and what it may do."""

    __tablename__ = "api_token"

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str]
    hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hint: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Instant]
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SignInLink(Base):
    """A link somebody got by mail. GET shows a button, POST consumes it, because scanners open every link."""

    __tablename__ = "sign_in_link"
    __table_args__ = (one_of("purpose", LinkPurpose), Index("ix_sign_in_link_expires_at", "expires_at"))

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(text_enum(LinkPurpose))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Invitation(Base):
    """An invitation that waits for its answer. After 30 days without one the person is dropped and a count stays."""

    __tablename__ = "invitation"
    __table_args__ = (Index("ix_invitation_invited_at", "invited_at"),)

    id: Mapped[Id]
    employee_key: Mapped[int | None] = mapped_column(ForeignKey("employee.key"), index=True)
    unit_key: Mapped[int | None] = mapped_column(ForeignKey("org_unit.key"))
    invited_at: Mapped[Instant]
    invited_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
