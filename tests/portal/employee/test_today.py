"""Today: two things first, and a "not for me" that nobody can trace."""

from typing import Any

from sqlalchemy import select

from advocacy.activity.kinds import ClickClass, Kind
from advocacy.activity.models import ActivityEvent
from advocacy.content.feed_memory import memory_of
from advocacy.content.models import SkipRemark
from advocacy.foundation.db import session as ambient
from advocacy.measurement.models import DailyClicksByLink
from advocacy.people.queries import today
from advocacy.sharing.models import OwnVisitor
from tests.factories.content import make_live_item
from tests.factories.people import actor_for, make_advocate, make_employee, make_topic
from tests.factories.sharing import make_share
from tests.support.clients import sign_in_browser
from tests.support.html import UNESCAPED, checked_page


def test_two_things_come_first_and_the_rest_on_request(app: Any, session: Any) -> None:
    for _ in range(4):
        make_live_item()
    browser = sign_in_browser(app, make_advocate())

    page, everything = checked_page(browser.get("/")), checked_page(browser.get("/?more=yes"))

    assert "Two things worth your voice today" in page.words()
    assert len(page.all("article")) == 2
    assert len(everything.all("article")) == 4


def test_an_empty_day_teaches_the_next_step(app: Any, session: Any) -> None:
    page = checked_page(sign_in_browser(app, make_advocate()).get("/"))

    assert "Nothing new for you today" in page.words()


def test_of_whoever_did_not_say_yes_nothing_is_asked_or_kept(app: Any, session: Any) -> None:
    item = make_live_item()
    browser = sign_in_browser(app, make_employee())

    page = checked_page(browser.get("/"))
    answer = browser.post(f"/items/{item.id}/skip", data={"reason": "off_topic", "remark": "Not us."})

    assert {"reason", "remark"}.isdisjoint({field.get("name") for field in page.all("input")})
    words = checked_page(browser.get(answer.location)).words()
    assert "Put aside, in this browser only. Nothing about it is kept." in words
    assert ambient.scalars(select(SkipRemark)).all() == []


def test_whoever_did_not_say_yes_reads_along(app: Any, session: Any) -> None:
    item = make_live_item()
    browser = sign_in_browser(app, make_employee())

    assert "Read it" in checked_page(browser.get("/")).words()
    page = checked_page(browser.get(f"/items/{item.id}/share"))
    assert "Sharing starts with a yes" in page.words()
    assert browser.post(f"/items/{item.id}/share", data={"network": "linkedin", "text": "x"}).status_code == 403


def test_not_for_me_is_counted_for_the_item_and_for_nobody(app: Any, session: Any) -> None:
    item = make_live_item()
    browser = sign_in_browser(app, make_advocate())

    answer = browser.post(f"/items/{item.id}/skip", data={"reason": "off_topic", "remark": "We never did this."})

    event = ambient.scalars(select(ActivityEvent).where(ActivityEvent.kind == Kind.ITEM_SKIPPED)).one()
    assert (event.employee_key, event.share_key, event.visitor_key, event.detail) == (None, None, None, 1)
    assert answer.location == "/"
    assert "Nothing new for you today" in checked_page(browser.get("/")).words()
    remark = ambient.scalars(select(SkipRemark)).one()
    assert (remark.text, remark.id.version) == ("We never did this.", 4)


def test_what_was_put_aside_stays_away_on_other_devices_until_it_is_asked_back(app: Any, session: Any) -> None:
    item, employee = make_live_item(), make_advocate()
    phone, desk = sign_in_browser(app, employee), sign_in_browser(app, employee)
    phone.post(f"/items/{item.id}/skip")
    page = checked_page(desk.get("/"))
    assert "Nothing new for you today" in page.words()
    assert "You put 1 aside." in page.words()
    desk.post("/items/bring-back")
    assert "One thing worth your voice today" in checked_page(phone.get("/")).words()


def test_every_card_says_why_it_is_there(app: Any, session: Any) -> None:
    employee = make_advocate(country="DE")
    topic = make_topic("Bridges", followers=(employee,))
    make_live_item(topic_ids=[topic.id], audience={"countries": ["DE"]})

    words = checked_page(sign_in_browser(app, employee).get("/")).words()

    assert "Why do I see this?" in words
    assert "It is meant for people in Germany." in words
    assert "You follow Bridges, so it stands higher." in words


def test_a_page_that_is_opened_twice_a_day_remembers_once(app: Any, session: Any) -> None:
    item, employee = make_live_item(), make_advocate()
    browser = sign_in_browser(app, employee)
    for _ in range(3):
        browser.get("/")
    assert memory_of(employee.key).days_seen() == {item.key: 1}
    told = browser.get("/my-data/export.json").json["feed"]
    assert told == [{"item": str(item.id), "shown_on_days": 1, "put_aside": False}]


def test_a_reason_is_not_needed_and_a_made_up_one_is_refused(app: Any, session: Any) -> None:
    item = make_live_item()
    browser = sign_in_browser(app, make_advocate())

    assert browser.post(f"/items/{item.id}/skip").status_code == 302
    assert browser.post(f"/items/{item.id}/skip", data={"reason": "<b>"}).status_code == 422


def test_what_was_posted_is_not_proposed_again(app: Any, session: Any) -> None:
    employee = make_advocate()
    shared = make_share(actor=actor_for(employee), confirmed=True)
    assert shared.share.state == "confirmed"

    assert "Nothing new for you today" in checked_page(sign_in_browser(app, employee).get("/")).words()


def test_titles_and_names_are_shown_as_text(app: Any, session: Any) -> None:
    make_live_item(texts={"en": {"title": UNESCAPED, "summary": UNESCAPED}})
    browser = sign_in_browser(app, make_advocate(name=UNESCAPED))

    checked_page(browser.get("/"))


def test_a_cookie_of_nonsense_breaks_nothing(app: Any, session: Any) -> None:
    make_live_item()
    browser = sign_in_browser(app, make_advocate())
    browser.set_cookie("put_aside", "...x" * 900)

    assert len(checked_page(browser.get("/")).all("article")) == 1


def test_the_browser_of_somebody_who_takes_part_is_known_for_a_day_so_that_own_clicks_are_told_apart(
    app: Any, session: Any
) -> None:
    advocate = make_advocate()
    browser, reader = sign_in_browser(app, advocate), sign_in_browser(app, make_employee())

    for _ in range(2):
        browser.get("/")
        reader.get("/")

    assert [row.employee_key for row in ambient.scalars(select(OwnVisitor))] == [advocate.key]


def test_a_share_that_people_opened_asks_for_the_conversation(app: Any, session: Any) -> None:
    employee = make_advocate()
    opened = make_share(actor=actor_for(employee), confirmed=True)
    assert opened.link is not None
    ambient.add(DailyClicksByLink(day=today(), link_key=opened.link.key, click_class=ClickClass.HUMAN, clicks=3))
    browser = sign_in_browser(app, employee)

    page = checked_page(browser.get("/"))

    assert "3 times" in page.words()
    assert any(link.get("href") == f"/conversations/new?share={opened.share.id}" for link in page.all("a"))
    assert "Opened by people 3 times" in checked_page(browser.get(f"/shares/{opened.share.id}")).words()
    assert "opened by people 3 times" in checked_page(browser.get("/shares")).words()
    assert "Your clicks by week" in checked_page(browser.get("/impact")).words()
