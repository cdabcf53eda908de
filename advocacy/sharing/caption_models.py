"""Who was given which suggested wording, and how often each was given in its present round."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import Instant, text_enum
from advocacy.foundation.db import Base
from advocacy.people.models import CONSENT, Purpose


class CaptionRound(Base):
    """How often a caption was given on a network since its round began. A round is as long as captions rest."""

    __tablename__ = "caption_round"
    __table_args__ = (CheckConstraint("uses >= 0", name="uses_not_negative"),)

    caption_id: Mapped[UUID] = mapped_column(ForeignKey("caption.id"), primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    began_at: Mapped[Instant]
    uses: Mapped[int]


class CaptionAllotment(Base):
    """The caption somebody was given for an item on a network: opening the sheet again shows it again.

    It cannot be without the yes to taking part.
    """

    __tablename__ = "caption_allotment"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'take_part'", name="one_purpose"),
        Index("ix_caption_allotment_allotted_at", "allotted_at"),
    )

    employee_key: Mapped[int] = mapped_column(ForeignKey("employee.key"), primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), server_default=text("'take_part'"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("content_version.id"), primary_key=True)
    network: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    caption_id: Mapped[UUID] = mapped_column(ForeignKey("caption.id"))
    allotted_at: Mapped[Instant]
