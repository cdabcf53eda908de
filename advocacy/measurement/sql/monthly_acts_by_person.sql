-- monthly_acts_by_person
-- One row per month (its last day) and person who acted: first and last day with an act, how many days and whole weeks.
-- An act is a published share or a conversation somebody logged; opening a dialog, clicks and applications are not.
-- Small on purpose: what is asked of all history (first act, days ever, gaps) reads a row a month instead of one a day.
-- No gap of 90 days fits into a month, so its first and last day are all that gaps need. Weeks are those wholly in it.
-- Reads : daily_shares_by_person and daily_activity_by_person (the month).
-- Needs : primary key daily_shares_by_person (day, ...), index daily_activity_by_person (kind, day).
-- Late  : filled again after a day of its month; never while the month runs.
INSERT INTO monthly_acts_by_person (
    day, employee_key, first_on, last_on, active_days, active_weeks, shares, conversations
)
WITH acts AS (
    SELECT shared.day, shared.employee_key, shared.published AS shares, 0 AS conversations
    FROM daily_shares_by_person AS shared
    WHERE shared.day > CAST(:day AS date) - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer)
        AND shared.day <= CAST(:day AS date)
        AND shared.published > 0
    UNION ALL
    SELECT talked.day, talked.employee_key, 0, talked.events
    FROM daily_activity_by_person AS talked
    WHERE talked.kind = 4 /* Kind.CONVERSATION_LOGGED */
        AND talked.day > CAST(:day AS date) - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer)
        AND talked.day <= CAST(:day AS date)
),
weeks AS (
    SELECT
        acts.employee_key,
        acts.day - CAST(EXTRACT(ISODOW FROM acts.day) AS integer) AS sunday_before,
        min(acts.day) AS first_on,
        max(acts.day) AS last_on,
        bit_count(CAST(bit_or(1 << CAST(EXTRACT(ISODOW FROM acts.day) AS integer)) AS bit(8))) AS active_days,
        sum(acts.shares) AS shares,
        sum(acts.conversations) AS conversations
    FROM acts
    GROUP BY 1, 2
)
SELECT
    CAST(:day AS date),
    weeks.employee_key,
    min(weeks.first_on),
    max(weeks.last_on),
    sum(weeks.active_days),
    count(*) FILTER (
        WHERE weeks.sunday_before >= CAST(:day AS date) - CAST(EXTRACT(DAY FROM CAST(:day AS date)) AS integer)
            AND weeks.sunday_before + 7 <= CAST(:day AS date)
    ),
    sum(weeks.shares),
    sum(weeks.conversations)
FROM weeks
GROUP BY weeks.employee_key
ORDER BY weeks.employee_key
