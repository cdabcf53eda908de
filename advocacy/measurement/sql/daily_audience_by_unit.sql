-- daily_audience_by_unit
-- One row per day, own unit and network: the sizes of consenting people's networks, every network once per person.
-- Reads : unit_membership as of the day, consent in force, network_profile (latest on or before the day).
-- Needs : primary key network_profile (employee_key, network, observed_on), index consent (purpose, employee_key).
-- Late  : filled again once the day is over, and when a person's consent or sizes change.
INSERT INTO daily_audience_by_unit (
    day, unit_key, network, people, audience, stale_people, floor_people, floor_audience, unknown_people
)
WITH profiles AS (
    SELECT DISTINCT ON (profile.employee_key, profile.network)
        profile.employee_key,
        profile.network,
        profile.audience_size,
        profile.is_floor,
        profile.observed_on < CAST(:day AS date) - 90 AS is_stale
    FROM network_profile AS profile
    WHERE profile.observed_on <= CAST(:day AS date)
    ORDER BY profile.employee_key, profile.network, profile.observed_on DESC
),
consenting AS (
    SELECT membership.employee_key, membership.unit_key
    FROM unit_membership AS membership
    JOIN consent AS take_part
        ON take_part.employee_key = membership.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at < :day_end
    JOIN consent AS network_size
        ON network_size.employee_key = membership.employee_key
        AND network_size.purpose = 'network_size'
        AND network_size.granted_at < :day_end
    WHERE membership.valid_during @> CAST(:day AS date)
)
SELECT
    CAST(:day AS date),
    consenting.unit_key,
    profiles.network,
    count(profiles.audience_size) FILTER (WHERE NOT profiles.is_floor),
    COALESCE(sum(profiles.audience_size) FILTER (WHERE NOT profiles.is_floor), 0),
    count(profiles.audience_size) FILTER (WHERE NOT profiles.is_floor AND profiles.is_stale),
    count(profiles.audience_size) FILTER (WHERE profiles.is_floor),
    COALESCE(sum(profiles.audience_size) FILTER (WHERE profiles.is_floor), 0),
    count(*) FILTER (WHERE profiles.audience_size IS NULL)
FROM profiles
JOIN consenting ON consenting.employee_key = profiles.employee_key
GROUP BY consenting.unit_key, profiles.network
