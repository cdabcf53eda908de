"""Dated head counts: written once a day is over, never changed in hindsight."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import func, select, text

from advocacy.foundation import clock, preferences
from advocacy.foundation.db import session
from advocacy.people import queries
from advocacy.people.models import HeadcountDay, UnitMembership

MOST_DAYS_AT_ONCE = 31
COUNT_LOCK = 0x68656164

COUNT = text("""
WITH opted_in AS (
    SELECT employee_key
    FROM (
        SELECT DISTINCT ON (employee_key) employee_key, is_granted
        FROM consent_event
        WHERE purpose = 'take_part' AND occurred_at < :day_end
        ORDER BY employee_key, occurred_at DESC, id DESC
    ) AS latest
    WHERE is_granted
), counted AS (
    SELECT membership.unit_key, count(*) AS employed, count(opted_in.employee_key) AS opted_in
    FROM unit_membership AS membership
    LEFT JOIN opted_in ON opted_in.employee_key = membership.employee_key
    WHERE membership.valid_during @> CAST(:day AS date)
    GROUP BY membership.unit_key
)
INSERT INTO headcount_day (day, unit_key, employed, eligible, invited, opted_in)
SELECT :day, counted.unit_key, employed, employed, least(coalesce(invited.people, 0), employed), opted_in
FROM counted
LEFT JOIN unnest(CAST(:unit_keys AS int[]), CAST(:invited AS int[])) AS invited (unit_key, people)
    ON invited.unit_key = counted.unit_key
ON CONFLICT DO NOTHING
""")


def days_to_count() -> list[date]:
    """Return the finished days without head counts, oldest first, at most a month of them.

    A longer gap stays a gap: who was invited then is no longer known well enough to write it down as a fact.
    """
    yesterday = queries.today() - timedelta(days=1)
    last = session.scalar(select(func.max(HeadcountDay.day)))
    first = (
        last + timedelta(days=1)
        if last is not None
        else session.scalar(select(func.min(func.lower(UnitMembership.valid_during))))
    )
    if first is None:
        return []
    first = max(first, yesterday - timedelta(days=MOST_DAYS_AT_ONCE - 1))
    return [first + timedelta(days=number) for number in range((yesterday - first).days + 1)]


def count_heads(day: date, invited: Mapping[int, int]) -> int:
    """Write each unit's own head counts of a finished day; return how many units. A day that is written stays as it is.

    Eligible is everybody employed. `invited` comes from the caller, per unit: invitations are identity's, which
    stands above.
    """
    if day >= queries.today():
        raise ValueError(f"{day} is not over yet.")
    session.execute(select(func.pg_advisory_xact_lock(COUNT_LOCK)))
    if session.scalar(select(HeadcountDay.day).where(HeadcountDay.day == day).limit(1)) is not None:
        return 0
    written = session.execute(
        COUNT,
        {
            "day": day,
            "day_end": clock.day_bounds(day, preferences.zone())[1],
            "unit_keys": list(invited),
            "invited": list(invited.values()),
        },
    )
    return int(written.rowcount)  # type: ignore[attr-defined]
