"""The scenario's pages: the interval first, pictures with their tables, and what was kept beside what is today."""

import re
from typing import Any

import pytest

from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session as ambient
from advocacy.programme.models import Scenario
from tests.factories.people import make_employee, make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page

IBM = {"employees": "350000", "audience": "10", "brand": "1000000", "participation": "3"}
SMALL = {"employees": "200", "audience": "10", "brand": "2000", "participation": "10", "spread": "lognormal"}


@pytest.fixture
def executive(app: Any, session: Any) -> Browser:
    make_unit("Meridian Works")
    return sign_in_browser(app, None, Role.EXECUTIVE)


def keep(browser: Browser, name: str, **values: str) -> str:
    answer = browser.post("/scenario", data={**IBM, "name": name, **values})
    assert answer.status_code == 302, answer.get_data(as_text=True)[:2000]
    return str(answer.location)


def id_of(address: str) -> str:
    return address.rsplit("/", 1)[-1]


def test_the_illustration_is_told_with_what_it_leaves_out(executive: Browser) -> None:
    page = checked_page(executive.get("/scenario")).words()
    assert "3.5 times the brand’s followers, if 100 % of 350,000 people share." in page
    assert "28.6 % (2/7)" in page
    assert "What this illustration leaves out" in page
    assert "between 2.5 and 3.5 times would be new to the brand" in page
    other = checked_page(executive.get("/scenario", query_string=SMALL)).words()
    assert "What this illustration leaves out" not in other


def test_every_number_opens_a_definition_of_the_page(executive: Browser) -> None:
    for query in (IBM, {**SMALL, "addressable": "100000", "view_through": "5", "view_through_source": "own posts"}):
        page = checked_page(executive.get("/scenario", query_string=query))
        ids = {element.get("id") for element in page.root.iter()}
        opened = {button.get("popovertarget") for button in page.all("button") if button.get("class") == "num"}
        assert opened
        assert opened <= ids


def test_an_interval_comes_first_and_its_picture_has_a_table(executive: Browser) -> None:
    page = checked_page(executive.get("/scenario", query_string=SMALL))
    told = r"Between ([\d.]+) and ([\d.]+) times the brand’s followers, ([\d.]+) in the middle"
    found = re.search(told, page.words())
    assert found is not None
    low, high, middle = map(float, found.groups())
    assert 0 < low < middle < high
    assert page.text.count('class="plot-dot"') == 50
    assert "Of 100 draws end at most at" in page.words()
    # What is spoken is the same sentence.
    spoken = page.one("p", id="spoken")
    assert found.group(0) in " ".join("".join(spoken.itertext()).split())


def test_the_curve_shows_the_break_even_for_the_way_of_joining(executive: Browser) -> None:
    page = checked_page(executive.get("/scenario", query_string={**IBM, "spread": "lognormal", "who": "best"}))
    assert "equal to the brand: 1.94" in page.words()
    assert page.text.count('<path class="plot-line') == 3
    even = checked_page(executive.get("/scenario", query_string=IBM))
    assert even.text.count('<path class="plot-line') == 1
    out_of_reach = checked_page(executive.get("/scenario", query_string={**IBM, "brand": "9000000"}))
    assert "equal to the brand:" not in out_of_reach.words()
    assert "cannot be reached" in out_of_reach.words()


@pytest.mark.parametrize(
    "changes",
    [
        {"participation": "0"},
        {"participation": "100", "spread": "pareto", "alpha": "1.01"},
        {"brand": "0"},
        {"audience": "0"},
        {"employees": "0"},
        {"employees": "1", "audience": "1000000000000", "spread": "lognormal"},
        {"employees": "3", "spread": "lognormal", "participation": "34"},
        {"spread": "histogram", "histogram": "0:0.5,20:0.5", "participation": "50"},
        {"audience": "0.0001"},
        {"participation": "0.0001", "spread": "lognormal"},
        {"dedup": "0.5", "view_through": "100", "view_through_source": "<marker-that-must-be-escaped>"},
    ],
)
def test_odd_companies_have_a_page_too(executive: Browser, changes: dict[str, str]) -> None:
    checked_page(executive.get("/scenario", query_string={**IBM, **changes}))


@pytest.mark.parametrize("field", ["participation", "view_through"])
@pytest.mark.parametrize("number", ["1e999999999", "1E-999999999", "1e+999999999", "2/0", "/", "9" * 400])
def test_a_number_that_would_take_for_ever_to_read_is_refused_at_once(
    executive: Browser, field: str, number: str
) -> None:
    asked = {**IBM, "view_through_source": "measured", field: number}
    answer = executive.get("/scenario", query_string=asked)
    assert answer.status_code == 422
    assert "Enter a share" in answer.get_data(as_text=True)


def test_a_share_may_be_a_fraction(executive: Browser) -> None:
    answer = executive.get("/scenario", query_string={**IBM, "participation": "200/7"})
    assert "Enter a share" not in checked_page(answer).words()
    assert 'value="200/7"' in answer.get_data(as_text=True)


def test_a_scenario_is_kept_opened_and_gone_on_from(executive: Browser) -> None:
    address = keep(executive, "Small and uneven", **SMALL, note="From the workshop.")
    page = checked_page(executive.get(address))
    assert "the same inputs and the same draws give the same numbers" in page.words()
    assert "From the workshop." in page.words()
    assert "many small, a few large" in page.words()
    (onward,) = [link.get("href") for link in page.all("a") if (link.get("href") or "").startswith("/scenario?")]
    again = checked_page(executive.get(onward))
    assert again.field("participation") == "10"
    assert "Small and uneven" in again.words()


def test_a_scenario_without_a_name_is_not_kept_and_nothing_is_lost(executive: Browser) -> None:
    page = checked_page(executive.post("/scenario", data={**IBM, "name": " ", "note": "Kept in the form"}), 422)
    assert "Enter a text." in page.words()
    assert "Kept in the form" in page.words()
    assert page.field("participation") == "3"
    checked_page(executive.post("/scenario", data={**IBM, "name": "x", "participation": "300"}), 422)
    assert ambient.query(Scenario).count() == 0


def test_two_are_compared_with_what_differs_marked(executive: Browser) -> None:
    one, other = keep(executive, "Three"), keep(executive, "Ten", participation="10")
    page = checked_page(executive.get(f"/scenario/compare?id={id_of(one)}&id={id_of(other)}"))
    assert "1 assumption differs between these scenarios." in page.words()
    assert "Participation differs 3 % 10 %" in page.words()
    for wrong in ("", f"id={id_of(one)}", "id=x&id=y", "&".join(f"id={new_id()}" for _ in range(4))):
        checked_page(executive.get(f"/scenario/compare?{wrong}"), 422)
    assert executive.get(f"/scenario/compare?id={id_of(one)}&id={new_id()}").status_code == 404


def test_what_another_calculation_gave_is_told_beside_what_today_would_give(executive: Browser) -> None:
    row = ambient.get(Scenario, id_of(keep(executive, "Now")))
    details = {**row.results["details"], "ratio": {"low": 9.0, "middle": 9.0, "high": 9.0}, "model_version": 0}
    old = Scenario(
        id=new_id(), name="Then", inputs=row.inputs, seed=row.seed, model_version=0, definition_hash="0" * 12,
        results={**row.results, "ratio": 9, "ratio_exact": "9", "details": details},
        computed_with="advocacy 0", saved_by_account_id=row.saved_by_account_id,
    )  # fmt: skip
    ambient.add(old)
    ambient.flush()
    old_id, new = old.id, row.id
    page = checked_page(executive.get(f"/scenario/saved/{old_id}")).words()
    assert "9 times the brand’s followers" in page
    assert "Today the same inputs would give other numbers: 0.105 times" in page
    beside = checked_page(executive.get(f"/scenario/compare?id={old_id}&id={new}")).words()
    assert "different versions of the calculation" in beside


def test_putting_away_takes_it_off_the_list(executive: Browser) -> None:
    address = keep(executive, "No longer needed")
    assert "No longer needed" in checked_page(executive.get("/scenario/saved")).words()
    assert executive.post(f"{address}/archive").status_code == 302
    assert "No scenario was kept yet" in checked_page(executive.get("/scenario/saved")).words()
    assert "No longer needed" in checked_page(executive.get("/scenario/saved?archived=yes")).words()
    assert "was put away on" in checked_page(executive.get(address)).words()


def test_who_may_only_read_measures_works_out_and_keeps_nothing(app: Any, session: Any) -> None:
    make_unit("Meridian Works")
    curator = sign_in_browser(app, None, Role.CURATOR)
    assert "Keep this scenario" not in checked_page(curator.get("/scenario")).words()
    assert curator.post("/scenario", data={**IBM, "name": "No"}).status_code == 403
    assert curator.get("/scenario/saved").status_code == 403


TYPED = {"employees": "350.000", "audience": "2,5", "brand": "1.000.000", "participation": "28,6", "written": "de"}


@pytest.fixture
def german(app: Any, executive: Browser) -> Browser:
    return sign_in_browser(app, make_employee(language="de"), Role.EXECUTIVE)


def test_numbers_are_read_as_the_readers_language_writes_them(executive: Browser, german: Browser) -> None:
    page = checked_page(german.get("/scenario", query_string=TYPED))
    assert "0,25" in str(page.one("p", id="spoken").text)
    assert [page.field(name) for name in ("employees", "audience", "brand")] == ["350.000", "2,5", "1.000.000"]
    english = {**IBM, "employees": "350,000", "written": "en"}
    assert "0.105 times" in checked_page(executive.get("/scenario", query_string=english)).words()
    wrong = executive.get("/scenario", query_string={**IBM, "audience": "3,50", "written": "en"})
    assert checked_page(wrong, 422).field("audience") == "3,50"


def test_an_address_says_the_same_in_every_language(executive: Browser, german: Browser) -> None:
    for handed_on in (TYPED, {**IBM, "audience": "2.5", "participation": "28.6"}):
        page = checked_page(executive.get("/scenario", query_string=handed_on))
        assert "0.25" in str(page.one("p", id="spoken").text)
        assert (page.field("employees"), page.field("audience")) == ("350000", "2.5")
    page = checked_page(german.get("/scenario", query_string={**IBM, "audience": "1.234"}))
    assert page.field("audience") == "1,234"
    assert page.field("sigma") == "1,5"


def test_a_scenario_typed_in_german_is_kept_exactly(german: Browser) -> None:
    answer = german.post("/scenario", data={**TYPED, "name": "Getippt"})
    inputs = ambient.get(Scenario, id_of(str(answer.location))).inputs
    assert (inputs["employees"], inputs["audience"], inputs["participation"]) == ("350000", "2.5", "0.286")
