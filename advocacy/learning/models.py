"""Lessons in versions and languages, who passed which, and certificates."""

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt, Id, Instant, Key, PublicId, one_of, text_enum
from advocacy.foundation.db import Base
from advocacy.people.models import CONSENT, Purpose


class LessonSubject(enum.StrEnum):
    VOICE = "voice"
    DISCLOSURE = "disclosure"
    POLICY = "policy"
    CRITICS = "critics"
    OTHER = "other"


class LessonState(enum.StrEnum):
    DRAFT = "draft"
    LIVE = "live"
    WITHDRAWN = "withdrawn"


class Lesson(Base):
    """Something to learn in a minute. What it says stands in its versions; people see the live one.

    `default_name` is the name of a lesson that came with the product. From `asked_again_on` on, passing before that
    day does not count any more.
    """

    __tablename__ = "lesson"
    __table_args__ = (
        one_of("subject", LessonSubject),
        one_of("state", LessonState),
        CheckConstraint("(state = 'draft') = (live_version_id IS NULL)", name="shown_has_version"),
        Index("ix_lesson_withdrawn_at", "withdrawn_at", postgresql_where="withdrawn_at IS NOT NULL"),
    )

    key: Mapped[Key]
    id: Mapped[PublicId]
    default_name: Mapped[str | None] = mapped_column(unique=True)
    subject: Mapped[LessonSubject] = mapped_column(text_enum(LessonSubject))
    state: Mapped[LessonState] = mapped_column(text_enum(LessonState), default=LessonState.DRAFT)
    position: Mapped[int] = mapped_column(SmallInteger)
    is_required: Mapped[bool] = mapped_column(default=False)
    asked_again_on: Mapped[date | None]
    current_version_id: Mapped[UUID | None]
    live_version_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[CreatedAt]
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}


class LessonVersion(Base):
    """What a lesson says. Once published it is never changed; `source` says where its rules come from."""

    __tablename__ = "lesson_version"
    __table_args__ = (Index("uq_lesson_version_lesson_key", "lesson_key", "number", unique=True),)

    id: Mapped[Id]
    lesson_key: Mapped[int] = mapped_column(ForeignKey("lesson.key"))
    number: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text, default="")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[CreatedAt]
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class LessonText(Base):
    """A version in one language. A question is `question`, `answers`, `right` (its place) and `explanation`."""

    __tablename__ = "lesson_text"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_version.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    steps: Mapped[list[str]] = mapped_column(ARRAY(Text))
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class LessonPass(Base):
    """That somebody answered all questions of a lesson, when first and when last. Answers are kept nowhere.

    It cannot be without the yes to taking part: the database deletes it in the transaction that takes the yes away.
    """

    __tablename__ = "lesson_pass"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'take_part'", name="one_purpose"),
        Index("ix_lesson_pass_lesson_key", "lesson_key"),
    )

    employee_key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lesson_key: Mapped[int] = mapped_column(ForeignKey("lesson.key"), primary_key=True, autoincrement=False)
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), default=Purpose.TAKE_PART)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_version.id"))
    passed_at: Mapped[Instant]
    first_passed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))  # null: as `passed_at`


class Certificate(Base):
    """What somebody had passed on a day, with a code that anybody can check while its owner shows it.

    `passed` holds version ids and days as they were then. Like a pass it goes with the yes to taking part.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'take_part'", name="one_purpose"),
    )

    employee_key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), default=Purpose.TAKE_PART)
    code: Mapped[str] = mapped_column(unique=True)
    issued_at: Mapped[Instant]
    shown_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    passed: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
