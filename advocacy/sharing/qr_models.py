"""Which link stands in which code to scan."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.columns import CreatedAt
from advocacy.foundation.db import Base


class QrLink(Base):
    """The link in somebody's code for an item, or, without an employee, in the organisation's: one of each.

    The row goes with the person; the link, and with it what is on paper, goes on leading where it led.
    """

    __tablename__ = "qr_link"
    __table_args__ = (
        Index(
            "uq_qr_link_own",
            "employee_key",
            "item_key",
            unique=True,
            postgresql_where=text("employee_key IS NOT NULL"),
        ),
        Index("uq_qr_link_of_item", "item_key", unique=True, postgresql_where=text("employee_key IS NULL")),
    )

    link_key: Mapped[int] = mapped_column(ForeignKey("link.key"), primary_key=True, autoincrement=False)
    item_key: Mapped[int] = mapped_column(ForeignKey("content_item.key"))
    employee_key: Mapped[int | None] = mapped_column(ForeignKey("employee.key"))
    made_at: Mapped[CreatedAt]
