"""Daily activity keeps the indexes its readers use: each one cost a fill as much as the rows themselves."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TRANSACTIONLESS = "-- squawk-ignore ban-concurrent-index-creation-in-transaction\n"  # the block has none

CONCURRENTLY = "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_daily_activity_by_person_"
MAKE = {
    "human_clicks": "(day, employee_key) INCLUDE (events, job_events) WHERE kind = 3 AND detail = 1",
    "rare": "(kind, day) WHERE kind >= 4",
}
MAKE_OLD = {"employee_key": "(employee_key)", "kind": "(kind, detail, day)"}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, rest in MAKE.items():
            op.execute(f"{TRANSACTIONLESS}{CONCURRENTLY}{name} ON daily_activity_by_person {rest}")
        for name in MAKE_OLD:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ix_daily_activity_by_person_{name}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, rest in MAKE_OLD.items():
            op.execute(f"{CONCURRENTLY}{name} ON daily_activity_by_person {rest}")
        for name in MAKE:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ix_daily_activity_by_person_{name}")
