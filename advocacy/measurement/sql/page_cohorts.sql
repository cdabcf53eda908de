-- page_cohorts
-- One row per node of the unit tree, month (its last day) and month of first act: how many there are, how many acted in it.
-- A month adds one diagonal of the triangle; a page reads the diagonals. `cohort` is the first day of the month of first act.
-- Reads : monthly_acts_by_person (whole months and the one that ends on the day), consent in force,
--         unit_membership and unit_ancestry as of the day (of leavers their last unit).
-- Needs : primary key monthly_acts_by_person (day, ...).
-- Late  : filled again after any month up to its own; never while the month runs.
INSERT INTO page_cohorts (
    unit_key, day, cohort, people, employed_people, active_people, active_employed_people
)
WITH firsts AS (
    SELECT
        monthly.employee_key,
        min(monthly.first_on) AS first_on,
        bool_or(monthly.day = CAST(:day AS date)) AS is_active
    FROM monthly_acts_by_person AS monthly
    JOIN consent AS take_part
        ON take_part.employee_key = monthly.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at < :day_end
        AND CAST(take_part.granted_at AS date) - 1 <= monthly.day
    WHERE monthly.day = CAST(:day AS date)
        OR (
            monthly.day <= CAST(:day AS date) - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer)
            AND EXTRACT(DAY FROM monthly.day + 1) = 1
        )
    GROUP BY monthly.employee_key
),
advocates AS (
    SELECT
        firsts.employee_key,
        firsts.first_on - CAST(EXTRACT(DAY FROM firsts.first_on) AS integer) + 1 AS cohort,
        firsts.is_active
    FROM firsts
),
located AS (
    SELECT DISTINCT ON (membership.employee_key)
        membership.employee_key,
        membership.unit_key,
        advocates.cohort,
        advocates.is_active,
        membership.valid_during @> CAST(:day AS date) AS is_employed
    FROM advocates
    JOIN unit_membership AS membership ON membership.employee_key = advocates.employee_key
    WHERE lower(membership.valid_during) <= CAST(:day AS date)
    ORDER BY membership.employee_key, lower(membership.valid_during) DESC
)
SELECT
    ancestry.ancestor_key,
    CAST(:day AS date),
    located.cohort,
    count(*),
    count(*) FILTER (WHERE located.is_employed),
    count(*) FILTER (WHERE located.is_active),
    count(*) FILTER (WHERE located.is_active AND located.is_employed)
FROM located
JOIN unit_ancestry AS ancestry
    ON ancestry.unit_key = located.unit_key AND ancestry.valid_during @> CAST(:day AS date)
GROUP BY ancestry.ancestor_key, located.cohort
