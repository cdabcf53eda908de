"""Asking the author of a post about a product to take it down or to say where they work; two others have to agree."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("share_key", sa.Integer(), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.UUID(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("asks IN ('take_down', 'disclose')", name=op.f("ck_correction_asks_known")),
        sa.CheckConstraint(
            "state IN ('proposed', 'asked', 'done', 'cannot', 'dropped')", name=op.f("ck_correction_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (asked_at IS NULL AND closed_at IS NULL)",
            name=op.f("ck_correction_asked_by_state"),
        ),
        sa.ForeignKeyConstraint(
            ["share_key"], ["share.key"], ondelete="CASCADE", name=op.f("fk_correction_share_key_share")
        ),
        sa.ForeignKeyConstraint(["proposed_by"], ["account.id"], name=op.f("fk_correction_proposed_by_account")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_correction")),
        sa.UniqueConstraint("id", name=op.f("uq_correction_id")),
    )
    op.create_index(
        "uq_correction_open",
        "correction",
        ["share_key"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'asked')"),
    )
    op.create_table(
        "correction_approval",
        sa.Column("correction_key", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction_key"],
            ["correction.key"],
            ondelete="CASCADE",
            name=op.f("fk_correction_approval_correction_key_correction"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_correction_approval_account_id_account")),
        sa.PrimaryKeyConstraint("correction_key", "account_id", name=op.f("pk_correction_approval")),
    )
    # Agreements stand; what a wish says and who made it never changes. Rows go with the share they are about.
    op.execute("REVOKE UPDATE, DELETE ON correction_approval, correction FROM advocacy_app")
    op.execute("GRANT UPDATE (state, asked_at, closed_at, answer) ON correction TO advocacy_app")


def downgrade() -> None:
    op.drop_table("correction_approval")
    op.drop_table("correction")
