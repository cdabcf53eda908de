-- page_concentration
-- One row per node of the unit tree and month (its last day): how unevenly the sizes of its people's networks are spread.
-- `weighted_audience` sums each size times its rank from below, as the sum of running sums from above: with the other
-- sums it is Gini's index, exactly.
-- Reads : network_profile (latest on or before the day), unit_membership and unit_ancestry as of the day, consent in force.
-- Needs : primary key network_profile (employee_key, network, observed_on), index consent (purpose, employee_key).
-- Late  : filled again when daily_audience_by_unit of the day is; never while the month runs.
INSERT INTO page_concentration (
    unit_key, day, employed, people, networks, audience, weighted_audience
)
WITH profiles AS (
    SELECT DISTINCT ON (profile.employee_key, profile.network)
        profile.employee_key, profile.network, profile.audience_size, profile.is_floor
    FROM network_profile AS profile
    WHERE profile.observed_on <= CAST(:day AS date)
    ORDER BY profile.employee_key, profile.network, profile.observed_on DESC
),
sizes AS (
    SELECT membership.employee_key, membership.unit_key, CAST(profiles.audience_size AS bigint) AS size
    FROM profiles
    JOIN unit_membership AS membership
        ON membership.employee_key = profiles.employee_key AND membership.valid_during @> CAST(:day AS date)
    JOIN consent AS take_part
        ON take_part.employee_key = membership.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at < :day_end
    JOIN consent AS network_size
        ON network_size.employee_key = membership.employee_key
        AND network_size.purpose = 'network_size'
        AND network_size.granted_at < :day_end
    WHERE profiles.audience_size IS NOT NULL AND NOT profiles.is_floor
),
summed AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        sizes.employee_key,
        sizes.size,
        sum(sizes.size) OVER (
            PARTITION BY ancestry.ancestor_key ORDER BY sizes.size DESC ROWS UNBOUNDED PRECEDING
        ) AS from_above
    FROM sizes
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = sizes.unit_key AND ancestry.valid_during @> CAST(:day AS date)
),
employed AS (
    SELECT ancestry.ancestor_key AS unit_key, sum(daily.employed) AS employed
    FROM daily_people_by_unit AS daily
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = daily.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    WHERE daily.day = :day
    GROUP BY ancestry.ancestor_key
)
SELECT
    summed.unit_key,
    CAST(:day AS date),
    COALESCE(min(employed.employed), 0),
    count(DISTINCT summed.employee_key),
    count(*),
    sum(summed.size),
    sum(summed.from_above)
FROM summed
LEFT JOIN employed ON employed.unit_key = summed.unit_key
GROUP BY summed.unit_key
