"""What other capabilities hold about a person, and what becomes of it. A test fails for a table that is not here."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text

from advocacy.foundation import clock, preferences
from advocacy.foundation.db import session

# Links keep redirecting, unattributed; invitations keep their count; everything else goes.
STATEMENTS: tuple[str, ...] = (
    "DELETE FROM conversation WHERE employee_key = :key",
    "DELETE FROM engagement_snapshot WHERE share_key IN (SELECT key FROM share WHERE employee_key = :key)",
    """UPDATE link SET employee_key = NULL, share_key = NULL
    WHERE employee_key = :key OR share_key IN (SELECT key FROM share WHERE employee_key = :key)""",
    "DELETE FROM planned_share WHERE employee_key = :key",
    "DELETE FROM qr_link WHERE employee_key = :key",
    # Wishes about a post go with it, by the foreign key, and so does what was posted with a connected account.
    "DELETE FROM share WHERE employee_key = :key",
    "DELETE FROM network_account WHERE employee_key = :key",
    "DELETE FROM account_authorization WHERE employee_key = :key",
    "DELETE FROM caption_allotment WHERE employee_key = :key",
    "DELETE FROM post_sketch WHERE employee_key = :key",
    "DELETE FROM own_visitor WHERE employee_key = :key",
    "DELETE FROM delivery WHERE employee_key = :key",
    "DELETE FROM push_subscription WHERE employee_key = :key",
    "DELETE FROM chat_member WHERE employee_key = :key",
    "DELETE FROM chat_answer WHERE employee_key = :key",
    "DELETE FROM private_feed WHERE employee_key = :key",
    "DELETE FROM message WHERE employee_key = :key",
    "DELETE FROM notification WHERE employee_key = :key",
    "DELETE FROM notification_preference WHERE employee_key = :key",
    "UPDATE invitation SET employee_key = NULL WHERE employee_key = :key",
    """DELETE FROM daily_activity_by_person WHERE employee_key = :key
    AND day = ANY (ARRAY(SELECT day FROM rollup_fill WHERE rollup = 'daily_activity_by_person'))""",
    "DELETE FROM daily_shares_by_person WHERE employee_key = :key",
    "DELETE FROM network_upload WHERE employee_key = :key",
    "DELETE FROM feed_memory WHERE employee_key = :key",
    "DELETE FROM unfinished_form WHERE account_id IN (SELECT id FROM account WHERE employee_key = :key)",
    "DELETE FROM lesson_pass WHERE employee_key = :key",
    "DELETE FROM highlight WHERE employee_key = :key",
    "DELETE FROM thanks WHERE employee_key = :key",
    "DELETE FROM certificate WHERE employee_key = :key",
    "DELETE FROM network_sketch WHERE employee_key = :key",
    "UPDATE reach_union SET changed = array_remove(changed, CAST(:key AS int)) WHERE :key = ANY (changed)",
    "UPDATE rollup_change SET people = array_remove(people, CAST(:key AS int)) WHERE :key = ANY (people)",
    "DELETE FROM daily_engagements_by_person WHERE employee_key = :key",
    "DELETE FROM trailing_acts_by_person WHERE employee_key = :key",
    "DELETE FROM monthly_acts_by_person WHERE employee_key = :key",
    "DELETE FROM weekly_acts_by_person WHERE employee_key = :key",
    "DELETE FROM suggestion WHERE employee_key = :key",
    # What only they spoke for has nobody left to be answered.
    """DELETE FROM source_entry WHERE source_key IS NULL AND state = 'new'
    AND NOT EXISTS (SELECT FROM suggestion WHERE suggestion.entry_key = source_entry.key)""",
    "DELETE FROM unfurl WHERE account_id IN (SELECT id FROM account WHERE employee_key = :key)",
    "DELETE FROM idempotency_key WHERE account_id IN (SELECT id FROM account WHERE employee_key = :key)",
)

GONE = "SELECT account.id FROM account JOIN employee ON employee.key = account.employee_key WHERE external_id IS NULL"

# An account may have written items that others approved, so the row stays, without its person.
CLOSING: tuple[str, ...] = (
    f"DELETE FROM unfinished_form WHERE account_id IN ({GONE})",
    "DELETE FROM feed_memory USING employee WHERE employee.key = employee_key AND external_id IS NULL",
    "DELETE FROM highlight USING employee WHERE employee.key = employee_key AND external_id IS NULL",
    "DELETE FROM thanks USING employee WHERE employee.key = employee_key AND external_id IS NULL",
    "DELETE FROM lesson_pass USING employee WHERE employee.key = employee_key AND external_id IS NULL",
    "DELETE FROM certificate USING employee WHERE employee.key = employee_key AND external_id IS NULL",
    "DELETE FROM planned_share USING employee WHERE employee.key = employee_key AND external_id IS NULL",
    "DELETE FROM account_authorization USING employee WHERE employee.key = employee_key AND external_id IS NULL",
    "DELETE FROM network_account USING employee WHERE employee.key = employee_key AND external_id IS NULL",
    f"DELETE FROM session WHERE account_id IN ({GONE})",
    f"DELETE FROM api_token WHERE account_id IN ({GONE})",
    f"DELETE FROM sign_in_link WHERE account_id IN ({GONE})",
    f"DELETE FROM role_grant WHERE account_id IN ({GONE})",
    f"""UPDATE account SET employee_key = NULL, is_active = false, password_hash = NULL,
    email = 'gone-' || id || '@account.invalid' WHERE id IN ({GONE})""",
)

INVITED = text("""
SELECT unit_key, count(DISTINCT person)
FROM (
    SELECT coalesce(membership.unit_key, invitation.unit_key) AS unit_key,
        coalesce(CAST(invitation.employee_key AS text), CAST(invitation.id AS text)) AS person
    FROM invitation
    LEFT JOIN unit_membership AS membership
        ON membership.employee_key = invitation.employee_key AND membership.valid_during @> CAST(:day AS date)
    WHERE invitation.invited_at < :day_end AND (invitation.employee_key IS NULL OR membership.id IS NOT NULL)
) AS invited
WHERE unit_key IS NOT NULL
GROUP BY unit_key
""")

DAYS = text("""
SELECT DISTINCT CAST(occurred_at AT TIME ZONE :zone AS date) FROM activity_event
WHERE employee_key = :key AND occurred_at >= :first AND occurred_at < :next
""")


def invited_by_unit(day: date) -> Mapping[int, int]:
    """Return how many people of each unit had been invited by the end of a day, unanswered ones included."""
    day_end = clock.day_bounds(day, preferences.zone())[1]
    return dict(session.execute(INVITED, {"day": day, "day_end": day_end}).all())


def close_accounts_of_leavers() -> int:
    """End every way in of people who left or were erased, and forget their addresses; return how many."""
    closed = 0
    for statement in CLOSING:
        closed = int(session.execute(text(statement)).rowcount)  # type: ignore[attr-defined]
    return closed


def days_of(employee_key: int, month: date) -> list[date]:
    """Return the programme days of a UTC month on which a person stands in the ledger."""
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    following = (first + timedelta(days=31)).replace(day=1)
    zone = preferences.zone().key
    return list(session.scalars(DAYS, {"key": employee_key, "zone": zone, "first": first, "next": following}))
