"""Whose a link is: its person's while the yes it was made under is in force, and afterwards nobody's.

The links of somebody who withdrew go on redirecting. What happens on them is kept without the person, and a later
yes, which begins anew, does not take them back.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, select

from advocacy.foundation.db import session
from advocacy.people.models import Consent, Purpose
from advocacy.sharing.models import Link


@dataclass(frozen=True, slots=True)
class Credit:
    """What an event on a link is kept with. Without a yes person and share are None."""

    link_key: int
    employee_key: int | None
    share_key: int | None
    item_key: int | None
    network: int | None
    is_brand: bool


def credits_of(link_keys: Collection[int]) -> dict[int, Credit]:
    """Return what events on these links are kept with, by link key; links that do not exist are missing."""
    rows = session.execute(
        select(Link.key, Link.employee_key, Link.share_key, Link.item_key, Link.network, Consent.granted_at)
        .outerjoin(
            Consent,
            and_(
                Consent.employee_key == Link.employee_key,
                Consent.purpose == Purpose.TAKE_PART,
                Consent.granted_at <= Link.created_at,
            ),
        )
        .where(Link.key.in_(link_keys))
    )
    return {
        row.key: Credit(
            row.key,
            row.employee_key if row.granted_at is not None else None,
            row.share_key if row.granted_at is not None else None,
            row.item_key,
            row.network,
            is_brand=row.share_key is None and row.employee_key is None,
        )
        for row in rows
    }
