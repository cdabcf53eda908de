"""Whose numbers of a final day a refill changed: a few of each unit, enough to know that they are a group."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from advocacy.measurement.models import Topic
from advocacy.measurement.rollups import Rollup
from advocacy.measurement.sources import SOURCES

# The earliest that any number of a day is final.
LEAST_LATENESS = min(source.lateness for source in SOURCES)
KEPT = timedelta(days=7)

# What each person adds to the sums that pages are made of, by topic.
_AMOUNTS: dict[str, str] = {
    "daily_activity_by_person": f"""
        SELECT employee_key, CAST({int(Topic.CLICKS)} AS smallint) AS topic, sum(events) AS amount
        FROM daily_activity_by_person WHERE day = :day AND kind = 3 AND detail = 1 GROUP BY employee_key
        UNION ALL
        SELECT employee_key, CAST({int(Topic.JOB_CLICKS)} AS smallint), sum(job_events)
        FROM daily_activity_by_person WHERE day = :day AND kind = 3 AND detail = 1 AND job_events > 0
        GROUP BY employee_key
        UNION ALL
        SELECT employee_key, CAST({int(Topic.APPLICATIONS) - 1} + detail AS smallint), sum(events)
        FROM daily_activity_by_person WHERE day = :day AND kind = 6 AND detail <= 3 GROUP BY employee_key, detail
    """,
    "daily_shares_by_person": f"""
        SELECT employee_key, CAST({int(Topic.SHARES)} AS smallint) AS topic, sum(published) AS amount
        FROM daily_shares_by_person WHERE day = :day AND published > 0 GROUP BY employee_key
        UNION ALL
        SELECT employee_key, CAST({int(Topic.JOB_SHARES)} AS smallint), sum(published_jobs)
        FROM daily_shares_by_person WHERE day = :day AND published_jobs > 0 GROUP BY employee_key
    """,
}

_RECORD = """
INSERT INTO rollup_change (topic, day, changed_at, people)
WITH changed AS (
    SELECT COALESCE(old.employee_key, new.employee_key) AS employee_key, COALESCE(old.topic, new.topic) AS topic
    FROM amounts_before AS old
    FULL JOIN ({amounts}) AS new ON new.employee_key = old.employee_key AND new.topic = old.topic
    WHERE old.amount IS DISTINCT FROM new.amount
),
located AS (
    SELECT DISTINCT ON (changed.topic, changed.employee_key)
        changed.topic, changed.employee_key, membership.unit_key
    FROM changed
    JOIN unit_membership AS membership ON membership.employee_key = changed.employee_key
    WHERE lower(membership.valid_during) <= CAST(:day AS date)
    ORDER BY changed.topic, changed.employee_key, lower(membership.valid_during) DESC
),
placed AS (
    SELECT
        located.topic,
        located.employee_key,
        row_number() OVER (PARTITION BY located.topic, located.unit_key ORDER BY located.employee_key) AS place
    FROM located
)
SELECT placed.topic, CAST(:day AS date), CAST(:at AS timestamptz), array_agg(placed.employee_key)
FROM placed
WHERE placed.place <= :group
GROUP BY placed.topic
"""

# Each once, in the unit where the page counts them, as pages do.
_BY_UNIT = """
WITH asked AS (
    SELECT wanted.topic, wanted.first
    FROM unnest(CAST(:topics AS smallint[]), CAST(:firsts AS date[])) AS wanted (topic, first)
),
changed AS (
    SELECT DISTINCT change.topic, person.employee_key
    FROM asked
    JOIN rollup_change AS change
        ON change.topic = asked.topic AND change.day BETWEEN asked.first AND CAST(:day AS date)
    CROSS JOIN LATERAL unnest(change.people) AS person (employee_key)
    WHERE change.changed_at > :after
),
located AS (
    SELECT DISTINCT ON (changed.topic, changed.employee_key)
        changed.topic, changed.employee_key, membership.unit_key
    FROM changed
    JOIN unit_membership AS membership ON membership.employee_key = changed.employee_key
    WHERE lower(membership.valid_during) <= CAST(:day AS date)
    ORDER BY changed.topic, changed.employee_key, lower(membership.valid_during) DESC
)
SELECT ancestry.ancestor_key AS unit_key, located.topic, count(*) AS people
FROM located
JOIN unit_ancestry AS ancestry
    ON ancestry.unit_key = located.unit_key AND ancestry.valid_during @> CAST(:day AS date)
GROUP BY ancestry.ancestor_key, located.topic
"""


def remember(connection: Connection, rollup: Rollup, day: date) -> None:
    """Keep what each person adds to a day aside until `record`. Does nothing for a roll-up without persons."""
    if rollup.table in _AMOUNTS:
        connection.execute(
            text("CREATE TEMPORARY TABLE amounts_before (employee_key integer, topic smallint, amount bigint)")
        )
        connection.execute(text(f"INSERT INTO amounts_before {_AMOUNTS[rollup.table]}"), {"day": day})


def record(connection: Connection, rollup: Rollup, day: date, *, at: datetime, smallest_group: int) -> None:
    """Write down some of those for whom it changed, at most a smallest group of each unit and topic."""
    if rollup.table in _AMOUNTS:
        connection.execute(
            text(_RECORD.format(amounts=_AMOUNTS[rollup.table])), {"day": day, "at": at, "group": smallest_group}
        )
        connection.execute(text("DROP TABLE amounts_before"))


def people_by_unit(
    connection: Connection, since: Mapping[Topic, date], *, day: date, after: datetime
) -> dict[tuple[int, int], int]:
    """Return by unit and topic how many people are known to have changed after an instant, within a page's windows.

    There may be more, never fewer: large groups were not written down in full.
    """
    rows = connection.execute(
        text(_BY_UNIT),
        {"topics": list(map(int, since)), "firsts": list(since.values()), "day": day, "after": after},
    )
    return {(row.unit_key, row.topic): row.people for row in rows}


def forget(connection: Connection, *, before: datetime) -> None:
    """Forget who changed, once every page that looks back at the day was counted."""
    connection.execute(text("DELETE FROM rollup_change WHERE changed_at < :before"), {"before": before})
