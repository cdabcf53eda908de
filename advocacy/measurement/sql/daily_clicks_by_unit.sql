-- daily_clicks_by_unit
-- One row per day, own unit, network and class of clicks: how many clicks the links of its people got.
-- Reads : daily_clicks_by_link (the day only), link, unit_membership as of the day (for leavers their last unit before it).
-- Needs : primary key daily_clicks_by_link (day, ...), exclusion index unit_membership (employee_key, valid_during).
-- Late  : filled again after daily_clicks_by_link.
INSERT INTO daily_clicks_by_unit (day, unit_key, network, click_class, clicks)
WITH clicks AS (
    SELECT link.employee_key, COALESCE(link.network, 0) AS network, counted.click_class, sum(counted.clicks) AS clicks
    FROM daily_clicks_by_link AS counted
    JOIN link ON link.key = counted.link_key
    WHERE counted.day = :day
    GROUP BY link.employee_key, COALESCE(link.network, 0), counted.click_class
),
people AS (
    SELECT DISTINCT employee_key FROM clicks
),
located AS (
    SELECT people.employee_key, COALESCE(present.unit_key, last.unit_key) AS unit_key
    FROM people
    LEFT JOIN unit_membership AS present
        ON present.employee_key = people.employee_key AND present.valid_during @> CAST(:day AS date)
    LEFT JOIN LATERAL (
        SELECT earlier.unit_key
        FROM unit_membership AS earlier
        WHERE present.unit_key IS NULL
            AND earlier.employee_key = people.employee_key
            AND upper(earlier.valid_during) <= CAST(:day AS date)
        ORDER BY upper(earlier.valid_during) DESC
        LIMIT 1
    ) AS last ON true
)
SELECT CAST(:day AS date), located.unit_key, clicks.network, clicks.click_class, sum(clicks.clicks)
FROM clicks
JOIN located ON located.employee_key = clicks.employee_key
WHERE located.unit_key IS NOT NULL
GROUP BY located.unit_key, clicks.network, clicks.click_class
