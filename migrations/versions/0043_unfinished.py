"""Forms that are not saved yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unfinished_form",
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("item_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_unfinished_form_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", "item_key", name=op.f("pk_unfinished_form")),
    )
    op.create_index(op.f("ix_unfinished_form_saved_at"), "unfinished_form", ["saved_at"], unique=False)


def downgrade() -> None:
    op.drop_table("unfinished_form")
