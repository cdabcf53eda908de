-- daily_shares_by_person
-- One row per day, person and network: shares opened, shares published, and what the network last reported of those.
-- Reads : measurable_activity (the day only), content_item, engagement_snapshot (the latest of each share),
--         unit_membership as of the day (for leavers their last unit before it).
-- Needs : index activity_event (occurred_at), index engagement_snapshot (share_key, observed_at).
-- Late  : a confirmation or a new snapshot touches the day on which the share was opened.
INSERT INTO daily_shares_by_person (
    day, employee_key, network, unit_key, opened, published, published_jobs, measured, impressions
)
WITH shares AS (
    SELECT
        event.employee_key,
        COALESCE(event.network, 0) AS network,
        event.share_key,
        max(event.item_key) AS item_key,
        bool_or(event.kind = 1 /* Kind.SHARE_OPENED */) AS is_opened,
        bool_or(event.kind = 2 /* Kind.SHARE_PUBLISHED */) AS is_published
    FROM measurable_activity AS event
    WHERE event.kind IN (1 /* Kind.SHARE_OPENED */, 2 /* Kind.SHARE_PUBLISHED */)
        AND event.occurred_at >= :day_start AND event.occurred_at < :day_end
        AND event.share_key IS NOT NULL
    GROUP BY event.employee_key, COALESCE(event.network, 0), event.share_key
),
reported AS (
    SELECT DISTINCT ON (snapshot.share_key) snapshot.share_key, snapshot.impressions
    FROM shares
    JOIN engagement_snapshot AS snapshot ON snapshot.share_key = shares.share_key
    WHERE shares.is_published AND snapshot.impressions IS NOT NULL
    ORDER BY snapshot.share_key, snapshot.observed_at DESC, snapshot.recorded_at DESC
),
counted AS (
    SELECT
        shares.employee_key,
        shares.network,
        count(*) FILTER (WHERE shares.is_opened) AS opened,
        count(*) FILTER (WHERE shares.is_published) AS published,
        count(*) FILTER (WHERE shares.is_published AND item.kind = 'job') AS published_jobs,
        count(reported.share_key) AS measured,
        COALESCE(sum(reported.impressions), 0) AS impressions
    FROM shares
    LEFT JOIN content_item AS item ON item.key = shares.item_key
    LEFT JOIN reported ON reported.share_key = shares.share_key
    GROUP BY shares.employee_key, shares.network
),
people AS (
    SELECT DISTINCT employee_key FROM counted
),
located AS (
    SELECT DISTINCT ON (membership.employee_key)
        membership.employee_key,
        membership.unit_key
    FROM people
    JOIN unit_membership AS membership ON membership.employee_key = people.employee_key
    WHERE lower(membership.valid_during) <= CAST(:day AS date)
    ORDER BY membership.employee_key, lower(membership.valid_during) DESC
)
SELECT
    CAST(:day AS date),
    counted.employee_key,
    counted.network,
    located.unit_key,
    counted.opened,
    counted.published,
    counted.published_jobs,
    counted.measured,
    counted.impressions
FROM counted
JOIN located ON located.employee_key = counted.employee_key
