"""The page of unique reach: honest bars, suppressed units, and an empty page that teaches."""

from typing import Any

import pytest

from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.measurement.overlap.models import ReachPublished
from advocacy.people.models import OrgUnit
from advocacy.people.queries import today
from advocacy.sharing.models import BrandChannel
from tests.factories.people import make_employee, make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page

SHOWN = {"unique_people": 16_000, "unique_low": 15_000, "unique_high": 17_000, "gross": 20_000, "everyone": 30_000,
         "everyone_low": 15_000, "everyone_high": 50_000, "addressable": 90_000}  # fmt: skip


@pytest.fixture
def root(session: Any) -> OrgUnit:
    unit = make_unit("Meridian Works")
    make_unit("North", parent=unit)
    return unit


@pytest.fixture
def executive(app: Any, root: OrgUnit) -> Browser:
    return sign_in_browser(app, make_employee(), Role.EXECUTIVE)


def publish(unit: OrgUnit, network: int = 1, **figures: int | None) -> None:
    values = {"contributors": 43, "participants": 100, **SHOWN, **figures}
    ambient.add(ReachPublished(unit_key=unit.key, network=network, day=today(), published_at=clock.now(), **values))
    ambient.flush()


def test_the_page_teaches_while_there_is_nothing(executive: Browser) -> None:
    page = executive.get("/unique-reach")
    checked_page(page)
    assert "9 ≥ 6" in page.get_data(as_text=True)
    assert "from the day after 10 people gave a list" in page.get_data(as_text=True)


def test_three_numbers_stand_beside_each_other_with_their_bounds(root: OrgUnit, executive: Browser) -> None:
    publish(root)
    ambient.add(BrandChannel(network=1, observed_on=today(), followers=4_000, source="counted"))
    ambient.flush()
    page = executive.get("/unique-reach")
    checked_page(page)
    words = page.get_data(as_text=True)
    for told in (
        "16,000",
        "20,000",
        "15,000 to 17,000",
        "11,000 to 17,000",
        "80 %",
        "2.8 to 4.2 times",
        "At least 40 of at most 100",
    ):
        assert told in words, told
    assert "not shown: too few people" in words, "North published nothing"


def test_without_the_brands_followers_net_is_not_guessed(root: OrgUnit, executive: Browser) -> None:
    publish(root)
    words = executive.get("/unique-reach").get_data(as_text=True)
    assert "Net of the brand" not in words
    assert "are not known" in words


def test_networks_are_shown_apart_and_together(root: OrgUnit, executive: Browser) -> None:
    publish(root)
    publish(root, 2, unique_people=1_000, unique_low=900, unique_high=1_100, gross=1_200)
    assert "17,000 different" not in executive.get("/unique-reach?network=linkedin").get_data(as_text=True)
    together = executive.get("/unique-reach")
    checked_page(together)
    assert "17,000" in together.get_data(as_text=True)
    checked_page(executive.get("/unique-reach?network=x"))


@pytest.mark.parametrize("query", ["?network=email", "?on=nonsense", "?on=2999-01-01", "?network=facebook"])
def test_odd_addresses_are_answered_kindly(root: OrgUnit, executive: Browser, query: str) -> None:
    publish(root)
    checked_page(executive.get(f"/unique-reach{query}"))


def test_the_page_is_for_those_who_may_read_measurements(app: Any, root: OrgUnit) -> None:
    assert sign_in_browser(app, make_employee()).get("/unique-reach").status_code == 403
