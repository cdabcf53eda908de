"""When a roll-up's day was touched, so that the age of what is not counted yet can be told."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "rollup_touch",
        sa.Column("touched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    # Days are filled in slices now; whatever is due is asked for again by the next slot.
    op.execute("DELETE FROM task WHERE name = 'measurement.fill_day' AND state = 'ready'")


def downgrade() -> None:
    op.drop_column("rollup_touch", "touched_at")
