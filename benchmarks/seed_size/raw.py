"""The same numbers as the pages show, by plain SQL over the raw ledger: what roll-ups are checked and timed against."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from advocacy.foundation import clock
from advocacy.measurement import fill
from advocacy.measurement.fill import Programme
from advocacy.measurement.rollups import ROLLUPS

WINDOW_DAYS = 30

# A unit and everything below it, people where they were on the day, the last 30 days.
ACTS = """
WITH located AS (
    SELECT DISTINCT ON (membership.employee_key) membership.employee_key, membership.unit_key
    FROM unit_membership AS membership
    JOIN consent ON consent.employee_key = membership.employee_key AND consent.purpose = 'take_part'
    WHERE lower(membership.valid_during) <= :day
    ORDER BY membership.employee_key, lower(membership.valid_during) DESC
)
SELECT
    count(*) FILTER (WHERE event.kind = 2) AS shares,
    count(DISTINCT event.employee_key) FILTER (WHERE event.kind = 2) AS share_people,
    count(*) FILTER (WHERE event.kind = 3 AND event.click_class = 1) AS clicks,
    count(DISTINCT event.employee_key) FILTER (WHERE event.kind = 3 AND event.click_class = 1) AS click_people
FROM measurable_activity AS event
JOIN located ON located.employee_key = event.employee_key
JOIN unit_ancestry AS ancestry ON ancestry.unit_key = located.unit_key AND ancestry.ancestor_key = :unit_key
WHERE event.occurred_at >= :since AND event.occurred_at < :until AND event.kind IN (2, 3)
"""
JOB_CLICKS = """
SELECT count(*), count(DISTINCT event.employee_key)
FROM measurable_activity AS event
JOIN content_item AS item ON item.key = event.item_key AND item.kind = 'job'
WHERE event.occurred_at >= :since AND event.occurred_at < :until AND event.kind = 3 AND event.click_class = 1
"""
CLICKS_OF_LINKS = """
SELECT link_key, click_class, count(*) FROM measurable_activity
WHERE kind = 3 AND link_key = ANY (:links) GROUP BY link_key, click_class
"""
CLICKS_OF_PERSON = """
SELECT click_class, count(*) FROM measurable_activity
WHERE kind = 3 AND employee_key = :person AND occurred_at >= :since AND occurred_at < :until GROUP BY click_class
"""
CLICKS_BY_CLASS = "SELECT click_class, count(*) FROM measurable_activity WHERE kind = 3 GROUP BY click_class"
EVENTS_BY_KIND = "SELECT kind, count(*) FROM measurable_activity GROUP BY kind"


def window(day: date, calendar: Programme) -> dict[str, datetime]:
    """Return the bounds of the thirty days that end with this one."""
    since = clock.day_bounds(date.fromordinal(day.toordinal() - WINDOW_DAYS + 1), calendar.zone)[0]
    return {"since": since, "until": clock.day_bounds(day, calendar.zone)[1]}


def be_generous(connection: Connection) -> None:
    """For the rest of the transaction, give plain SQL what a fill gets: memory, and no nested loops."""
    connection.execute(text("SET LOCAL work_mem = '96MB'"))
    connection.execute(text("SET LOCAL enable_nestloop = off"))


def acts(connection: Connection, unit_key: int, day: date, calendar: Programme) -> dict[str, int]:
    """Return shares and human clicks of a unit and all below it, and the people behind each."""
    row = connection.execute(text(ACTS), {"unit_key": unit_key, "day": day, **window(day, calendar)})
    return {name: int(value) for name, value in row.mappings().one().items()}


def differences(connection: Connection, calendar: Programme, audience: int) -> list[str]:
    """Compare roll-ups with the ledger to the last unit; return what differs, in words."""
    found: list[str] = []
    be_generous(connection)

    def expect(what: str, counted: Any, raw: Any) -> None:
        if counted != raw:
            found.append(f"{what}: {counted} in the roll-up, {raw} in the ledger")

    def pairs(query: str) -> dict[Any, int]:
        return {key: int(count) for key, count in connection.execute(text(query)).all()}

    expect(
        "clicks by class",
        pairs("SELECT click_class, sum(clicks) FROM daily_clicks_by_link GROUP BY click_class"),
        pairs(CLICKS_BY_CLASS),
    )
    expect(
        "clicks of units by class",
        pairs("SELECT click_class, sum(clicks) FROM daily_clicks_by_unit GROUP BY click_class"),
        pairs(CLICKS_BY_CLASS),
    )
    expect(
        "events by kind",
        pairs("SELECT kind, sum(events) FROM daily_activity_by_person GROUP BY kind"),
        pairs(EVENTS_BY_KIND),
    )
    (published,) = connection.execute(text("SELECT sum(published) FROM daily_shares_by_person")).one()
    expect("published shares", int(published), pairs(EVENTS_BY_KIND)[2])
    for day in (calendar.today, date.fromordinal(calendar.today.toordinal() - 7)):
        for unit_key in (1, 2, 101, 1001):
            page = connection.execute(
                text(
                    "SELECT shares, share_people, clicks, click_people FROM page_amplification "
                    "WHERE unit_key = :unit AND day = :day"
                ),
                {"unit": unit_key, "day": day},
            )
            counted = {name: int(value) for name, value in page.mappings().one().items()}
            expect(f"unit {unit_key} on {day}", counted, acts(connection, unit_key, day, calendar))
    (potential,) = connection.execute(
        text("SELECT audience FROM page_amplification WHERE unit_key = 1 AND day = :day"), {"day": calendar.today}
    ).one()
    expect("potential audience", potential, audience)
    return found


def partitions_read(connection: Connection, day: date, calendar: Programme) -> set[str]:
    """Return the ledger's partitions that the plans of a day's roll-ups touch."""
    start, end = clock.day_bounds(day, calendar.zone)
    touched: set[str] = set()
    for rollup in ROLLUPS:
        if rollup.source == "events":
            plan = connection.execute(text("EXPLAIN " + rollup.sql), {"day": day, "day_start": start, "day_end": end})
            touched |= {word for line in plan.scalars() for word in line.split() if word.startswith("activity_event_")}
    return {name[: len("activity_event_2026_11")] for name in touched}


def count_everything(connection: Connection, calendar: Programme) -> None:
    """Fill the running days too, so that every day stands."""
    fill.spread_touches(connection)
    fill.fill_running_days(connection, calendar=calendar)
