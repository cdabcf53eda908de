"""My impact: one's own numbers, for oneself alone."""

from datetime import date, timedelta
from typing import Any

from flask import Response
from flask_babel import gettext as _

from advocacy.activity.kinds import ClickClass
from advocacy.conversations.queries import count_conversations
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.web import current_actor, requires
from advocacy.people import queries as people
from advocacy.people.models import NetworkProfile, Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.definitions import own_definitions
from advocacy.portal.pages import page
from advocacy.portal.presenting import short_day
from advocacy.sharing import queries as sharing

WEEKS = 12
DAYS_A_WEEK = 7
STALE_DAYS = 90


@blueprint.get("/impact")
@requires(Permission.SHARES_READ)
def impact() -> Response:
    actor = current_actor()
    today = clock.day_of(clock.now(), preferences.zone())
    first = today - timedelta(days=today.weekday()) - timedelta(weeks=WEEKS - 1)
    totals = sharing.own_totals(actor)
    profiles = people.profiles_of(actor)
    clicks = sharing.own_clicks_by_day(actor, first)
    return page(
        "employee/impact.html",
        takes_part=people.has_consent(require_self(actor), Purpose.TAKE_PART),
        has_sizes=people.has_consent(require_self(actor), Purpose.NETWORK_SIZE),
        totals=totals,
        profiles=profiles,
        potential=_potential(profiles),
        is_floor=any(profile.is_floor for profile in profiles),
        stale=[profile for profile in profiles if (today - profile.observed_on).days > STALE_DAYS],
        conversations=count_conversations(actor),
        chart_data=_by_week(clicks, first) if clicks else None,
        definitions=own_definitions(totals.as_of),
    )


def _potential(profiles: list[NetworkProfile]) -> int | None:
    """Return how many people could see a post everywhere, or None while no size is known: unknown is not zero."""
    sizes = [profile.audience_size for profile in profiles if profile.audience_size is not None]
    return sum(sizes) if sizes else None


def _by_week(clicks: dict[date, dict[ClickClass, int]], first: date) -> dict[str, Any]:
    """Return clicks by week for the chart: people's, and everything else that was left out."""
    weeks = [first + timedelta(weeks=number) for number in range(WEEKS)]
    human, others = [0] * WEEKS, [0] * WEEKS
    for day, classes in clicks.items():
        week = (day - first).days // DAYS_A_WEEK
        if 0 <= week < WEEKS:
            human[week] += classes.get(ClickClass.HUMAN, 0)
            others[week] += sum(classes.values()) - classes.get(ClickClass.HUMAN, 0)
    return {
        "kind": "stacked",
        "labels": [short_day(week) for week in weeks],
        "series": [
            {"name": _("People"), "values": human, "tone": 3},
            {"name": _("Left out: bots, repeats, you, colleagues"), "values": others, "tone": 1},
        ],
        "unit": _("clicks"),
    }
