-- daily_conversations_by_unit
-- One row per day, own unit and kind of conversation: how many were logged, and by how many people.
-- Reads : daily_activity_by_person (the day only).
-- Needs : primary key daily_activity_by_person (day, ...).
-- Late  : filled again after daily_activity_by_person.
INSERT INTO daily_conversations_by_unit (day, unit_key, conversation_kind, conversations, people)
SELECT CAST(:day AS date), activity.unit_key, activity.detail, sum(activity.events), count(DISTINCT activity.employee_key)
FROM daily_activity_by_person AS activity
WHERE activity.day = :day AND activity.kind = 4 /* Kind.CONVERSATION_LOGGED */
GROUP BY activity.unit_key, activity.detail
