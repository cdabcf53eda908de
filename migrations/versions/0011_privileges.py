"""What each database role may do, the ledger's partitions, the measurable view, and erasure."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROLES = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'advocacy_app') THEN
        CREATE ROLE advocacy_app NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'advocacy_redirect') THEN
        CREATE ROLE advocacy_redirect NOLOGIN;
    END IF;
END
$$
"""

# A partition is made aside and attached: that lock lets readers and writers pass.
PARTITIONS = """
CREATE FUNCTION ensure_activity_partition(month_start date) RETURNS boolean
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
    EXECUTE format(
        'ALTER TABLE public.activity_event ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
        name, first_day::text || ' 00:00:00+00', next_day::text || ' 00:00:00+00'
    );
    RETURN true;
END
$$
"""

# Consent in force at the time of the event. A withdrawn yes takes its past with it; a new yes does not bring it back.
MEASURABLE = """
CREATE VIEW measurable_activity AS
SELECT event.*
FROM activity_event AS event
JOIN consent ON consent.employee_key = event.employee_key
    AND consent.purpose = 'take_part'
    AND event.occurred_at >= consent.granted_at
"""

# The only way a row leaves the ledger or the consent history: one person, one month a call, so that locks stay short.
ERASURE = """
CREATE FUNCTION erase_person_events(person integer, month_start date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM employee WHERE key = person AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'employee % has not asked to be erased', person;
    END IF;
    DELETE FROM activity_event
    WHERE employee_key = person
        AND occurred_at >= date_trunc('month', month_start::timestamp) AT TIME ZONE 'UTC'
        AND occurred_at < (date_trunc('month', month_start::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END
$$
"""

ERASURE_OF_CONSENT = """
CREATE FUNCTION erase_person_consent_history(person integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM employee WHERE key = person AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'employee % has not asked to be erased', person;
    END IF;
    DELETE FROM consent_event WHERE employee_key = person;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END
$$
"""

PRIVILEGES = (
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO advocacy_app, advocacy_redirect",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO advocacy_app",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO advocacy_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO advocacy_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO advocacy_app",
    # What happened and what was agreed is written once.
    "REVOKE UPDATE, DELETE ON activity_event, audit_event, audit_link, consent_event, review, application_event FROM advocacy_app",
    "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM advocacy_app",
    # The redirect knows links and nothing else.
    "GRANT SELECT ON link, link_preview, allowed_host, internal_range, click_salt TO advocacy_redirect",
    "GRANT INSERT ON click_segment TO advocacy_redirect",
    "REVOKE ALL ON FUNCTION ensure_activity_partition(date) FROM PUBLIC",
    "REVOKE ALL ON FUNCTION erase_person_events(integer, date) FROM PUBLIC",
    "REVOKE ALL ON FUNCTION erase_person_consent_history(integer) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION ensure_activity_partition(date) TO advocacy_app",
    "GRANT EXECUTE ON FUNCTION erase_person_events(integer, date) TO advocacy_app",
    "GRANT EXECUTE ON FUNCTION erase_person_consent_history(integer) TO advocacy_app",
)


def upgrade() -> None:
    op.execute(ROLES)
    op.execute(PARTITIONS)
    op.execute(MEASURABLE)
    op.execute(ERASURE)
    op.execute(ERASURE_OF_CONSENT)
    for statement in PRIVILEGES:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_person_consent_history(integer)")
    op.execute("DROP FUNCTION erase_person_events(integer, date)")
    op.execute("DROP VIEW measurable_activity")
    op.execute("DROP FUNCTION ensure_activity_partition(date)")
