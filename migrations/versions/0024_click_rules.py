"""Rules that judge clicks are kept, and the class of a click in the ledger can change: by one function, which tells."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# The only way to change anything in the ledger: the class of a click and the rules that gave it. A click that was
# judged otherwise meanwhile stays as it is. Every change leaves a row that nobody can take away or alter.
CHANGE = """
CREATE FUNCTION change_click_classes(
    of_day date, by_rules smallint, asked_in integer, events uuid[], was smallint[], becomes smallint[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    day_start timestamptz := of_day::timestamp AT TIME ZONE 'UTC';
    day_end timestamptz := (of_day + 1)::timestamp AT TIME ZONE 'UTC';
    changed bigint;
BEGIN
    IF cardinality(events) <> cardinality(was) OR cardinality(events) <> cardinality(becomes) THEN
        RAISE EXCEPTION 'events and classes differ in number';
    END IF;
    IF EXISTS (SELECT FROM unnest(becomes) AS wanted (class) WHERE wanted.class IS NULL OR wanted.class NOT BETWEEN 1 AND 6) THEN
        RAISE EXCEPTION 'a click has no such class';
    END IF;
    WITH wanted AS (
        SELECT given.event_id, given.old_class, given.new_class
        FROM unnest(events, was, becomes) AS given (event_id, old_class, new_class)
        WHERE given.old_class <> given.new_class
    ),
    before AS (
        SELECT event.event_id, event.detail AS old_rules, wanted.old_class, wanted.new_class
        FROM activity_event AS event
        JOIN wanted ON wanted.event_id = event.event_id AND wanted.old_class = event.click_class
        WHERE event.kind = 3 AND event.occurred_at >= day_start AND event.occurred_at < day_end
        FOR UPDATE OF event
    ),
    updated AS (
        UPDATE activity_event AS event
        SET click_class = before.new_class, detail = by_rules
        FROM before
        WHERE event.event_id = before.event_id
            AND event.kind = 3 AND event.occurred_at >= day_start AND event.occurred_at < day_end
        RETURNING before.event_id, before.old_rules, before.old_class, before.new_class
    )
    INSERT INTO click_class_change (day, event_id, old_class, new_class, old_rules, new_rules, asked_in_key)
    SELECT of_day, updated.event_id, updated.old_class, updated.new_class, updated.old_rules, by_rules, asked_in
    FROM updated;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END
$$
"""

# What leaves the ledger takes its changes along.
ERASURE = """
CREATE OR REPLACE FUNCTION erase_person_events(person integer, month_start date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', month_start)::date;
    next_day date := (date_trunc('month', month_start) + interval '1 month')::date;
    erased bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM employee WHERE key = person AND erased_at IS NOT NULL) THEN
        RAISE EXCEPTION 'employee % has not asked to be erased', person;
    END IF;
    IF to_regclass('public.click_class_change') IS NOT NULL THEN
        DELETE FROM click_class_change AS change
        USING activity_event AS event
        WHERE change.day >= first_day AND change.day < next_day
            AND event.event_id = change.event_id AND event.employee_key = person
            AND event.occurred_at >= first_day::timestamp AT TIME ZONE 'UTC'
            AND event.occurred_at < next_day::timestamp AT TIME ZONE 'UTC';
    END IF;
    DELETE FROM activity_event
    WHERE employee_key = person
        AND occurred_at >= first_day::timestamp AT TIME ZONE 'UTC'
        AND occurred_at < next_day::timestamp AT TIME ZONE 'UTC';
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END
$$
"""

DROP_MONTH = """
CREATE OR REPLACE FUNCTION drop_activity_partition(month_start date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', month_start)::date;
    next_day date := (date_trunc('month', month_start) + interval '1 month')::date;
    name text := 'activity_event_' || to_char(date_trunc('month', month_start), 'YYYY_MM');
BEGIN
    IF next_day > now() - interval '13 months' THEN
        RAISE EXCEPTION 'the events of % are too young to be forgotten', month_start;
    END IF;
    IF to_regclass('public.' || name) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE public.%I', name);
    IF to_regclass('public.click_class_change') IS NOT NULL THEN
        DELETE FROM click_class_change WHERE day >= first_day AND day < next_day;
    END IF;
    RETURN true;
END
$$
"""

SIGNATURE = "change_click_classes(date, smallint, integer, uuid[], smallint[], smallint[])"

PRIVILEGES = (
    f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO advocacy_app",
    "REVOKE INSERT, UPDATE, DELETE ON click_class_change FROM advocacy_app",
    "REVOKE UPDATE, DELETE ON click_rules, click_rules_installed, click_reclassification FROM advocacy_app",
)


def upgrade() -> None:
    op.create_table(
        "click_rules",
        sa.Column("key", sa.SmallInteger(), sa.Identity(always=False, start=2), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_click_rules")),
        sa.UniqueConstraint("sha256", name=op.f("uq_click_rules_sha256")),
    )
    op.create_table(
        "click_rules_installed",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("rules_key", sa.SmallInteger(), nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_click_rules_installed")),
        sa.ForeignKeyConstraint(
            ["rules_key"], ["click_rules.key"], name=op.f("fk_click_rules_installed_rules_key_click_rules")
        ),
    )
    op.create_table(
        "click_judgement",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rules_key", sa.SmallInteger(), nullable=True),
        sa.Column("is_whole_day", sa.Boolean(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("human", sa.Integer(), nullable=False),
        sa.Column("preview_bot", sa.Integer(), nullable=False),
        sa.Column("scanner", sa.Integer(), nullable=False),
        sa.Column("internal", sa.Integer(), nullable=False),
        sa.Column("own", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("without_facts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_click_judgement")),
        sa.ForeignKeyConstraint(
            ["rules_key"], ["click_rules.key"], name=op.f("fk_click_judgement_rules_key_click_rules")
        ),
    )
    op.create_index("ix_click_judgement_day", "click_judgement", ["day"], unique=False)
    op.create_table(
        "click_reclassification",
        sa.Column("key", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("rules_key", sa.SmallInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_click_reclassification")),
        sa.UniqueConstraint("id", name=op.f("uq_click_reclassification_id")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_click_reclassification_days_in_order")),
        sa.ForeignKeyConstraint(
            ["rules_key"], ["click_rules.key"], name=op.f("fk_click_reclassification_rules_key_click_rules")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_click_reclassification_asked_by_account")),
    )
    op.create_table(
        "click_class_change",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("old_class", sa.SmallInteger(), nullable=False),
        sa.Column("new_class", sa.SmallInteger(), nullable=False),
        sa.Column("old_rules", sa.SmallInteger(), nullable=True),
        sa.Column("new_rules", sa.SmallInteger(), nullable=False),
        sa.Column("asked_in_key", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_click_class_change")),
        sa.ForeignKeyConstraint(
            ["asked_in_key"],
            ["click_reclassification.key"],
            name=op.f("fk_click_class_change_asked_in_key_click_reclassification"),
        ),
    )
    op.create_index("ix_click_class_change_day", "click_class_change", ["day"], unique=False)
    op.create_index("ix_click_class_change_asked_in_key", "click_class_change", ["asked_in_key"], unique=False)
    op.execute(CHANGE)
    op.execute(ERASURE)
    op.execute(DROP_MONTH)
    for statement in PRIVILEGES:
        op.execute(statement)


def downgrade() -> None:
    """The two older functions keep their new bodies: without the table of changes they do what they did before."""
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.drop_table("click_class_change")
    op.drop_table("click_reclassification")
    op.drop_table("click_judgement")
    op.drop_table("click_rules_installed")
    op.drop_table("click_rules")
