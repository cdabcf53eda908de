"""Which visitor was already counted for a link today, and a quick way to find links just revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Built outside the transaction (autocommit_block), which the linter cannot see.
REVOKED_INDEX = """
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_link_revoked_at ON link (revoked_at) WHERE revoked_at IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "click_seen",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("link_key", sa.Integer(), nullable=False),
        sa.Column("visitor_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "link_key", "visitor_key", name=op.f("pk_click_seen")),
    )
    with op.get_context().autocommit_block():
        op.execute(REVOKED_INDEX)


def downgrade() -> None:
    op.drop_index("ix_link_revoked_at", table_name="link", postgresql_where="revoked_at IS NOT NULL")
    op.drop_table("click_seen")
