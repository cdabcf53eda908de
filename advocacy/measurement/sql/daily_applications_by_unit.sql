-- daily_applications_by_unit
-- One row per day, own unit of the credited person and recruiting stage: how many applications reached it.
-- Reads : daily_activity_by_person (the day only).
-- Needs : primary key daily_activity_by_person (day, ...).
-- Late  : filled again after daily_activity_by_person.
INSERT INTO daily_applications_by_unit (day, unit_key, stage, applications, people)
SELECT CAST(:day AS date), activity.unit_key, activity.detail, sum(activity.events), count(DISTINCT activity.employee_key)
FROM daily_activity_by_person AS activity
WHERE activity.day = :day AND activity.kind = 6 /* Kind.APPLICATION */
GROUP BY activity.unit_key, activity.detail
