"""Reading campaigns: which there are, and how far each is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select, true

from advocacy.content.models import Campaign, ContentItem, ItemState
from advocacy.content.queries.studio import visible
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.people.queries import today

OVER = (ItemState.EXPIRED, ItemState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class CampaignProgress:
    """A campaign and the items of it that the reader works for, by state. Days count from its first."""

    campaign: Campaign
    by_state: dict[ItemState, int]
    on: date

    @property
    def items(self) -> int:
        return sum(self.by_state.values())

    @property
    def published(self) -> int:
        """Items that people see or saw to their end."""
        return self.by_state.get(ItemState.LIVE, 0) + self.by_state.get(ItemState.EXPIRED, 0)

    @property
    def days(self) -> int | None:
        """How many days it has, or None without an end."""
        return (self.campaign.ends_on - self.campaign.starts_on).days + 1 if self.campaign.ends_on else None

    @property
    def days_done(self) -> int:
        """How many of its days have begun."""
        begun = (self.on - self.campaign.starts_on).days + 1
        return max(0, min(begun, self.days) if self.days is not None else begun)

    @property
    def is_coming(self) -> bool:
        return self.campaign.starts_on > self.on

    @property
    def is_over(self) -> bool:
        return self.campaign.ends_on is not None and self.campaign.ends_on < self.on


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on campaigns: those of the actor's units, and those their items are in."""
    reach = actor.unit_keys_for(Permission.CONTENT_READ)
    if reach is None:
        return true()
    own_items = select(ContentItem.campaign_key).where(ContentItem.unit_key.in_(reach))
    return Campaign.unit_key.in_(reach) | Campaign.key.in_(own_items)


def get_campaign(campaign_id: UUID, *, visible_to: Actor) -> Campaign:
    """Return a campaign. Raises NotFound."""
    found = session.scalar(select(Campaign).where(Campaign.id == campaign_id, _visible(visible_to)))
    if found is None:
        raise NotFound(_("There is no such campaign."))
    return found


def campaigns_in_use(actor: Actor) -> list[Campaign]:
    """Return the campaigns that items can be put in, by name."""
    return list(
        session.scalars(
            select(Campaign)
            .where(Campaign.archived_at.is_(None), _visible(actor))
            .order_by(func.lower(Campaign.name), Campaign.key)
        )
    )


def find_campaign(key: int | None) -> Campaign | None:
    """Return a campaign by its internal key."""
    return session.get(Campaign, key) if key is not None else None


def find_campaign_id(key: int | None) -> UUID | None:
    """Return a campaign's public id by its internal key."""
    campaign = find_campaign(key)
    return campaign.id if campaign is not None else None


def progress_of(actor: Actor, campaigns: Iterable[Campaign]) -> list[CampaignProgress]:
    """Return how far campaigns are, in their order."""
    chosen = list(campaigns)
    counted: dict[int, dict[ItemState, int]] = {campaign.key: {} for campaign in chosen}
    rows = session.execute(
        select(ContentItem.campaign_key, ContentItem.state, func.count())
        .where(
            ContentItem.campaign_key.in_(counted),
            visible(actor, Permission.CONTENT_READ, Permission.CONTENT_WRITE),
        )
        .group_by(ContentItem.campaign_key, ContentItem.state)
    )
    for key, state, count in rows.all():
        if key is not None:
            counted[key][state] = count
    return [CampaignProgress(campaign, counted[campaign.key], today()) for campaign in chosen]
