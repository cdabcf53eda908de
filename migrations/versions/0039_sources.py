"""Sources that are read, what they offered, and what colleagues suggested."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_feed",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("added_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("polled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("new_count", sa.SmallInteger(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('rss', 'atom', 'json_feed', 'jobs')", name=op.f("ck_source_feed_kind_known")),
        sa.CheckConstraint(
            "pause_reason IN ('by_somebody', 'failing', 'gone')", name=op.f("ck_source_feed_pause_reason_known")
        ),
        sa.CheckConstraint("(paused_at IS NULL) = (pause_reason IS NULL)", name=op.f("ck_source_feed_pause_says_why")),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_source_feed_unit_key_org_unit")),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk_source_feed_added_by_account")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_source_feed")),
        sa.UniqueConstraint("id", name=op.f("uq_source_feed_id")),
        sa.UniqueConstraint("unit_key", "url", name=op.f("uq_source_feed_unit_key_url")),
    )
    op.create_index(
        "ix_source_feed_next_poll_at", "source_feed", ["next_poll_at"], postgresql_where=sa.text("paused_at IS NULL")
    )
    op.create_table(
        "source_entry",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("source_key", sa.Integer(), nullable=True),
        sa.Column("guid_hash", sa.LargeBinary(), nullable=True),
        sa.Column("page_hash", sa.LargeBinary(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("job", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sorted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("item_key", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('new', 'accepted', 'dismissed')", name=op.f("ck_source_entry_state_known")),
        sa.CheckConstraint(
            "kind IN ('article', 'job', 'event', 'video', 'image', 'text')", name=op.f("ck_source_entry_kind_known")
        ),
        sa.CheckConstraint("(state = 'new') = (decided_at IS NULL)", name=op.f("ck_source_entry_decided_when")),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_source_entry_unit_key_org_unit")),
        sa.ForeignKeyConstraint(
            ["source_key"], ["source_feed.key"], name=op.f("fk_source_entry_source_key_source_feed")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_source_entry_decided_by_account")),
        sa.ForeignKeyConstraint(["item_key"], ["content_item.key"], name=op.f("fk_source_entry_item_key_content_item")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_source_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_source_entry_id")),
        sa.UniqueConstraint("unit_key", "page_hash", name=op.f("uq_source_entry_unit_key_page_hash")),
    )
    op.create_index(
        "uq_source_entry_guid",
        "source_entry",
        ["source_key", "guid_hash"],
        unique=True,
        postgresql_where=sa.text("source_key IS NOT NULL"),
    )
    op.create_index("ix_source_entry_inbox", "source_entry", ["state", "sorted_at", "key"])
    op.create_index(op.f("ix_source_entry_source_key"), "source_entry", ["source_key"])
    op.create_index(op.f("ix_source_entry_item_key"), "source_entry", ["item_key"])
    op.create_table(
        "suggestion",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("entry_key", sa.Integer(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.UUID(), nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name=op.f("ck_suggestion_answered_when")),
        sa.ForeignKeyConstraint(["entry_key"], ["source_entry.key"], name=op.f("fk_suggestion_entry_key_source_entry")),
        sa.ForeignKeyConstraint(["employee_key"], ["employee.key"], name=op.f("fk_suggestion_employee_key_employee")),
        sa.ForeignKeyConstraint(["answered_by"], ["account.id"], name=op.f("fk_suggestion_answered_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("entry_key", "employee_key", name=op.f("uq_suggestion_entry_key_employee_key")),
    )
    op.create_index("ix_suggestion_employee_key", "suggestion", ["employee_key", "created_at"])


def downgrade() -> None:
    op.drop_table("suggestion")
    op.drop_table("source_entry")
    op.drop_table("source_feed")
