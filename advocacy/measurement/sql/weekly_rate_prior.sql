-- weekly_rate_prior
-- One row per week (its last day): how many of the people whom a share could reach open it, over 13 weeks, everybody
-- together: a beta distribution fitted by moments, which tells how far people differ beyond chance.
-- With p = clicks/reached, S = sum of clicks²/reached less p of all clicks, and K people, chance alone makes S/(p(1-p))
-- about K - 1. What is above it, by what it grows with, is the correlation r; the prior's weight is 1/r - 1.
-- Reads : daily_shares_by_person and daily_activity_by_person (91 days), network_profile (latest on or before the day),
--         consent in force.
-- Needs : primary key daily_shares_by_person (day, ...), index daily_activity_by_person (day, employee_key) of human clicks.
-- Late  : filled again after any of its days; never while the week runs. Of fewer than 30 people nothing is fitted.
INSERT INTO weekly_rate_prior (day, people, reached, clicks, alpha, beta)
WITH sizes AS (
    SELECT DISTINCT ON (profile.employee_key, profile.network)
        profile.employee_key, profile.network, profile.audience_size, profile.is_floor
    FROM network_profile AS profile
    JOIN consent AS network_size
        ON network_size.employee_key = profile.employee_key
        AND network_size.purpose = 'network_size'
        AND network_size.granted_at < :day_end
    JOIN consent AS take_part
        ON take_part.employee_key = profile.employee_key
        AND take_part.purpose = 'take_part'
        AND take_part.granted_at < :day_end
    WHERE profile.observed_on <= CAST(:day AS date)
    ORDER BY profile.employee_key, profile.network, profile.observed_on DESC
),
shared AS (
    SELECT daily.employee_key, daily.network, sum(daily.published) AS shares
    FROM daily_shares_by_person AS daily
    WHERE daily.day > CAST(:day AS date) - 91 AND daily.day <= CAST(:day AS date) AND daily.published > 0
    GROUP BY daily.employee_key, daily.network
),
clicked AS (
    SELECT daily.employee_key, daily.network, sum(daily.events) AS clicks
    FROM daily_activity_by_person AS daily
    WHERE daily.kind = 3 /* Kind.LINK_CLICKED */ AND daily.detail = 1 /* ClickClass.HUMAN */
        AND daily.day > CAST(:day AS date) - 91 AND daily.day <= CAST(:day AS date)
    GROUP BY daily.employee_key, daily.network
),
rates AS (
    SELECT
        shared.employee_key,
        CAST(sum(shared.shares * sizes.audience_size) AS numeric) AS reached,
        CAST(COALESCE(sum(clicked.clicks), 0) AS numeric) AS clicks
    FROM shared
    JOIN sizes ON sizes.employee_key = shared.employee_key AND sizes.network = shared.network
    LEFT JOIN clicked ON clicked.employee_key = shared.employee_key AND clicked.network = shared.network
    WHERE sizes.audience_size > 0 AND NOT sizes.is_floor
    GROUP BY shared.employee_key
),
sums AS (
    SELECT
        count(*) AS people,
        sum(rates.reached) AS reached,
        sum(rates.clicks) AS clicks,
        sum(round(rates.clicks * rates.clicks / rates.reached, 12)) AS spread,
        sum(rates.reached * rates.reached) AS squares
    FROM rates
),
fitted AS (
    SELECT
        sums.people,
        sums.reached,
        sums.clicks,
        CAST(sums.clicks / sums.reached AS double precision) AS mean,
        CAST(
            ((sums.spread - sums.clicks * sums.clicks / sums.reached)
                / (sums.clicks / sums.reached * (1 - sums.clicks / sums.reached)) - (sums.people - 1))
            / NULLIF(sums.reached - sums.squares / sums.reached - (sums.people - 1), 0)
            AS double precision
        ) AS correlation
    FROM sums
    WHERE sums.people >= 30 AND sums.clicks > 0 AND sums.clicks < sums.reached
),
weighed AS (
    SELECT
        fitted.mean,
        CASE
            WHEN fitted.correlation > 0
                THEN GREATEST(1, LEAST(CAST(fitted.reached AS double precision), 1 / fitted.correlation - 1))
            ELSE CAST(fitted.reached AS double precision)
        END AS weight
    FROM fitted
)
SELECT
    CAST(:day AS date),
    sums.people,
    sums.reached,
    sums.clicks,
    weighed.mean * weighed.weight,
    (1 - weighed.mean) * weighed.weight
FROM sums
LEFT JOIN weighed ON TRUE
WHERE sums.people > 0
