"""Pages that people who write asked to have read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unfurl",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("image_sha256", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_unfurl_state_known")),
        sa.CheckConstraint("(state = 'failed') = (refusal IS NOT NULL)", name=op.f("ck_unfurl_failed_says_why")),
        sa.CheckConstraint("(state = 'done') = (found IS NOT NULL)", name=op.f("ck_unfurl_done_has_found")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_unfurl_account_id_account")),
        sa.ForeignKeyConstraint(["image_sha256"], ["media.sha256"], name=op.f("fk_unfurl_image_sha256_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unfurl")),
    )
    op.create_index("ix_unfurl_account_id", "unfurl", ["account_id", "created_at"])
    op.create_index("ix_unfurl_created_at", "unfurl", ["created_at"])


def downgrade() -> None:
    op.drop_table("unfurl")
