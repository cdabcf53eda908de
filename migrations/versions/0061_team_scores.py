"""The middle weekly score of each unit's people who said yes to it, the prior it is drawn to, and first passes."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

# Of those who passed before, the last time is the first we know of. Passes are few: thousands, not millions.
FIRST = "UPDATE lesson_pass SET first_passed_at = passed_at WHERE first_passed_at IS NULL"


def upgrade() -> None:
    op.add_column("lesson_pass", sa.Column("first_passed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(FIRST)
    op.create_table(
        "weekly_rate_prior",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.BigInteger(), nullable=False),
        sa.Column("alpha", sa.Float(), nullable=True),
        sa.Column("beta", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_weekly_rate_prior")),
    )
    op.create_table(
        "page_team_scores",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("median_score", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "day", name=op.f("pk_page_team_scores")),
    )
    op.create_index("ix_page_team_scores_day", "page_team_scores", ["day"], unique=False)


def downgrade() -> None:
    op.drop_table("page_team_scores")
    op.drop_table("weekly_rate_prior")
    op.drop_column("lesson_pass", "first_passed_at")
