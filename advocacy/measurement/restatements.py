"""What became of numbers that were final: since when, why, and by how much where that may be told.

Everything here was decided when it was written (`fill.restating`): what is null in a row may never be told.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row, text

from advocacy.activity.kinds import Cause
from advocacy.foundation import clock, preferences
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.fill.watched import watched_on
from advocacy.measurement.rollups import last_of_month

MOST_TOLD = 200


@dataclass(frozen=True, slots=True)
class Restated:
    """One number, unit and day that became another since an instant, several changes taken together.

    `change` is the difference as a part of what stood then, with its sign; None where it may not be told, or where
    that was nothing.
    """

    metric: str
    unit_key: int
    day: date
    restated_at: datetime
    change: Fraction | None
    causes: frozenset[Cause]
    is_announced: bool | None


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the history: a number of a unit, or a page (`metric` names it), and the days that changed together.

    `change` is the largest change of a day, as a part of what stood before; None where it may not be told.
    """

    metric: str
    unit_key: int
    first: date
    last: date
    days: int
    restated_at: datetime
    causes: frozenset[Cause]
    change: Fraction | None
    is_announced: bool


def since(
    connection: Connection,
    moment: datetime,
    *,
    metric: str,
    unit_key: int,
    first: date,
    last: date,
) -> list[Restated]:
    """Return the days of a range on which a metric's number of a unit became another after an instant, oldest first.

    For whoever froze a number: what it is by now is read like any number (`reading.read`), so that neighbouring days
    are never told more closely than elsewhere. What choices of a few people changed is known of the company and of
    whole months only; it stands among these, without a change, as the first of those days: whoever froze a day of
    that month says "may have been restated; too few people to show by how much". Raises KeyError for a metric that is
    not in the catalogue.
    """
    declared = BY_KEY[metric]
    rows = connection.execute(
        text(
            "SELECT told.* FROM restatement AS told "
            "WHERE told.restated_at > :moment AND told.first_day <= :last AND told.last_day >= :first "
            "AND ((told.metric = :metric AND told.unit_key = :unit) OR (told.metric = :page AND told.unit_key = ANY ("
            "SELECT ancestry.ancestor_key FROM unit_ancestry AS ancestry WHERE ancestry.unit_key = :unit))) "
            "ORDER BY told.key"
        ),
        {
            "moment": moment,
            "metric": metric,
            "page": declared.page or "",
            "unit": unit_key,
            "first": first,
            "last": last,
        },
    )
    by_day: dict[date, list[Row[Any]]] = {}
    for row in rows:
        by_day.setdefault(max(row.first_day, first), []).append(row)
    return [_together(metric, unit_key, day, by_day[day]) for day in sorted(by_day)]


def _together(metric: str, unit_key: int, day: date, rows: Sequence[Row[Any]]) -> Restated:
    """Take the changes of a day together. What was hidden once stays hidden, whatever came before or after it."""
    is_hidden = any(row.after is None for row in rows)
    old, new = rows[0].before, rows[-1].after
    return Restated(
        metric=metric,
        unit_key=unit_key,
        day=day,
        restated_at=max(row.restated_at for row in rows),
        change=None if is_hidden or not old else Fraction(new - old, abs(old)),
        causes=frozenset(Cause(cause) for row in rows for cause in row.causes),
        is_announced=None if is_hidden else any(row.is_announced for row in rows),
    )


def restated_days(
    connection: Connection, metrics: Collection[str], *, unit_keys: Collection[int], days: Collection[date]
) -> frozenset[tuple[int, date]]:
    """Return units and days on which any of these metrics' numbers are not those that were first called final."""
    found = connection.execute(
        text(
            "SELECT DISTINCT unit_key, first_day FROM restatement WHERE unit_key = ANY (:units) "
            "AND metric = ANY (:metrics) AND first_day = last_day AND first_day = ANY (:days)"
        ),
        {"units": sorted(unit_keys), "metrics": sorted(metrics), "days": sorted(days)},
    )
    return frozenset((row.unit_key, row.first_day) for row in found)


def history(
    connection: Connection,
    *,
    unit_keys: Collection[int] | None,
    first: datetime,
    after: datetime,
    at_most: int = MOST_TOLD,
) -> list[Told]:
    """Return what was told between two instants, newest first: of these units, or of all (None).

    Changes of one number and unit for one reason on one day are one entry with one change, the largest: the changes
    of neighbouring days, taken from each other, would tell of fewer people than each.
    """
    rows = connection.execute(
        text(_HISTORY),
        {"units": None if unit_keys is None else sorted(unit_keys), "first": first, "after": after, "most": at_most},
    )
    return [
        Told(
            metric=row.metric,
            unit_key=row.unit_key,
            first=row.first_day,
            last=row.last_day,
            days=row.days,
            restated_at=row.restated_at,
            causes=frozenset(map(Cause, row.causes)),
            change=None if row.change is None else Fraction(row.change).limit_denominator(10_000),
            is_announced=bool(row.is_announced),
        )
        for row in rows.all()
    ]


def announced_share(connection: Connection, *, unit_key: int, first: date, last: date) -> tuple[int, int]:
    """Return how many final values of a unit's days became others by one per cent or more, and out of how many.

    A value is one number on one day. What is not final yet is in neither, and a change that may not be told counts as
    none.
    """
    changed = connection.execute(
        text(
            "SELECT count(DISTINCT (metric, first_day)) FROM restatement WHERE unit_key = :unit AND is_announced "
            "AND first_day = last_day AND first_day BETWEEN :first AND :last"
        ),
        {"unit": unit_key, "first": first, "last": last},
    ).scalar_one()
    filled: dict[str, list[date]] = {}
    for row in connection.execute(
        text(
            "SELECT rollup, day FROM rollup_fill "
            "WHERE filled_at IS NOT NULL AND rollup LIKE 'page%' AND day BETWEEN :first AND :last"
        ),
        {"first": first, "last": last},
    ):
        filled.setdefault(row.rollup, []).append(row.day)
    zone, now = preferences.zone(), clock.now()
    values = sum(
        clock.day_bounds(day, zone)[1] + watched.lateness <= now
        for page, days in filled.items()
        for watched in watched_on(page)
        for day in days
        if watched.period is None or day == last_of_month(day)
    )
    return int(changed), values


def unit_names(connection: Connection, unit_keys: Collection[int]) -> dict[int, str]:
    """Return the names of units by key."""
    rows = connection.execute(
        text("SELECT key, name FROM org_unit WHERE key = ANY (:keys)"), {"keys": sorted(unit_keys)}
    )
    return {row.key: row.name for row in rows}


_HISTORY = """
WITH told AS (
    SELECT
        entry.*,
        CAST(entry.restated_at AT TIME ZONE 'UTC' AS date) AS told_on,
        CASE WHEN entry.before <> 0 THEN abs(entry.after - entry.before)::numeric / abs(entry.before) END AS change
    FROM restatement AS entry
    WHERE entry.restated_at >= :first AND entry.restated_at < :after
        AND (CAST(:units AS integer[]) IS NULL OR entry.unit_key = ANY (CAST(:units AS integer[])))
)
SELECT
    told.metric,
    told.unit_key,
    told.causes,
    min(told.first_day) AS first_day,
    max(told.last_day) AS last_day,
    CAST(count(DISTINCT told.first_day) AS integer) AS days,
    max(told.restated_at) AS restated_at,
    max(told.change) AS change,
    bool_or(told.is_announced) AS is_announced
FROM told
GROUP BY told.metric, told.unit_key, told.causes, told.told_on, told.after IS NULL
ORDER BY max(told.restated_at) DESC, told.metric, told.unit_key
LIMIT :most
"""
