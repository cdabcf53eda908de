"""Roll-ups of participation and retention."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monthly_acts_by_person",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("active_days", sa.SmallInteger(), nullable=False),
        sa.Column("active_weeks", sa.SmallInteger(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "employee_key", name=op.f("pk_monthly_acts_by_person")),
    )
    op.create_index("ix_monthly_acts_by_person_employee_key", "monthly_acts_by_person", ["employee_key"], unique=False)
    op.create_table(
        "page_participation",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.SmallInteger(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("taking_part", sa.Integer(), nullable=False),
        sa.Column("eligible_days", sa.BigInteger(), nullable=False),
        sa.Column("counted_days", sa.Integer(), nullable=False),
        sa.Column("active_people", sa.Integer(), nullable=False),
        sa.Column("act_people", sa.Integer(), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("share_people", sa.Integer(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("conversation_people", sa.Integer(), nullable=False),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "day", "period", name=op.f("pk_page_participation")),
    )
    op.create_index("ix_page_participation_day", "page_participation", ["day"], unique=False)
    op.create_table(
        "page_participation_network",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.SmallInteger(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("active_people", sa.Integer(), nullable=False),
        sa.Column("share_people", sa.Integer(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "day", "period", "network", name=op.f("pk_page_participation_network")),
    )
    op.create_index("ix_page_participation_network_day", "page_participation_network", ["day"], unique=False)
    op.create_table(
        "page_retention",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("taking_part", sa.Integer(), nullable=False),
        sa.Column("active_people", sa.Integer(), nullable=False),
        sa.Column("person_weeks", sa.Integer(), nullable=False),
        sa.Column("act_people", sa.Integer(), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.Column("act_counts", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("act_count_people", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("settled_people", sa.Integer(), nullable=False),
        sa.Column("sustained_people", sa.Integer(), nullable=False),
        sa.Column("ever_people", sa.Integer(), nullable=False),
        sa.Column("mature_people", sa.Integer(), nullable=False),
        sa.Column("one_day_people", sa.Integer(), nullable=False),
        sa.Column("churned_people", sa.Integer(), nullable=False),
        sa.Column("returned_people", sa.Integer(), nullable=False),
        sa.Column("left_people", sa.Integer(), nullable=False),
        sa.Column("life_days", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("life_churned", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("life_left", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("life_active", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "day", name=op.f("pk_page_retention")),
    )
    op.create_index("ix_page_retention_day", "page_retention", ["day"], unique=False)
    op.create_table(
        "page_cohorts",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cohort", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("employed_people", sa.Integer(), nullable=False),
        sa.Column("active_people", sa.Integer(), nullable=False),
        sa.Column("active_employed_people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "day", "cohort", name=op.f("pk_page_cohorts")),
    )
    op.create_index("ix_page_cohorts_day", "page_cohorts", ["day"], unique=False)


def downgrade() -> None:
    op.drop_table("page_cohorts")
    op.drop_table("page_retention")
    op.drop_table("page_participation_network")
    op.drop_table("page_participation")
    op.drop_table("monthly_acts_by_person")
