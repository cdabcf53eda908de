"""What came of single openings: for groups of people only, like every number here."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, text

from advocacy.measurement.disclosure import Figure, hidden_overlapping

MOST_OPENINGS = 50
COUNTED = ("clicks", "applications", "hires")

# Only links of people whose yes is in force, made since they said it. Everything else stands in no live measure.
_OPENINGS = text("""
WITH listed AS (
    SELECT opening.key, opening.id, opening.reference, opening.title, opening.closes_on, unit.name AS unit_name
    FROM opening
    LEFT JOIN org_unit AS unit ON unit.key = opening.unit_key
    WHERE CAST(:reached AS integer[]) IS NULL OR opening.unit_key = ANY (CAST(:reached AS integer[]))
    ORDER BY opening.created_at DESC, opening.key DESC
    LIMIT :most
),
counted AS (
    SELECT link.key, link.employee_key, listed.key AS opening_key
    FROM listed
    JOIN content_item AS item ON item.kind = 'job' AND item.opening_reference = listed.reference
    JOIN link ON link.item_key = item.key
    JOIN consent AS take_part
        ON take_part.employee_key = link.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at <= link.created_at
),
clicked AS (
    SELECT counted.opening_key, sum(daily.clicks) AS clicks, count(DISTINCT counted.employee_key) AS people
    FROM counted
    JOIN daily_clicks_by_link AS daily ON daily.link_key = counted.key AND daily.click_class = 1 /* HUMAN */
    GROUP BY counted.opening_key
),
applications AS (
    SELECT
        event.opening_key, event.source, event.application_token, min(counted.employee_key) AS employee_key,
        -- What was told last of being hired; of the same instant, that it was undone.
        COALESCE((
            array_agg(steps.stage ORDER BY steps.occurred_at DESC, steps.stage = 'unhired' DESC)
            FILTER (WHERE steps.stage IN ('hired', 'unhired'))
        )[1] = 'hired', false) AS is_hired
    FROM application_event AS event
    JOIN counted ON counted.key = event.link_key
    JOIN application_event AS steps
        ON steps.source = event.source AND steps.application_token = event.application_token
    -- An application is its first link's, as in the ledger.
    WHERE NOT EXISTS (
        SELECT FROM application_event AS earlier
        WHERE earlier.source = event.source AND earlier.application_token = event.application_token
            AND earlier.link_key IS NOT NULL
            AND (earlier.occurred_at, earlier.link_key) < (event.occurred_at, event.link_key)
    )
    GROUP BY event.opening_key, event.source, event.application_token
),
applied AS (
    SELECT
        opening_key, count(*) AS applications, count(DISTINCT employee_key) AS application_people,
        count(*) FILTER (WHERE is_hired) AS hires,
        count(DISTINCT employee_key) FILTER (WHERE is_hired) AS hire_people
    FROM applications
    GROUP BY opening_key
)
SELECT
    listed.id, listed.reference, listed.title, listed.unit_name, listed.closes_on,
    EXISTS (
        SELECT FROM content_item AS item
        WHERE item.kind = 'job' AND item.opening_reference = listed.reference AND item.live_version_id IS NOT NULL
    ) AS is_live,
    COALESCE(clicked.clicks, 0) AS clicks, COALESCE(clicked.people, 0) AS clicks_people,
    COALESCE(applied.applications, 0) AS applications,
    COALESCE(applied.application_people, 0) AS applications_people,
    COALESCE(applied.hires, 0) AS hires, COALESCE(applied.hire_people, 0) AS hires_people
FROM listed
LEFT JOIN clicked ON clicked.opening_key = listed.key
LEFT JOIN applied ON applied.opening_key = listed.key
ORDER BY listed.reference
""")


def reach_of_openings(
    connection: Connection, *, reached: Collection[int] | None, employed: int, smallest_group: int
) -> list[dict[str, Any]]:
    """Return openings with human clicks, applications and hires since their first share.

    None where too few people stand behind a number, or where one could be worked out from a sum (see
    `hidden_overlapping`). `employed` is how many people the links could belong to: all, whatever unit is looked at.
    """
    rows = connection.execute(
        _OPENINGS, {"reached": None if reached is None else sorted(reached), "most": MOST_OPENINGS}
    ).mappings()
    found = [dict(row) for row in rows]
    for name in COUNTED:
        figures = {
            place: Figure(int(row[name]), int(row.pop(f"{name}_people")), employed) for place, row in enumerate(found)
        }
        hidden = hidden_overlapping(figures, smallest_group)
        for place, row in enumerate(found):
            row[name] = None if place in hidden else figures[place].value
    return found
