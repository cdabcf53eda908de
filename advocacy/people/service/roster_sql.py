"""The set-based steps of an import: the file in one temporary table, then a few statements whatever its size."""

from sqlalchemy import TextClause, text

COLUMNS = (
    "line, employee_id, membership_id, external_id, email, name, title, language, country, time_zone, "
    "hired_on, left_on, unit_ref"
)

PREPARE = tuple(
    text(statement)
    for statement in (
        "DROP TABLE IF EXISTS roster_row, roster_plan, roster_unit, roster_touched, roster_parting",
        """
CREATE TEMPORARY TABLE roster_row (
    line int, employee_id uuid, membership_id uuid, external_id text, email text, name text, title text,
    language text, country text, time_zone text, hired_on date, left_on date, unit_ref text
) ON COMMIT DROP
""",
        "CREATE TEMPORARY TABLE roster_unit (unit_ref text, unit_key int) ON COMMIT DROP",
        "CREATE TEMPORARY TABLE roster_touched (employee_key int, is_move boolean, since date) ON COMMIT DROP",
        "CREATE TEMPORARY TABLE roster_parting (employee_key int, last_day date) ON COMMIT DROP",
    )
)

REPEATED_IDS = text("""
SELECT line, first FROM (SELECT line, min(line) OVER (PARTITION BY external_id) AS first FROM roster_row) AS seen
WHERE line <> first ORDER BY line
""")
# Until somebody's last day is over nobody else can have their address, whatever day the file is of.
REPEATED_EMAILS = text("""
SELECT line, first
FROM (
    SELECT line, min(line) OVER (PARTITION BY lower(email)) AS first
    FROM roster_row
    WHERE left_on IS NULL OR left_on >= CAST(:on AS date) OR left_on >= CAST(:today AS date) AND EXISTS (
        SELECT FROM employee WHERE employee.external_id = roster_row.external_id
    )
) AS seen
WHERE line <> first ORDER BY line
""")
UNIT_REFERENCES = text("SELECT unit_ref, min(line) FROM roster_row WHERE unit_ref IS NOT NULL GROUP BY 1 ORDER BY 2")
LINES_OF_UNIT = text("SELECT line FROM roster_row WHERE unit_ref = :ref ORDER BY line")


# Whoever has been through the welcome pages chose a language and a zone; the file only fills a gap there.
OWN_CHOICE = ("language", "time_zone")


def _new_values(columns: tuple[str, ...], source: str) -> dict[str, str]:
    """Return what each of the file's columns becomes, as SQL over a person and the row that speaks of them."""
    return {
        column: f"CASE WHEN employee.onboarded_at IS NULL THEN {source}.{column} "
        f"ELSE coalesce(employee.{column}, {source}.{column}) END"
        if column in OWN_CHOICE
        else f"{source}.{column}"
        for column in columns
    }


def plan(columns: tuple[str, ...]) -> TextClause:
    """Return the statement that puts each row beside the person it is about, with the spell it asks for.

    It notes where one of the file's columns differs, so that what follows need not look at everybody again. A leaver's
    last day is over by now; who `goes_before` is at work today and no more on the day from which the file is true.
    """
    hired_on, left_on = (f"{'row' if column in columns else 'employee'}.{column}" for column in ("hired_on", "left_on"))
    new = _new_values(columns, "row")
    old = ", ".join(f"employee.{column}" for column in new)
    return text(f"""
CREATE TEMPORARY TABLE roster_plan ON COMMIT DROP AS
SELECT row.*, employee.key AS employee_key, unit.unit_key,
    employee.key IS NOT NULL AND ({old}) IS DISTINCT FROM ({", ".join(new.values())}) AS differs,
    lower(employee.email) IS DISTINCT FROM lower(row.email) AS has_new_email,
    {hired_on} AS first_day,
    greatest({hired_on}, CAST(:on AS date)) AS starts_on,
    {left_on} + 1 AS ends_on,
    coalesce(
        {left_on} < CAST(:on AS date) AND ({left_on} < CAST(:today AS date) OR employee.key IS NULL), false
    ) AS is_leaver,
    coalesce(
        {left_on} < CAST(:on AS date) AND {left_on} >= CAST(:today AS date) AND employee.key IS NOT NULL, false
    ) AS goes_before,
    employee.left_on IS NOT NULL AND {left_on} IS NULL AS stays_after_all
FROM roster_row AS row
LEFT JOIN employee ON employee.external_id = row.external_id
LEFT JOIN roster_unit AS unit ON unit.unit_ref = row.unit_ref
""")


# Of two days of which the file says one, the other is the one we know. A leaver whose day we know leaves by that.
DAYS_OUT_OF_ORDER = text("""
SELECT plan.line, plan.first_day, plan.ends_on - 1
FROM roster_plan AS plan
WHERE plan.ends_on <= plan.first_day AND (:says_left_on OR NOT plan.is_leaver)
ORDER BY plan.line
""")
TAKEN_EMAILS = text("""
SELECT plan.line, other.external_id
FROM roster_plan AS plan
JOIN employee AS other ON lower(other.email) = lower(plan.email) AND other.key IS DISTINCT FROM plan.employee_key
WHERE NOT plan.is_leaver AND plan.has_new_email
    AND NOT EXISTS (SELECT 1 FROM roster_plan AS theirs WHERE theirs.employee_key = other.key)
    AND NOT :absent_leave
ORDER BY plan.line
""")
EMPLOYED = text("SELECT count(*) FROM unit_membership WHERE valid_during @> CAST(:on AS date)")
LEAVERS_IN_FILE = text("""
SELECT plan.employee_key, plan.ends_on - 1 FROM roster_plan AS plan
WHERE plan.is_leaver AND plan.employee_key IS NOT NULL
""")
LEAVERS_BY_ABSENCE = text("""
SELECT employee.key, least(employee.left_on, CAST(:on AS date) - 1)
FROM employee
WHERE employee.external_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM roster_plan AS plan WHERE plan.employee_key = employee.key)
""")
# Of a file that is true from a later day: the people go when their day is over, by the job that looks every hour.
GOING_IN_FILE = text("""
SELECT count(*)
FROM roster_plan AS plan JOIN employee ON employee.key = plan.employee_key
WHERE plan.goes_before AND (employee.left_on IS NULL OR employee.left_on >= CAST(:on AS date))
""")
ANNOUNCE_ABSENT = text("""
WITH announced AS (
    UPDATE employee SET left_on = CAST(:on AS date) - 1,
        hired_on = CASE WHEN employee.hired_on < CAST(:on AS date) THEN employee.hired_on END
    WHERE employee.external_id IS NOT NULL AND (employee.left_on IS NULL OR employee.left_on >= CAST(:on AS date))
        AND NOT EXISTS (SELECT 1 FROM roster_plan AS plan WHERE plan.employee_key = employee.key)
    RETURNING key, left_on
)
INSERT INTO roster_parting SELECT key, left_on FROM announced
""")

# Two people may swap addresses; the unique index looks at every row as it changes.
FREE_EMAILS = text("""
UPDATE employee SET email = NULL
FROM roster_plan AS plan
WHERE plan.employee_key = employee.key AND NOT plan.is_leaver AND plan.has_new_email AND employee.email IS NOT NULL
""")


def update(columns: tuple[str, ...]) -> TextClause:
    """Return the statement that changes those rows, and only those, in which one of the file's columns differs."""
    new = _new_values(columns, "plan")
    return text(f"""
WITH changed AS (
    UPDATE employee SET {", ".join(f"{column} = {value}" for column, value in new.items())}
    FROM roster_plan AS plan
    WHERE plan.employee_key = employee.key AND NOT plan.is_leaver AND plan.differs
    RETURNING employee.key
)
INSERT INTO roster_touched SELECT key, false, NULL FROM changed
""")


INSERT = text("""
INSERT INTO employee (id, external_id, email, name, title, language, country, time_zone, hired_on, left_on, created_at)
SELECT employee_id, external_id, email, name, title, language, country, time_zone, hired_on, left_on, :now
FROM roster_plan WHERE employee_key IS NULL AND NOT is_leaver
""")
FIRST_MEMBERSHIPS = text("""
INSERT INTO unit_membership (id, employee_key, unit_key, valid_during)
SELECT plan.membership_id, employee.key, plan.unit_key, daterange(plan.starts_on, plan.ends_on)
FROM roster_plan AS plan JOIN employee ON employee.id = plan.employee_id
WHERE plan.employee_key IS NULL AND NOT plan.is_leaver AND plan.unit_key IS NOT NULL
ORDER BY employee.key
""")

# From here on: people who are known and whose spell in a unit is not the one the file asks for.
MOVES = tuple(
    text(statement)
    for statement in (
        "DROP TABLE IF EXISTS roster_move",
        """
CREATE TEMPORARY TABLE roster_move ON COMMIT DROP AS
SELECT plan.employee_key, plan.membership_id, plan.unit_key, plan.starts_on, plan.ends_on
FROM roster_plan AS plan
LEFT JOIN unit_membership AS membership
    ON membership.employee_key = plan.employee_key AND membership.unit_key = plan.unit_key
    AND membership.valid_during @> plan.starts_on
    AND upper(membership.valid_during) IS NOT DISTINCT FROM plan.ends_on
    AND (plan.starts_on <= CAST(:on AS date) OR lower(membership.valid_during) = plan.starts_on)
WHERE plan.employee_key IS NOT NULL AND NOT plan.is_leaver AND NOT plan.goes_before
    AND plan.unit_key IS NOT NULL AND membership.id IS NULL
""",
        # What was planned for later is replaced by what the file says now.
        """
WITH replaced AS (
    DELETE FROM unit_membership AS membership USING roster_move AS move
    WHERE membership.employee_key = move.employee_key
        AND (lower(membership.valid_during) > move.starts_on
            OR lower(membership.valid_during) > CAST(:on AS date) AND lower(membership.valid_during) <> move.starts_on)
    RETURNING move.employee_key, lower(membership.valid_during) AS since
)
INSERT INTO roster_touched SELECT employee_key, false, since FROM replaced
""",
        # The same unit with another last day, or a correction on the very day: one spell, not two.
        """
WITH corrected AS (
    UPDATE unit_membership AS membership
    SET unit_key = move.unit_key, valid_during = daterange(lower(membership.valid_during), move.ends_on)
    FROM roster_move AS move
    WHERE membership.employee_key = move.employee_key AND membership.valid_during @> move.starts_on
        AND (membership.unit_key = move.unit_key OR lower(membership.valid_during) = move.starts_on)
    RETURNING move.employee_key
), done AS (
    DELETE FROM roster_move USING corrected WHERE roster_move.employee_key = corrected.employee_key
    RETURNING roster_move.employee_key, roster_move.starts_on
)
INSERT INTO roster_touched SELECT employee_key, false, starts_on FROM done
""",
        """
UPDATE unit_membership AS membership
SET valid_during = daterange(lower(membership.valid_during), move.starts_on)
FROM roster_move AS move
WHERE membership.employee_key = move.employee_key AND membership.valid_during @> move.starts_on
""",
        """
WITH moved AS (
    INSERT INTO unit_membership (id, employee_key, unit_key, valid_during)
    SELECT membership_id, employee_key, unit_key, daterange(starts_on, ends_on) FROM roster_move
    RETURNING employee_key, lower(valid_during) AS since
)
INSERT INTO roster_touched SELECT employee_key, true, since FROM moved
""",
        # Who goes before the file's day is in no unit by then: of them it only says when they go.
        """
INSERT INTO roster_parting SELECT employee_key, ends_on - 1 FROM roster_plan WHERE goes_before
""",
        """
DELETE FROM unit_membership AS membership USING roster_parting AS parting
WHERE membership.employee_key = parting.employee_key AND lower(membership.valid_during) > parting.last_day
""",
        """
WITH latest AS (
    SELECT DISTINCT ON (membership.employee_key) membership.id, parting.last_day + 1 AS ends_on
    FROM roster_parting AS parting JOIN unit_membership AS membership USING (employee_key)
    ORDER BY membership.employee_key, lower(membership.valid_during) DESC
)
UPDATE unit_membership AS membership SET valid_during = daterange(lower(membership.valid_during), latest.ends_on)
FROM latest
WHERE membership.id = latest.id AND upper(membership.valid_during) IS DISTINCT FROM latest.ends_on
""",
    )
)

# The first day on which somebody is known to have been elsewhere than was told before; null when nobody is.
FIRST_CHANGED_DAY = text("""
SELECT least(
    (SELECT min(since) FROM roster_touched),
    (SELECT min(starts_on) FROM roster_plan WHERE employee_key IS NULL AND NOT is_leaver AND unit_key IS NOT NULL)
)
""")

COUNTS = text("""
SELECT created, known, returned, already_gone, changed, moved
FROM (
    SELECT
        count(*) FILTER (WHERE employee_key IS NULL AND NOT is_leaver) AS created,
        count(*) FILTER (WHERE employee_key IS NOT NULL AND NOT is_leaver) AS known,
        count(*) FILTER (WHERE employee_key IS NOT NULL AND NOT is_leaver AND stays_after_all) AS returned,
        count(*) FILTER (WHERE employee_key IS NULL AND is_leaver) AS already_gone
    FROM roster_plan
) AS planned
CROSS JOIN (
    SELECT count(DISTINCT employee_key) AS changed, count(DISTINCT employee_key) FILTER (WHERE is_move) AS moved
    FROM roster_touched
) AS touched
""")
