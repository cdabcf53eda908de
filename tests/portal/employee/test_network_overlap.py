"""Giving one's network in the portal: the question, the page, and what its program sends."""

from typing import Any

import pytest
from sqlalchemy import text

from advocacy.foundation import clock
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import Setting
from advocacy.people import queries
from advocacy.people.models import Employee, Purpose
from tests.factories.people import give_consent, make_employee, make_policy
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page

PAGE = "/my-data/network-overlap"


@pytest.fixture
def employee(session: Any) -> Employee:
    person = make_employee()
    give_consent(person, Purpose.TAKE_PART)
    return person


@pytest.fixture
def browser(app: Any, client: Any, employee: Employee) -> Browser:
    return sign_in_browser(app, employee)


def start(browser: Browser, expected: int = 2, network: str = "linkedin") -> dict[str, str]:
    answer = browser.post(f"{PAGE}/uploads", json={"network": network, "expected": expected})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return dict(answer.get_json())


def test_the_question_comes_first_and_a_yes_opens_the_page(browser: Browser, employee: Employee) -> None:
    key = employee.key
    question = browser.get(PAGE)
    checked_page(question)
    assert "data-giving" not in question.get_data(as_text=True)
    assert browser.post(f"{PAGE}/answer", data={"answer": "no"}).location.startswith("/my-data")
    assert not queries.has_consent(key, Purpose.NETWORK_OVERLAP)
    assert browser.post(f"{PAGE}/answer", data={"answer": "yes"}).location == PAGE
    assert queries.has_consent(key, Purpose.NETWORK_OVERLAP)
    page = browser.get(PAGE)
    checked_page(page)
    words = page.get_data(as_text=True)
    assert "data-giving" in words
    assert "cannot be done without JavaScript" in words


def test_who_does_not_take_part_is_led_to_that_question(app: Any, session: Any) -> None:
    make_policy()
    browser = sign_in_browser(app, make_employee())
    assert "/welcome/taking-part" in browser.get(PAGE).get_data(as_text=True)
    assert browser.post(f"{PAGE}/answer", data={"answer": "yes"}).location == "/welcome"


def test_a_list_is_given_and_taken_back(browser: Browser, employee: Employee) -> None:
    give_consent(employee, Purpose.NETWORK_OVERLAP)
    upload = start(browser)
    part = browser.post(f"{upload['parts_url']}/1", json={"ids": ["li:in/ana", "li:in/ben"]})
    assert part.get_json() == {"received": 2}
    assert browser.post(upload["finish_url"], json={}).get_json() == {"location": PAGE}
    assert ambient.execute(text("SELECT profiles FROM network_sketch")).scalar() == 2
    page = browser.get(PAGE)
    checked_page(page)
    assert "2 ids on" in page.get_data(as_text=True)
    assert "rounded numbers of 10 people or more" in page.get_data(as_text=True)
    ambient.add(Setting(name="smallest_group", value=25, changed_at=clock.now()))
    ambient.flush()
    assert "rounded numbers of 25 people or more" in browser.get(PAGE).get_data(as_text=True)
    assert browser.post(f"{PAGE}/linkedin/remove").status_code == 302
    assert ambient.execute(text("SELECT count(*) FROM network_sketch")).scalar() == 0
    assert browser.post(f"{PAGE}/email/remove").status_code == 404


def test_what_went_wrong_is_told_in_words_and_keeps_nothing(browser: Browser, employee: Employee) -> None:
    refused = browser.post(f"{PAGE}/uploads", json={"network": "linkedin", "expected": 2})
    assert (refused.status_code, "yes" in refused.get_json()["detail"]) == (409, True)
    give_consent(ambient.get_one(Employee, employee.key), Purpose.NETWORK_OVERLAP)
    upload = start(browser)
    for hostile in ({"ids": ["Ana Diaz"]}, {"ids": []}, {"names": ["Ana"]}, {"ids": ["li:in/a\x00"]}, [], 5):
        answer = browser.post(f"{upload['parts_url']}/1", json=hostile)
        assert answer.status_code == 422
        assert "Ana" not in answer.get_data(as_text=True)
    assert browser.post(f"{upload['parts_url']}/1", json={"ids": ["li:in/a"]}, csrf=False).status_code == 400
    assert ambient.execute(text("SELECT received FROM network_upload")).scalar() == 0


def test_my_data_leads_there(browser: Browser, employee: Employee) -> None:
    assert PAGE in browser.get("/my-data").get_data(as_text=True)
    give_consent(ambient.get_one(Employee, employee.key), Purpose.NETWORK_OVERLAP)
    assert "Give or take back a network" in browser.get("/my-data").get_data(as_text=True)
