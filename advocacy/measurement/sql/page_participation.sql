-- page_participation
-- One row per node of the unit tree, day and period that ends on it: who took part, out of how many on an average day.
-- The day itself always; an ISO week on its Sunday and a month on its last day. So a plain day reads one day of acts,
-- and no week or month is counted more often than once it is over. People stand in the unit they were in on the day.
-- Reads : daily_shares_by_person, daily_activity_by_person, daily_people_by_unit and headcount_day (the period),
--         consent in force, unit_membership and unit_ancestry as of the day.
-- Needs : primary keys of the daily tables (day first), index daily_activity_by_person (kind, day).
-- Late  : filled again after any day of its periods; never while the day runs.
INSERT INTO page_participation (
    unit_key, day, period, employed, taking_part, eligible_days, counted_days, active_people, act_people, acts,
    share_people, shares, conversation_people, conversations
)
WITH periods AS (
    SELECT span.period, span.first_day
    FROM (
        VALUES
            (1 /* Period.DAY */, CAST(:day AS date)),
            (2 /* Period.WEEK */, CAST(:day AS date) - 6),
            (3 /* Period.MONTH */, CAST(:day AS date) - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer) + 1)
    ) AS span (period, first_day)
    WHERE span.period = 1 /* Period.DAY */
        OR (span.period = 2 /* Period.WEEK */ AND EXTRACT(ISODOW FROM CAST(:day AS date)) = 7)
        OR (span.period = 3 /* Period.MONTH */ AND EXTRACT(DAY FROM CAST(:day AS date) + 1) = 1)
),
acts AS (
    SELECT shared.day, shared.employee_key, shared.published AS shares, 0 AS conversations
    FROM daily_shares_by_person AS shared
    WHERE shared.published > 0
        AND shared.day <= CAST(:day AS date)
        AND shared.day > CAST(:day AS date) - CASE
            WHEN EXTRACT(DAY FROM CAST(:day AS date) + 1) = 1 THEN CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer)
            WHEN EXTRACT(ISODOW FROM CAST(:day AS date)) = 7 THEN 7
            ELSE 1
        END
    UNION ALL
    SELECT talked.day, talked.employee_key, 0, talked.events
    FROM daily_activity_by_person AS talked
    WHERE talked.kind = 4 /* Kind.CONVERSATION_LOGGED */
        AND talked.day <= CAST(:day AS date)
        AND talked.day > CAST(:day AS date) - CASE
            WHEN EXTRACT(DAY FROM CAST(:day AS date) + 1) = 1 THEN CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer)
            WHEN EXTRACT(ISODOW FROM CAST(:day AS date)) = 7 THEN 7
            ELSE 1
        END
),
by_person AS (
    SELECT
        periods.period,
        acts.employee_key,
        sum(acts.shares) AS shares,
        sum(acts.conversations) AS conversations
    FROM acts
    JOIN periods ON acts.day >= periods.first_day
    GROUP BY periods.period, acts.employee_key
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
),
acted AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        by_person.period,
        count(*) FILTER (WHERE located.is_employed) AS active_people,
        count(*) AS act_people,
        sum(by_person.shares + by_person.conversations) AS acts,
        count(*) FILTER (WHERE by_person.shares > 0) AS share_people,
        sum(by_person.shares) AS shares,
        count(*) FILTER (WHERE by_person.conversations > 0) AS conversation_people,
        sum(by_person.conversations) AS conversations
    FROM by_person
    JOIN located ON located.employee_key = by_person.employee_key
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = located.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    GROUP BY ancestry.ancestor_key, by_person.period
),
heads AS (
    SELECT daily.day, daily.unit_key, daily.employed, daily.taking_part
    FROM daily_people_by_unit AS daily
    WHERE daily.day <= CAST(:day AS date) AND daily.day > CAST(:day AS date) - 31
    UNION ALL
    SELECT counted.day, counted.unit_key, counted.employed, counted.opted_in
    FROM headcount_day AS counted
    WHERE counted.day <= CAST(:day AS date) AND counted.day > CAST(:day AS date) - 31
        AND NOT EXISTS (SELECT 1 FROM daily_people_by_unit AS daily WHERE daily.day = counted.day)
),
counted_days AS (
    SELECT periods.period, count(DISTINCT heads.day) AS days
    FROM heads
    JOIN periods ON heads.day >= periods.first_day
    GROUP BY periods.period
),
people AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        periods.period,
        COALESCE(sum(heads.employed) FILTER (WHERE heads.day = CAST(:day AS date)), 0) AS employed,
        COALESCE(sum(heads.taking_part) FILTER (WHERE heads.day = CAST(:day AS date)), 0) AS taking_part,
        sum(heads.employed) AS eligible_days
    FROM heads
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = heads.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    JOIN periods ON heads.day >= periods.first_day
    GROUP BY ancestry.ancestor_key, periods.period
),
nodes AS (
    SELECT people.unit_key, people.period FROM people
    UNION
    SELECT acted.unit_key, acted.period FROM acted
)
SELECT
    nodes.unit_key,
    CAST(:day AS date),
    nodes.period,
    COALESCE(people.employed, 0),
    COALESCE(people.taking_part, 0),
    COALESCE(people.eligible_days, 0),
    COALESCE(counted_days.days, 0),
    COALESCE(acted.active_people, 0),
    COALESCE(acted.act_people, 0),
    COALESCE(acted.acts, 0),
    COALESCE(acted.share_people, 0),
    COALESCE(acted.shares, 0),
    COALESCE(acted.conversation_people, 0),
    COALESCE(acted.conversations, 0)
FROM nodes
LEFT JOIN counted_days ON counted_days.period = nodes.period
LEFT JOIN people ON people.unit_key = nodes.unit_key AND people.period = nodes.period
LEFT JOIN acted ON acted.unit_key = nodes.unit_key AND acted.period = nodes.period
