"""Items, versions, captions, reviews."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allowed_host",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("includes_subdomains", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_allowed_host")),
    )
    op.create_table(
        "content_item",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_product", sa.Boolean(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("audience_key", sa.Integer(), nullable=False),
        sa.Column("topic_keys", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("opening_reference", sa.Text(), nullable=True),
        sa.Column("author_account_id", sa.UUID(), nullable=False),
        sa.Column("current_version_id", sa.Uuid(), nullable=True),
        sa.Column("live_version_id", sa.Uuid(), nullable=True),
        sa.Column("live_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('article', 'job', 'event', 'video', 'image', 'text')", name=op.f("ck_content_item_kind_known")
        ),
        sa.CheckConstraint(
            "state <> 'live' OR live_version_id IS NOT NULL", name=op.f("ck_content_item_live_has_version")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'approved', 'scheduled', 'live', 'expired', 'withdrawn')",
            name=op.f("ck_content_item_state_known"),
        ),
        sa.ForeignKeyConstraint(["audience_key"], ["audience.key"], name=op.f("fk_content_item_audience_key_audience")),
        sa.ForeignKeyConstraint(
            ["author_account_id"], ["account.id"], name=op.f("fk_content_item_author_account_id_account")
        ),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_content_item_unit_key_org_unit")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_content_item")),
        sa.UniqueConstraint("id", name=op.f("uq_content_item_id")),
    )
    op.create_index(
        "ix_content_item_live",
        "content_item",
        ["live_from"],
        unique=False,
        postgresql_where="live_version_id IS NOT NULL",
    )
    op.create_index(op.f("ix_content_item_opening_reference"), "content_item", ["opening_reference"], unique=False)
    op.create_index(op.f("ix_content_item_unit_key"), "content_item", ["unit_key"], unique=False)
    op.create_table(
        "content_version",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("item_key", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=True),
        sa.Column("image_sha256", sa.Text(), nullable=True),
        sa.Column("image_alternative", sa.Text(), nullable=True),
        sa.Column("is_text_locked", sa.Boolean(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_content_version_created_by_account")),
        sa.ForeignKeyConstraint(["image_sha256"], ["media.sha256"], name=op.f("fk_content_version_image_sha256_media")),
        sa.ForeignKeyConstraint(
            ["item_key"], ["content_item.key"], name=op.f("fk_content_version_item_key_content_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_version")),
        sa.UniqueConstraint("item_key", "number", name=op.f("uq_content_version_item_key_number")),
    )
    op.create_table(
        "caption",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["content_version.id"], name=op.f("fk_caption_version_id_content_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caption")),
    )
    op.create_index("ix_caption_version_id", "caption", ["version_id"], unique=False)
    op.create_table(
        "content_text",
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["content_version.id"], name=op.f("fk_content_text_version_id_content_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "language", name=op.f("pk_content_text")),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("version_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reviewer_account_id", sa.UUID(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'changes_requested')", name=op.f("ck_review_decision_known")),
        sa.ForeignKeyConstraint(
            ["reviewer_account_id"], ["account.id"], name=op.f("fk_review_reviewer_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["content_version.id"], name=op.f("fk_review_version_id_content_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index("ix_review_version_id", "review", ["version_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_review_version_id", table_name="review")
    op.drop_table("review")
    op.drop_table("content_text")
    op.drop_index("ix_caption_version_id", table_name="caption")
    op.drop_table("caption")
    op.drop_table("content_version")
    op.drop_index(op.f("ix_content_item_unit_key"), table_name="content_item")
    op.drop_index(op.f("ix_content_item_opening_reference"), table_name="content_item")
    op.drop_index("ix_content_item_live", table_name="content_item", postgresql_where="state = 'live'")
    op.drop_table("content_item")
    op.drop_table("allowed_host")
