-- page_retention
-- One row per node of the unit tree and month (its last day): who stays, who came once, and on whom the work rests.
-- Everything ever is read from a row a month and person, once a month is over: a day of new events costs it nothing.
-- Histograms are pairs of arrays in ascending order: acts of the month by people, and lives in days by how they stand.
-- A life runs from the first act to the 90th day without one (churned), to leaving the company (left), else to the day.
-- Months that ended before a yes stay out of it, also where the ledger behind them is gone and nothing is counted anew.
-- Opted in for four months: granted before their first day began; an hour either way where clocks changed between.
-- Given weeks are those of its Thursdays, up to three days after its end, of everybody: who left stays where they last
-- worked, who began in these days stands where they began. `beyond_people` have one that `person_weeks` has not.
-- Reads : monthly_acts_by_person (whole months and the one that ends on the day), weekly_acts_by_person (the month's weeks),
--         daily_people_by_unit (the day), consent in force,
--         unit_membership and unit_ancestry as of the day (of leavers their last unit).
-- Needs : primary keys monthly_acts_by_person and weekly_acts_by_person (day, ...), index consent (purpose, employee_key).
-- Late  : filled again after any month up to its own, and any of its weeks; never while the month runs.
INSERT INTO page_retention (
    unit_key, day, employed, taking_part, active_people, person_weeks, act_people, acts, act_counts, act_count_people,
    settled_people, sustained_people, ever_people, mature_people, one_day_people, churned_people, returned_people,
    left_people, life_days, life_churned, life_left, life_active, given_weeks, given_people, beyond_people
)
WITH consenting AS (
    SELECT
        take_part.employee_key,
        CAST(take_part.granted_at AS date) AS granted_on,
        take_part.granted_at < CAST(:day_start AS timestamptz) - make_interval(
            days => CAST(:day AS date) - CAST(
                CAST(:day AS date) - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer) + 1 - INTERVAL '3 months'
                AS date
            )
        ) AS is_settled
    FROM consent AS take_part
    WHERE take_part.purpose = 'take_part' AND take_part.granted_at < :day_end
),
months AS (
    SELECT
        monthly.employee_key,
        monthly.day,
        monthly.first_on,
        monthly.last_on,
        monthly.active_days,
        monthly.active_weeks,
        monthly.shares + monthly.conversations AS acts,
        lag(monthly.last_on) OVER (PARTITION BY monthly.employee_key ORDER BY monthly.day) AS before_on
    FROM monthly_acts_by_person AS monthly
    JOIN consenting
        ON consenting.employee_key = monthly.employee_key AND monthly.day >= consenting.granted_on - 1
    WHERE monthly.day = CAST(:day AS date)
        OR (
            monthly.day <= CAST(:day AS date) - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer)
            AND EXTRACT(DAY FROM monthly.day + 1) = 1
        )
),
spells AS (
    SELECT
        months.employee_key,
        months.day,
        months.first_on,
        months.last_on,
        months.active_days,
        months.active_weeks,
        months.acts,
        count(*) FILTER (WHERE months.first_on - months.before_on > 90)
            OVER (PARTITION BY months.employee_key ORDER BY months.day) AS returns
    FROM months
),
histories AS (
    SELECT
        spells.employee_key,
        min(spells.first_on) AS first_on,
        max(spells.last_on) FILTER (WHERE spells.returns = 0) AS spell_last_on,
        max(spells.returns) AS returns,
        sum(spells.active_days) AS active_days,
        COALESCE(sum(spells.active_weeks) FILTER (WHERE spells.day = CAST(:day AS date)), 0) AS active_weeks,
        COALESCE(sum(spells.acts) FILTER (WHERE spells.day = CAST(:day AS date)), 0) AS acts,
        count(*) FILTER (
            WHERE spells.day > CAST(:day AS date)
                - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer) + 1 - INTERVAL '3 months'
        ) AS recent_months
    FROM spells
    GROUP BY spells.employee_key
),
located AS (
    SELECT DISTINCT ON (membership.employee_key)
        membership.employee_key,
        membership.unit_key,
        consenting.is_settled,
        membership.valid_during @> CAST(:day AS date) AS is_employed,
        upper(membership.valid_during) AS left_on
    FROM consenting
    JOIN unit_membership AS membership ON membership.employee_key = consenting.employee_key
    WHERE lower(membership.valid_during) <= CAST(:day AS date)
    ORDER BY membership.employee_key, lower(membership.valid_during) DESC
),
advocates AS (
    SELECT
        located.unit_key,
        located.is_employed,
        located.is_employed AND located.is_settled AND histories.recent_months >= 3 AS is_sustained,
        histories.acts,
        histories.active_weeks,
        histories.first_on <= CAST(:day AS date) - 90 AS is_mature,
        histories.active_days = 1 AS is_one_day,
        histories.returns > 0 AS is_returned,
        CASE
            WHEN NOT located.is_employed AND located.left_on <= histories.spell_last_on + 90 THEN 'left'
            WHEN histories.spell_last_on <= CAST(:day AS date) - 90 OR histories.returns > 0 THEN 'churned'
            ELSE 'active'
        END AS standing,
        CASE
            WHEN NOT located.is_employed AND located.left_on <= histories.spell_last_on + 90
                THEN GREATEST(located.left_on - histories.first_on, 0)
            WHEN histories.spell_last_on <= CAST(:day AS date) - 90 OR histories.returns > 0
                THEN histories.spell_last_on + 90 - histories.first_on
            ELSE CAST(:day AS date) - histories.first_on
        END AS days
    FROM histories
    JOIN located ON located.employee_key = histories.employee_key
),
acted AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        count(*) FILTER (WHERE advocates.is_employed AND advocates.acts > 0) AS active_people,
        COALESCE(sum(advocates.active_weeks) FILTER (WHERE advocates.is_employed), 0) AS person_weeks,
        count(*) FILTER (WHERE advocates.acts > 0) AS act_people,
        sum(advocates.acts) AS acts,
        count(*) FILTER (WHERE advocates.is_sustained) AS sustained_people,
        count(*) AS ever_people,
        count(*) FILTER (WHERE advocates.is_mature) AS mature_people,
        count(*) FILTER (WHERE advocates.is_mature AND advocates.is_one_day) AS one_day_people,
        count(*) FILTER (WHERE advocates.standing = 'churned') AS churned_people,
        count(*) FILTER (WHERE advocates.is_returned) AS returned_people,
        count(*) FILTER (WHERE advocates.standing = 'left') AS left_people
    FROM advocates
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = advocates.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    GROUP BY ancestry.ancestor_key
),
act_steps AS (
    SELECT ancestry.ancestor_key AS unit_key, advocates.acts, count(*) AS people
    FROM advocates
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = advocates.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    WHERE advocates.is_employed AND advocates.acts > 0
    GROUP BY ancestry.ancestor_key, advocates.acts
),
loads AS (
    SELECT
        act_steps.unit_key,
        array_agg(act_steps.acts ORDER BY act_steps.acts) AS act_counts,
        array_agg(act_steps.people ORDER BY act_steps.acts) AS act_count_people
    FROM act_steps
    GROUP BY act_steps.unit_key
),
life_steps AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        advocates.days,
        count(*) FILTER (WHERE advocates.standing = 'churned') AS churned,
        count(*) FILTER (WHERE advocates.standing = 'left') AS gone,
        count(*) FILTER (WHERE advocates.standing = 'active') AS active
    FROM advocates
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = advocates.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    GROUP BY ancestry.ancestor_key, advocates.days
),
lives AS (
    SELECT
        life_steps.unit_key,
        array_agg(life_steps.days ORDER BY life_steps.days) AS life_days,
        array_agg(life_steps.churned ORDER BY life_steps.days) AS life_churned,
        array_agg(life_steps.gone ORDER BY life_steps.days) AS life_left,
        array_agg(life_steps.active ORDER BY life_steps.days) AS life_active
    FROM life_steps
    GROUP BY life_steps.unit_key
),
given AS (
    SELECT weekly.employee_key, count(*) AS weeks
    FROM weekly_acts_by_person AS weekly
    JOIN consent AS take_part
        ON take_part.employee_key = weekly.employee_key
        AND take_part.purpose = 'take_part'
        AND CAST(take_part.granted_at AS date) - 1 <= weekly.day
    WHERE weekly.day > CAST(:day AS date) - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer) + 3
        AND weekly.day <= CAST(:day AS date) + 3
        AND EXTRACT(ISODOW FROM weekly.day) = 7
    GROUP BY weekly.employee_key
),
givers AS (
    SELECT DISTINCT ON (membership.employee_key)
        membership.employee_key,
        membership.unit_key,
        given.weeks,
        membership.valid_during @> CAST(:day AS date) AS is_employed
    FROM given
    JOIN unit_membership AS membership ON membership.employee_key = given.employee_key
    WHERE lower(membership.valid_during) <= CAST(:day AS date) + 3
    ORDER BY
        membership.employee_key,
        GREATEST(lower(membership.valid_during), CAST(:day AS date)),
        lower(membership.valid_during) DESC
),
hours AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        sum(givers.weeks) AS given_weeks,
        count(*) AS given_people,
        count(*) FILTER (
            WHERE NOT givers.is_employed OR givers.weeks > COALESCE(histories.active_weeks, 0)
        ) AS beyond_people
    FROM givers
    LEFT JOIN histories ON histories.employee_key = givers.employee_key
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = givers.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    GROUP BY ancestry.ancestor_key
),
settled AS (
    SELECT ancestry.ancestor_key AS unit_key, sum(own.people) AS people
    FROM (
        SELECT located.unit_key, count(*) AS people
        FROM located
        WHERE located.is_employed AND located.is_settled
        GROUP BY located.unit_key
    ) AS own
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = own.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    GROUP BY ancestry.ancestor_key
),
people AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        sum(daily.employed) AS employed,
        sum(daily.taking_part) AS taking_part
    FROM daily_people_by_unit AS daily
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = daily.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    WHERE daily.day = :day
    GROUP BY ancestry.ancestor_key
),
nodes AS (
    SELECT people.unit_key FROM people
    UNION
    SELECT acted.unit_key FROM acted
    UNION
    SELECT hours.unit_key FROM hours
)
SELECT
    nodes.unit_key,
    CAST(:day AS date),
    COALESCE(people.employed, 0),
    COALESCE(people.taking_part, 0),
    COALESCE(acted.active_people, 0),
    COALESCE(acted.person_weeks, 0),
    COALESCE(acted.act_people, 0),
    COALESCE(acted.acts, 0),
    COALESCE(loads.act_counts, CAST(ARRAY[] AS integer[])),
    COALESCE(loads.act_count_people, CAST(ARRAY[] AS integer[])),
    COALESCE(settled.people, 0),
    COALESCE(acted.sustained_people, 0),
    COALESCE(acted.ever_people, 0),
    COALESCE(acted.mature_people, 0),
    COALESCE(acted.one_day_people, 0),
    COALESCE(acted.churned_people, 0),
    COALESCE(acted.returned_people, 0),
    COALESCE(acted.left_people, 0),
    COALESCE(lives.life_days, CAST(ARRAY[] AS integer[])),
    COALESCE(lives.life_churned, CAST(ARRAY[] AS integer[])),
    COALESCE(lives.life_left, CAST(ARRAY[] AS integer[])),
    COALESCE(lives.life_active, CAST(ARRAY[] AS integer[])),
    COALESCE(hours.given_weeks, 0),
    COALESCE(hours.given_people, 0),
    COALESCE(hours.beyond_people, 0)
FROM nodes
LEFT JOIN people ON people.unit_key = nodes.unit_key
LEFT JOIN acted ON acted.unit_key = nodes.unit_key
LEFT JOIN loads ON loads.unit_key = nodes.unit_key
LEFT JOIN lives ON lives.unit_key = nodes.unit_key
LEFT JOIN settled ON settled.unit_key = nodes.unit_key
LEFT JOIN hours ON hours.unit_key = nodes.unit_key
