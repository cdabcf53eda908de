"""Suggested wordings are dealt out in turn: how often each was given, and to whom while it rests."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "caption_round",
        sa.Column("caption_id", sa.UUID(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.CheckConstraint("uses >= 0", name=op.f("ck_caption_round_uses_not_negative")),
        sa.ForeignKeyConstraint(["caption_id"], ["caption.id"], name=op.f("fk_caption_round_caption_id_caption")),
        sa.PrimaryKeyConstraint("caption_id", "network", name=op.f("pk_caption_round")),
    )
    op.create_table(
        "caption_allotment",
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("caption_id", sa.UUID(), nullable=False),
        sa.Column("allotted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_key"], ["employee.key"], name=op.f("fk_caption_allotment_employee_key_employee")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["content_version.id"], name=op.f("fk_caption_allotment_version_id_content_version")
        ),
        sa.ForeignKeyConstraint(["caption_id"], ["caption.id"], name=op.f("fk_caption_allotment_caption_id_caption")),
        sa.PrimaryKeyConstraint("employee_key", "version_id", "network", name=op.f("pk_caption_allotment")),
    )
    op.create_index("ix_caption_allotment_allotted_at", "caption_allotment", ["allotted_at"], unique=False)


def downgrade() -> None:
    op.drop_table("caption_allotment")
    op.drop_table("caption_round")
