"""Sketches of what was shared lately, for telling a writer that words are much alike. They go with the consent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "post_sketch",
        sa.Column("share_key", sa.Integer(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), server_default=sa.text("'take_part'"), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("bands", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.CheckConstraint("purpose = 'take_part'", name=op.f("ck_post_sketch_one_purpose")),
        sa.ForeignKeyConstraint(
            ["share_key"], ["share.key"], ondelete="CASCADE", name=op.f("fk_post_sketch_share_key_share")
        ),
        sa.ForeignKeyConstraint(
            ["employee_key", "purpose"],
            ["consent.employee_key", "consent.purpose"],
            ondelete="CASCADE",
            name=op.f("fk_post_sketch_employee_key_consent"),
        ),
        sa.PrimaryKeyConstraint("share_key", name=op.f("pk_post_sketch")),
    )
    op.create_index(
        "ix_post_sketch_bands",
        "post_sketch",
        ["bands"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index("ix_post_sketch_shared_at", "post_sketch", ["shared_at"], unique=False)
    op.create_index("ix_post_sketch_employee_key", "post_sketch", ["employee_key"], unique=False)


def downgrade() -> None:
    op.drop_table("post_sketch")
