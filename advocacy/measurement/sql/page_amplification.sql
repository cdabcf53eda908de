-- page_amplification
-- One row per node of the unit tree and day: reach and acts of everybody in and below it, with the people behind each.
-- Reads : daily_people_by_unit and daily_audience_by_unit (the day), daily_shares_by_person and
--         daily_activity_by_person (30 days, or the day itself where trailing_acts_by_person has those before),
--         consent in force, network_profile, unit_membership and unit_ancestry as of the day.
-- Needs : primary keys (day first), index daily_activity_by_person (day, employee_key) of human clicks.
-- Late  : filled again after any of the daily tables it reads. A person stands in one unit, so people add up.
INSERT INTO page_amplification (
    unit_key, day, employed, taking_part, people, audience, stale_people, floor_people, active_people,
    activated_people, activated_audience, shares, share_people, measured_shares, measured_people, impressions,
    clicks, click_people
)
WITH since AS (
    SELECT CASE
        WHEN EXISTS (SELECT FROM trailing_acts_by_person AS past WHERE past.day = :day) THEN CAST(:day AS date)
        ELSE CAST(:day AS date) - 29
    END AS first_day
),
shared AS (
    SELECT acts.employee_key, acts.network, CAST(sum(acts.shares) AS integer) AS shares
    FROM (
        SELECT daily.employee_key, daily.network, daily.published AS shares
        FROM daily_shares_by_person AS daily
        WHERE daily.day >= (SELECT since.first_day FROM since) AND daily.day <= CAST(:day AS date) AND daily.published > 0
        UNION ALL
        SELECT past.employee_key, past.network, past.shares
        FROM trailing_acts_by_person AS past
        WHERE past.day = :day AND past.shares > 0
    ) AS acts
    GROUP BY acts.employee_key, acts.network
),
reported AS (
    SELECT acts.employee_key, sum(acts.measured_shares) AS measured_shares, sum(acts.impressions) AS impressions
    FROM (
        SELECT daily.employee_key, daily.measured AS measured_shares, daily.impressions
        FROM daily_shares_by_person AS daily
        WHERE daily.day >= (SELECT since.first_day FROM since) AND daily.day <= CAST(:day AS date) AND daily.measured > 0
        UNION ALL
        SELECT past.employee_key, past.measured_shares, past.impressions
        FROM trailing_acts_by_person AS past
        WHERE past.day = :day AND past.measured_shares > 0
    ) AS acts
    GROUP BY acts.employee_key
),
clicked AS (
    SELECT acts.employee_key, CAST(sum(acts.clicks) AS integer) AS clicks
    FROM (
        SELECT activity.employee_key, activity.events AS clicks
        FROM daily_activity_by_person AS activity
        WHERE activity.kind = 3 /* Kind.LINK_CLICKED */ AND activity.detail = 1 /* ClickClass.HUMAN */
            AND activity.day >= (SELECT since.first_day FROM since) AND activity.day <= CAST(:day AS date)
        UNION ALL
        SELECT past.employee_key, past.clicks
        FROM trailing_acts_by_person AS past
        WHERE past.day = :day AND past.clicks > 0
    ) AS acts
    GROUP BY acts.employee_key
),
actors AS (
    SELECT acting.employee_key
    FROM (SELECT employee_key FROM shared UNION SELECT employee_key FROM clicked) AS acting
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
),
profiles AS (
    SELECT DISTINCT ON (profile.employee_key, profile.network)
        profile.employee_key, profile.network, profile.audience_size, profile.is_floor
    FROM shared
    JOIN network_profile AS profile
        ON profile.employee_key = shared.employee_key
        AND profile.network = shared.network
        AND profile.observed_on <= CAST(:day AS date)
    ORDER BY profile.employee_key, profile.network, profile.observed_on DESC
),
activated AS (
    SELECT profiles.employee_key, sum(profiles.audience_size) AS audience
    FROM profiles
    JOIN located ON located.employee_key = profiles.employee_key AND located.is_employed
    JOIN consent AS network_size
        ON network_size.employee_key = profiles.employee_key
        AND network_size.purpose = 'network_size'
        AND network_size.granted_at < :day_end
    WHERE profiles.audience_size IS NOT NULL AND NOT profiles.is_floor
    GROUP BY profiles.employee_key
),
by_person AS (
    SELECT shared.employee_key, CAST(sum(shared.shares) AS integer) AS shares
    FROM shared
    GROUP BY shared.employee_key
),
own AS (
    SELECT
        located.unit_key,
        count(by_person.employee_key) FILTER (WHERE located.is_employed) AS active_people,
        count(activated.employee_key) AS activated_people,
        sum(activated.audience) AS activated_audience,
        sum(by_person.shares) AS shares,
        count(by_person.employee_key) AS share_people,
        sum(reported.measured_shares) AS measured_shares,
        count(reported.employee_key) AS measured_people,
        sum(reported.impressions) AS impressions,
        sum(clicked.clicks) AS clicks,
        count(clicked.employee_key) AS click_people
    FROM located
    LEFT JOIN by_person ON by_person.employee_key = located.employee_key
    LEFT JOIN reported ON reported.employee_key = located.employee_key
    LEFT JOIN activated ON activated.employee_key = located.employee_key
    LEFT JOIN clicked ON clicked.employee_key = located.employee_key
    GROUP BY located.unit_key
),
acts AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        sum(own.active_people) AS active_people,
        sum(own.activated_people) AS activated_people,
        COALESCE(sum(own.activated_audience), 0) AS activated_audience,
        COALESCE(sum(own.shares), 0) AS shares,
        sum(own.share_people) AS share_people,
        COALESCE(sum(own.measured_shares), 0) AS measured_shares,
        sum(own.measured_people) AS measured_people,
        COALESCE(sum(own.impressions), 0) AS impressions,
        COALESCE(sum(own.clicks), 0) AS clicks,
        sum(own.click_people) AS click_people
    FROM own
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = own.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    GROUP BY ancestry.ancestor_key
),
people AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        sum(daily.employed) AS employed,
        sum(daily.taking_part) AS taking_part,
        sum(daily.with_size) AS people,
        sum(daily.stale_people) AS stale_people,
        sum(daily.floor_people) AS floor_people
    FROM daily_people_by_unit AS daily
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = daily.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    WHERE daily.day = :day
    GROUP BY ancestry.ancestor_key
),
audiences AS (
    SELECT ancestry.ancestor_key AS unit_key, sum(daily.audience) AS audience
    FROM daily_audience_by_unit AS daily
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = daily.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    WHERE daily.day = :day
    GROUP BY ancestry.ancestor_key
)
SELECT
    COALESCE(people.unit_key, acts.unit_key),
    CAST(:day AS date),
    COALESCE(people.employed, 0),
    COALESCE(people.taking_part, 0),
    COALESCE(people.people, 0),
    COALESCE(audiences.audience, 0),
    COALESCE(people.stale_people, 0),
    COALESCE(people.floor_people, 0),
    COALESCE(acts.active_people, 0),
    COALESCE(acts.activated_people, 0),
    COALESCE(acts.activated_audience, 0),
    COALESCE(acts.shares, 0),
    COALESCE(acts.share_people, 0),
    COALESCE(acts.measured_shares, 0),
    COALESCE(acts.measured_people, 0),
    COALESCE(acts.impressions, 0),
    COALESCE(acts.clicks, 0),
    COALESCE(acts.click_people, 0)
FROM people
FULL JOIN acts ON acts.unit_key = people.unit_key
LEFT JOIN audiences ON audiences.unit_key = people.unit_key
