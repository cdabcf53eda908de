"""Numbers that change after they were final: why a day was touched, what changed, and how late events came."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("day_touch", sa.Column("cause", sa.SmallInteger(), server_default=sa.text("1"), nullable=False))
    op.add_column("rollup_touch", sa.Column("cause", sa.SmallInteger(), nullable=True))
    op.add_column(
        "rollup_touch",
        sa.Column("heard_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("rollup_fill", sa.Column("zone", sa.Text(), nullable=True))
    op.add_column("rollup_fill", sa.Column("counted_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE rollup_fill SET counted_since = filled_at WHERE filled_at >= day + 2")
    op.create_table(
        "daily_events_by_kind",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("detail", sa.SmallInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("late_events", sa.Integer(), nullable=False),
        sa.Column("early_events", sa.Integer(), nullable=False),
        sa.Column("last_occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "detail", name=op.f("pk_daily_events_by_kind")),
    )
    # The days that were counted before get this count too.
    op.execute(
        "INSERT INTO rollup_touch (rollup, day) SELECT 'daily_events_by_kind', day FROM rollup_fill "
        "WHERE rollup = 'daily_activity_by_person' AND filled_at IS NOT NULL"
    )
    op.create_table(
        "rollup_change",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("topic", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rollup_change")),
    )
    op.create_index("ix_rollup_change_topic", "rollup_change", ["topic", "day"], unique=False)
    op.create_table(
        "restatement",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("restated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=True),
        sa.Column("after", sa.BigInteger(), nullable=True),
        sa.Column("is_announced", sa.Boolean(), nullable=True),
        sa.Column("causes", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition_hash", sa.Text(), nullable=False),
        sa.Column("supersedes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(before IS NULL) = (after IS NULL) AND (before IS NULL) = (is_announced IS NULL)",
            name=op.f("ck_restatement_told_or_hidden"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_restatement")),
    )
    op.create_index("ix_restatement_unit_key", "restatement", ["unit_key", "metric", "first_day"], unique=False)
    op.create_index("ix_restatement_restated_at", "restatement", ["restated_at"], unique=False)
    # What was told is written once.
    op.execute("REVOKE UPDATE, DELETE ON restatement FROM advocacy_app")


def downgrade() -> None:
    op.drop_table("restatement")
    op.drop_table("rollup_change")
    op.execute("DELETE FROM rollup_touch WHERE rollup = 'daily_events_by_kind'")
    op.execute("DELETE FROM rollup_fill WHERE rollup = 'daily_events_by_kind'")
    op.drop_table("daily_events_by_kind")
    op.drop_column("rollup_fill", "counted_since")
    op.drop_column("rollup_fill", "zone")
    op.drop_column("rollup_touch", "heard_at")
    op.drop_column("rollup_touch", "cause")
    op.drop_column("day_touch", "cause")
