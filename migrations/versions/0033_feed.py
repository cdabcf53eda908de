"""Audiences with any and except, what ranks a feed, why items are passed by, what a person's feed remembers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

LISTS = (
    ("roles", sa.Text()),
    ("except_unit_keys", sa.Integer()),
    ("except_countries", sa.Text()),
    ("except_languages", sa.Text()),
    ("except_topic_keys", sa.Integer()),
    ("except_roles", sa.Text()),
)
FLAGS = ("is_any", "has_exceptions")

# Thousands of rows at most: an organisation writes a few items a day.
LANGUAGES = """
UPDATE content_item SET languages = ARRAY(
    SELECT content_text.language FROM content_text
    WHERE content_text.version_id = content_item.live_version_id ORDER BY content_text.language
)
WHERE live_version_id IS NOT NULL
"""


def upgrade() -> None:
    for name, kind in LISTS:
        op.add_column(
            "audience", sa.Column(name, postgresql.ARRAY(kind), nullable=False, server_default=sa.text("'{}'"))
        )
    for name in FLAGS:
        op.add_column("audience", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(
        "content_item",
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")),
    )
    op.execute(LANGUAGES)
    op.create_table(
        "skip_count",
        sa.Column("item_key", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('off_topic', 'wrong_language', 'not_my_voice', 'too_salesy', 'already_shared', 'too_late', "
            "'not_said')",
            name=op.f("ck_skip_count_reason_known"),
        ),
        sa.ForeignKeyConstraint(["item_key"], ["content_item.key"], name=op.f("fk_skip_count_item_key_content_item")),
        sa.PrimaryKeyConstraint("item_key", "reason", name=op.f("pk_skip_count")),
    )
    op.create_table(
        "skip_remark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["item_key"], ["content_item.key"], name=op.f("fk_skip_remark_item_key_content_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skip_remark")),
    )
    op.create_index("ix_skip_remark_item_key", "skip_remark", ["item_key"], unique=False)
    op.create_table(
        "feed_memory",
        sa.Column("employee_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("purpose = 'take_part'", name=op.f("ck_feed_memory_one_purpose")),
        sa.ForeignKeyConstraint(
            ["employee_key", "purpose"],
            ["consent.employee_key", "consent.purpose"],
            name=op.f("fk_feed_memory_employee_key_consent"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("employee_key", name=op.f("pk_feed_memory")),
    )


def downgrade() -> None:
    op.drop_table("feed_memory")
    op.drop_table("skip_remark")
    op.drop_table("skip_count")
    op.drop_column("content_item", "languages")
    for name in (*FLAGS, *(name for name, _kind in LISTS)):
        op.drop_column("audience", name)
