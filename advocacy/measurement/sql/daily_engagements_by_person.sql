-- daily_engagements_by_person
-- One row per day, person and network whose published shares a network told reactions of: the latest of each measure.
-- Of those shares whose impressions were told as well, reactions and impressions stand side by side.
-- Reads : measurable_activity (the day only), engagement_snapshot (the latest of each share and measure).
-- Needs : index activity_event (occurred_at), index engagement_snapshot (share_key, observed_at).
-- Late  : a confirmation or a new snapshot touches the day on which the share was opened.
INSERT INTO daily_engagements_by_person (
    day, employee_key, network, told_shares, engagements, seen_shares, seen_engagements, seen_impressions
)
WITH shares AS (
    SELECT event.employee_key, COALESCE(event.network, 0) AS network, event.share_key
    FROM measurable_activity AS event
    WHERE event.kind = 2 /* Kind.SHARE_PUBLISHED */
        AND event.occurred_at >= :day_start AND event.occurred_at < :day_end
        AND event.share_key IS NOT NULL
    GROUP BY event.employee_key, COALESCE(event.network, 0), event.share_key
),
latest_reactions AS (
    SELECT DISTINCT ON (snapshot.share_key) snapshot.share_key, snapshot.reactions AS engagements
    FROM shares
    JOIN engagement_snapshot AS snapshot ON snapshot.share_key = shares.share_key
    WHERE snapshot.reactions IS NOT NULL
    ORDER BY snapshot.share_key, snapshot.observed_at DESC, snapshot.recorded_at DESC
),
latest_comments AS (
    SELECT DISTINCT ON (snapshot.share_key) snapshot.share_key, snapshot.comments AS engagements
    FROM shares
    JOIN engagement_snapshot AS snapshot ON snapshot.share_key = shares.share_key
    WHERE snapshot.comments IS NOT NULL
    ORDER BY snapshot.share_key, snapshot.observed_at DESC, snapshot.recorded_at DESC
),
latest_reshares AS (
    SELECT DISTINCT ON (snapshot.share_key) snapshot.share_key, snapshot.reshares AS engagements
    FROM shares
    JOIN engagement_snapshot AS snapshot ON snapshot.share_key = shares.share_key
    WHERE snapshot.reshares IS NOT NULL
    ORDER BY snapshot.share_key, snapshot.observed_at DESC, snapshot.recorded_at DESC
),
latest_impressions AS (
    SELECT DISTINCT ON (snapshot.share_key) snapshot.share_key, snapshot.impressions
    FROM shares
    JOIN engagement_snapshot AS snapshot ON snapshot.share_key = shares.share_key
    WHERE snapshot.impressions IS NOT NULL
    ORDER BY snapshot.share_key, snapshot.observed_at DESC, snapshot.recorded_at DESC
),
told AS (
    SELECT latest.share_key, sum(latest.engagements) AS engagements
    FROM (
        SELECT share_key, engagements FROM latest_reactions
        UNION ALL
        SELECT share_key, engagements FROM latest_comments
        UNION ALL
        SELECT share_key, engagements FROM latest_reshares
    ) AS latest
    GROUP BY latest.share_key
)
SELECT
    CAST(:day AS date),
    shares.employee_key,
    shares.network,
    count(told.share_key),
    sum(told.engagements),
    count(latest_impressions.share_key),
    COALESCE(sum(told.engagements) FILTER (WHERE latest_impressions.share_key IS NOT NULL), 0),
    COALESCE(sum(latest_impressions.impressions), 0)
FROM shares
JOIN told ON told.share_key = shares.share_key
LEFT JOIN latest_impressions ON latest_impressions.share_key = shares.share_key
GROUP BY shares.employee_key, shares.network
ORDER BY shares.employee_key, shares.network
