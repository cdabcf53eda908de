"""Reading what was told to whom."""

from collections.abc import Sequence

from sqlalchemy import select

from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.notifications.models import Delivery

MOST = 100


def deliveries_of(actor: Actor) -> Sequence[Delivery]:
    """Return the newest letters to somebody, newest first: they see them with the rest of their data."""
    key = require_self(actor)
    return session.scalars(
        select(Delivery)
        .where(Delivery.employee_key == key)
        .order_by(Delivery.created_at.desc(), Delivery.id)
        .limit(MOST)
    ).all()
