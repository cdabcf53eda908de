"""The brand's own followers: what amplification is compared with. Dated, and always with where the number came from."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import audit, clock, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import FieldProblem, Invalid, NotFound
from advocacy.sharing.models import BrandChannel
from config.networks import find_network

LARGEST = 10**12
LONGEST_SOURCE = 300


def record_brand_followers(
    actor: Actor, *, network_key: str, followers: int, observed_on: date, source: str
) -> BrandChannel:
    """Keep how many followers the brand had on a network on a day; the same day again replaces the number.

    Raises NotPermitted, and Invalid naming the fields.
    """
    require(actor, Permission.SETTINGS_WRITE)
    network, told_by = find_network(network_key), " ".join(source.split())
    problems = []
    if network is None or not network.has_audience:
        problems.append(FieldProblem("network", "unknown", _("Choose a network that counts followers.")))
    if not 0 <= followers <= LARGEST:
        problems.append(
            FieldProblem("followers", "invalid", _("Enter a whole number from 0 to %(most)s.", most=LARGEST))
        )
    if observed_on > clock.day_of(clock.now(), preferences.zone()):
        problems.append(FieldProblem("observed_on", "invalid", _("This day has not come yet.")))
    if not told_by or len(told_by) > LONGEST_SOURCE or not told_by.isprintable():
        problems.append(
            FieldProblem("source", "missing", _("Say where the number was read, so that others can check it."))
        )
    if problems or network is None:
        raise Invalid(_("Some fields need another look."), problems=tuple(problems))
    values = {"followers": followers, "source": told_by}
    row = session.scalars(
        insert(BrandChannel)
        .values(network=network.number, observed_on=observed_on, **values)
        .on_conflict_do_update(index_elements=[BrandChannel.network, BrandChannel.observed_on], set_=values)
        .returning(BrandChannel),
        execution_options={"populate_existing": True},
    ).one()
    audit.record(
        actor, "brand.followers_recorded", network=network.key, followers=followers, on=observed_on.isoformat()
    )
    return row


def remove_brand_followers(actor: Actor, *, network_number: int, observed_on: date) -> None:
    """Take back a number that was wrong. Raises NotPermitted, NotFound."""
    require(actor, Permission.SETTINGS_WRITE)
    gone = session.scalar(
        delete(BrandChannel)
        .where(BrandChannel.network == network_number, BrandChannel.observed_on == observed_on)
        .returning(BrandChannel.followers)
    )
    if gone is None:
        raise NotFound(_("There is no such number."))
    audit.record(actor, "brand.followers_removed", network=network_number, on=observed_on.isoformat())


def brand_history(limit: int = 60) -> list[BrandChannel]:
    """Return the brand's numbers, newest first."""
    return list(
        session.scalars(
            select(BrandChannel).order_by(BrandChannel.observed_on.desc(), BrandChannel.network).limit(limit)
        )
    )
