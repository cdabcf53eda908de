"""Reactions and impressions of the same shares, side by side. The new versions of the roll-ups fill them."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

COLUMNS = {
    "daily_engagements_by_person": ("seen_shares", "seen_engagements", "seen_impressions"),
    "page_engagement": ("seen_people", "seen_engagements", "seen_impressions"),
}
OF_PEOPLE_OR_SHARES = ("seen_shares", "seen_people")


def upgrade() -> None:
    for table, names in COLUMNS.items():
        for name in names:
            kind = sa.Integer() if name in OF_PEOPLE_OR_SHARES else sa.BigInteger()
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default="0"))


def downgrade() -> None:
    for table, names in COLUMNS.items():
        for name in names:
            op.drop_column(table, name)
