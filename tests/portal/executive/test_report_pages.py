"""Reports as pages: frozen by an executive, read by people, on paper as well."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from tests.factories.identity import make_account
from tests.factories.measurement import World
from tests.programme.conftest import TODAY, company  # noqa: F401 - a fixture
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page

FORM = {"title": "Board, March", "first": "2026-03-01", "last": TODAY.isoformat()}


@pytest.fixture
def executive(app: Any, company: World) -> Browser:  # noqa: F811
    return sign_in_browser(app, make_account(None, Role.EXECUTIVE))


def freeze(browser: Browser, **fields: str) -> str:
    answer = browser.post("/reports", data={**FORM, **fields})
    assert answer.status_code == 302, answer.get_data(as_text=True)[:2000]
    return str(answer.location)


def test_a_report_is_frozen_and_says_what_it_says(executive: Browser) -> None:
    page = checked_page(executive.get("/reports"))
    assert "No report was frozen yet" in page.words()
    assert page.field("last") == "2026-03-31"
    address = freeze(executive, note="For the minutes.")
    report = checked_page(executive.get(address))
    words = report.words()
    assert "their networks would add up to 5 times the brand’s followers" in words
    assert "Potential audience" in words or "Potential" in words
    assert "Nothing was restated since" in words
    assert "For the minutes." in words
    assert "What was not known" in words
    opened = {button.get("popovertarget") for button in report.all("button") if button.get("class") == "num"}
    ids = {element.get("id") for element in report.root.iter()}
    assert opened
    assert opened <= ids
    assert "Board, March" in checked_page(executive.get("/reports")).words()


def test_what_changed_since_stands_beside_what_was_frozen(executive: Browser, company: World) -> None:  # noqa: F811
    address = freeze(executive)
    company.connection.execute(text("UPDATE brand_channel SET followers = 50"))
    words = checked_page(executive.get(address)).words()
    assert re.search(r"40 \S+ since restated to 50", words)
    assert "numbers were restated since." in words
    company.connection.execute(text("UPDATE brand_channel SET followers = 40"))
    company.withdraw("p5")
    company.fill(TODAY)
    words = checked_page(executive.get(address)).words()
    assert re.search(r"200 \S+ restated; too few people to show by how much", words)
    assert not re.search(r"\b190\b", words)


def test_what_became_known_since_is_told_and_not_called_restated(executive: Browser, company: World) -> None:  # noqa: F811
    then = company.connection.execute(text("SELECT min(observed_on) FROM brand_channel")).scalar_one()
    company.connection.execute(text("UPDATE brand_channel SET observed_on = '2999-01-01'"))
    address = freeze(executive)
    company.connection.execute(text("UPDATE brand_channel SET observed_on = :then"), {"then": then})
    words = checked_page(executive.get(address)).words()
    assert "(today 40)" in words
    assert "Nothing was restated since" in words


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"title": ""}, "Enter a text."),
        ({"first": "soon"}, "Enter a day."),
        ({"first": "2026-03-31", "last": "2026-03-01"}, "Choose a first day before the last one"),
        ({"last": "2026-04-30"}, "Nothing was counted for that day yet."),
    ],
)
def test_what_cannot_be_frozen_is_told_and_nothing_is_lost(
    executive: Browser, wrong: dict[str, str], told: str
) -> None:
    page = checked_page(executive.post("/reports", data={**FORM, "note": "Kept in the form", **wrong}), 422)
    assert told in page.words()
    assert "Kept in the form" in page.words()


def test_who_may_not_decide_sees_no_report(app: Any, executive: Browser) -> None:
    address = freeze(executive)
    assert executive.get(f"/reports/{new_id()}").status_code == 404
    curator = sign_in_browser(app, None, Role.CURATOR)
    assert curator.get(address).status_code == 403
    assert "Reports" not in checked_page(curator.get("/scenario")).words()


def test_before_anything_was_counted_the_page_says_so(app: Any, session: Any) -> None:
    page = checked_page(sign_in_browser(app, None, Role.EXECUTIVE).get("/reports")).words()
    assert "there is nothing to freeze" in page
