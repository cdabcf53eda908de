-- page_recruiting
-- One row per node of the unit tree and day: reach of job content and what came of it, with the people behind each figure.
-- Reads : daily_people_by_unit and daily_job_audience_by_unit (the day), daily_shares_by_person (30 days),
--         daily_activity_by_person (90 days), both of the day itself where trailing_acts_by_person has those before,
--         consent in force, network_profile, unit_membership and unit_ancestry as of the day.
-- Needs : primary keys (day first), indexes daily_activity_by_person (day, employee_key) of human clicks and (kind, day).
-- Late  : filled again after any of the daily tables it reads. A person stands in one unit, so people add up.
INSERT INTO page_recruiting (
    unit_key, day, employed, people, audience, activated_people, activated_audience, shares, share_people, clicks,
    click_people, applications, application_people, interviews, interview_people, offers, offer_people, hires,
    hire_people
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
        SELECT daily.employee_key, daily.network, daily.published_jobs AS shares
        FROM daily_shares_by_person AS daily
        WHERE daily.day >= (SELECT since.first_day FROM since) AND daily.day <= CAST(:day AS date)
            AND daily.published_jobs > 0
        UNION ALL
        SELECT past.employee_key, past.network, past.job_shares
        FROM trailing_acts_by_person AS past
        WHERE past.day = :day AND past.job_shares > 0
    ) AS acts
    GROUP BY acts.employee_key, acts.network
),
clicked AS (
    SELECT acts.employee_key, CAST(sum(acts.clicks) AS integer) AS clicks
    FROM (
        SELECT activity.employee_key, activity.job_events AS clicks
        FROM daily_activity_by_person AS activity
        WHERE activity.kind = 3 /* Kind.LINK_CLICKED */ AND activity.detail = 1 /* ClickClass.HUMAN */
            AND activity.day >= (SELECT since.first_day FROM since) AND activity.day <= CAST(:day AS date)
            AND activity.job_events > 0
        UNION ALL
        SELECT past.employee_key, past.job_clicks
        FROM trailing_acts_by_person AS past
        WHERE past.day = :day AND past.job_clicks > 0
    ) AS acts
    GROUP BY acts.employee_key
),
applied AS (
    SELECT
        activity.employee_key,
        COALESCE(sum(activity.events) FILTER (WHERE activity.detail = 1 /* Stage.APPLIED */), 0) AS applications,
        COALESCE(sum(activity.events) FILTER (WHERE activity.detail = 2 /* Stage.INTERVIEW */), 0) AS interviews,
        COALESCE(sum(activity.events) FILTER (WHERE activity.detail = 3 /* Stage.OFFER */), 0) AS offers,
        GREATEST(
            COALESCE(sum(activity.events) FILTER (WHERE activity.detail = 4 /* Stage.HIRED */), 0)
            - COALESCE(sum(activity.events) FILTER (WHERE activity.detail = 6 /* Stage.UNHIRED */), 0),
            0
        ) AS hires
    FROM daily_activity_by_person AS activity
    WHERE activity.kind = 6 /* Kind.APPLICATION */
        AND activity.day > CAST(:day AS date) - 90 AND activity.day <= CAST(:day AS date)
    GROUP BY activity.employee_key
),
actors AS (
    SELECT acting.employee_key
    FROM (
        SELECT employee_key FROM shared
        UNION SELECT employee_key FROM clicked
        UNION SELECT employee_key FROM applied
    ) AS acting
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
        count(activated.employee_key) AS activated_people,
        sum(activated.audience) AS activated_audience,
        sum(by_person.shares) AS shares,
        count(by_person.employee_key) AS share_people,
        sum(clicked.clicks) AS clicks,
        count(clicked.employee_key) AS click_people,
        sum(applied.applications) AS applications,
        count(*) FILTER (WHERE applied.applications > 0) AS application_people,
        sum(applied.interviews) AS interviews,
        count(*) FILTER (WHERE applied.interviews > 0) AS interview_people,
        sum(applied.offers) AS offers,
        count(*) FILTER (WHERE applied.offers > 0) AS offer_people,
        sum(applied.hires) AS hires,
        count(*) FILTER (WHERE applied.hires > 0) AS hire_people
    FROM located
    LEFT JOIN by_person ON by_person.employee_key = located.employee_key
    LEFT JOIN activated ON activated.employee_key = located.employee_key
    LEFT JOIN clicked ON clicked.employee_key = located.employee_key
    LEFT JOIN applied ON applied.employee_key = located.employee_key
    GROUP BY located.unit_key
),
acts AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        sum(own.activated_people) AS activated_people,
        COALESCE(sum(own.activated_audience), 0) AS activated_audience,
        COALESCE(sum(own.shares), 0) AS shares,
        sum(own.share_people) AS share_people,
        COALESCE(sum(own.clicks), 0) AS clicks,
        sum(own.click_people) AS click_people,
        COALESCE(sum(own.applications), 0) AS applications,
        sum(own.application_people) AS application_people,
        COALESCE(sum(own.interviews), 0) AS interviews,
        sum(own.interview_people) AS interview_people,
        COALESCE(sum(own.offers), 0) AS offers,
        sum(own.offer_people) AS offer_people,
        COALESCE(sum(own.hires), 0) AS hires,
        sum(own.hire_people) AS hire_people
    FROM own
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = own.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    GROUP BY ancestry.ancestor_key
),
people AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        sum(daily.employed) AS employed,
        COALESCE(sum(jobs.people), 0) AS people,
        COALESCE(sum(jobs.audience), 0) AS audience
    FROM daily_people_by_unit AS daily
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = daily.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    LEFT JOIN daily_job_audience_by_unit AS jobs ON jobs.unit_key = daily.unit_key AND jobs.day = daily.day
    WHERE daily.day = :day
    GROUP BY ancestry.ancestor_key
)
SELECT
    COALESCE(people.unit_key, acts.unit_key),
    CAST(:day AS date),
    COALESCE(people.employed, 0),
    COALESCE(people.people, 0),
    COALESCE(people.audience, 0),
    COALESCE(acts.activated_people, 0),
    COALESCE(acts.activated_audience, 0),
    COALESCE(acts.shares, 0),
    COALESCE(acts.share_people, 0),
    COALESCE(acts.clicks, 0),
    COALESCE(acts.click_people, 0),
    COALESCE(acts.applications, 0),
    COALESCE(acts.application_people, 0),
    COALESCE(acts.interviews, 0),
    COALESCE(acts.interview_people, 0),
    COALESCE(acts.offers, 0),
    COALESCE(acts.offer_people, 0),
    COALESCE(acts.hires, 0),
    COALESCE(acts.hire_people, 0)
FROM people
FULL JOIN acts ON acts.unit_key = people.unit_key
