"""Advice to share at another hour, where many colleagues take the same thing to the same network."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.people.queries import employee_of
from config.networks import Network

HOURS = 24
HISTORY_DAYS = 7
# When people read at work; nobody is sent to post at night.
FIRST_HOUR, LAST_HOUR = 8, 19

# Who of those who take part took this item there, and at which hour of the reader's day. Others only.
_BY_HOUR = text(
    """
    SELECT CAST(extract(hour FROM share.opened_at AT TIME ZONE :zone) AS int) AS hour,
        count(DISTINCT share.employee_key) AS people,
        array_agg(DISTINCT share.employee_key) FILTER (WHERE share.opened_at > :lately) AS recent
    FROM share
    JOIN consent ON consent.employee_key = share.employee_key AND consent.purpose = 'take_part'
        AND share.opened_at >= consent.granted_at
    WHERE share.item_key = :item_key AND share.network = :network AND share.opened_at > :since
        AND share.employee_key <> :employee_key
    GROUP BY 1
    """
)


@dataclass(frozen=True, slots=True)
class Advice:
    """At least so many colleagues in the last day, in whole smallest groups, and the hour when the fewest did so."""

    at_least: int
    quieter_hour: int


def advice_for(actor: Actor, item_key: int, network: Network) -> Advice | None:
    """Return advice where at least a smallest group shared the item there in the last day, else None."""
    employee = employee_of(actor)
    try:
        zone = ZoneInfo(employee.time_zone) if employee.time_zone else preferences.zone()
    except (ValueError, KeyError):
        zone = preferences.zone()
    now = clock.now()
    rows = session.execute(
        _BY_HOUR,
        {
            "zone": zone.key,
            "item_key": item_key,
            "network": network.number,
            "lately": now - timedelta(hours=HOURS),
            "since": now - timedelta(days=HISTORY_DAYS),
            "employee_key": require_self(actor),
        },
    ).all()
    smallest = preferences.smallest_group()
    people = {key for row in rows for key in row.recent or ()}
    if len(people) < smallest:
        return None
    by_hour = {row.hour: row.people // smallest for row in rows}
    this_hour = now.astimezone(zone).hour
    # The next hours first: of equally quiet ones the nearest.
    ahead = sorted(range(FIRST_HOUR, LAST_HOUR), key=lambda hour: (hour - this_hour - 1) % HOURS)
    quieter = min(ahead, key=lambda hour: by_hour.get(hour, 0))
    return Advice(len(people) // smallest * smallest, quieter)
