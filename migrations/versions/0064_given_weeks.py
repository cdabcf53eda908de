"""The weeks in which people acted, each in one month; what was told of people who shared; one whole reading of sources."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

# The weeks whose days were counted before get this count too; months that read them wait for it.
WEEKS = """
INSERT INTO rollup_touch (rollup, day)
SELECT DISTINCT 'weekly_acts_by_person', day + 7 - CAST(EXTRACT(ISODOW FROM day) AS integer)
FROM rollup_fill
WHERE rollup IN ('daily_shares_by_person', 'daily_activity_by_person') AND filled_at IS NOT NULL
"""
# What was told of active advocates so far was about people who shared.
SHARERS = "UPDATE restatement SET metric = 'act.sharers' WHERE metric = 'act.active_advocates'"
# These months are counted anew by a new definition. What else comes out of it is what the roster told late, about a few.
LATE_NEWS = """
INSERT INTO rollup_touch (rollup, day, cause)
SELECT rollup, day, 3 /* CHOICE */ FROM rollup_fill WHERE rollup = 'page_retention' AND filled_at IS NOT NULL
"""
# So far a source that said nothing changed moved no entry's day. Each is read as a whole once, before any is forgotten.
WHOLE_READING = "UPDATE source_feed SET etag = NULL, last_modified = NULL"


def upgrade() -> None:
    op.create_table(
        "weekly_acts_by_person",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("employee_key", sa.Integer(), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "employee_key", name=op.f("pk_weekly_acts_by_person")),
    )
    op.create_index("ix_weekly_acts_by_person_employee_key", "weekly_acts_by_person", ["employee_key"], unique=False)
    # Null until a month is counted anew: what was never counted is not none.
    for column in ("given_weeks", "given_people", "beyond_people"):
        op.add_column("page_retention", sa.Column(column, sa.Integer(), nullable=True))
    op.execute(WEEKS)
    op.execute(SHARERS)
    op.execute(LATE_NEWS)
    op.execute(WHOLE_READING)


def downgrade() -> None:
    op.execute("UPDATE restatement SET metric = 'act.active_advocates' WHERE metric = 'act.sharers'")
    op.execute("DELETE FROM rollup_touch WHERE rollup = 'weekly_acts_by_person'")
    op.execute("DELETE FROM rollup_fill WHERE rollup = 'weekly_acts_by_person'")
    for column in ("beyond_people", "given_people", "given_weeks"):
        op.drop_column("page_retention", column)
    op.drop_table("weekly_acts_by_person")
