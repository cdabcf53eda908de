"""What is to be told to whom, as rows first and messages second."""

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from advocacy.foundation.columns import CreatedAt, Id, Instant, one_of, text_enum
from advocacy.foundation.db import Base


class DeliveryState(enum.StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Delivery(Base):
    """One letter about an account or a duty to one person. It is sent at least once, under a stable Message-ID."""

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


class Channel(enum.StrEnum):
    """A way to reach a person. All but the list in the portal interrupt, so caps and quiet hours hold for them."""

    IN_APP = "in_app"
    MAIL = "mail"
    WEB_PUSH = "web_push"
    SLACK = "slack"
    TEAMS = "teams"


class Subject(enum.StrEnum):
    """What somebody may want to hear about, chosen apart for each channel."""

    SUGGESTIONS = "suggestions"
    ANSWERS = "answers"
    THANKS = "thanks"


class Kind(enum.StrEnum):
    """One kind of notification. `wording.py` says what it tells and which subject it belongs to."""

    NEW_ITEM = "new_item"
    SHARE_ANSWERED = "share_answered"
    MAIL_PAUSED = "mail_paused"
    SUGGESTION_ANSWERED = "suggestion_answered"
    REVIEW_DUE = "review_due"
    ACCOUNT_ENDING = "account_ending"
    ACCOUNT_ENDED = "account_ended"
    POST_MADE = "post_made"
    POST_NOT_MADE = "post_not_made"
    POST_UNKNOWN = "post_unknown"
    CHAT_BROKEN = "chat_broken"
    CHAT_ENDED = "chat_ended"
    THANKED = "thanked"
    MEND_PROPOSED = "mend_proposed"
    POST_TO_MEND = "post_to_mend"
    SHARE_PLANNED = "share_planned"
    TEXTS_IN_EVIDENCE = "texts_in_evidence"


class Notification(Base):
    """One line in somebody's list. It names what it is about; the words are made when it is read."""

    __tablename__ = "notification"
    __table_args__ = (
        one_of("kind", Kind),
        Index("ix_notification_employee_key", "employee_key", "created_at", "id"),
        Index("ix_notification_unread", "employee_key", postgresql_where=text("read_at IS NULL")),
        Index("ix_notification_created_at", "created_at"),
        Index(
            "uq_notification_announcement",
            "announcement_id",
            "employee_key",
            unique=True,
            postgresql_where=text("announcement_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"))
    kind: Mapped[Kind] = mapped_column(text_enum(Kind))
    subject_id: Mapped[UUID | None]
    announcement_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[CreatedAt]
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class NotificationPreference(Base):
    """How somebody wants to be told. Without a row the defaults below hold.

    `muted` holds `channel:subject` pairs that are off; hours and days are in the person's own time zone, ISO weekdays.
    """

    __tablename__ = "notification_preference"
    __table_args__ = (
        CheckConstraint("digest_days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]", name="digest_days_known"),
        CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour_of_a_day"),
        CheckConstraint("quiet_from BETWEEN 0 AND 23 AND quiet_until BETWEEN 0 AND 23", name="quiet_hours_of_a_day"),
        CheckConstraint("most_a_day >= 1 AND most_a_week >= most_a_day", name="caps_in_order"),
        CheckConstraint("(mail_paused_at IS NULL) = (mail_pause_reason IS NULL)", name="pause_has_a_reason"),
    )

    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[Instant]
    everything_off_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    muted: Mapped[list[str]] = mapped_column(ARRAY(Text))
    time_zone: Mapped[str | None]
    digest_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    digest_hour: Mapped[int] = mapped_column(SmallInteger)
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_until: Mapped[int | None] = mapped_column(SmallInteger)
    most_a_day: Mapped[int] = mapped_column(SmallInteger)
    most_a_week: Mapped[int] = mapped_column(SmallInteger)
    mail_paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    mail_pause_reason: Mapped[str | None]


class DigestRun(Base):
    """The digests of one hour of one day on the clocks of one time zone. Planned in slices, by employee key."""

    __tablename__ = "digest_run"
    __table_args__ = (
        UniqueConstraint("time_zone", "local_on", "hour"),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour_of_a_day"),
        Index("ix_digest_run_started_at", "started_at"),
    )

    id: Mapped[Id]
    time_zone: Mapped[str]
    local_on: Mapped[date]
    hour: Mapped[int] = mapped_column(SmallInteger)
    planned_to: Mapped[int] = mapped_column(default=0)
    planned: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[Instant]
    planned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class MessageState(enum.StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # handed over, and nobody told whether it arrived; it is never sent again


class Message(Base):
    """One message that interrupts one person, on one channel, on one occasion: sent at most once. Caps count these.

    It says `sending`, committed, before anything leaves. `outcome` says why it was cancelled or failed.
    """

    __tablename__ = "message"
    __table_args__ = (
        one_of("state", MessageState),
        one_of("channel", Channel),
        UniqueConstraint("employee_key", "channel", "occasion"),
        Index("ix_message_created_at", "created_at"),
        Index("ix_message_open", "run_id", "employee_key", postgresql_where=text("state IN ('waiting', 'sending')")),
        Index("ix_message_slack", "due_at", "id", postgresql_where=text("channel = 'slack' AND state = 'waiting'")),
    )

    id: Mapped[Id]
    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"))
    channel: Mapped[Channel] = mapped_column(text_enum(Channel))
    occasion: Mapped[str]
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("digest_run.id"))
    state: Mapped[MessageState] = mapped_column(text_enum(MessageState), default=MessageState.WAITING)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[CreatedAt]
    due_at: Mapped[Instant]
    claimed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[str | None]


class PrivateFeed(Base):
    """A secret address under which one person's feed can be read by programs. Only the hash of the secret is here."""

    __tablename__ = "private_feed"

    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"), primary_key=True, autoincrement=False)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hint: Mapped[str]
    created_at: Mapped[CreatedAt]


class AnnouncementState(enum.StrEnum):
    TELLING = "telling"
    DONE = "done"
    CANCELLED = "cancelled"


class Announcement(Base):
    """Something a maker wants everybody to hear of whom an item is meant for. Told in slices of employee keys.

    `told_to` is the key up to which people were told, `last_key` where it ends: it moves in the transaction that tells.
    `titles` holds the item's title by language, so that 350,000 lines need no words of their own. `meant` is whom it
    was meant for when it was announced, as it may be told: None below the smallest group, perhaps in full groups.
    """

    __tablename__ = "announcement"
    __table_args__ = (
        one_of("state", AnnouncementState),
        Index("ix_announcement_item_id", "item_id", "started_at"),
        Index("uq_announcement_telling", "item_id", unique=True, postgresql_where=text("state = 'telling'")),
    )

    id: Mapped[Id]
    item_id: Mapped[UUID]
    audience_key: Mapped[int] = mapped_column(ForeignKey("audience.key"))
    titles: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str | None]
    state: Mapped[AnnouncementState] = mapped_column(text_enum(AnnouncementState), default=AnnouncementState.TELLING)
    told_to: Mapped[int] = mapped_column(default=0)
    last_key: Mapped[int]
    told: Mapped[int] = mapped_column(default=0)
    meant: Mapped[int | None]
    is_meant_rounded: Mapped[bool] = mapped_column(default=False, server_default=false())
    started_at: Mapped[Instant]
    started_by: Mapped[UUID]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PushSubscription(Base):
    """A browser of somebody that takes pushes. Its address and keys are sealed: who has them can reach the device."""

    __tablename__ = "push_subscription"
    __table_args__ = (Index("ix_push_subscription_employee_key", "employee_key"),)

    id: Mapped[Id]
    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"))
    endpoint_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    device: Mapped[str]
    created_at: Mapped[CreatedAt]
