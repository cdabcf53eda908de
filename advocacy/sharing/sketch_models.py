"""Small sketches of what was shared lately, to tell a writer that their words are much like colleagues' words."""

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import Instant, text_enum
from advocacy.foundation.db import Base
from advocacy.people.models import CONSENT, Purpose


class PostSketch(Base):
    """A sketch of one shared text, under the deployment's key: nobody can read the words from it.

    It cannot be without the yes to taking part, and goes after some weeks. `bands` are what alike texts share.
    """

    __tablename__ = "post_sketch"
    __table_args__ = (
        ForeignKeyConstraint(["employee_key", "purpose"], CONSENT, ondelete="CASCADE"),
        CheckConstraint("purpose = 'take_part'", name="one_purpose"),
        Index("ix_post_sketch_bands", "bands", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("ix_post_sketch_shared_at", "shared_at"),
        Index("ix_post_sketch_employee_key", "employee_key"),
    )

    share_key: Mapped[int] = mapped_column(ForeignKey("share.key", ondelete="CASCADE"), primary_key=True)
    employee_key: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(text_enum(Purpose), server_default=text("'take_part'"))
    network: Mapped[int] = mapped_column(SmallInteger)
    shared_at: Mapped[Instant]
    sketch: Mapped[bytes] = mapped_column(LargeBinary)
    bands: Mapped[list[int]] = mapped_column(ARRAY(Integer))
