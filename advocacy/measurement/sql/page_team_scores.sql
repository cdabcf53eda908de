-- page_team_scores
-- One row per node of the unit tree and week (its last day): the middle of the weekly scores of its people who said yes
-- to being in it and acted in the week. No score of a person is written anywhere.
-- Network size cancels: what counts is the part of the people a share could reach who opened it, drawn towards what was
-- usual in the 13 weeks before this one.
-- Reads : daily_people_by_unit (the day), daily_shares_by_person and daily_activity_by_person (the week), weekly_rate_prior
--         (the week before), network_profile (latest on or before the day), lesson_pass, suggestion and source_entry (the
--         week), unit_membership and unit_ancestry as of the day, consent in force.
-- Needs : primary keys (day first), index consent (purpose, employee_key).
-- Late  : filled again after any of its days or when the prior is; never while the week runs.
INSERT INTO page_team_scores (unit_key, day, employed, people, median_score)
WITH members AS (
    SELECT membership.employee_key, membership.unit_key
    FROM consent AS leaderboard
    JOIN consent AS take_part
        ON take_part.employee_key = leaderboard.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at < :day_end
    JOIN unit_membership AS membership
        ON membership.employee_key = leaderboard.employee_key AND membership.valid_during @> CAST(:day AS date)
    WHERE leaderboard.purpose = 'leaderboard' AND leaderboard.granted_at < :day_end
),
sizes AS (
    SELECT DISTINCT ON (profile.employee_key, profile.network)
        profile.employee_key, profile.network, profile.audience_size, profile.is_floor
    FROM members
    JOIN network_profile AS profile ON profile.employee_key = members.employee_key
    JOIN consent AS network_size
        ON network_size.employee_key = profile.employee_key
        AND network_size.purpose = 'network_size'
        AND network_size.granted_at < :day_end
    WHERE profile.observed_on <= CAST(:day AS date)
    ORDER BY profile.employee_key, profile.network, profile.observed_on DESC
),
shared AS (
    SELECT daily.employee_key, daily.network, sum(daily.published) AS shares
    FROM daily_shares_by_person AS daily
    WHERE daily.day > CAST(:day AS date) - 7 AND daily.day <= CAST(:day AS date) AND daily.published > 0
    GROUP BY daily.employee_key, daily.network
),
clicked AS (
    SELECT daily.employee_key, daily.network, sum(daily.events) AS clicks
    FROM daily_activity_by_person AS daily
    WHERE daily.kind = 3 /* Kind.LINK_CLICKED */ AND daily.detail = 1 /* ClickClass.HUMAN */
        AND daily.day > CAST(:day AS date) - 7 AND daily.day <= CAST(:day AS date)
    GROUP BY daily.employee_key, daily.network
),
carried AS (
    SELECT
        members.employee_key,
        sum(shared.shares) AS shares,
        sum(CASE WHEN sizes.is_floor THEN 0 ELSE shared.shares * COALESCE(sizes.audience_size, 0) END) AS reached,
        COALESCE(sum(clicked.clicks) FILTER (WHERE NOT sizes.is_floor AND sizes.audience_size > 0), 0) AS clicks
    FROM members
    JOIN shared ON shared.employee_key = members.employee_key
    LEFT JOIN sizes ON sizes.employee_key = shared.employee_key AND sizes.network = shared.network
    LEFT JOIN clicked ON clicked.employee_key = shared.employee_key AND clicked.network = shared.network
    GROUP BY members.employee_key
),
talked AS (
    SELECT daily.employee_key, sum(daily.events) AS conversations
    FROM daily_activity_by_person AS daily
    WHERE daily.kind = 4 /* Kind.CONVERSATION_LOGGED */
        AND daily.day > CAST(:day AS date) - 7 AND daily.day <= CAST(:day AS date)
    GROUP BY daily.employee_key
),
learned AS (
    SELECT pass.employee_key, count(*) AS lessons
    FROM lesson_pass AS pass
    WHERE COALESCE(pass.first_passed_at, pass.passed_at) >= CAST(:day_start AS timestamptz) - INTERVAL '6 days'
        AND COALESCE(pass.first_passed_at, pass.passed_at) < :day_end
    GROUP BY pass.employee_key
),
helped AS (
    SELECT suggestion.employee_key, count(*) AS suggestions
    FROM suggestion
    JOIN source_entry AS entry ON entry.key = suggestion.entry_key
    WHERE entry.state = 'accepted'
        AND entry.decided_at >= CAST(:day_start AS timestamptz) - INTERVAL '6 days' AND entry.decided_at < :day_end
        -- What was taken up already was nobody's idea any more.
        AND suggestion.created_at <= entry.decided_at
    GROUP BY suggestion.employee_key
),
usual AS (
    SELECT prior.alpha, prior.beta
    FROM weekly_rate_prior AS prior
    WHERE prior.day = CAST(:day AS date) - 7 AND prior.alpha IS NOT NULL
),
scored AS (
    SELECT
        members.employee_key,
        members.unit_key,
        ln(1 + LEAST(5, COALESCE(carried.shares, 0))) / ln(2) * LEAST(
            2,
            COALESCE(
                (carried.clicks + usual.alpha) / (carried.reached + usual.alpha + usual.beta)
                / (usual.alpha / (usual.alpha + usual.beta)),
                1
            )
        )
        + 3 * ln(1 + COALESCE(talked.conversations, 0)) / ln(2)
        + LEAST(2, COALESCE(learned.lessons, 0))
        + LEAST(2, COALESCE(helped.suggestions, 0)) AS score
    FROM members
    LEFT JOIN carried ON carried.employee_key = members.employee_key
    LEFT JOIN talked ON talked.employee_key = members.employee_key
    LEFT JOIN learned ON learned.employee_key = members.employee_key
    LEFT JOIN helped ON helped.employee_key = members.employee_key
    LEFT JOIN usual ON TRUE
    WHERE carried.shares > 0 OR talked.conversations > 0
),
medians AS (
    SELECT
        ancestry.ancestor_key AS unit_key,
        count(*) AS people,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY CAST(scored.score AS double precision)) AS median_score
    FROM scored
    JOIN unit_ancestry AS ancestry
        ON ancestry.unit_key = scored.unit_key AND ancestry.valid_during @> CAST(:day AS date)
    GROUP BY ancestry.ancestor_key
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
    medians.unit_key,
    CAST(:day AS date),
    COALESCE(employed.employed, 0),
    medians.people,
    CAST(round(CAST(medians.median_score AS numeric), 4) AS double precision)
FROM medians
LEFT JOIN employed ON employed.unit_key = medians.unit_key
