"""Shares for tests, made the way people make them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from advocacy.content.models import ContentItem
from advocacy.foundation import clock
from advocacy.foundation.access import Actor
from advocacy.people.models import Employee, Purpose
from advocacy.people.queries import has_consent
from advocacy.sharing import planning, service
from advocacy.sharing.plan_models import PlannedShare
from advocacy.sharing.service import OpenedShare
from tests.factories.content import make_live_item
from tests.factories.people import actor_for, give_consent, make_advocate

BERLIN = ZoneInfo("Europe/Berlin")


def make_share(
    *,
    actor: Actor | None = None,
    employee: Employee | None = None,
    item: ContentItem | None = None,
    network: str = "linkedin",
    text: str = "I work at Meridian Works. This is worth reading.",
    confirmed: bool = False,
    **fields: Any,
) -> OpenedShare:
    """Return an opened (or confirmed) share of somebody who said yes."""
    if actor is None:
        person = employee or make_advocate()
        actor = actor_for(person)
        if not has_consent(person.key, Purpose.TAKE_PART):
            give_consent(person)
    live = item or make_live_item()
    opened = service.open_share(actor, item_id=live.id, network_key=network, text=text, **fields)
    if confirmed:
        service.confirm_share(actor, opened.share.id)
    return opened


def tomorrow_noon() -> datetime:
    """Return noon of the next day on the clock of the tests' people: to come, and in nobody's quiet hours."""
    return (clock.now().astimezone(BERLIN) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)


def make_plan(person: Employee, item: ContentItem, planned_for: datetime, **fields: Any) -> PlannedShare:
    """Return what somebody who takes part planned to share."""
    words = {"network_key": "linkedin", "text": "I was there that night.", **fields}
    return planning.plan_share(actor_for(person), item_id=item.id, planned_for=planned_for, **words)
