"""Saved scenarios: written once, put away and never deleted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scenario",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("results", postgresql.JSONB(), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("definition_hash", sa.Text(), nullable=False),
        sa.Column("computed_with", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by_account_id", sa.UUID(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_by_account_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(archived_at IS NULL) = (archived_by_account_id IS NULL)",
            name=op.f("ck_scenario_archived_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["saved_by_account_id"], ["account.id"], name=op.f("fk_scenario_saved_by_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["archived_by_account_id"], ["account.id"], name=op.f("fk_scenario_archived_by_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
    )
    op.create_index(
        "ix_scenario_saved_at",
        "scenario",
        ["saved_at", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    # What was kept stays as it was: only that it was put away may be written.
    op.execute("REVOKE UPDATE, DELETE ON scenario FROM advocacy_app")
    op.execute("GRANT UPDATE (archived_at, archived_by_account_id) ON scenario TO advocacy_app")


def downgrade() -> None:
    op.drop_table("scenario")
