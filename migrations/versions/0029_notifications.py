"""Somebody's list of notifications, and how they want to be told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notification",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('new_item', 'share_answered', 'mail_paused')", name=op.f("ck_notification_kind_known")
        ),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_notification_employee_key_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    op.create_index("ix_notification_employee_key", "notification", ["employee_key", "created_at", "id"], unique=False)
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["employee_key"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_notification_created_at", "notification", ["created_at"], unique=False)
    op.create_table(
        "notification_preference",
        sa.Column("employee_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("everything_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("muted", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("digest_days", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("digest_hour", sa.SmallInteger(), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_until", sa.SmallInteger(), nullable=True),
        sa.Column("most_a_day", sa.SmallInteger(), nullable=False),
        sa.Column("most_a_week", sa.SmallInteger(), nullable=False),
        sa.Column("mail_paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_pause_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "digest_days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]",
            name=op.f("ck_notification_preference_digest_days_known"),
        ),
        sa.CheckConstraint(
            "digest_hour BETWEEN 0 AND 23", name=op.f("ck_notification_preference_digest_hour_of_a_day")
        ),
        sa.CheckConstraint(
            "quiet_from BETWEEN 0 AND 23 AND quiet_until BETWEEN 0 AND 23",
            name=op.f("ck_notification_preference_quiet_hours_of_a_day"),
        ),
        sa.CheckConstraint(
            "most_a_day >= 1 AND most_a_week >= most_a_day", name=op.f("ck_notification_preference_caps_in_order")
        ),
        sa.CheckConstraint(
            "(mail_paused_at IS NULL) = (mail_pause_reason IS NULL)",
            name=op.f("ck_notification_preference_pause_has_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["employee_key"], ["employee.key"], name=op.f("fk_notification_preference_employee_key_employee")
        ),
        sa.PrimaryKeyConstraint("employee_key", name=op.f("pk_notification_preference")),
    )


def downgrade() -> None:
    op.drop_table("notification_preference")
    op.drop_table("notification")
