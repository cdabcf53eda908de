"""Shares that somebody planned for later: their words, and the moment they want to be reminded or have it posted."""

import enum
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, false, text
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, one_of, text_enum
from advocacy.foundation.db import Base
from advocacy.people.models import CONSENT, Purpose


class PlanState(enum.StrEnum):
    PLANNED = "planned"
    REMINDED = "reminded"  # its time has come, and its author was told
    SHARED = "shared"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"  # its time has come, and the item was over


class PlannedShare(Base):
    """Words kept for a moment that their author chose. At it they are reminded, and the sheet opens with them.

    With a `posted_text` it was asked to be posted then with their own account: exactly this text, of this version of
    the item, with this account (`posted_as`), or nothing. `may_be_out` says after a restore that this may have happened
    already. `time_zone` is the clock the moment was chosen on. `version` counts changes, for those who
    read before they write.
    It cannot be without the yes to taking part: the database deletes it in the transaction that takes the yes away.
    """

    __tablename__ = "planned_share"
    __table_args__ = (
        one_of("state", PlanState),
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'take_part'", name="one_purpose"),
        CheckConstraint("(state = 'shared') = (share_key IS NOT NULL)", name="shared_has_a_share"),
        CheckConstraint(
            "(posted_text IS NULL) = (posted_version_id IS NULL) AND (posted_text IS NULL) = (posted_as IS NULL)",
            name="posts_what_was_seen",
        ),
        Index("ix_planned_share_due", "planned_for", "id", postgresql_where=text("state = 'planned'")),
        Index("ix_planned_share_employee_key", "employee_key", "planned_for"),
        Index("ix_planned_share_item_key", "item_key"),
        Index("ix_planned_share_share_key", "share_key"),
        Index("ix_planned_share_caption_id", "caption_id"),
        Index("ix_planned_share_posted_version_id", "posted_version_id"),
    )

    id: Mapped[Id]
    employee_key: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(
        text_enum(Purpose), default=Purpose.TAKE_PART, server_default=text("'take_part'")
    )
    item_key: Mapped[int] = mapped_column(ForeignKey("content_item.key"))
    network: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str]
    caption_id: Mapped[UUID | None] = mapped_column(ForeignKey("caption.id"))
    server: Mapped[str | None]
    discloses: Mapped[bool]
    posted_text: Mapped[str | None]
    posted_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("content_version.id"))
    posted_as: Mapped[str | None]
    may_be_out: Mapped[bool] = mapped_column(default=False, server_default=false())
    planned_for: Mapped[Instant]
    time_zone: Mapped[str]
    state: Mapped[PlanState] = mapped_column(text_enum(PlanState), default=PlanState.PLANNED)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    share_key: Mapped[int | None] = mapped_column(ForeignKey("share.key", ondelete="CASCADE"))

    @property
    def posts(self) -> bool:
        """Whether it is posted at its moment, instead of reminding."""
        return self.posted_text is not None

    @property
    def is_open(self) -> bool:
        """Whether it can still be shared, changed or cancelled."""
        return self.state in {PlanState.PLANNED, PlanState.REMINDED}
