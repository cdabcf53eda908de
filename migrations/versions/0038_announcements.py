"""Announcements: one item told to everybody it is meant for, each person once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# Built outside the transaction (autocommit_block), which the linter cannot see.
ONCE_EACH = """
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_notification_announcement
ON notification (announcement_id, employee_key) WHERE announcement_id IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("audience_key", sa.Integer(), nullable=False),
        sa.Column("titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("told_to", sa.Integer(), nullable=False),
        sa.Column("last_key", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('telling', 'done', 'cancelled')", name=op.f("ck_announcement_state_known")),
        sa.ForeignKeyConstraint(["audience_key"], ["audience.key"], name=op.f("fk_announcement_audience_key_audience")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_index("ix_announcement_item_id", "announcement", ["item_id", "started_at"], unique=False)
    op.create_index(
        "uq_announcement_telling",
        "announcement",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("state = 'telling'"),
    )
    op.add_column("notification", sa.Column("announcement_id", sa.Uuid(), nullable=True))
    with op.get_context().autocommit_block():
        op.execute(ONCE_EACH)


def downgrade() -> None:
    op.drop_column("notification", "announcement_id")
    op.drop_table("announcement")
