"""What an import means for accounts: whoever gets another address signs in with that one, and with the old one never.

The tables belong to identity, which stands above; only their names are known here.
"""

from sqlalchemy import Uuid, column, select, table, text

from advocacy.foundation import audit
from advocacy.foundation.access import Actor
from advocacy.foundation.db import session
from advocacy.people import queries

MOVED = table("roster_account", column("id", Uuid()))

# A row that would give somebody the address of an account which the roster knows nothing of, and which is in use.
HELD_ADDRESSES = text("""
SELECT plan.line
FROM roster_plan AS plan
JOIN account AS own ON own.employee_key = plan.employee_key
JOIN account AS holder ON lower(holder.email) = lower(plan.email)
WHERE NOT plan.is_leaver AND lower(own.email) <> lower(plan.email)
    AND holder.employee_key IS NULL AND holder.is_active
ORDER BY plan.line
""")
# Also accounts that fell behind before imports looked after them, so everybody's are compared, not only the file's.
BEHIND = text("""
CREATE TEMPORARY TABLE roster_account ON COMMIT DROP AS
SELECT account.id, employee.email
FROM account JOIN employee ON employee.key = account.employee_key
WHERE lower(account.email) <> lower(employee.email)
""")
# Whoever may not come in keeps nobody from an address.
IN_THE_WAY = text("""
INSERT INTO roster_account (id)
SELECT holder.id
FROM roster_account AS moved
JOIN account AS holder ON lower(holder.email) = lower(moved.email)
LEFT JOIN employee ON employee.key = holder.employee_key
WHERE employee.email IS NULL AND (holder.employee_key IS NOT NULL OR NOT holder.is_active)
""")
# Two people may swap addresses; the unique index looks at every row as it changes.
FREE = text("""
UPDATE account SET email = 'gone-' || account.id || '@account.invalid'
FROM roster_account AS moved WHERE account.id = moved.id
""")
# Where an account of nobody on the roster holds it, the person's stays without one: the old mailbox may be another's.
FILL = text("""
UPDATE account SET email = moved.email
FROM roster_account AS moved
WHERE account.id = moved.id AND moved.email IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM account AS other WHERE lower(other.email) = lower(moved.email))
""")
# They lie in the old mailbox.
END_OPEN_LINKS = text("""
DELETE FROM sign_in_link USING roster_account AS moved
WHERE sign_in_link.account_id = moved.id AND sign_in_link.used_at IS NULL
""")
# An account without a person was made by the operator for its very address, and nobody can give it another one.
TIE = text("""
UPDATE account SET employee_key = employee.key
FROM employee
WHERE account.employee_key IS NULL AND account.is_active AND lower(account.email) = lower(employee.email)
    AND (employee.left_on IS NULL OR employee.left_on >= CAST(:today AS date))
    AND NOT EXISTS (SELECT FROM account AS own WHERE own.employee_key = employee.key)
RETURNING account.id
""")
STAYING_ADMINISTRATORS = text("""
SELECT count(DISTINCT account.id)
FROM account
JOIN role_grant ON role_grant.account_id = account.id
LEFT JOIN employee ON employee.key = account.employee_key
WHERE role_grant.role = 'administrator' AND role_grant.unit_key IS NULL AND account.is_active
    AND (employee.key IS NULL OR employee.external_id IS NOT NULL AND employee.left_on IS NULL)
""")


def move_addresses(actor: Actor | None) -> int:
    """Let accounts follow their people's addresses; return of how many people. Open links of theirs stop working."""
    session.execute(text("DROP TABLE IF EXISTS roster_account"))
    session.execute(BEHIND)
    session.execute(IN_THE_WAY)
    session.execute(text("ANALYZE roster_account"))
    for statement in (FREE, FILL, END_OPEN_LINKS):
        session.execute(statement)
    audit.record_each(actor, "account.address_changed", subject_kind="account", subjects=select(MOVED.c.id))
    return session.scalar(text("SELECT count(email) FROM roster_account")) or 0


def tie_accounts(actor: Actor | None) -> int:
    """Give accounts that belong to nobody to the people of their addresses who have none; return how many.

    They are the few that the operator made before there was a roster, such as the first administrator's.
    """
    tied = list(session.scalars(TIE, {"today": queries.today()}))
    for account_id in tied:
        audit.record(actor, "account.tied", subject_kind="account", subject_id=account_id)
    return len(tied)


def count_staying_administrators() -> int:
    """Return how many administrators of the whole organisation there are whose last day is not announced."""
    return session.scalar(STAYING_ADMINISTRATORS) or 0
