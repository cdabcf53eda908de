"""Roll-ups of what networks told about posts: reactions, comments and reshares."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_engagements_by_person",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("told_shares", sa.Integer(), nullable=False),
        sa.Column("engagements", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "employee_key", "network", name=op.f("pk_daily_engagements_by_person")),
    )
    op.create_table(
        "page_engagement",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("told_people", sa.Integer(), nullable=False),
        sa.Column("told_shares", sa.Integer(), nullable=False),
        sa.Column("engagements", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "day", name=op.f("pk_page_engagement")),
    )
    op.create_index("ix_page_engagement_day", "page_engagement", ["day"], unique=False)


def downgrade() -> None:
    op.drop_table("page_engagement")
    op.drop_table("daily_engagements_by_person")
