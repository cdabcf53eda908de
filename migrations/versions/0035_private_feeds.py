"""Secret addresses of people's feeds, as hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "private_feed",
        sa.Column("employee_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_private_feed_employee_key_employee")),
        sa.PrimaryKeyConstraint("employee_key", name=op.f("pk_private_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_private_feed_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("private_feed")
