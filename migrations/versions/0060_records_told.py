"""What a version was about when it was shared, which shares a request opens, and requests that lapse."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

# Nothing says what an earlier version was about: the item's word stands for all of them.
VERSIONS = """
UPDATE content_version AS version SET is_product = true
FROM content_item AS item WHERE item.key = version.item_key AND item.is_product
"""
# Publishing fills the languages, and nothing empties them.
PUBLISHED = """
UPDATE content_item SET first_live_at = coalesce(live_from, created_at)
WHERE languages <> '{}' OR live_version_id IS NOT NULL OR state = 'expired'
    OR EXISTS (SELECT FROM share WHERE share.item_key = content_item.key)
"""
OPENED = """
INSERT INTO record_share (request_key, share_key)
SELECT request.key, share.key
FROM record_request AS request
JOIN share ON share.item_key = request.item_key AND share.opened_at <= request.opened_at AND share.state <> 'opened'
JOIN content_version AS version ON version.id = share.version_id AND version.is_product
"""
RUNNING = """
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_record_request_running ON record_request (item_key)
WHERE opened_at IS NULL AND lapsed_at IS NULL
"""
# The shares that may still have words to forget, the oldest first.
WORDED = """
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_share_worded ON share (opened_at) WHERE text <> ''
"""


def upgrade() -> None:
    op.add_column(
        "content_version", sa.Column("is_product", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("content_item", sa.Column("first_live_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("record_request", sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(VERSIONS)
    op.execute(PUBLISHED)
    op.create_table(
        "record_share",
        sa.Column("request_key", sa.Integer(), nullable=False),
        sa.Column("share_key", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_key"], ["record_request.key"], name=op.f("fk_record_share_request_key_record_request")
        ),
        sa.ForeignKeyConstraint(
            ["share_key"], ["share.key"], name=op.f("fk_record_share_share_key_share"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_key", "share_key", name=op.f("pk_record_share")),
    )
    op.create_index(op.f("ix_record_share_share_key"), "record_share", ["share_key"])
    op.execute(OPENED)
    # What was told stands; it goes with the share alone.
    op.execute("REVOKE UPDATE, DELETE ON record_share FROM advocacy_app")
    op.execute("GRANT UPDATE (lapsed_at) ON record_request TO advocacy_app")
    with op.get_context().autocommit_block():
        op.execute(RUNNING)
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS uq_record_request_waiting")
        op.execute(WORDED)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_share_worded")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS uq_record_request_running")
    op.drop_table("record_share")
    # The earlier rule knows no lapsed ones.
    op.execute(
        "DELETE FROM record_approval USING record_request"
        " WHERE record_request.key = request_key AND lapsed_at IS NOT NULL"
    )
    op.execute("DELETE FROM record_request WHERE lapsed_at IS NOT NULL")
    op.drop_column("record_request", "lapsed_at")
    op.drop_column("content_item", "first_live_at")
    op.drop_column("content_version", "is_product")
    op.create_index(
        "uq_record_request_waiting",
        "record_request",
        ["item_key"],
        unique=True,
        postgresql_where=sa.text("opened_at IS NULL"),
    )
