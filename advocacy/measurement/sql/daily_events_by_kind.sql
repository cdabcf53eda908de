-- daily_events_by_kind
-- One row per day, kind of event and its detail: how many, by how many people, how many were recorded late or early.
-- Late is more than the allowed lateness of the source: clicks an hour, applications a day, what people tell two days.
-- Early is more than five minutes before it happened by its own clock: it counts on the day that clock says.
-- What takes an event back (its detail is below zero) is none: the one that was told stays told.
-- Reads : measurable_activity (the day only).
-- Needs : index activity_event (occurred_at).
-- Late  : any time; every event touches its day. Counted once a day is over.
INSERT INTO daily_events_by_kind (
    day, kind, detail, events, people, late_events, early_events, last_occurred_at, last_recorded_at
)
WITH happened AS (
    SELECT
        event.employee_key,
        event.kind,
        COALESCE(
            CASE WHEN event.kind = 3 /* Kind.LINK_CLICKED */ THEN event.click_class ELSE event.detail END, 0
        ) AS detail,
        count(*) AS events,
        count(*) FILTER (
            WHERE event.recorded_at - event.occurred_at > CASE event.kind
                WHEN 3 /* Kind.LINK_CLICKED */ THEN INTERVAL '1 hour'
                WHEN 6 /* Kind.APPLICATION */ THEN INTERVAL '24 hours'
                ELSE INTERVAL '48 hours'
            END
        ) AS late_events,
        count(*) FILTER (WHERE event.occurred_at - event.recorded_at > INTERVAL '5 minutes') AS early_events,
        max(event.occurred_at) AS last_occurred_at,
        max(event.recorded_at) AS last_recorded_at
    FROM measurable_activity AS event
    WHERE event.occurred_at >= :day_start AND event.occurred_at < :day_end
        AND COALESCE(event.detail, 0) >= 0
    GROUP BY 1, 2, 3
)
SELECT
    CAST(:day AS date),
    happened.kind,
    happened.detail,
    sum(happened.events),
    count(*),
    sum(happened.late_events),
    sum(happened.early_events),
    max(happened.last_occurred_at),
    max(happened.last_recorded_at)
FROM happened
GROUP BY happened.kind, happened.detail
ORDER BY happened.kind, happened.detail
