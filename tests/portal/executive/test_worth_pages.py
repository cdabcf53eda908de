"""Amplification and scenario: exact, defined, and silent about small groups."""

import re
from datetime import timedelta
from typing import Any

import pytest

from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.measurement.catalogue import METRICS
from advocacy.measurement.models import PageAmplification, RollupFill
from advocacy.people.models import OrgUnit
from advocacy.people.queries import today
from advocacy.sharing.brand import brand_history
from tests.factories.people import make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page


def count(unit: OrgUnit, **figures: int) -> None:
    """Write what was counted for a unit today."""
    columns = PageAmplification.__table__.columns.keys()
    base = dict.fromkeys([name for name in columns if name not in {"unit_key", "day"}], 0)
    ambient.add(PageAmplification(unit_key=unit.key, day=today(), **base | figures))
    ambient.flush()


BIG = {
    "employed": 350_000, "taking_part": 350_000, "people": 350_000, "audience": 3_500_000, "active_people": 10_150,
    "activated_people": 10_000, "activated_audience": 301_000, "shares": 12_000, "share_people": 10_150, "clicks": 900,
    "click_people": 400,
}  # fmt: skip
SMALL = {"employed": 4, "taking_part": 4, "people": 4, "audience": 4137}


@pytest.fixture
def root(session: Any) -> OrgUnit:
    unit = make_unit("Meridian Works")
    for table in ("page_amplification", "daily_people_by_unit", "daily_audience_by_unit"):
        ambient.add(RollupFill(rollup=table, day=today(), version=1, filled_at=clock.now()))
    ambient.flush()
    return unit


@pytest.fixture
def executive(app: Any, root: OrgUnit) -> Browser:
    return sign_in_browser(app, None, Role.EXECUTIVE)


@pytest.fixture
def administrator(app: Any, root: OrgUnit) -> Browser:
    return sign_in_browser(app, None, Role.ADMINISTRATOR)


def tell_brand(browser: Browser, **fields: str) -> Any:
    data = {
        "network": "linkedin",
        "followers": "1,000,000",
        "observed_on": today().isoformat(),
        "source": "read by hand",
    }
    return browser.post("/amplification/brand", data={**data, **fields})


def test_the_page_is_good_while_nothing_was_counted(executive: Browser) -> None:
    page = checked_page(executive.get("/amplification"))
    assert "Nothing was counted for this day" in page.words()
    assert "0 times" not in page.words()


def test_the_sentence_holds_the_exact_ratio_and_every_number_has_its_definition(
    root: OrgUnit, administrator: Browser
) -> None:
    count(root, **BIG)
    tell_brand(administrator)
    page = checked_page(administrator.get("/amplification"))
    assert "would add up to 3.5 times the brand’s followers" in page.words()
    assert "In the last 30 days 2.9 % of us did" in page.words()
    assert "0.301 times the brand" in page.words()
    ids = {element.get("id") for element in page.root.iter()}
    opened = {
        button.get("popovertarget") for button in page.all("button") if "num" in (button.get("class") or "").split()
    }
    assert opened
    assert opened <= ids
    # Nothing was measured by networks: that is not the same as none.
    assert "not collected yet" in page.words()


def test_a_small_unit_says_why_and_shows_nothing(root: OrgUnit, executive: Browser, administrator: Browser) -> None:
    small = make_unit("Legal", parent=root)
    small_id = small.id
    count(root, **BIG)
    count(small, **SMALL)
    words = checked_page(executive.get("/amplification")).words()
    assert "Legal not shown: too few people" in words
    page = checked_page(executive.get(f"/amplification?unit={small_id}"))
    assert "too small to be shown" in page.words()
    assert not re.search(r"4[,.]?137", page.words())
    tell_brand(administrator)
    tiers = checked_page(executive.get(f"/amplification?unit={small_id}")).words()
    assert "fewer than 5 people: not shown" in tiers
    assert "fewer than 10" not in tiers


def test_the_slider_works_without_script_for_both_presets(root: OrgUnit, administrator: Browser) -> None:
    count(root, **BIG)
    tell_brand(administrator)
    own = checked_page(administrator.get("/amplification?preset=own&participation=30"))
    assert "0.105" in own.words()
    assert "10,500 people" in own.words()
    ibm = checked_page(administrator.get("/amplification?preset=ibm"))
    assert "3.5 times" in ibm.words()
    assert "illustration" in ibm.words()
    assert "equal to the brand: 28.6 %" in ibm.words()


@pytest.mark.parametrize(
    "query", ["on=2999-01-01", "on=nonsense", "participation=99999", "participation=x", "preset=x"]
)
def test_odd_addresses_are_answered_kindly(root: OrgUnit, executive: Browser, query: str) -> None:
    count(root, **BIG)
    checked_page(executive.get(f"/amplification?{query}"))


def test_units_out_of_reach_are_not_there(app: Any, root: OrgUnit) -> None:
    here, there = make_unit("Here", parent=root), make_unit("There", parent=root)
    browser = sign_in_browser(app, None, Role.EXECUTIVE, unit=here)
    assert browser.get(f"/amplification?unit={there.id}").status_code == 404
    assert browser.get(f"/amplification?unit={root.id}").status_code == 404
    assert browser.get("/amplification?unit=nonsense").status_code == 404
    checked_page(browser.get(f"/amplification?unit={here.id}"))
    assert sign_in_browser(app).get("/amplification").status_code == 403


def test_brand_followers_are_kept_with_day_and_source(administrator: Browser, executive: Browser) -> None:
    assert tell_brand(administrator).status_code == 302
    (row,) = brand_history()
    assert (row.followers, row.source) == (1_000_000, "read by hand")
    assert "read by hand" in checked_page(executive.get("/amplification/brand")).words()
    assert tell_brand(executive).status_code == 403
    future = (today() + timedelta(days=1)).isoformat()
    for wrong in (
        {"followers": "many"},
        {"followers": "-5"},
        {"source": " "},
        {"network": "x y"},
        {"observed_on": future},
    ):
        checked_page(tell_brand(administrator, **wrong), 422)
    administrator.post(f"/amplification/brand/{row.network}/{row.observed_on}/remove")
    assert brand_history() == []


def test_the_scenario_is_exact(executive: Browser) -> None:
    page = checked_page(executive.get("/scenario?employees=350000&audience=10&brand=1000000&participation=3")).words()
    assert "0.105 times" in page
    assert "21/200" in page
    assert "(2/7)" in page
    assert "3.5 times" in checked_page(executive.get("/scenario")).words()


@pytest.mark.parametrize(
    "query",
    [
        "employees=x&audience=10&brand=1&participation=1",
        "employees=1.5&audience=10&brand=1&participation=1",
        "employees=10&audience=-1&brand=1&participation=1",
        "employees=10&audience=1&brand=1&participation=101",
        "employees=10&audience=1&brand=1&participation=",
        "employees=10&audience=1&brand=1&participation=1e999999",
        "employees=10&audience=1e99999999&brand=1&participation=1",
        "employees=10&audience=1/0&brand=1&participation=1",
    ],
)
def test_numbers_no_scenario_can_have_are_told(executive: Browser, query: str) -> None:
    checked_page(executive.get(f"/scenario?{query}"), 422)


SEED = "employees=350000&audience=10&brand=1000000&participation=10"


def test_a_heavy_tail_is_told_as_an_interval_first(executive: Browser) -> None:
    page = checked_page(executive.get(f"/scenario?{SEED}&spread=lognormal&sigma=1.5")).words()
    assert re.search(r"Between 0\.34\d* and 0\.3[56]\d* times the brand’s followers, 0\.35\d* in the middle", page)
    assert "Each dot is 2 of 100 draws" in page
    best = checked_page(executive.get(f"/scenario?{SEED}&spread=lognormal&who=best")).words()
    assert "2.05 times the brand’s followers, if the best connected 10 %" in best
    assert "Nothing is left to chance" in best


def test_overlap_and_what_is_seen_are_told_with_their_sources(executive: Browser) -> None:
    query = "&addressable=10000000&view_through=12&view_through_source=own+posts&posts=5"
    page = checked_page(executive.get(f"/scenario?{SEED}{query}")).words()
    assert "Different people" in page
    assert "own posts" in page


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("spread=histogram&histogram=150", "Write sizes and shares"),
        ("spread=histogram&histogram=150:0.5", "Write sizes and shares"),
        ("spread=pareto&alpha=1", "Enter a number above 1"),
        ("spread=normal", "Enter a number such as"),
        ("addressable=5", "at least the brand's followers"),
        ("dedup=0.5&addressable=100000000", "leave addressable people empty"),
        ("view_through=12", "Say where the view-through rate comes from"),
        ("posts=many", "whole number from 1"),
        ("who=%00", ""),
    ],
)
def test_refinements_no_scenario_can_have_are_told_beside_the_field(executive: Browser, query: str, hint: str) -> None:
    answer = executive.get(f"/scenario?{SEED}&{query}")
    if not hint:
        assert answer.status_code == 400
        return
    assert hint in checked_page(answer, 422).words()


def test_a_brand_without_followers_has_no_ratio(executive: Browser) -> None:
    page = checked_page(executive.get("/scenario?employees=10&audience=1&brand=0&participation=10")).words()
    assert "nothing to compare with" in page


def test_every_measure_is_told_with_what_it_would_need(executive: Browser) -> None:
    page = checked_page(executive.get("/measures")).words()
    for metric in METRICS:
        assert metric.key in page
        assert str(metric.name) in page
    assert "A script on the landing page that says a visit was real." in page


def test_measures_can_be_searched(executive: Browser) -> None:
    page = checked_page(executive.get("/measures?text=Amplification+ratio")).words()
    assert "amp.ratio_potential" in page
    assert "ret.survival_median" not in page
    assert "No measure has these words" in checked_page(executive.get("/measures?text=<script>")).words()


def test_participation_without_a_month_says_so(executive: Browser) -> None:
    page = checked_page(executive.get("/participation")).words()
    assert "No month is over yet that could be told" in page
    assert "Nobody is recorded as not taking part" in page
    assert executive.get("/participation?unit=no-id").status_code == 404
