"""Numbers of days that are over follow when it is told later who worked where on them."""

from datetime import date

from advocacy.foundation import jobs
from advocacy.people import queries


def recount_from(since: date | None) -> None:
    """Have numbers counted anew from the first day on which people's units are known otherwise than before.

    None and days to come ask for nothing. Once for all people that one change is about.
    """
    if since is not None and since <= queries.today():
        jobs.enqueue("measurement.restate_units", since=since)
