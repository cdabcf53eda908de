"""Another time: the words of the sheet are kept, and come back when their moment has."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from advocacy.content import service as content
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.sharing.digests import links
from advocacy.sharing.models import Share
from advocacy.sharing.plan_models import PlannedShare, PlanState
from tests.factories.content import make_actor, make_live_item
from tests.factories.identity import make_account
from tests.factories.people import make_advocate
from tests.factories.sharing import make_plan
from tests.support.clients import sign_in_browser
from tests.support.html import checked_page

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=BERLIN)
TOMORROW = NOW + timedelta(days=1, hours=5)
WORDS = "I was there that night."


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(session):
    return make_advocate()


@pytest.fixture
def browser(app, person):
    return sign_in_browser(app, person)


def words_in(page):
    return next(field.text or "" for field in page.all("textarea") if field.get("name") == "text").strip()


def plan_by(browser, item_id, **fields):
    data = {"network": "linkedin", "text": WORDS, "planned_for": "2026-11-27T14:00", **fields}
    return browser.post(f"/items/{item_id}/plan", data=data)


def only_plan():
    ambient.expire_all()
    return ambient.scalars(select(PlannedShare)).one()


def test_words_are_kept_for_a_moment_on_ones_own_clock(browser):
    item_id = make_live_item().id
    sheet = checked_page(browser.get(f"/items/{item_id}/share"))
    assert sheet.field("planned_for") == "2026-11-27T09:00", "a moment is suggested"
    answer = plan_by(browser, item_id)
    page = checked_page(browser.get(answer.location))
    assert "Friday 27 November, 14:00" in page.words()
    assert WORDS in page.words()
    assert only_plan().planned_for == TOMORROW


def test_a_moment_that_cannot_be_brings_the_sheet_back_with_everything_typed(browser):
    item_id = make_live_item().id
    page = checked_page(plan_by(browser, item_id, planned_for="2026-11-27T21:00"), 422)
    assert "quiet hours" in page.words()
    assert (words_in(page), page.field("planned_for")) == (WORDS, "2026-11-27T21:00")


def test_its_moment_opens_the_sheet_with_ones_own_words_and_sharing_ends_it(browser, person):
    item = make_live_item()
    item_id, plan_id = item.id, make_plan(person, item, TOMORROW, network_key="x", text=WORDS).id
    answer = browser.get(f"/planned/{plan_id}")
    assert answer.location == f"/items/{item_id}/share?plan={plan_id}"
    page = checked_page(browser.get(answer.location))
    assert (words_in(page), page.field("plan")) == (WORDS, str(plan_id))
    chosen = [one.get("value") for one in page.all("input") if one.get("name") == "network" and "checked" in one.attrib]
    assert chosen == ["x"]
    assert "I work at" in page.words(), "what would be added today is shown"
    browser.post(f"/items/{item_id}/share", data={"network": "x", "text": WORDS, "plan": str(plan_id)})
    assert only_plan().state is PlanState.SHARED
    assert "You shared this already" in checked_page(browser.get(f"/planned/{plan_id}")).words()
    assert "Nothing planned" in checked_page(browser.get("/planned")).words()


def test_a_plan_is_changed_on_the_same_sheet(browser, person):
    item = make_live_item()
    item_id, plan_id = item.id, make_plan(person, item, TOMORROW).id
    plan_by(browser, item_id, plan=str(plan_id), text="Other words.", planned_for="2026-11-28T10:15")
    plan = only_plan()
    assert (plan.text, plan.planned_for) == ("Other words.", datetime(2026, 11, 28, 10, 15, tzinfo=BERLIN))


def test_what_another_window_kept_is_not_overwritten_unseen(browser, person):
    item = make_live_item()
    item_id, plan_id = item.id, make_plan(person, item, TOMORROW).id
    sheet = checked_page(browser.get(f"/items/{item_id}/share?plan={plan_id}"))
    opened_in_both = {"plan": str(plan_id), "plan_version": sheet.field("plan_version")}
    plan_by(browser, item_id, **opened_in_both, text="Corrected.")
    page = checked_page(plan_by(browser, item_id, **opened_in_both, planned_for="2026-11-28T10:15"), 422)
    assert "changed meanwhile" in page.words()
    assert words_in(page) == WORDS, "what was typed here is kept too"
    assert (only_plan().text, only_plan().planned_for) == ("Corrected.", TOMORROW)
    knowing = {"plan": str(plan_id), "plan_version": page.field("plan_version")}
    assert plan_by(browser, item_id, **knowing).status_code == 302
    assert only_plan().text == WORDS


def test_a_plan_is_cancelled(browser, person):
    plan_id = make_plan(person, make_live_item(), TOMORROW).id
    browser.post(f"/planned/{plan_id}/cancel")
    assert only_plan().state is PlanState.CANCELLED
    assert "You cancelled this plan" in checked_page(browser.get(f"/planned/{plan_id}")).words()


def test_what_is_over_says_so_and_gives_the_words_back(browser, person):
    author = make_actor(Role.CURATOR)
    item = make_live_item(author=author)
    plan_id = make_plan(person, item, TOMORROW).id
    content.withdraw_item(author, item.id, reason="It was wrong.")
    words = checked_page(browser.get(f"/planned/{plan_id}")).words()
    assert "is over" in words
    assert WORDS in words
    assert "over" in checked_page(browser.get("/planned")).words()


def test_fixed_words_stay_fixed_whatever_was_planned(browser, person):
    caption = {"network": None, "language": "en", "text": "I work at Meridian Works. As agreed."}
    item = make_live_item(captions=[caption], is_text_locked=True)
    item_id, plan_id = item.id, make_plan(person, item, TOMORROW, text=caption["text"]).id
    assert words_in(checked_page(browser.get(f"/items/{item_id}/share?plan={plan_id}"))) == caption["text"]


def test_a_plan_of_somebody_else_or_of_nothing_opens_the_plain_sheet(browser):
    item, other = make_live_item(captions=[]), make_advocate()
    item_id, plan_id = item.id, make_plan(other, item, TOMORROW).id
    for wanted in (plan_id, "nonsense", ""):
        page = checked_page(browser.get(f"/items/{item_id}/share?plan={wanted}"))
        assert (words_in(page), page.field("plan")) == ("", None)


def test_the_link_in_a_reminder_opens_the_words_and_offers_no_other_time(client, person, settings):
    item = make_live_item()
    plan_id = make_plan(person, item, TOMORROW).id
    path = links.sheet_url(person.id, item.id).removeprefix(settings.portal_url)
    page = checked_page(client.get(f"{path}?plan={plan_id}"))
    assert words_in(page) == WORDS
    assert page.field("planned_for") is None
    data = {"csrf_token": page.field("csrf_token"), "network": "linkedin", "text": WORDS, "plan": page.field("plan")}
    client.post(path, data=data)
    assert only_plan().state is PlanState.SHARED
    assert len(ambient.scalars(select(Share)).all()) == 1


def test_what_is_planned_stands_in_the_file_of_ones_data(browser, person):
    make_plan(person, make_live_item(), TOMORROW)
    assert browser.get("/my-data/export.json").get_json()["planned_shares"][0]["text"] == WORDS


# --- The same by the API.


def test_a_program_plans_changes_and_cancels(api, person):
    item_id, program = make_live_item().id, api(make_account(person))
    moment = "2026-11-27T13:00:00Z"
    assert datetime.fromisoformat(moment) == TOMORROW
    body = {"network": "linkedin", "text": WORDS, "planned_for": moment}
    made = program.post("/api/v1/planned-shares", json=body | {"item_id": str(item_id)})
    assert (made.status_code, made.json["state"], made.json["planned_for"]) == (201, "planned", moment)
    address, tag = f"/api/v1/planned-shares/{made.json['id']}", made.headers["ETag"]
    assert program.put(address, json=body).status_code == 428
    changed = program.put(address, json=body | {"text": "Other."}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json["text"]) == (200, "Other.")
    assert program.put(address, json=body, headers={"If-Match": tag}).status_code == 412
    assert [one["id"] for one in program.get("/api/v1/planned-shares").json["data"]] == [made.json["id"]]
    late = program.post("/api/v1/planned-shares", json=body | {"item_id": str(item_id), "planned_for": NOW.isoformat()})
    assert (late.status_code, late.json["errors"][0]["pointer"]) == (422, "/planned_for")
    assert program.post(f"{address}/cancel").json["state"] == "cancelled"
    assert program.get(address).json["state"] == "cancelled"


def test_a_program_shares_what_was_planned(api, person):
    item = make_live_item()
    plan_id, program = make_plan(person, item, TOMORROW).id, api(make_account(person))
    body = {"item_id": str(item.id), "network": "linkedin", "text": WORDS, "planned_share_id": str(plan_id)}
    assert program.post("/api/v1/shares", json=body).status_code == 201
    assert program.get(f"/api/v1/planned-shares/{plan_id}").json["state"] == "shared"
