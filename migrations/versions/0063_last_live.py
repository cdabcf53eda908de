"""Until when people saw an item that is not live any more: its end may be moved afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

# Until now a withdrawal, an end by hand and an end by the clock were all the last change, unless somebody reworked it.
FILL = """
UPDATE content_item SET last_live_at = LEAST(expires_at, changed_at)
WHERE first_live_at IS NOT NULL AND live_version_id IS NULL
"""


def upgrade() -> None:
    op.add_column("content_item", sa.Column("last_live_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(FILL)


def downgrade() -> None:
    op.drop_column("content_item", "last_live_at")
