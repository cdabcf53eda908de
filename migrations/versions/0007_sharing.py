"""Shares, links, click segments, brand channels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brand_channel",
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("followers", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("followers >= 0", name=op.f("ck_brand_channel_followers_not_negative")),
        sa.PrimaryKeyConstraint("network", "observed_on", name=op.f("pk_brand_channel")),
    )
    op.create_table(
        "click_salt",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_click_salt")),
    )
    op.create_table(
        "click_segment",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clicks", sa.Integer(), nullable=True),
        sa.Column("torn_bytes", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_click_segment")),
    )
    op.create_index(
        "ix_click_segment_waiting",
        "click_segment",
        ["received_at"],
        unique=False,
        postgresql_where="imported_at IS NULL",
    )
    op.create_table(
        "internal_range",
        sa.Column("range", postgresql.CIDR(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("range", name=op.f("pk_internal_range")),
    )
    op.create_table(
        "own_visitor",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visitor_key", sa.BigInteger(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_own_visitor_employee_key_employee")),
        sa.PrimaryKeyConstraint("day", "visitor_key", "employee_key", name=op.f("pk_own_visitor")),
    )
    op.create_table(
        "link_preview",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["content_version.id"], name=op.f("fk_link_preview_version_id_content_version")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_link_preview")),
    )
    op.create_index("uq_link_preview_version", "link_preview", ["version_id", "language"], unique=True)
    op.create_table(
        "share",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("caption_id", sa.UUID(), nullable=True),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("disclosure", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidenced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("post_url", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('opened', 'confirmed', 'evidenced')", name=op.f("ck_share_state_known")),
        sa.ForeignKeyConstraint(["caption_id"], ["caption.id"], name=op.f("fk_share_caption_id_caption")),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_share_employee_key_employee")),
        sa.ForeignKeyConstraint(["item_key"], ["content_item.key"], name=op.f("fk_share_item_key_content_item")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["content_version.id"], name=op.f("fk_share_version_id_content_version")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_share")),
        sa.UniqueConstraint("id", name=op.f("uq_share_id")),
    )
    op.create_index(op.f("ix_share_caption_id"), "share", ["caption_id"], unique=False)
    op.create_index("ix_share_employee_key", "share", ["employee_key", "opened_at"], unique=False)
    op.create_index(op.f("ix_share_item_key"), "share", ["item_key"], unique=False)
    op.create_table(
        "engagement_snapshot",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("share_key", sa.Integer(), nullable=False),
        sa.Column("impressions", sa.Integer(), nullable=True),
        sa.Column("reactions", sa.Integer(), nullable=True),
        sa.Column("comments", sa.Integer(), nullable=True),
        sa.Column("reshares", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "source IN ('own_entry', 'export', 'api')", name=op.f("ck_engagement_snapshot_source_known")
        ),
        sa.CheckConstraint("impressions >= 0", name=op.f("ck_engagement_snapshot_impressions_not_negative")),
        sa.ForeignKeyConstraint(["share_key"], ["share.key"], name=op.f("fk_engagement_snapshot_share_key_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagement_snapshot")),
    )
    op.create_index(
        "ix_engagement_snapshot_share_key", "engagement_snapshot", ["share_key", "observed_at"], unique=False
    )
    op.create_table(
        "link",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("share_key", sa.Integer(), nullable=True),
        sa.Column("employee_key", sa.Integer(), nullable=True),
        sa.Column("item_key", sa.Integer(), nullable=True),
        sa.Column("network", sa.SmallInteger(), nullable=True),
        sa.Column("preview_key", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("destination ~ '^https?://'", name=op.f("ck_link_destination_is_web")),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_link_employee_key_employee")),
        sa.ForeignKeyConstraint(["item_key"], ["content_item.key"], name=op.f("fk_link_item_key_content_item")),
        sa.ForeignKeyConstraint(["preview_key"], ["link_preview.key"], name=op.f("fk_link_preview_key_link_preview")),
        sa.ForeignKeyConstraint(["share_key"], ["share.key"], name=op.f("fk_link_share_key_share")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_link")),
        sa.UniqueConstraint("code", name=op.f("uq_link_code")),
        sa.UniqueConstraint("id", name=op.f("uq_link_id")),
    )
    op.create_index("ix_link_employee_key", "link", ["employee_key"], unique=False)
    op.create_index("ix_link_share_key", "link", ["share_key"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_link_share_key", table_name="link")
    op.drop_index("ix_link_employee_key", table_name="link")
    op.drop_table("link")
    op.drop_index("ix_engagement_snapshot_share_key", table_name="engagement_snapshot")
    op.drop_table("engagement_snapshot")
    op.drop_index(op.f("ix_share_item_key"), table_name="share")
    op.drop_index("ix_share_employee_key", table_name="share")
    op.drop_index(op.f("ix_share_caption_id"), table_name="share")
    op.drop_table("share")
    op.drop_index("uq_link_preview_version", table_name="link_preview")
    op.drop_table("link_preview")
    op.drop_table("own_visitor")
    op.drop_table("internal_range")
    op.drop_index("ix_click_segment_waiting", table_name="click_segment", postgresql_where="imported_at IS NULL")
    op.drop_table("click_segment")
    op.drop_table("click_salt")
    op.drop_table("brand_channel")
