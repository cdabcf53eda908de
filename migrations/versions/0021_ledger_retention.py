"""The only way a month leaves the ledger: whole, and not before thirteen months are over."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DROP_MONTH = """
CREATE FUNCTION drop_activity_partition(month_start date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text := 'activity_event_' || to_char(date_trunc('month', month_start), 'YYYY_MM');
BEGIN
    IF date_trunc('month', month_start) + interval '1 month' > now() - interval '13 months' THEN
        RAISE EXCEPTION 'the events of % are too young to be forgotten', month_start;
    END IF;
    IF to_regclass('public.' || name) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE public.%I', name);
    RETURN true;
END
$$
"""


def upgrade() -> None:
    op.execute(DROP_MONTH)
    op.execute("REVOKE ALL ON FUNCTION drop_activity_partition(date) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION drop_activity_partition(date) TO advocacy_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION drop_activity_partition(date)")
