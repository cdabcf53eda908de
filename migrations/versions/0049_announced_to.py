"""How many people an announced item was meant for when it was announced: that number does not move afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("announcement", sa.Column("meant", sa.Integer(), nullable=True))
    op.add_column(
        "announcement", sa.Column("is_meant_rounded", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("announcement", "is_meant_rounded")
    op.drop_column("announcement", "meant")
