-- daily_activity_by_person
-- One row per day, person, kind of event and its detail: how often it happened, and how often it was about a job.
-- Reads : measurable_activity (the day only), content_item.
-- Needs : index activity_event (occurred_at).
-- Late  : any time; every event touches its day.
INSERT INTO daily_activity_by_person (day, employee_key, kind, detail, events, job_events)
WITH happened AS (
    SELECT
        event.employee_key,
        event.item_key,
        event.kind,
        COALESCE(
            CASE WHEN event.kind = 3 /* Kind.LINK_CLICKED */ THEN event.click_class ELSE event.detail END, 0
        ) AS detail,
        count(*) AS events
    FROM measurable_activity AS event
    WHERE event.occurred_at >= :day_start AND event.occurred_at < :day_end
    GROUP BY 1, 2, 3, 4
)
SELECT
    CAST(:day AS date),
    happened.employee_key,
    happened.kind,
    happened.detail,
    sum(happened.events),
    COALESCE(sum(happened.events) FILTER (WHERE item.kind = 'job'), 0)
FROM happened
LEFT JOIN content_item AS item ON item.key = happened.item_key
GROUP BY happened.employee_key, happened.kind, happened.detail
