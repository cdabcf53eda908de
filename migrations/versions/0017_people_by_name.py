"""The order in which people are listed: with hundreds of thousands of them, sorting for each page takes too long."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(
            "-- squawk-ignore ban-concurrent-index-creation-in-transaction\n"  # this block has none
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_employee_by_name "
            "ON employee (lower(coalesce(name, '')), key) WHERE external_id IS NOT NULL"
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_employee_by_name")
