"""Rules about review, and what was asked for each version that was sent on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

KINDS = "kind IN ('new_item', 'share_answered', 'mail_paused', 'suggestion_answered', 'review_due')"


def upgrade() -> None:
    op.add_column("content_item", sa.Column("is_non_business", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "review_rule",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("topic_keys", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("campaign_key", sa.Integer(), nullable=True),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("business", sa.Text(), nullable=True),
        sa.Column("approvals", sa.SmallInteger(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=True),
        sa.Column("desk_account_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("deputy_account_ids", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("due_hours", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("approvals BETWEEN 0 AND 3", name=op.f("ck_review_rule_approvals_few")),
        sa.CheckConstraint("business IN ('product', 'non_business')", name=op.f("ck_review_rule_business_known")),
        sa.CheckConstraint("desk IS NULL OR approvals > 0", name=op.f("ck_review_rule_desk_approves")),
        sa.CheckConstraint("due_hours BETWEEN 1 AND 720", name=op.f("ck_review_rule_due_within_a_month")),
        sa.ForeignKeyConstraint(["campaign_key"], ["campaign.key"], name=op.f("fk_review_rule_campaign_key_campaign")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_review_rule_created_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_rule")),
    )
    op.create_table(
        "review_request",
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("approvals", sa.SmallInteger(), nullable=False),
        sa.Column("desks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deputies_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["content_version.id"], name=op.f("fk_review_request_version_id_content_version")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_review_request")),
    )
    op.create_index(op.f("ix_review_request_due_at"), "review_request", ["due_at"], unique=False)
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"  # a wider one takes its place at once
        "ALTER TABLE notification DROP CONSTRAINT ck_notification_kind_known"
    )
    op.execute(f"ALTER TABLE notification ADD CONSTRAINT ck_notification_kind_known CHECK ({KINDS}) NOT VALID")
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE notification VALIDATE CONSTRAINT ck_notification_kind_known"
    )


def downgrade() -> None:
    op.drop_table("review_request")
    op.drop_table("review_rule")
    op.drop_column("content_item", "is_non_business")
