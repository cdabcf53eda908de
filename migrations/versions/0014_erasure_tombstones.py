"""Keyed hashes of who was erased, so that an old file does not bring them back."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure_tombstone",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_erasure_tombstone")),
    )
    # Monotone: what was erased stays erased.
    op.execute("REVOKE UPDATE, DELETE ON erasure_tombstone FROM advocacy_app")


def downgrade() -> None:
    op.drop_table("erasure_tombstone")
