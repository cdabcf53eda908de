-- daily_activity_by_person
-- One row per day, person, kind of event, its detail and network: how often it happened, how often about a job.
-- A detail below zero takes one event of that detail back.
-- Reads : measurable_activity (the day only), content_item, unit_membership as of the day (of leavers their last unit).
-- Needs : index activity_event (occurred_at).
-- Late  : any time; every event touches its day.
INSERT INTO daily_activity_by_person (day, employee_key, kind, detail, network, unit_key, events, job_events)
WITH happened AS (
    SELECT
        event.employee_key,
        event.kind,
        COALESCE(
            CASE WHEN event.kind = 3 /* Kind.LINK_CLICKED */ THEN event.click_class ELSE abs(event.detail) END, 0
        ) AS detail,
        COALESCE(event.network, 0) AS network,
        count(*) - 2 * count(*) FILTER (WHERE event.detail < 0) AS events,
        count(*) FILTER (WHERE item.kind = 'job')
        - 2 * count(*) FILTER (WHERE item.kind = 'job' AND event.detail < 0) AS job_events
    FROM measurable_activity AS event
    LEFT JOIN content_item AS item ON item.key = event.item_key
    WHERE event.occurred_at >= :day_start AND event.occurred_at < :day_end
    GROUP BY 1, 2, 3, 4
),
people AS (
    SELECT DISTINCT employee_key FROM happened
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
    happened.employee_key,
    happened.kind,
    happened.detail,
    happened.network,
    located.unit_key,
    happened.events,
    happened.job_events
FROM happened
JOIN located ON located.employee_key = happened.employee_key
WHERE happened.events > 0
ORDER BY happened.employee_key, happened.kind, happened.detail, happened.network
