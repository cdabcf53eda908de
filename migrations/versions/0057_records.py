"""Asking for shared texts of an item about a product as evidence; two others have to agree, and authors are told."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

BEFORE = (
    "'new_item', 'share_answered', 'mail_paused', 'suggestion_answered', 'review_due', "
    "'account_ending', 'account_ended', 'post_not_made', 'post_unknown', 'chat_broken', 'chat_ended', 'thanked', "
    "'mend_proposed', 'post_to_mend', 'share_planned'"
)
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


def _allow(kinds: str) -> None:
    op.execute(DROP)
    op.execute(
        f"ALTER TABLE notification ADD CONSTRAINT ck_notification_kind_known CHECK (kind IN ({kinds})) NOT VALID"
    )
    with op.get_context().autocommit_block():
        op.execute(VALIDATE)


def upgrade() -> None:
    op.create_table(
        "record_request",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("item_key", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_key"], ["content_item.key"], name=op.f("fk_record_request_item_key_content_item")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_record_request_asked_by_account")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_record_request")),
        sa.UniqueConstraint("id", name=op.f("uq_record_request_id")),
    )
    op.create_index(
        "uq_record_request_waiting",
        "record_request",
        ["item_key"],
        unique=True,
        postgresql_where=sa.text("opened_at IS NULL"),
    )
    op.create_table(
        "record_approval",
        sa.Column("request_key", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_key"], ["record_request.key"], name=op.f("fk_record_approval_request_key_record_request")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_record_approval_account_id_account")),
        sa.PrimaryKeyConstraint("request_key", "account_id", name=op.f("pk_record_approval")),
    )
    # Agreements stand, and what was asked never changes.
    op.execute("REVOKE UPDATE, DELETE ON record_approval, record_request FROM advocacy_app")
    op.execute("GRANT UPDATE (opened_at) ON record_request TO advocacy_app")
    _allow(f"{BEFORE}, 'texts_in_evidence'")


def downgrade() -> None:
    op.execute("DELETE FROM notification WHERE kind = 'texts_in_evidence'")
    _allow(BEFORE)
    op.drop_table("record_approval")
    op.drop_table("record_request")
