"""Jobs of the ledger."""

from datetime import timedelta

from advocacy.activity import service as activity
from advocacy.foundation import clock

MONTHS_AHEAD = 2
LONGEST_MONTH = timedelta(days=31)


def prepare_partitions() -> None:
    """Make sure that this UTC month and the next two exist, long before the first event of a month comes."""
    day = clock.now().date().replace(day=1)
    days = [day]
    for _ in range(MONTHS_AHEAD):
        day = (day + LONGEST_MONTH).replace(day=1)
        days.append(day)
    activity.ensure_partitions(days)
