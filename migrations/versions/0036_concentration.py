"""How unevenly the sizes of networks are spread, once a month and unit."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "page_concentration",
        sa.Column("unit_key", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("networks", sa.Integer(), nullable=False),
        sa.Column("audience", sa.BigInteger(), nullable=False),
        sa.Column("weighted_audience", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("unit_key", "day", name=op.f("pk_page_concentration")),
    )
    op.create_index("ix_page_concentration_day", "page_concentration", ["day"], unique=False)


def downgrade() -> None:
    op.drop_table("page_concentration")
