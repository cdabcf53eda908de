"""Words and phrases that posts should not contain, with the reason that writers read."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "avoided_phrase",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("instead", sa.Text(), nullable=True),
        sa.Column("is_blocking", sa.Boolean(), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.UUID(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk_avoided_phrase_added_by_account")),
        sa.ForeignKeyConstraint(["removed_by"], ["account.id"], name=op.f("fk_avoided_phrase_removed_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avoided_phrase")),
    )
    op.create_index(
        "uq_avoided_phrase_canonical",
        "avoided_phrase",
        ["canonical"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    # What was on the list is on record: only that it was taken off may be written.
    op.execute("REVOKE UPDATE, DELETE ON avoided_phrase FROM advocacy_app")
    op.execute("GRANT UPDATE (removed_at, removed_by) ON avoided_phrase TO advocacy_app")


def downgrade() -> None:
    op.drop_table("avoided_phrase")
