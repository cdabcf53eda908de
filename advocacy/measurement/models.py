"""When each roll-up was filled for each day. The roll-up tables themselves are in `rollups.py`."""

from datetime import date, datetime

from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from advocacy.foundation.db import Base


class RollupFill(Base):
    """One roll-up and day: which version filled it, and when. A null `filled_at` means it is due again."""

    __tablename__ = "rollup_fill"

    rollup: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int | None]
    filled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    row_count: Mapped[int | None]
