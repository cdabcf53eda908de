"""The 29 days before a running day, summed once, so that its pages need not look back at every count."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trailing_acts_by_person",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("network", sa.SmallInteger(), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.Column("job_shares", sa.Integer(), nullable=False),
        sa.Column("measured_shares", sa.Integer(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.Column("job_clicks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "employee_key", "network", name=op.f("pk_trailing_acts_by_person")),
    )


def downgrade() -> None:
    op.drop_table("trailing_acts_by_person")
