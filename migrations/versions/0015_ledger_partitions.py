"""A month of the ledger is as unchangeable as the whole: default privileges had let the application change one."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PARTITIONS = """
CREATE OR REPLACE FUNCTION ensure_activity_partition(month_start date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', month_start)::date;
    next_day date := (date_trunc('month', month_start) + interval '1 month')::date;
    name text := 'activity_event_' || to_char(date_trunc('month', month_start), 'YYYY_MM');
BEGIN
    IF month_start < date '2000-01-01' OR month_start >= date '2100-01-01' THEN
        RAISE EXCEPTION 'no ledger partition for %', month_start;
    END IF;
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('activity_event'));
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.activity_event INCLUDING DEFAULTS)', name);
    EXECUTE format('REVOKE ALL ON public.%I FROM advocacy_app', name);
    EXECUTE format(
        'ALTER TABLE public.activity_event ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        name, first_day::text || ' 00:00:00+00', next_day::text || ' 00:00:00+00'
    );
    RETURN true;
END
$$
"""

# Rows are read and written through activity_event, whose privileges alone count then.
CLOSE_PRESENT_ONES = """
DO $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'public.activity_event'::regclass
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM advocacy_app', partition);
    END LOOP;
END
$$
"""


def upgrade() -> None:
    op.execute(PARTITIONS)
    op.execute(CLOSE_PRESENT_ONES)


def downgrade() -> None:
    """Leave it: the functions of 0011 go with 0011, and no release needs the wider privileges."""
