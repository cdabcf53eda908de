-- weekly_acts_by_person
-- One row per ISO week (its Sunday) and person who acted in it: how many acts. What an act is says monthly_acts_by_person.
-- Weeks do not fit into months. A month has those whose Thursdays are in it, as a year has by ISO: each week once.
-- Reads : daily_shares_by_person and daily_activity_by_person (the week).
-- Needs : primary key daily_shares_by_person (day, ...), index daily_activity_by_person (kind, day).
-- Late  : filled again after a day of its week; never while the week runs.
INSERT INTO weekly_acts_by_person (day, employee_key, acts)
WITH acts AS (
    SELECT shared.employee_key, shared.published AS acts
    FROM daily_shares_by_person AS shared
    WHERE shared.day > CAST(:day AS date) - 7 AND shared.day <= CAST(:day AS date) AND shared.published > 0
    UNION ALL
    SELECT talked.employee_key, talked.events
    FROM daily_activity_by_person AS talked
    WHERE talked.kind = 4 /* Kind.CONVERSATION_LOGGED */
        AND talked.day > CAST(:day AS date) - 7 AND talked.day <= CAST(:day AS date)
)
SELECT CAST(:day AS date), acts.employee_key, sum(acts.acts)
FROM acts
GROUP BY acts.employee_key
ORDER BY acts.employee_key
