"""Saving a form that nobody touched changes nothing, also where what the item has is not offered any more."""

from typing import Any

import pytest

from advocacy.content import campaigns, service
from advocacy.content.circumstances import members_of
from advocacy.content.models import ContentItem, ItemState
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.people.models import Audience
from advocacy.people.queries.roster import places_and_languages
from tests.factories.content import make_actor, make_item, make_live_item
from tests.factories.people import make_employee, make_topic, make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page

RARE = {"countries": ["LU"], "languages": ["de"], "excluded": {"countries": ["CH"]}}


@pytest.fixture
def curator(app: Any, session: Any) -> Browser:
    make_unit("Meridian Works")
    return sign_in_browser(app, None, Role.CURATOR)


@pytest.fixture
def rare(curator: Browser) -> None:
    """Everybody works in a country and reads a language of which there are enough; nobody has what RARE names."""
    for _ in range(12):
        make_employee(country="DE", language="de-DE")
    assert places_and_languages() == (["DE"], ["de-DE"])


def saved_unchanged(browser: Browser, item: ContentItem) -> ContentItem:
    address = f"/studio/{item.id}/edit"
    form = checked_page(browser.get(address)).filled(address)
    assert browser.post(address, data={**form, "action": ["save"]}).status_code in {302, 303}
    return ambient.get_one(ContentItem, item.key, populate_existing=True)


@pytest.mark.usefixtures("rare")
def test_conditions_of_an_audience_that_are_not_offered_stay(curator: Browser) -> None:
    unit, topic = make_unit("Cloud"), make_topic("Bridges")
    item = make_item(
        author=make_actor(Role.CURATOR),
        audience={**RARE, "unit_ids": [unit.id], "topic_ids": [topic.id], "roles": ["welder"]},
    )
    before = members_of(ambient.get_one(Audience, item.audience_key))
    after = saved_unchanged(curator, item)
    assert members_of(ambient.get_one(Audience, after.audience_key)) == before


def test_a_live_item_stays_in_a_campaign_that_was_put_away(curator: Browser) -> None:
    author = make_actor(Role.CURATOR)
    campaign = campaigns.start_campaign(author, name="Winter", goal="Warm.", starts_on=clock.now().date())
    item = make_live_item(author=author)
    service.change_item(author, item.id, seen_version=item.row_version, campaign_id=campaign.id)
    campaigns.change_campaign(author, campaign.id, seen_version=campaign.row_version, is_archived=True)
    ambient.flush()
    after = saved_unchanged(curator, item)
    assert (after.campaign_key, after.state) == (campaign.key, ItemState.LIVE)
