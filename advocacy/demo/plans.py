"""What people of the demo company planned to share later: one thing each, and some a second."""

from datetime import datetime, time, timedelta

from sqlalchemy import insert, text

from advocacy.demo.roster import Roster
from advocacy.foundation import clock, preferences
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.sharing.plan_models import PlannedShare, PlanState
from config.networks import networks

_LIVE = text("""
SELECT item.key FROM content_item AS item
JOIN content_version AS version ON version.id = item.live_version_id AND NOT version.is_text_locked
JOIN audience ON audience.key = item.audience_key AND audience.unit_keys = '{}' AND audience.topic_keys = '{}'
    AND audience.countries = '{}' AND audience.languages = '{}' AND audience.roles = '{}'
WHERE item.live_from <= :now AND item.state = 'live' AND (item.expires_at IS NULL OR item.expires_at > :then)
ORDER BY item.live_from DESC, item.key DESC LIMIT 2
""")
WORDS = (
    "I first want to tell what surprised me most when we tried it.",
    "Saved for a quiet morning: this is the part of my work I like to talk about.",
)
LINKEDIN = next(network for network in networks() if network.key == "linkedin")
DAYS_AHEAD = (1, 5)
EVERY = 3


def plan_shares(roster: Roster) -> None:
    """Write what was planned, on mornings to come, for everybody who takes part."""
    now, zone = clock.now(), preferences.zone()
    mornings = [datetime.combine(roster.today + timedelta(days), time(9, 30), tzinfo=zone) for days in DAYS_AHEAD]
    items = session.scalars(_LIVE, {"now": now, "then": mornings[-1]}).all()
    rows = [
        {
            "id": new_id(),
            "employee_key": person.key,
            "item_key": item_key,
            "network": LINKEDIN.number,
            "text": words,
            "discloses": True,
            "planned_for": morning,
            "time_zone": zone.key,
            "state": PlanState.PLANNED,
            "version": 1,
            "created_at": now,
        }
        for person in roster.people
        if person.opted_in_at is not None and person.left_on is None
        for number, (item_key, words, morning) in enumerate(zip(items, WORDS, mornings, strict=False))
        if number == 0 or person.key % EVERY == 0
    ]
    if rows:
        session.execute(insert(PlannedShare), rows)
