"""Slack and Teams: connections, who is told there, posts into channels, and what people pressed."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

# A wider rule takes the place of a narrower one. What the last release writes fits both.
DROP = """
-- squawk-ignore ban-drop-constraint
ALTER TABLE notification DROP CONSTRAINT ck_notification_kind_known
"""
# Checked apart from the exclusive lock, in a transaction of its own (autocommit_block), which the linter cannot see.
VALIDATE = """
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE notification VALIDATE CONSTRAINT ck_notification_kind_known
"""
SLACK = """
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_message_slack ON message (due_at, id)
WHERE channel = 'slack' AND state = 'waiting'
"""
BEFORE = (
    "'new_item', 'share_answered', 'mail_paused', 'suggestion_answered', 'review_due', "
    "'account_ending', 'account_ended', 'post_not_made', 'post_unknown'"
)
STATES = "state IN ('waiting', 'sending', 'sent', 'failed', 'cancelled', 'unknown')"


def _allow(kinds: str) -> None:
    op.execute(DROP)
    op.execute(
        f"ALTER TABLE notification ADD CONSTRAINT ck_notification_kind_known CHECK (kind IN ({kinds})) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute(VALIDATE)


def _instant(name: str, *, nullable: bool = True) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "chat_connection",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=True),
        sa.Column("unit_key", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        _instant("paused_until"),
        sa.Column("last_error", sa.Text(), nullable=True),
        _instant("last_error_at"),
        _instant("last_sent_at"),
        _instant("tested_at"),
        sa.Column("test_outcome", sa.Text(), nullable=True),
        _instant("told_at"),
        _instant("created_at", nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.CheckConstraint("service IN ('slack', 'teams')", name=op.f("ck_chat_connection_service_known")),
        sa.CheckConstraint(
            "state IN ('checking', 'working', 'broken', 'ended')", name=op.f("ck_chat_connection_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'ended') = (sealed IS NULL)", name=op.f("ck_chat_connection_ended_keeps_no_secret")
        ),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_chat_connection_unit_key_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_connection")),
    )
    op.create_index(
        "uq_chat_connection_slack",
        "chat_connection",
        ["service"],
        unique=True,
        postgresql_where=sa.text("service = 'slack' AND state <> 'ended'"),
    )
    op.create_table(
        "chat_member",
        sa.Column("employee_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("connection_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        _instant("asked_at", nullable=False),
        _instant("connected_at"),
        sa.CheckConstraint(
            "state IN ('looking', 'connected', 'not_found', 'ended')", name=op.f("ck_chat_member_state_known")
        ),
        sa.CheckConstraint(
            "state <> 'connected' OR member_id IS NOT NULL", name=op.f("ck_chat_member_connected_is_somebody")
        ),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_chat_member_employee_key_employee")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["chat_connection.id"], name=op.f("fk_chat_member_connection_id_chat_connection")
        ),
        sa.PrimaryKeyConstraint("employee_key", name=op.f("pk_chat_member")),
        sa.UniqueConstraint("connection_id", "member_id", name=op.f("uq_chat_member_connection_id_member_id")),
    )
    op.create_table(
        "chat_post",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("announcement_id", sa.UUID(), nullable=False),
        sa.Column("connection_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        _instant("created_at", nullable=False),
        _instant("due_at", nullable=False),
        _instant("claimed_at"),
        _instant("sent_at"),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(STATES, name=op.f("ck_chat_post_state_known")),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_chat_post_announcement_id_announcement")
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["chat_connection.id"], name=op.f("fk_chat_post_connection_id_chat_connection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_post")),
        sa.UniqueConstraint(
            "announcement_id", "connection_id", name=op.f("uq_chat_post_announcement_id_connection_id")
        ),
    )
    op.create_index("ix_chat_post_connection_id", "chat_post", ["connection_id"], unique=False)
    op.create_index(
        "ix_chat_post_open",
        "chat_post",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'sending')"),
    )
    op.create_table(
        "chat_answer",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("signature_hash", sa.LargeBinary(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        _instant("received_at", nullable=False),
        _instant("done_at"),
        sa.CheckConstraint(
            "done_at IS NULL OR (employee_key IS NULL AND item_id IS NULL AND reason IS NULL AND place IS NULL)",
            name=op.f("ck_chat_answer_done_names_nobody"),
        ),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_chat_answer_employee_key_employee")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_answer")),
        sa.UniqueConstraint("signature_hash", name=op.f("uq_chat_answer_signature_hash")),
    )
    op.create_index("ix_chat_answer_received_at", "chat_answer", ["received_at"], unique=False)
    op.create_index(op.f("ix_chat_answer_employee_key"), "chat_answer", ["employee_key"], unique=False)
    _allow(f"{BEFORE}, 'chat_broken', 'chat_ended'")
    with op.get_context().autocommit_block():
        op.execute(SLACK)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_message_slack")
    op.execute("DELETE FROM notification WHERE kind IN ('chat_broken', 'chat_ended')")
    _allow(BEFORE)
    op.drop_table("chat_answer")
    op.drop_table("chat_post")
    op.drop_table("chat_member")
    op.drop_table("chat_connection")
