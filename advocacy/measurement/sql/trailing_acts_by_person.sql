-- trailing_acts_by_person
-- One row per running day, person and network: published shares and human clicks of the 29 days before it.
-- With the day itself these are the 30 days that pages look back at: of a running day only today's rows are new.
-- Reads : daily_shares_by_person and daily_activity_by_person (the 29 days before).
-- Needs : primary key daily_shares_by_person (day, ...), index daily_activity_by_person (day, employee_key) of human clicks.
-- Late  : filled again after any of the days before; rows go once the day is two days old, and are not missed.
INSERT INTO trailing_acts_by_person (
    day, employee_key, network, shares, job_shares, measured_shares, impressions, clicks, job_clicks
)
WITH acts AS (
    SELECT
        shared.employee_key,
        shared.network,
        shared.published AS shares,
        shared.published_jobs AS job_shares,
        shared.measured AS measured_shares,
        shared.impressions,
        0 AS clicks,
        0 AS job_clicks
    FROM daily_shares_by_person AS shared
    WHERE shared.day >= CAST(:day AS date) - 29 AND shared.day < CAST(:day AS date)
        AND (shared.published > 0 OR shared.measured > 0)
    UNION ALL
    SELECT clicked.employee_key, clicked.network, 0, 0, 0, 0, clicked.events, clicked.job_events
    FROM daily_activity_by_person AS clicked
    WHERE clicked.kind = 3 /* Kind.LINK_CLICKED */ AND clicked.detail = 1 /* ClickClass.HUMAN */
        AND clicked.day >= CAST(:day AS date) - 29 AND clicked.day < CAST(:day AS date)
)
SELECT
    CAST(:day AS date),
    acts.employee_key,
    acts.network,
    sum(acts.shares),
    sum(acts.job_shares),
    sum(acts.measured_shares),
    sum(acts.impressions),
    sum(acts.clicks),
    sum(acts.job_clicks)
FROM acts
GROUP BY acts.employee_key, acts.network
