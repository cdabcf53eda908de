"""Ranges in the address, comparisons with what they are worth, files, and shares that rest on few."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.measurement import fill
from advocacy.measurement.models import PageAmplification, RollupFill, RollupTouch
from advocacy.people.models import OrgUnit
from tests.factories.measurement import World, calendar
from tests.factories.people import make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page

TODAY = date(2026, 3, 31)
PEOPLE = {
    "employed": 400, "taking_part": 300, "people": 300, "audience": 3000, "activated_people": 80,
    "activated_audience": 800, "active_people": 80, "share_people": 80, "click_people": 80,
}  # fmt: skip


SALES = {
    "employed": 200, "taking_part": 150, "people": 150, "audience": 900, "clicks": 400, "shares": 60,
    "active_people": 50, "activated_people": 50, "activated_audience": 300, "share_people": 50, "click_people": 50,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel("2026-03-31T10:00:00+00:00", tick=False):
        yield


def count(unit: OrgUnit, day: date, **figures: int) -> None:
    columns = PageAmplification.__table__.columns.keys()
    base = dict.fromkeys([name for name in columns if name not in {"unit_key", "day"}], 0)
    ambient.add(PageAmplification(unit_key=unit.key, day=day, **base | PEOPLE | figures))


@pytest.fixture
def root(session: Any) -> OrgUnit:
    """Return a company counted on every day of the last 100: more clicks than before, as many people who shared."""
    unit = make_unit("Meridian Works")
    other = make_unit("Sales", parent=unit)
    for back in range(100):
        day = TODAY - timedelta(days=back)
        ambient.add(RollupFill(rollup="page_amplification", day=day, version=1, filled_at=fill.days.clock.now()))
        recent = back < 50
        count(unit, day, clicks=900 if recent else 500, shares=120 if recent else 118)
        count(other, day, **SALES)
    ambient.flush()
    return unit


@pytest.fixture
def executive(app: Any, root: OrgUnit) -> Browser:
    return sign_in_browser(app, None, Role.EXECUTIVE)


def hrefs(page: Any) -> list[str]:
    return [link.get("href") or "" for link in page.all("a")]


def test_a_range_stays_in_every_address_of_the_page(executive: Browser) -> None:
    page = checked_page(executive.get("/amplification?days=30&by=week&with=before"))
    units = [href for href in hrefs(page) if href.startswith("/amplification?unit=")]
    assert units
    assert all("days=30" in href and "by=week" in href and "with=before" in href for href in units)
    presets = [href for href in hrefs(page) if "days=365" in href]
    assert presets
    assert all("with=before" in href for href in presets)


@pytest.mark.parametrize(
    ("query", "points"),
    [
        ("days=30", 30),
        ("days=90", 14),
        ("days=365", 12),
        ("from=2026-03-01&to=2026-03-10", 10),
        ("days=90&by=month", 3),
        ("from=2024-03-21&by=week", 25),  # 741 days touch 107 weeks, which are more than are drawn
    ],
)
def test_a_range_is_drawn_in_steps_that_fit(executive: Browser, query: str, points: int) -> None:
    page = checked_page(executive.get(f"/amplification?{query}"))
    table = page.one("figure", id="chart-clicks")
    assert len(table.findall(".//tbody/tr")) == points


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("from=2026-03-20&to=2026-03-10", "must not be after the last"),
        ("from=2020-01-01", "not more than 800 days"),
        ("to=2999-01-01", "has not come yet"),
        ("to=0001-01-05", "before anything was counted"),
        ("days=7&by=year&with=nobody&from=x", ""),
    ],
)
def test_a_range_that_cannot_be_is_said_and_another_is_shown(executive: Browser, query: str, told: str) -> None:
    words = checked_page(executive.get(f"/amplification?{query}")).words()
    assert told in words
    assert "Human clicks" in words


def test_participation_of_a_day_before_all_days_is_that_of_the_newest(executive: Browser) -> None:
    words = checked_page(executive.get("/participation?to=0001-01-05")).words()
    assert "before anything was counted" in words


def test_the_period_before_says_what_the_difference_is_worth(executive: Browser) -> None:
    words = checked_page(executive.get("/amplification?days=90&with=before")).words()
    assert "+400 (+80 %)" in words
    assert "For each person taking part between 1.61 and 2" in words
    assert "+2 (+1.7 %) For each person taking part they cannot be told apart" in words
    assert "the same" in words


def test_windows_that_share_days_are_not_told_apart_by_chance(executive: Browser) -> None:
    words = checked_page(executive.get("/amplification?from=2026-03-20&with=before")).words()
    assert "share days" in words
    assert "told apart (between" not in words


def test_another_unit_is_compared_by_its_share(executive: Browser, root: OrgUnit) -> None:
    page = checked_page(executive.get("/amplification"))
    (value,) = [one.get("value") for one in page.all("option") if one.text == "Sales"]
    words = checked_page(executive.get(f"/amplification?with={value}")).words()
    assert "Share of people who shared 20 % 25 % -5.0 points They cannot be told apart" in words


def test_a_unit_out_of_reach_is_not_offered(app: Any, root: OrgUnit) -> None:
    beside = make_unit("Plant", parent=root)
    browser = sign_in_browser(app, None, Role.EXECUTIVE, unit=beside)
    page = checked_page(browser.get("/amplification"))
    assert [one.text for one in page.all("option")] == ["nothing", "the period before"]
    checked_page(browser.get(f"/amplification?with={root.id}"))


def test_the_files_are_of_the_same_unit_and_days(app: Any, executive: Browser) -> None:
    page = checked_page(executive.get("/amplification?from=2026-03-01&to=2026-03-10"))
    files = [href for href in hrefs(page) if "/file?" in href]
    assert any("vis.human_clicks" in href and "format=parquet" in href for href in files)
    assert all("from=2026-03-01" in href and "to=2026-03-10" in href and "by=day" in href for href in files)
    answer = executive.get(next(href for href in files if "format=csv" in href))
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert executive.get("/measures/vis.human_clicks/file?format=xlsx").status_code == 404
    assert executive.get("/measures/salary/file").status_code == 404
    assert sign_in_browser(app).get("/measures/vis.human_clicks/file").status_code == 403


# --- Participation.


@pytest.fixture
def company(session: Any) -> World:
    """Return 40 people of whom 20 are in sales; twelve of each acted in January, and of February."""
    world = World(ambient.connection())
    for name, parent in (("company", None), ("sales", "company"), ("plant", "company")):
        world.unit(name, parent)
    for unit in ("sales", "plant"):
        for number in range(20):
            name = f"{unit}{number}"
            world.person(name, unit)
            if number < 10:
                world.share(name, name)
                for day in ("2026-01-14", "2026-02-11", "2026-02-12"):
                    world.event("SHARE_PUBLISHED", name, f"{day} 10:00", share=name)
    fill.fill_everything(world.connection, calendar=calendar(date(2026, 3, 5)))
    return world


def test_a_share_of_few_shows_its_interval_first(app: Any, company: World) -> None:
    executive = sign_in_browser(app, None, Role.EXECUTIVE)
    page = checked_page(executive.get("/participation?to=2026-03-04&days=90"))
    assert "50 % of us shared or noted a conversation" in page.words(), "forty people are enough"
    below = page.words().split("Units below", 1)[1]
    assert "plant 10 20 29.9–70.1 % few people" in below
    (unit,) = [href for href in hrefs(page) if href.startswith("/participation?unit=") and "unit=" in href][:1]
    assert "days=90" in unit
    small = checked_page(executive.get(unit)).words()
    assert "29.9–70.1 % of us shared" in small


def test_while_earlier_months_are_being_counted_participation_says_so(app: Any, company: World) -> None:
    executive = sign_in_browser(app, None, Role.EXECUTIVE)
    told = "Earlier months are being counted at this moment"
    assert told not in checked_page(executive.get("/participation?to=2026-03-04")).words()
    ambient.add(RollupTouch(rollup="daily_shares_by_person", day=date(2026, 1, 14)))
    ambient.flush()
    assert told in checked_page(executive.get("/participation?to=2026-03-04")).words()


def test_participation_is_compared_with_the_month_before_and_with_a_unit(app: Any, company: World) -> None:
    executive = sign_in_browser(app, None, Role.EXECUTIVE)
    words = checked_page(executive.get("/participation?to=2026-03-04&with=before")).words()
    assert "Participation rate 50 % 50 % +0.0 points They cannot be told apart" in words
    page = checked_page(executive.get("/participation?to=2026-03-04&by=week"))
    assert "Participation, week by week" in page.words()
    value = next(one.get("value") for one in page.all("option") if one.text == "sales")
    beside = checked_page(executive.get(f"/participation?to=2026-03-04&with={value}")).words()
    assert "company sales Difference Participation rate 50 % 50 %" in beside
