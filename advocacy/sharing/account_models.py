"""Accounts of people's own that they connected: the tokens, sealed, and what was posted with them."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, one_of, text_enum
from advocacy.foundation.db import Base
from advocacy.people.models import CONSENT, Purpose

ONE_PURPOSE = "purpose = 'connected_account'"


class NetworkAccess(Base):
    """What an administrator decided about a network's interface. Without a row nobody may connect an account there.

    `sealed_secret` belongs to the application that the organisation registered with the network, where one is needed.
    """

    __tablename__ = "network_access"
    __table_args__ = (CheckConstraint("most_posts_a_month > 0", name="most_posts_positive"),)

    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    is_on: Mapped[bool]
    reads_numbers: Mapped[bool]
    client_id: Mapped[str | None]
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    most_posts_a_month: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[Instant]
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))


class ServerApp(Base):
    """This deployment as one server of a network knows it: registered once, when the first person connects there."""

    __tablename__ = "server_app"

    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    server: Mapped[str] = mapped_column(primary_key=True)
    redirect_uri: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    client_id: Mapped[str]
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    registered_at: Mapped[CreatedAt]


class AuthorizationState(enum.StrEnum):
    PREPARING = "preparing"
    READY = "ready"
    RETURNED = "returned"
    DONE = "done"
    FAILED = "failed"


class AccountAuthorization(Base):
    """One attempt to connect an account, bound to the browser that began it. Gone after an hour.

    `sealed` holds what must come back unseen: the PKCE verifier, keys of proof, later the code.
    """

    __tablename__ = "account_authorization"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint(ONE_PURPOSE, name="one_purpose"),
        one_of("state", AuthorizationState),
        Index("ix_account_authorization_employee_key", "employee_key", "purpose"),
    )

    id: Mapped[Id]
    employee_key: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), default=Purpose.CONNECTED_ACCOUNT)
    network: Mapped[int] = mapped_column(SmallInteger)
    server: Mapped[str]
    state: Mapped[AuthorizationState] = mapped_column(
        text_enum(AuthorizationState), default=AuthorizationState.PREPARING
    )
    state_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    authorize_url: Mapped[str | None]
    problem: Mapped[str | None]
    reads_numbers: Mapped[bool]
    reads_followers: Mapped[bool]
    created_at: Mapped[CreatedAt]


class AccountState(enum.StrEnum):
    CONNECTED = "connected"
    ENDED = "ended"


class NetworkAccount(Base):
    """An account somebody connected. It cannot be without the consent, and its tokens are sealed for this row alone.

    `ends_at` is when the person has to connect again, as far as the network says. When the row goes, however it goes,
    a trigger keeps the sealed tokens until the network was told that they are void.
    """

    __tablename__ = "network_account"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        UniqueConstraint("employee_key", "network"),
        CheckConstraint(ONE_PURPOSE, name="one_purpose"),
        one_of("state", AccountState),
        Index("ix_network_account_next_read_at", "next_read_at"),
    )

    id: Mapped[Id]
    employee_key: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), default=Purpose.CONNECTED_ACCOUNT)
    network: Mapped[int] = mapped_column(SmallInteger)
    server: Mapped[str]
    subject: Mapped[str]
    handle: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reads_numbers: Mapped[bool]
    reads_followers: Mapped[bool]
    state: Mapped[AccountState] = mapped_column(text_enum(AccountState), default=AccountState.CONNECTED)
    access_ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    told_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    connected_at: Mapped[CreatedAt]
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    next_read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class TokenRevocation(Base):
    """Tokens of an account that is no longer connected, until the network was told. It names nobody."""

    __tablename__ = "token_revocation"
    __table_args__ = (Index("ix_token_revocation_next_try_at", "next_try_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger)
    server: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    attempts: Mapped[int]
    created_at: Mapped[Instant]
    next_try_at: Mapped[Instant]


class Press(enum.StrEnum):
    """What makes us post: the person's press of the button, or a share the person planned."""

    BUTTON = "button"
    PLAN = "plan"


class PostState(enum.StrEnum):
    """`unknown`: it may have been posted or not, and only the person can look. The two last are what they said."""

    WAITING = "waiting"
    SENDING = "sending"
    POSTED = "posted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    SAID_POSTED = "said_posted"
    SAID_MISSING = "said_missing"


class NetworkPost(Base):
    """One press of the button that posts a share, known by `press_key`, so that pressing twice is one press.

    `sending` is committed before anything leaves. `record_key` makes a repeated request the same post, where a network
    can do that; `may_be_out` remembers a request without an answer. A share has at most one post under way or out.
    """

    __tablename__ = "network_post"
    __table_args__ = (
        one_of("press", Press),
        one_of("state", PostState),
        Index(
            "uq_network_post_share_key",
            "share_key",
            unique=True,
            postgresql_where=text("state NOT IN ('refused', 'said_missing')"),
        ),
        Index("ix_network_post_all_of_share", "share_key"),
        Index("ix_network_post_pressed_at", "network", "pressed_at"),
        Index("ix_network_post_under_way", "next_try_at", postgresql_where=text("state IN ('waiting', 'sending')")),
    )

    id: Mapped[Id]
    share_key: Mapped[int] = mapped_column(ForeignKey("share.key", ondelete="CASCADE"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("network_account.id", ondelete="SET NULL"), index=True)
    network: Mapped[int] = mapped_column(SmallInteger)
    press: Mapped[Press] = mapped_column(text_enum(Press))
    state: Mapped[PostState] = mapped_column(text_enum(PostState), default=PostState.WAITING)
    press_key: Mapped[UUID] = mapped_column(unique=True)
    record_key: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    may_be_out: Mapped[bool] = mapped_column(default=False)
    pressed_at: Mapped[Instant]
    next_try_at: Mapped[Instant]
    first_sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    problem: Mapped[str | None]
    remote_id: Mapped[str | None]
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
