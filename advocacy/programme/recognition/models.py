"""What people chose to show, who thanked them, and the goals of units."""

import enum
from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, one_of, text_enum
from advocacy.foundation.db import Base
from advocacy.people.models import CONSENT, Purpose


class HighlightKind(enum.StrEnum):
    """What can be shown. A share is not among them: nobody looks over what others post."""

    SUGGESTION = "suggestion"
    ITEM = "item"
    CERTIFICATE = "certificate"


class Highlight(Base):
    """Something a person did and chose to show to colleagues. It goes with the yes to taking part.

    That of a certificate also goes with the very certificate: `certificate_code` is that of the one that was shown.
    """

    __tablename__ = "highlight"
    __table_args__ = (
        one_of("kind", HighlightKind),
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'take_part'", name="one_purpose"),
        CheckConstraint("(kind = 'certificate') = (certificate_code IS NOT NULL)", name="certificate_has_code"),
        UniqueConstraint("employee_key", "kind", "subject_id"),
        Index("ix_highlight_shown_at", "shown_at"),
        Index("ix_highlight_certificate_code", "certificate_code"),
    )

    id: Mapped[Id]
    employee_key: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), default=Purpose.TAKE_PART)
    kind: Mapped[HighlightKind] = mapped_column(text_enum(HighlightKind))
    subject_id: Mapped[UUID]
    title: Mapped[str]
    certificate_code: Mapped[str | None] = mapped_column(ForeignKey("certificate.code", ondelete="CASCADE"))
    shown_at: Mapped[Instant]


class Thanks(Base):
    """One colleague's thanks for one highlight: read by whose highlight it is, and by nobody else."""

    __tablename__ = "thanks"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'take_part'", name="one_purpose"),
        Index("ix_thanks_employee_key", "employee_key", "given_at"),
    )

    highlight_id: Mapped[UUID] = mapped_column(ForeignKey("highlight.id", ondelete="CASCADE"), primary_key=True)
    employee_key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), default=Purpose.TAKE_PART)
    note: Mapped[str]
    given_at: Mapped[Instant]


class TeamGoal(Base):
    """How large a part of a unit wants to take an active part by a day. A rate, so that large and small are alike."""

    __tablename__ = "team_goal"
    __table_args__ = (
        CheckConstraint("target_percent BETWEEN 1 AND 100", name="target_is_a_rate"),
        Index("uq_team_goal_unit_key", "unit_key", unique=True, postgresql_where="ended_on IS NULL"),
    )

    id: Mapped[Id]
    unit_key: Mapped[int] = mapped_column(ForeignKey("org_unit.key"))
    target_percent: Mapped[int] = mapped_column(SmallInteger)
    until_on: Mapped[date]
    why: Mapped[str]
    set_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[CreatedAt]
    ended_on: Mapped[date | None]
