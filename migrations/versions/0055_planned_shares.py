"""Shares that are planned for later, and the lines that remind of them."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
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
BEFORE = (
    "'new_item', 'share_answered', 'mail_paused', 'suggestion_answered', 'review_due', 'account_ending', "
    "'account_ended', 'post_not_made', 'post_unknown', 'chat_broken', 'chat_ended', 'thanked', 'mend_proposed', "
    "'post_to_mend'"
)


def _allow(kinds: str) -> None:
    op.execute(DROP)
    op.execute(
        f"ALTER TABLE notification ADD CONSTRAINT ck_notification_kind_known CHECK (kind IN ({kinds})) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute(VALIDATE)


def upgrade() -> None:
    op.create_table(
        "planned_share",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("caption_id", sa.UUID(), nullable=True),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("discloses", sa.Boolean(), nullable=False),
        sa.Column("planned_for", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("share_key", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'reminded', 'shared', 'cancelled', 'lapsed')",
            name=op.f("ck_planned_share_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'shared') = (share_key IS NOT NULL)", name=op.f("ck_planned_share_shared_has_a_share")
        ),
        sa.ForeignKeyConstraint(
            ["employee_key"], ["employee.key"], name=op.f("fk_planned_share_employee_key_employee")
        ),
        sa.ForeignKeyConstraint(
            ["item_key"], ["content_item.key"], name=op.f("fk_planned_share_item_key_content_item")
        ),
        sa.ForeignKeyConstraint(["caption_id"], ["caption.id"], name=op.f("fk_planned_share_caption_id_caption")),
        sa.ForeignKeyConstraint(
            ["share_key"], ["share.key"], ondelete="CASCADE", name=op.f("fk_planned_share_share_key_share")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_share")),
    )
    op.create_index(
        "ix_planned_share_due",
        "planned_share",
        ["planned_for", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("ix_planned_share_employee_key", "planned_share", ["employee_key", "planned_for"], unique=False)
    op.create_index("ix_planned_share_item_key", "planned_share", ["item_key"], unique=False)
    op.create_index("ix_planned_share_share_key", "planned_share", ["share_key"], unique=False)
    op.create_index("ix_planned_share_caption_id", "planned_share", ["caption_id"], unique=False)
    _allow(f"{BEFORE}, 'share_planned'")


def downgrade() -> None:
    op.execute("DELETE FROM notification WHERE kind = 'share_planned'")
    _allow(BEFORE)
    op.drop_table("planned_share")
