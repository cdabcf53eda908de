-- daily_applications_by_unit
-- One row per day, own unit of the credited person and recruiting stage: how many applications reached it.
-- Reads : daily_activity_by_person (the day only), unit_membership as of the day (for leavers their last unit before it).
-- Needs : index daily_activity_by_person (kind, detail, day).
-- Late  : filled again after daily_activity_by_person.
INSERT INTO daily_applications_by_unit (day, unit_key, stage, applications, people)
WITH counted AS (
    SELECT activity.employee_key, activity.detail, sum(activity.events) AS events
    FROM daily_activity_by_person AS activity
    WHERE activity.day = :day AND activity.kind = 6 /* Kind.APPLICATION */
    GROUP BY activity.employee_key, activity.detail
),
people AS (
    SELECT DISTINCT employee_key FROM counted
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
SELECT CAST(:day AS date), located.unit_key, counted.detail, sum(counted.events), count(DISTINCT counted.employee_key)
FROM counted
JOIN located ON located.employee_key = counted.employee_key
WHERE located.unit_key IS NOT NULL
GROUP BY located.unit_key, counted.detail
