-- page_participation_network
-- One row per node of the unit tree, week or month that ends on the day, and network: who shared there, and how often.
-- Weeks end on Sundays, months on their last day; on any other day nothing is read. People may stand on several networks.
-- Reads : daily_shares_by_person (the period), consent in force, unit_membership and unit_ancestry as of the day.
-- Needs : primary key daily_shares_by_person (day, ...).
-- Late  : filled again after any day of its periods; never while the day runs.
INSERT INTO page_participation_network (unit_key, day, period, network, active_people, share_people, shares)
WITH periods AS (
    SELECT span.period, span.first_day
    FROM (
        VALUES
            (2 /* Period.WEEK */, CAST(:day AS date) - 6),
            (3 /* Period.MONTH */, CAST(:day AS date) - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer) + 1)
    ) AS span (period, first_day)
    WHERE (span.period = 2 /* Period.WEEK */ AND EXTRACT(ISODOW FROM CAST(:day AS date)) = 7)
        OR (span.period = 3 /* Period.MONTH */ AND EXTRACT(DAY FROM CAST(:day AS date) + 1) = 1)
),
by_person AS (
    SELECT periods.period, shared.network, shared.employee_key, sum(shared.published) AS shares
    FROM daily_shares_by_person AS shared
    JOIN periods ON shared.day >= periods.first_day
    WHERE shared.published > 0
        AND shared.day <= CAST(:day AS date)
        AND shared.day > CAST(:day AS date) - CASE
            WHEN EXTRACT(DAY FROM CAST(:day AS date) + 1) = 1 THEN CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer)
            WHEN EXTRACT(ISODOW FROM CAST(:day AS date)) = 7 THEN 7
            ELSE 0
        END
    GROUP BY periods.period, shared.network, shared.employee_key
),
actors AS (
    SELECT acting.employee_key
    FROM (SELECT DISTINCT by_person.employee_key FROM by_person) AS acting
    JOIN consent AS take_part
        ON take_part.employee_key = acting.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at < :day_end
),
located AS (
    SELECT DISTINCT ON (membership.employee_key)
        membership.employee_key,
        membership.unit_key,
        membership.valid_during @> CAST(:day AS date) AS is_employed
    FROM actors
    JOIN unit_membership AS membership ON membership.employee_key = actors.employee_key
    WHERE lower(membership.valid_during) <= CAST(:day AS date)
    ORDER BY membership.employee_key, lower(membership.valid_during) DESC
)
SELECT
    ancestry.ancestor_key,
    CAST(:day AS date),
    by_person.period,
    by_person.network,
    count(*) FILTER (WHERE located.is_employed),
    count(*),
    sum(by_person.shares)
FROM by_person
JOIN located ON located.employee_key = by_person.employee_key
JOIN unit_ancestry AS ancestry
    ON ancestry.unit_key = located.unit_key AND ancestry.valid_during @> CAST(:day AS date)
GROUP BY ancestry.ancestor_key, by_person.period, by_person.network
