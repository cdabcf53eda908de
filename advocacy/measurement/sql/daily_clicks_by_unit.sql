-- daily_clicks_by_unit
-- One row per day, own unit, network and class of clicks: how many clicks the links of its people got.
-- Reads : daily_activity_by_person (the day only).
-- Needs : primary key daily_activity_by_person (day, ...).
-- Late  : filled again after daily_activity_by_person.
INSERT INTO daily_clicks_by_unit (day, unit_key, network, click_class, clicks)
SELECT CAST(:day AS date), activity.unit_key, activity.network, activity.detail, sum(activity.events)
FROM daily_activity_by_person AS activity
WHERE activity.day = :day AND activity.kind = 3 /* Kind.LINK_CLICKED */
GROUP BY activity.unit_key, activity.network, activity.detail
