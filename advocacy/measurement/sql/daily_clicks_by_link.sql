-- daily_clicks_by_link
-- One row per day, link and class of clicks: how many clicks a link got.
-- Reads : measurable_activity (the day only).
-- Needs : index activity_event (occurred_at).
-- Late  : any time; each imported segment touches the days of its clicks.
INSERT INTO daily_clicks_by_link (day, link_key, click_class, clicks)
SELECT CAST(:day AS date), link_key, click_class, count(*)
FROM measurable_activity
WHERE kind = 3 /* Kind.LINK_CLICKED */
    AND occurred_at >= :day_start AND occurred_at < :day_end
    AND link_key IS NOT NULL
    AND click_class IS NOT NULL
GROUP BY link_key, click_class
ORDER BY link_key, click_class
