-- daily_people_by_unit
-- One row per day and own unit: distinct people employed, taking part, and telling the size of a network.
-- Reads : unit_membership as of the day, consent in force, network_profile (latest on or before the day),
--         headcount_day (where the day was counted, its frozen number of employed people stands).
-- Needs : primary key network_profile (employee_key, network, observed_on), index consent (purpose, employee_key).
-- Late  : filled again once the day is over, and when a person's consent or sizes change.
INSERT INTO daily_people_by_unit (day, unit_key, employed, taking_part, with_size, stale_people, floor_people)
WITH members AS (
    SELECT membership.unit_key, membership.employee_key
    FROM unit_membership AS membership
    WHERE membership.valid_during @> CAST(:day AS date)
),
participants AS (
    SELECT members.unit_key, members.employee_key
    FROM members
    JOIN consent AS take_part
        ON take_part.employee_key = members.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at < :day_end
),
profiles AS (
    SELECT DISTINCT ON (profile.employee_key, profile.network)
        profile.employee_key, profile.audience_size, profile.is_floor, profile.observed_on
    FROM network_profile AS profile
    WHERE profile.observed_on <= CAST(:day AS date)
    ORDER BY profile.employee_key, profile.network, profile.observed_on DESC
),
sized AS (
    SELECT
        profiles.employee_key,
        bool_or(NOT profiles.is_floor) AS has_size,
        bool_or(NOT profiles.is_floor AND profiles.observed_on < CAST(:day AS date) - 90) AS is_stale,
        bool_or(profiles.is_floor) AS has_floor
    FROM profiles
    JOIN consent AS network_size
        ON network_size.employee_key = profiles.employee_key
        AND network_size.purpose = 'network_size'
        AND network_size.granted_at < :day_end
    WHERE profiles.audience_size IS NOT NULL
    GROUP BY profiles.employee_key
),
employed AS (
    SELECT heads.unit_key, heads.employed
    FROM headcount_day AS heads
    WHERE heads.day = :day AND heads.employed > 0
    UNION ALL
    SELECT members.unit_key, count(*)
    FROM members
    WHERE NOT EXISTS (SELECT 1 FROM headcount_day AS heads WHERE heads.day = :day)
    GROUP BY members.unit_key
),
consenting AS (
    SELECT
        participants.unit_key,
        count(*) AS taking_part,
        count(*) FILTER (WHERE sized.has_size) AS with_size,
        count(*) FILTER (WHERE sized.is_stale) AS stale_people,
        count(*) FILTER (WHERE sized.has_floor) AS floor_people
    FROM participants
    LEFT JOIN sized ON sized.employee_key = participants.employee_key
    GROUP BY participants.unit_key
)
SELECT
    CAST(:day AS date),
    COALESCE(employed.unit_key, consenting.unit_key),
    COALESCE(employed.employed, 0),
    COALESCE(consenting.taking_part, 0),
    COALESCE(consenting.with_size, 0),
    COALESCE(consenting.stale_people, 0),
    COALESCE(consenting.floor_people, 0)
FROM employed
FULL JOIN consenting ON consenting.unit_key = employed.unit_key
