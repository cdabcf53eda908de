"""Digests by mail: runs, and messages that are sent at most once."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digest_run",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("planned_to", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_digest_run_hour_of_a_day")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_run")),
        sa.UniqueConstraint("time_zone", "local_on", "hour", name=op.f("uq_digest_run_time_zone_local_on_hour")),
    )
    op.create_index("ix_digest_run_started_at", "digest_run", ["started_at"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('in_app', 'mail', 'web_push', 'slack', 'teams')", name=op.f("ck_message_channel_known")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'failed', 'cancelled', 'unknown')",
            name=op.f("ck_message_state_known"),
        ),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_message_employee_key_employee")),
        sa.ForeignKeyConstraint(["run_id"], ["digest_run.id"], name=op.f("fk_message_run_id_digest_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "employee_key", "channel", "occasion", name=op.f("uq_message_employee_key_channel_occasion")
        ),
    )
    op.create_index("ix_message_created_at", "message", ["created_at"], unique=False)
    op.create_index(
        "ix_message_open",
        "message",
        ["run_id", "employee_key"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )


def downgrade() -> None:
    op.drop_table("message")
    op.drop_table("digest_run")
