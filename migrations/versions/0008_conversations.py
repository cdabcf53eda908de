"""Conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("share_key", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("buying_role", sa.Text(), nullable=True),
        sa.Column("account_name", sa.Text(), nullable=True),
        sa.Column("note_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "buying_role IN ('decider', 'buyer', 'influencer', 'initiator', 'user', 'gatekeeper')",
            name=op.f("ck_conversation_buying_role_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('prospect', 'customer', 'candidate', 'influencer', 'partner', 'colleague')",
            name=op.f("ck_conversation_kind_known"),
        ),
        sa.CheckConstraint(
            "outcome IN ('open', 'progressed', 'parked', 'referred_internally', 'declined', 'no_reply', 'do_not_contact')",
            name=op.f("ck_conversation_outcome_known"),
        ),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_conversation_employee_key_employee")),
        sa.ForeignKeyConstraint(["share_key"], ["share.key"], name=op.f("fk_conversation_share_key_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index("ix_conversation_employee_key", "conversation", ["employee_key", "occurred_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_conversation_employee_key", table_name="conversation")
    op.drop_table("conversation")
