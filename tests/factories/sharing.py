"""Shares for tests, made the way people make them."""

from typing import Any

from advocacy.content.models import ContentItem
from advocacy.foundation.access import Actor
from advocacy.people.models import Employee, Purpose
from advocacy.people.queries import has_consent
from advocacy.sharing import service
from advocacy.sharing.service import OpenedShare
from tests.factories.content import make_live_item
from tests.factories.people import actor_for, give_consent, make_advocate


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
