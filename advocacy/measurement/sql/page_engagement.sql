-- page_engagement
-- One row per node of the unit tree and day: reactions, comments and reshares of everybody in and below it, 30 days.
-- What was told of shares whose impressions are known too stands beside those, with the people behind it.
-- Reads : daily_people_by_unit (the day), daily_engagements_by_person (30 days), consent in force, unit_membership and
--         unit_ancestry as of the day.
-- Needs : primary keys (day first).
-- Late  : filled again after either of the daily tables. A person stands in one unit, so people add up.
INSERT INTO page_engagement (
    unit_key, day, employed, told_people, told_shares, engagements, seen_people, seen_engagements, seen_impressions
)
WITH told AS (
    SELECT
        daily.employee_key,
        sum(daily.told_shares) AS told_shares,
        sum(daily.engagements) AS engagements,
        sum(daily.seen_shares) AS seen_shares,
        sum(daily.seen_engagements) AS seen_engagements,
        sum(daily.seen_impressions) AS seen_impressions
    FROM daily_engagements_by_person AS daily
    JOIN consent AS take_part
        ON take_part.employee_key = daily.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at < :day_end
    WHERE daily.day > CAST(:day AS date) - 30 AND daily.day <= CAST(:day AS date)
    GROUP BY daily.employee_key
),
located AS (
    SELECT DISTINCT ON (membership.employee_key) membership.employee_key, membership.unit_key
    FROM told
    JOIN unit_membership AS membership ON membership.employee_key = told.employee_key
    WHERE lower(membership.valid_during) <= CAST(:day AS date)
    ORDER BY membership.employee_key, lower(membership.valid_during) DESC
),
acts AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        count(told.employee_key) AS told_people,
        sum(told.told_shares) AS told_shares,
        sum(told.engagements) AS engagements,
        count(told.employee_key) FILTER (WHERE told.seen_shares > 0) AS seen_people,
        sum(told.seen_engagements) AS seen_engagements,
        sum(told.seen_impressions) AS seen_impressions
    FROM told
    JOIN located ON located.employee_key = told.employee_key
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = located.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    GROUP BY ancestry.ancestor_key
),
people AS (
    SELECT ancestry.ancestor_key AS unit_key, sum(daily.employed) AS employed
    FROM daily_people_by_unit AS daily
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = daily.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    WHERE daily.day = :day
    GROUP BY ancestry.ancestor_key
)
SELECT
    COALESCE(people.unit_key, acts.unit_key),
    CAST(:day AS date),
    COALESCE(people.employed, 0),
    COALESCE(acts.told_people, 0),
    COALESCE(acts.told_shares, 0),
    COALESCE(acts.engagements, 0),
    COALESCE(acts.seen_people, 0),
    COALESCE(acts.seen_engagements, 0),
    COALESCE(acts.seen_impressions, 0)
FROM people
FULL JOIN acts ON acts.unit_key = people.unit_key
