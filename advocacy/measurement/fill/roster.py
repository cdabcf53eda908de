"""Days that are due again because it is told later who worked in which unit, or where a unit hung."""

from datetime import date

from sqlalchemy import Connection, text

from advocacy.activity.kinds import Cause
from advocacy.measurement.fill.days import Programme, transaction
from advocacy.measurement.rollups import ROLLUPS

TABLES = ("unit_membership", "unit_ancestry")
READERS = tuple(rollup for rollup in ROLLUPS if any(table in rollup.sql for table in TABLES))


def mark_units_due(connection: Connection, since: date, *, calendar: Programme) -> int:
    """Make every kept day from one on due again that was counted by people's units, and return how many fills that is.

    What is counted from those follows by itself. Where a few are behind a change it is told as choices are, of a month
    of the whole: everybody knows who left the team, and nobody shall learn from a mark whether they took part.
    """
    with transaction(connection):
        marked = connection.execute(
            text(
                "INSERT INTO rollup_touch (rollup, day, cause, heard_at) "
                "SELECT filled.rollup, filled.day, :cause, now() FROM rollup_fill AS filled "
                "WHERE filled.rollup = ANY (:tables) AND filled.day >= :since"
            ),
            {
                "tables": [rollup.table for rollup in READERS],
                "since": max(since, calendar.frozen_before),
                "cause": int(Cause.CHOICE),
            },
        )
    return int(marked.rowcount)
