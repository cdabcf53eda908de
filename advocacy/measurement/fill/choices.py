"""Days that are due again because a person decided something: a withdrawal, a new yes, an erasure."""

from sqlalchemy import Connection, text

from advocacy.activity.kinds import Cause
from advocacy.foundation import clock
from advocacy.measurement.fill.days import Programme, mark_due, transaction
from advocacy.measurement.rollups import BY_TABLE, ROLLUPS


def mark_person_due(connection: Connection, employee_key: int, *, calendar: Programme) -> int:
    """Make every day a person left a trace in due again, and return how many there are.

    Today's numbers of consents and sizes are always among them; of past days only those the person can be in.
    """
    counting_people = [rollup for rollup in ROLLUPS if rollup.source == "people"]
    counting_events = [rollup for rollup in ROLLUPS if rollup.source == "events"]
    with transaction(connection):
        active_days = set(
            connection.execute(
                text(
                    "SELECT day FROM daily_activity_by_person WHERE employee_key = :person AND day = ANY (ARRAY("
                    "SELECT day FROM rollup_fill WHERE rollup = 'daily_activity_by_person')) "
                    "UNION SELECT day FROM daily_shares_by_person WHERE employee_key = :person"
                ),
                {"person": employee_key},
            ).scalars()
        )
        since = connection.execute(
            text(
                "SELECT least((SELECT min(occurred_at) FROM consent_event WHERE employee_key = :person), "
                "(SELECT min(granted_at) FROM consent WHERE employee_key = :person))"
            ),
            {"person": employee_key},
        ).scalar()
        first = clock.day_of(since, calendar.zone) if since is not None else calendar.first_day
        filled = connection.execute(
            text("SELECT DISTINCT day FROM rollup_fill WHERE rollup = ANY (:tables) AND day >= :first"),
            {"tables": [rollup.table for rollup in counting_people], "first": first},
        )
        people_days = {*filled.scalars(), calendar.today}
        mark_due(connection, counting_people, people_days, causes=(Cause.CHOICE,))
        mark_due(connection, counting_events, active_days, causes=(Cause.CHOICE,))
    return len(people_days | active_days)


def mark_team_scores_due(connection: Connection, employee_key: int) -> int:
    """Make every week due again in whose team scores a person can be, and return how many there are."""
    scores = BY_TABLE["page_team_scores"]
    with transaction(connection):
        weeks = connection.execute(
            text(
                "SELECT day FROM rollup_fill WHERE rollup = :rollup AND day >= ("
                "SELECT CAST(min(occurred_at) AS date) - 7 FROM consent_event "
                "WHERE employee_key = :person AND purpose = 'leaderboard')"
            ),
            {"rollup": scores.table, "person": employee_key},
        ).scalars()
        days = set(weeks)
        mark_due(connection, [scores], days, causes=(Cause.CHOICE,))
    return len(days)
