"""Campaigns, embargoes, and finding items by what they say."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

# Thousands of rows at most: an organisation writes a few items a day. Indexing them takes no time worth waiting for.
SEARCH_TEXT = """
UPDATE content_item SET search_text = lower(unaccent(concat_ws(' ',
    (SELECT string_agg(concat_ws(' ', title, summary), ' ' ORDER BY language) FROM content_text
        WHERE version_id = current_version_id),
    (SELECT string_agg(caption.text, ' ' ORDER BY position) FROM caption WHERE version_id = current_version_id),
    (SELECT destination FROM content_version WHERE id = current_version_id),
    opening_reference
)))
"""
INDEXES = (
    "CREATE INDEX ix_content_item_campaign_key ON content_item (campaign_key)",
    "CREATE INDEX ix_content_item_words ON content_item USING gin (to_tsvector('simple'::regconfig, search_text))",
    "CREATE INDEX ix_content_item_trigrams ON content_item USING gin (search_text gin_trgm_ops)",
)


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_campaign_days_in_order")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_campaign_created_by_account")),
        sa.ForeignKeyConstraint(["unit_key"], ["org_unit.key"], name=op.f("fk_campaign_unit_key_org_unit")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_campaign")),
        sa.UniqueConstraint("id", name=op.f("uq_campaign_id")),
    )
    op.create_index(op.f("ix_campaign_unit_key"), "campaign", ["unit_key"], unique=False)
    op.create_index(
        "uq_campaign_name",
        "campaign",
        [sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.add_column("content_item", sa.Column("campaign_key", sa.Integer(), nullable=True))
    op.add_column("content_item", sa.Column("embargo_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("content_item", sa.Column("search_text", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.execute(SEARCH_TEXT)
    op.execute(
        "ALTER TABLE content_item ADD CONSTRAINT fk_content_item_campaign_key_campaign "
        "FOREIGN KEY (campaign_key) REFERENCES campaign (key) NOT VALID"
    )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "ALTER TABLE content_item VALIDATE CONSTRAINT fk_content_item_campaign_key_campaign"
    )
    for statement in INDEXES:
        op.execute(f"-- squawk-ignore require-concurrent-index-creation\n{statement}")


def downgrade() -> None:
    op.drop_column("content_item", "search_text")
    op.drop_column("content_item", "embargo_until")
    op.drop_column("content_item", "campaign_key")
    op.drop_table("campaign")
