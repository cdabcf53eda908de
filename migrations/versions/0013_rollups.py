"""Roll-up tables: what is counted once and read often."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rollup_fill", sa.Column("milliseconds", sa.Integer(), nullable=True))
    op.create_table(
        "rollup_touch",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rollup", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rollup_touch")),
    )
    op.create_index("ix_rollup_touch_rollup", "rollup_touch", ["rollup", "day"], unique=False)
    op.create_table(
        "daily_clicks_by_link",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("link_key", sa.Integer(), nullable=False),
        sa.Column("click_class", sa.SmallInteger(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "link_key", "click_class", name=op.f("pk_daily_clicks_by_link")),
    )
    op.create_index("ix_daily_clicks_by_link_link_key", "daily_clicks_by_link", ["link_key"], unique=False)
    op.create_table(
        "daily_clicks_by_unit",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("click_class", sa.SmallInteger(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit_key", "network", "click_class", name=op.f("pk_daily_clicks_by_unit")),
    )
    op.create_table(
        "daily_activity_by_person",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("detail", sa.SmallInteger(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("job_events", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "employee_key", "kind", "detail", "network", name=op.f("pk_daily_activity_by_person")
        ),
    )
    op.create_index(
        "ix_daily_activity_by_person_employee_key", "daily_activity_by_person", ["employee_key"], unique=False
    )
    op.create_index(
        "ix_daily_activity_by_person_kind", "daily_activity_by_person", ["kind", "detail", "day"], unique=False
    )
    op.create_table(
        "daily_shares_by_person",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.Column("published_jobs", sa.Integer(), nullable=False),
        sa.Column("measured", sa.Integer(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "employee_key", "network", name=op.f("pk_daily_shares_by_person")),
    )
    op.create_index("ix_daily_shares_by_person_employee_key", "daily_shares_by_person", ["employee_key"], unique=False)
    op.create_table(
        "daily_conversations_by_unit",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("conversation_kind", sa.SmallInteger(), nullable=False),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit_key", "conversation_kind", name=op.f("pk_daily_conversations_by_unit")),
    )
    op.create_table(
        "daily_applications_by_unit",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("applications", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit_key", "stage", name=op.f("pk_daily_applications_by_unit")),
    )
    op.create_table(
        "daily_people_by_unit",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("taking_part", sa.Integer(), nullable=False),
        sa.Column("with_size", sa.Integer(), nullable=False),
        sa.Column("stale_people", sa.Integer(), nullable=False),
        sa.Column("floor_people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit_key", name=op.f("pk_daily_people_by_unit")),
    )
    op.create_table(
        "daily_audience_by_unit",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("audience", sa.BigInteger(), nullable=False),
        sa.Column("stale_people", sa.Integer(), nullable=False),
        sa.Column("floor_people", sa.Integer(), nullable=False),
        sa.Column("floor_audience", sa.BigInteger(), nullable=False),
        sa.Column("unknown_people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit_key", "network", name=op.f("pk_daily_audience_by_unit")),
    )
    op.create_table(
        "daily_job_audience_by_unit",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("audience", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "unit_key", name=op.f("pk_daily_job_audience_by_unit")),
    )
    op.create_table(
        "page_amplification",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("taking_part", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("audience", sa.BigInteger(), nullable=False),
        sa.Column("stale_people", sa.Integer(), nullable=False),
        sa.Column("floor_people", sa.Integer(), nullable=False),
        sa.Column("active_people", sa.Integer(), nullable=False),
        sa.Column("activated_people", sa.Integer(), nullable=False),
        sa.Column("activated_audience", sa.BigInteger(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("share_people", sa.Integer(), nullable=False),
        sa.Column("measured_shares", sa.Integer(), nullable=False),
        sa.Column("measured_people", sa.Integer(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.Column("click_people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "day", name=op.f("pk_page_amplification")),
    )
    op.create_index("ix_page_amplification_day", "page_amplification", ["day"], unique=False)
    op.create_table(
        "page_recruiting",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("audience", sa.BigInteger(), nullable=False),
        sa.Column("activated_people", sa.Integer(), nullable=False),
        sa.Column("activated_audience", sa.BigInteger(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("share_people", sa.Integer(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.Column("click_people", sa.Integer(), nullable=False),
        sa.Column("applications", sa.Integer(), nullable=False),
        sa.Column("application_people", sa.Integer(), nullable=False),
        sa.Column("interviews", sa.Integer(), nullable=False),
        sa.Column("interview_people", sa.Integer(), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("offer_people", sa.Integer(), nullable=False),
        sa.Column("hires", sa.Integer(), nullable=False),
        sa.Column("hire_people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "day", name=op.f("pk_page_recruiting")),
    )
    op.create_index("ix_page_recruiting_day", "page_recruiting", ["day"], unique=False)


def downgrade() -> None:
    op.drop_table("page_recruiting")
    op.drop_table("page_amplification")
    op.drop_table("daily_job_audience_by_unit")
    op.drop_table("daily_audience_by_unit")
    op.drop_table("daily_people_by_unit")
    op.drop_table("daily_applications_by_unit")
    op.drop_table("daily_conversations_by_unit")
    op.drop_table("daily_shares_by_person")
    op.drop_table("daily_activity_by_person")
    op.drop_table("daily_clicks_by_unit")
    op.drop_table("daily_clicks_by_link")
    op.drop_table("rollup_touch")
    op.drop_column("rollup_fill", "milliseconds")
