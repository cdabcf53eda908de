"""The ledger and what it refers to."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity_event",
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("visitor_key", sa.BigInteger(), nullable=True),
        sa.Column("employee_key", sa.Integer(), nullable=True),
        sa.Column("item_key", sa.Integer(), nullable=True),
        sa.Column("link_key", sa.Integer(), nullable=True),
        sa.Column("share_key", sa.Integer(), nullable=True),
        sa.Column("agent_key", sa.Integer(), nullable=True),
        sa.Column("referrer_key", sa.Integer(), nullable=True),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=True),
        sa.Column("click_class", sa.SmallInteger(), nullable=True),
        sa.Column("detail", sa.SmallInteger(), nullable=True),
        sa.Column("flags", sa.SmallInteger(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        postgresql_partition_by="RANGE (occurred_at)",
    )
    op.create_index(
        "ix_activity_event_occurred_at", "activity_event", ["occurred_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "click_agent",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_click_agent")),
        sa.UniqueConstraint("sha256", name=op.f("uq_click_agent_sha256")),
    )
    op.create_table(
        "click_referrer",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_click_referrer")),
        sa.UniqueConstraint("host", name=op.f("uq_click_referrer_host")),
    )
    op.create_table(
        "day_touch",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_day_touch")),
    )
    op.create_index("ix_day_touch_day", "day_touch", ["day"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_day_touch_day", table_name="day_touch")
    op.drop_table("day_touch")
    op.drop_table("click_referrer")
    op.drop_table("click_agent")
    op.drop_index("ix_activity_event_occurred_at", table_name="activity_event", postgresql_using="brin")
    op.drop_table("activity_event")
