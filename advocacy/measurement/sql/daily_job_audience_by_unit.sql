-- daily_job_audience_by_unit
-- One row per day and own unit: the networks of consenting people for whom a job item of the last 30 days was meant.
-- An item is one of them that was live at some moment of these days. Its end may be moved while nobody sees it, so
-- once it has no live version it counts by when people saw it last.
-- Reads : content_item, audience, employee, topic_follow, unit_ancestry and unit_membership as of the day,
--         consent in force, network_profile (latest on or before the day).
-- Needs : primary key network_profile (employee_key, network, observed_on), index consent (purpose, employee_key).
-- Late  : filled again once the day is over, and when a person's consent or sizes change.
INSERT INTO daily_job_audience_by_unit (day, unit_key, people, audience)
WITH conditions AS (
    SELECT DISTINCT meant.unit_keys, meant.countries, meant.languages, meant.topic_keys
    FROM content_item AS item
    JOIN audience AS meant ON meant.key = item.audience_key
    WHERE item.kind = 'job'
        AND item.first_live_at < :day_end
        AND CASE
            WHEN item.live_version_id IS NULL THEN item.last_live_at
            ELSE COALESCE(item.expires_at, 'infinity')
        END > CAST(:day_start AS timestamptz) - INTERVAL '29 days'
),
profiles AS (
    SELECT DISTINCT ON (profile.employee_key, profile.network)
        profile.employee_key, profile.audience_size, profile.is_floor
    FROM network_profile AS profile
    WHERE profile.observed_on <= CAST(:day AS date) AND EXISTS (SELECT 1 FROM conditions)
    ORDER BY profile.employee_key, profile.network, profile.observed_on DESC
),
sizes AS (
    SELECT profiles.employee_key, sum(profiles.audience_size) AS audience
    FROM profiles
    WHERE profiles.audience_size IS NOT NULL AND NOT profiles.is_floor
    GROUP BY profiles.employee_key
),
consenting AS (
    SELECT membership.employee_key, membership.unit_key, sizes.audience
    FROM unit_membership AS membership
    JOIN consent AS take_part
        ON take_part.employee_key = membership.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at < :day_end
    JOIN consent AS network_size
        ON network_size.employee_key = membership.employee_key
        AND network_size.purpose = 'network_size'
        AND network_size.granted_at < :day_end
    JOIN sizes ON sizes.employee_key = membership.employee_key
    WHERE membership.valid_during @> CAST(:day AS date)
)
SELECT CAST(:day AS date), consenting.unit_key, count(*), sum(consenting.audience)
FROM consenting
JOIN employee AS person ON person.key = consenting.employee_key
WHERE EXISTS (
    SELECT 1
    FROM conditions
    WHERE (cardinality(conditions.countries) = 0 OR person.country = ANY (conditions.countries))
        AND (
            cardinality(conditions.languages) = 0
            OR person.language = ANY (conditions.languages)
            OR split_part(person.language, '-', 1) = ANY (conditions.languages)
        )
        AND (
            cardinality(conditions.unit_keys) = 0
            OR EXISTS (
                SELECT 1
                FROM unit_ancestry AS ancestry
                WHERE ancestry.unit_key = consenting.unit_key
                    AND ancestry.ancestor_key = ANY (conditions.unit_keys)
                    AND ancestry.valid_during @> CAST(:day AS date)
            )
        )
        AND (
            cardinality(conditions.topic_keys) = 0
            OR EXISTS (
                SELECT 1
                FROM topic_follow AS follow
                WHERE follow.employee_key = consenting.employee_key AND follow.topic_key = ANY (conditions.topic_keys)
            )
        )
)
GROUP BY consenting.unit_key
