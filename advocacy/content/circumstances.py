"""What surrounds an item's wording: whom it is meant for, when, how it is ranked."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.content.models import Campaign, ContentItem
from advocacy.content.wording import Wording
from advocacy.foundation import clock
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, NotPermitted
from advocacy.people.models import Audience, Topic
from advocacy.people.service import make_audience

LONGEST_REFERENCE = 200
HIGHEST_PRIORITY = 100
# Calendars end: a date "for ever" in the year 9999 is in no year at all on clocks east or west of here.
FARTHEST = timedelta(days=20 * 365)
FIRST_CONDITIONS = ("unit_keys", "countries", "languages", "topic_keys")
AUDIENCE_PARTS = frozenset({"unit_ids", "countries", "languages", "topic_ids", "roles", "match", "excluded"})


def hash_of(item: ContentItem, wording: Wording, meant_for: Audience) -> bytes:
    """Return the hash an approval is bound to: the wording, and what else the approver decided about."""
    return wording.hash_with(circumstances_of(item, meant_for))


def circumstances_of(item: ContentItem, meant_for: Audience) -> dict[str, Any]:
    """Return what an approval is bound to besides the wording, as it goes into the hash."""
    return {
        "kind": item.kind.value,
        "is_product": item.is_product,
        "unit": item.unit_key,
        "opening_reference": item.opening_reference,
        "audience": [
            sorted(meant_for.unit_keys),
            sorted(meant_for.countries),
            sorted(meant_for.languages),
            sorted(meant_for.topic_keys),
        ],
        **_further_conditions(meant_for),
        **({"is_non_business": True} if item.is_non_business else {}),
        **({"embargo_until": item.embargo_until.astimezone(UTC).isoformat()} if item.embargo_until else {}),
    }


def _further_conditions(audience: Audience) -> dict[str, Any]:
    """Return what audiences could not say at first, only where it is said: hashes from before stay what they were."""
    further: dict[str, Any] = {
        name: list(values) for name, values in audience.conditions().items() if name not in FIRST_CONDITIONS
    }
    if audience.is_any:
        further["is_any"] = True
    return {"audience_further": further} if further else {}


def members_of(audience: Audience) -> tuple[Any, ...]:
    """Return an audience as a value that can be compared."""
    return (audience.is_any, tuple(sorted(audience.conditions().items())))


def check_dates(live_from: datetime | None, expires_at: datetime | None, embargo_until: datetime | None = None) -> None:
    """Raise Invalid unless it ends after it begins, in the future, and within `FARTHEST` of today."""
    dates = (("live_from", live_from), ("expires_at", expires_at), ("embargo_until", embargo_until))
    for name, instant in dates:
        if instant is not None:
            check_date(name, instant)
    starts = (instant for instant in (live_from, embargo_until) if instant is not None)
    if expires_at is not None and expires_at <= max([clock.now(), *starts]):
        raise Invalid.field("expires_at", _("It has to end after it begins, and not in the past."))


def check_date(name: str, instant: datetime) -> None:
    """Raise Invalid for a moment without a zone, or one that no calendar can be trusted with."""
    if instant.tzinfo is None:
        raise Invalid.field(name, _("Say which time zone this is in."))
    if abs(instant - clock.now()) > FARTHEST:
        raise Invalid.field(name, _("Choose a day within twenty years of today, or leave it empty."))


def campaign_key_of(actor: Actor, campaign_id: UUID | None, present_key: int | None = None) -> int | None:
    """Return the internal key of a campaign that items may still be put in, or of the item's own. Raises Invalid."""
    if campaign_id is None:
        return None
    campaign = session.scalar(
        select(Campaign).where(
            Campaign.id == campaign_id, Campaign.archived_at.is_(None) | (Campaign.key == present_key)
        )
    )
    if campaign is None or not actor.may(Permission.CONTENT_WRITE):
        raise Invalid.field("campaign_id", _("There is no such campaign."), code="unknown")
    return campaign.key


def audience_for(actor: Actor, wanted: Mapping[str, Any]) -> Audience:
    """Make the audience. Who works for some units only can reach those only."""
    unknown = set(wanted) - AUDIENCE_PARTS
    if unknown:
        raise Invalid.field("audience", _("An audience has no %(unknown)s.", unknown=", ".join(sorted(unknown))))
    made = make_audience(**wanted)
    reach = actor.unit_keys_for(Permission.CONTENT_WRITE)
    if reach is not None and (made.is_any or not (made.unit_keys and set(made.unit_keys) <= reach)):
        raise NotPermitted(_("Choose an audience within the units you work for."))
    return made


def topic_keys_of(topic_ids: Iterable[UUID]) -> list[int]:
    """Return internal keys for topics. Raises Invalid when one does not exist."""
    wanted = set(topic_ids)
    keys = sorted(session.scalars(select(Topic.key).where(Topic.id.in_(wanted))))
    if len(keys) != len(wanted):
        raise Invalid.field("topic_ids", _("There is no such topic."), code="unknown")
    return keys


def checked_priority(priority: int) -> int:
    """Return a rank that may be stored. Raises Invalid."""
    if not 0 <= priority <= HIGHEST_PRIORITY:
        raise Invalid.field("priority", _("Choose a number from 0 to %(most)s.", most=HIGHEST_PRIORITY))
    return priority


def checked_reference(reference: str | None) -> str | None:
    """Return an opening's reference, or None for an empty one. Raises Invalid."""
    cleaned = (reference or "").strip()
    if len(cleaned) > LONGEST_REFERENCE or not cleaned.isprintable():
        raise Invalid.field(
            "opening_reference",
            _(
                "A reference has at most %(most)s printable characters.",
                most=LONGEST_REFERENCE,
            ),
        )
    return cleaned or None
