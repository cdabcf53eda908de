"""Welcome: one question a page, each can be declined, and a no leaves no trace."""

from typing import Any

import pytest
from sqlalchemy import func, select, text

from advocacy.foundation.db import session as ambient
from advocacy.people import queries
from advocacy.people.models import Consent, ConsentEvent, Employee, Purpose
from tests.factories.content import make_live_item
from tests.factories.people import actor_for, give_consent, make_employee, make_policy, make_topic
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page


@pytest.fixture
def employee(session: Any) -> Employee:
    make_policy()
    return make_employee(name="Ana <b>Kovač</b>")


@pytest.fixture
def browser(app: Any, employee: Employee) -> Browser:
    return sign_in_browser(app, employee)


def read_policy(browser: Browser) -> str:
    page = checked_page(browser.get("/welcome/policy"))
    return browser.post("/welcome/policy", data={"version": page.field("version")}).location


def test_the_whole_way_from_the_rules_to_the_first_share(browser: Browser, employee: Employee) -> None:
    item, topic = make_live_item(), make_topic("Health")

    assert browser.get("/welcome").location == "/welcome/policy"
    assert read_policy(browser) == "/welcome/taking-part"
    checked_page(browser.get("/welcome/taking-part"))
    assert browser.post("/welcome/taking-part", data={"answer": "yes"}).location == "/welcome/sizes"
    checked_page(browser.get("/welcome/sizes"))
    assert browser.post("/welcome/sizes", data={"answer": "yes"}).location == "/welcome/topics"
    checked_page(browser.get("/welcome/topics"))
    chosen = {"topics": str(topic.id), "language": "de"}
    assert browser.post("/welcome/topics", data=chosen).location == "/welcome/networks"
    checked_page(browser.get("/welcome/networks"))
    sizes = {"size_linkedin": "500+", "size_x": "1 234", "size_xing": ""}
    assert browser.post("/welcome/networks", data=sizes).location == "/welcome/first"
    assert "Something worth sharing" in checked_page(browser.get("/welcome/first")).words()
    answer = browser.post("/welcome/done", data={"item": str(item.id)})

    assert answer.location == f"/items/{item.id}/share"
    known = {(p.network, p.audience_size, p.is_floor) for p in queries.profiles_of(actor_for(employee))}
    assert known == {(1, 500, True), (2, 1234, False)}
    employee = ambient.get_one(Employee, employee.key)
    assert employee.onboarded_at is not None
    assert employee.language == "de"


def test_a_no_leads_to_a_kind_page_and_leaves_no_trace(browser: Browser, employee: Employee) -> None:
    read_policy(browser)

    answer = browser.post("/welcome/taking-part", data={"answer": "no"})

    assert answer.location == "/welcome/reading"
    assert "You can read; nothing is counted" in checked_page(browser.get(answer.location)).words()
    assert ambient.scalar(select(func.count()).select_from(ConsentEvent)) == 0
    employee = ambient.get_one(Employee, employee.key)
    assert employee.onboarded_at is None
    checked_page(browser.get("/"))


def test_going_back_and_saying_no_takes_the_yes_back(browser: Browser, employee: Employee) -> None:
    read_policy(browser)
    browser.post("/welcome/taking-part", data={"answer": "yes"})
    browser.post("/welcome/sizes", data={"answer": "yes"})

    browser.post("/welcome/taking-part", data={"answer": "no"})

    assert ambient.scalars(select(Consent)).all() == []


def test_whoever_stops_in_between_goes_on_there(browser: Browser) -> None:
    read_policy(browser)
    browser.post("/welcome/taking-part", data={"answer": "yes"})
    browser.get("/welcome/topics")

    assert browser.get("/welcome").location == "/welcome/topics"


def test_nothing_is_asked_before_the_rules_were_read(browser: Browser) -> None:
    assert browser.get("/welcome/taking-part").location == "/welcome/policy"
    assert browser.get("/welcome/sizes").location == "/welcome/taking-part"
    assert browser.get("/welcome/first").location == "/welcome/taking-part"
    assert browser.post("/welcome/taking-part", data={"answer": "yes"}).status_code == 409


def test_rules_that_changed_meanwhile_are_read_again(browser: Browser) -> None:
    version = checked_page(browser.get("/welcome/policy")).field("version")
    make_policy({"en": [{"heading": "New", "text": "Other rules."}]})

    assert browser.post("/welcome/policy", data={"version": version}).status_code == 409
    assert browser.post("/welcome/policy", data={"version": "nonsense\x00"}).status_code in {400, 409, 422}


def test_without_rules_welcome_says_so(app: Any, session: Any) -> None:
    page = checked_page(sign_in_browser(app).get("/welcome/policy"))

    assert "The rules are not written yet" in page.words()


@pytest.mark.parametrize(
    "size",
    ["many", "-5", "1.5", "1e9", "9" * 30, "500++", "٣٤٥", "<b>", "\u202e500", "12,34", "3000000000", "500 plus"],
)
def test_a_size_that_is_none_comes_back_with_its_words_and_nothing_is_kept(
    app: Any, employee: Employee, size: str
) -> None:
    give_consent(employee, Purpose.TAKE_PART, Purpose.NETWORK_SIZE)
    browser = sign_in_browser(app, employee)

    answer = browser.post("/welcome/networks", data={"size_linkedin": "700", "size_x": size})

    page = checked_page(answer, 422)
    assert page.field("size_x") == size
    assert queries.profiles_of(actor_for(employee)) == []


def test_topics_and_languages_that_do_not_exist_are_refused(browser: Browser) -> None:
    for data in ({"topics": "nonsense"}, {"topics": "01a201f0-5cf3-70f8-8120-6537a9d27fed"}, {"language": "xx-nope"}):
        checked_page(browser.post("/welcome/topics", data=data), 422)


def test_what_is_asked_names_only_purposes_that_something_serves(browser: Browser) -> None:
    assert Purpose.TARGET_ACCOUNTS.value not in browser.get("/my-data").get_data(as_text=True)


def test_who_says_no_leaves_nothing_that_says_so(browser: Browser, employee: Employee) -> None:
    """Not a row, not a date: whoever reads the database sees the same as before the question."""
    key = employee.key
    read_policy(browser)
    before = traces_of(key)
    assert browser.post("/welcome/taking-part", data={"answer": "no"}).location == "/welcome/reading"
    browser.get("/welcome/reading")
    browser.post("/welcome/done")
    browser.post("/stop")
    assert traces_of(key) == before


def traces_of(employee_key: int) -> dict[str, Any]:
    """Return every row that names a person, and the person's own."""
    found: dict[str, Any] = {"employee": list(ambient.execute(text("SELECT * FROM employee")).all())}
    tables = ambient.scalars(
        text(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND column_name = 'employee_key' AND table_name NOT LIKE 'activity_event%' AND table_name <> 'account'"
        )
    ).all()
    for table in (*tables, "activity_event"):
        where = {"key": employee_key}
        rows = ambient.execute(text(f"SELECT * FROM {table} WHERE employee_key = :key"), where).all()
        found[table] = sorted(map(repr, rows))
    for table in ("audit_event", "task"):
        found[table] = ambient.scalar(text(f"SELECT count(*) FROM {table}"))
    return found
