"""The share sheet, the step after the dialog, and one's own shares."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from advocacy.content.phrases import add_phrase
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.people.models import Employee
from advocacy.sharing import queries
from advocacy.sharing.models import EngagementSnapshot, Share, ShareState
from tests.factories.content import make_actor, make_live_item
from tests.factories.people import actor_for, make_advocate, make_profile
from tests.factories.sharing import make_share
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import UNESCAPED, checked_page, page_part

WORDS = "I work at Meridian Works. This is worth your time."


@pytest.fixture
def employee(session: Any) -> Employee:
    return make_advocate()


@pytest.fixture
def browser(app: Any, employee: Employee) -> Browser:
    return sign_in_browser(app, employee)


def shares() -> list[Share]:
    return list(ambient.scalars(select(Share).order_by(Share.key)))


def test_the_sheet_starts_with_the_networks_of_the_person(browser: Browser, employee: Employee) -> None:
    make_profile(employee, network=6, size=90)
    page = checked_page(browser.get(f"/items/{make_live_item().id}/share"))

    networks = [field.get("value") for field in page.all("input") if field.get("name") == "network"]
    assert networks[0] == "mastodon"
    assert len(networks) == 13


def test_a_share_goes_from_the_sheet_to_the_question_and_is_confirmed(browser: Browser) -> None:
    item = make_live_item()

    answer = browser.post(f"/items/{item.id}/share", data={"network": "x", "text": WORDS})
    page = checked_page(browser.get(answer.location))
    confirmed = browser.post(answer.location, data={"post_url": "https://x.com/someone/status/1"})

    (share,) = shares()
    assert answer.location == f"/shares/{share.id}/posted"
    assert any(
        (link.get("href") or "").startswith("https://x.com/intent/tweet?text=I%20work") for link in page.all("a")
    )
    assert confirmed.location == f"/shares/{share.id}"
    share = ambient.get_one(Share, share.key)
    assert (share.state, share.post_url) == (ShareState.CONFIRMED, "https://x.com/someone/status/1")
    checked_page(browser.get(confirmed.location))
    assert "One thing shared" in checked_page(browser.get("/shares")).words()


def test_a_script_gets_the_addresses_instead_of_a_page(browser: Browser) -> None:
    path = f"/items/{make_live_item().id}/share"
    answer = browser.post(path, data={"network": "linkedin", "text": WORDS}, headers={"Accept": "application/json"})

    assert answer.json["text"] == WORDS
    assert answer.json["intent_url"].startswith("https://www.linkedin.com/sharing/")
    assert answer.json["next_url"] == f"/shares/{shares()[0].id}/posted"


@pytest.mark.parametrize(
    ("network", "text"),
    [
        ("x", "x" * 400),
        ("linkedin", "x" * 70_000),
        ("linkedin", "nul\x00inside"),
        ("nowhere", WORDS),
        ("", WORDS),
        ("mastodon", WORDS),  # its server is missing
    ],
)
def test_what_cannot_go_out_comes_back_with_its_words_and_nothing_is_kept(
    browser: Browser, network: str, text: str
) -> None:
    sent = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if text == "\ud83d" else text
    answer = browser.post(f"/items/{make_live_item().id}/share", data={"network": network, "text": sent})

    if text == "\ud83d":  # half a character arrives as the sign for one, which is a text like any other
        assert answer.status_code == 302
        return
    assert answer.status_code == 422
    assert checked_page(answer, 422).one("textarea", name="text").text.strip()[:20] == text.strip()[:20].replace(
        "\x00", "\ufffd"
    )
    assert shares() == []


@pytest.mark.parametrize("server", ["<b>", "mastodon.example/path", "javascript:alert(1)", "a b", "x" * 300, "\u202e"])
def test_a_server_that_is_no_host_name_is_refused(browser: Browser, server: str) -> None:
    data = {"network": "mastodon", "text": WORDS, "server": server}

    assert checked_page(browser.post(f"/items/{make_live_item().id}/share", data=data), 422).words()
    assert shares() == []


def test_the_server_is_remembered(browser: Browser) -> None:
    item = make_live_item()
    browser.post(f"/items/{item.id}/share", data={"network": "mastodon", "text": WORDS, "server": "mastodon.example"})

    assert checked_page(browser.get(f"/items/{item.id}/share")).field("server") == "mastodon.example"


def test_hostile_words_stay_words(browser: Browser) -> None:
    item = make_live_item()
    text = f"{UNESCAPED} \u202eI work at Meridian Works"
    answer = browser.post(f"/items/{item.id}/share", data={"network": "linkedin", "text": text})

    checked_page(browser.get(answer.location))
    checked_page(browser.get(f"/shares/{shares()[0].id}"))


def test_checks_tell_what_will_happen_and_keep_nothing(browser: Browser) -> None:
    path = f"/items/{make_live_item().id}/checks"

    missing = browser.post(path, data={"network": "x", "text": "Look at this"}).get_data(as_text=True)
    said = browser.post(path, data={"network": "x", "text": WORDS}).get_data(as_text=True)
    long = browser.post(path, data={"network": "x", "text": "x" * 400}).get_data(as_text=True)

    assert "We add" in missing
    assert "Says that you work here" in said
    assert "too many for X" in long
    assert browser.post(path, data={"network": "x", "text": "a\x00b"}).status_code == 200
    assert shares() == []


def test_the_counter_is_told_what_will_be_added_to_the_words(browser: Browser) -> None:
    path = f"/items/{make_live_item().id}/checks"
    told = [
        page_part(browser.post(path, data={"network": "x", "text": text}))
        .one("span", id="will-be-added")
        .get("data-text")
        for text in ("Look at this", WORDS)
    ]
    assert "Meridian Works" in told[0]
    assert told[1] == ""


def test_the_line_is_in_the_language_of_the_words(app: Any, session: Any) -> None:
    texts = {language: {"title": f"Title {language}", "summary": "S."} for language in ("en", "de")}
    tags = "#MeridianWorks #Hiring"
    english = f"The nurses of Lisbon designed it themselves. {tags}"
    captions = [
        {"network": None, "language": "en", "text": english},
        {"network": None, "language": "en", "text": f"Look at this quiet morning of theirs.\n{tags}\nRead on today!"},
        {"network": None, "language": "de", "text": f"Seht euch diesen ruhigen Morgen an.\n{tags}\nRead on today!"},
    ]
    item = make_live_item(texts=texts, captions=captions)
    browser = sign_in_browser(app, make_advocate(language="de"))

    def added(text: str) -> str:
        part = page_part(browser.post(f"/items/{item.id}/checks", data={"network": "x", "text": text}))
        return str(part.one("span", id="will-be-added").get("data-text")).strip()

    assert added(f"{english} I was there.") == "I work at Meridian Works."
    assert added("Das war gut.") == "Ich arbeite bei Meridian Works."
    assert added(f"Das war gut.\n{tags}\nRead on today!") == "Ich arbeite bei Meridian Works."
    browser.post(f"/items/{item.id}/share", data={"network": "x", "text": f"{english} I was there."})
    assert "I work at Meridian Works." in shares()[0].text


def test_what_is_read_aloud_is_what_stops_a_text_and_its_length(browser: Browser) -> None:
    item = make_live_item()
    sheet = checked_page(browser.get(f"/items/{item.id}/share"))
    assert [element.get("id") for element in sheet.root.iter() if element.get("role") == "status"] == [
        "checks-spoken",
        "toasts",
    ]
    assert sheet.one("div", id="checks").get("aria-live") is None
    long = page_part(browser.post(f"/items/{item.id}/checks", data={"network": "x", "text": "Hello " * 60}))
    spoken = " ".join(str(long.one("p", id="checks-spoken").text).split())
    assert "too many for X" in spoken
    assert spoken.endswith("of 280 on X.")
    assert "Hello" not in spoken


def test_a_locked_text_cannot_be_changed(browser: Browser) -> None:
    captions = [{"network": None, "language": "en", "text": WORDS}]
    item = make_live_item(is_text_locked=True, captions=captions)

    page = checked_page(browser.get(f"/items/{item.id}/share"))

    assert page.one("textarea", name="text").get("readonly") is not None
    assert browser.post(f"/items/{item.id}/share", data={"network": "linkedin", "text": "mine"}).status_code == 422
    assert browser.post(f"/items/{item.id}/share", data={"network": "linkedin", "text": WORDS}).status_code == 302


@pytest.mark.parametrize(
    "url", ["not a link", "javascript:alert(1)", "https://evil.example/x", "x" * 3000, "http://x.com\x00"]
)
def test_an_address_that_is_no_post_there_comes_back(browser: Browser, employee: Employee, url: str) -> None:
    share = make_share(actor=actor_for(employee), network="x").share

    checked_page(browser.post(f"/shares/{share.id}/posted", data={"post_url": url}), 422)

    share = ambient.get_one(Share, share.key)
    assert share.state is ShareState.OPENED


def test_numbers_of_the_network_are_kept_and_bad_ones_come_back(browser: Browser, employee: Employee) -> None:
    share = make_share(actor=actor_for(employee), confirmed=True).share
    path = f"/shares/{share.id}/engagement"

    for bad in ({"impressions": "many"}, {"impressions": "-1"}, {"reactions": "9" * 40}, {}, {"comments": "<b>"}):
        checked_page(browser.post(path, data=bad), 422)
    assert browser.post(path, data={"impressions": "1,204", "reactions": "12"}).status_code == 302

    snapshot = ambient.scalars(select(EngagementSnapshot)).one()
    assert (snapshot.impressions, snapshot.reactions, snapshot.comments) == (1204, 12, None)
    assert checked_page(browser.get(f"/shares/{share.id}")).field("impressions") == "1204"


def test_nobody_sees_another_persons_share(browser: Browser) -> None:
    share = make_share(confirmed=True).share

    for path in (f"/shares/{share.id}", f"/shares/{share.id}/posted", f"/conversations/new?share={share.id}"):
        checked_page(browser.get(path), 404)
    assert browser.post(f"/shares/{share.id}/posted").status_code == 404
    assert browser.post(f"/shares/{share.id}/engagement", data={"impressions": "1"}).status_code == 404


def test_many_shares_are_leafed_through_and_a_cursor_of_nonsense_is_refused(
    browser: Browser, employee: Employee
) -> None:
    item = make_live_item()
    for _ in range(23):
        make_share(actor=actor_for(employee), item=item, network="whatsapp")

    page = checked_page(browser.get("/shares"))
    following = next(link.get("href") for link in page.all("a") if link.get("rel") == "next")

    assert len(checked_page(browser.get(following or "")).one("tbody").findall("tr")) == 3
    checked_page(browser.get("/shares?cursor=nonsense"), 422)


# --- Words to avoid, and saying where one works.


def test_words_to_avoid_are_shown_where_they_stand_and_blocking_ones_go_no_further(browser: Browser) -> None:
    administrator = make_actor(Role.ADMINISTRATOR)
    add_phrase(administrator, phrase="best in class", why="Says who?")
    add_phrase(administrator, phrase="risk free", why="Nothing is.", is_blocking=True)
    item = make_live_item()
    words = f"😀 Best-in-Class! {WORDS}"

    checks = browser.post(f"/items/{item.id}/checks", data={"network": "x", "text": words}).get_data(as_text=True)
    assert "Says who?" in checks
    # The emoji is one character here and two in a browser.
    assert 'data-selects="field-text" data-start="3" data-end="16"' in checks
    assert browser.post(f"/items/{item.id}/share", data={"network": "x", "text": words}).status_code == 302

    refused = browser.post(f"/items/{item.id}/share", data={"network": "x", "text": f"Risk–free. {WORDS}"})
    assert "“risk free” in “Risk–free. I work at" in checked_page(refused, 422).words()
    assert len(shares()) == 1


def test_where_it_is_the_authors_choice_the_sheet_asks_and_hears_a_no(app: Any, session: Any) -> None:
    browser, item = sign_in_browser(app, make_advocate(country="DE")), make_live_item()
    page = checked_page(browser.get(f"/items/{item.id}/share"))
    assert "Say that I work here" in page.words()
    asked = {"network": "x", "text": "Eine Pumpe.", "asks_disclosure": "yes"}
    browser.post(f"/items/{item.id}/share", data=asked)
    browser.post(f"/items/{item.id}/share", data=asked | {"discloses": "yes"})
    refused, given = shares()
    assert (refused.text, refused.disclosure["requirement"]) == ("Eine Pumpe.", "own_choice")
    assert given.text == "Eine Pumpe.\n\nI work at Meridian Works."
    assert given.disclosure["rule"] == "default:de"


def test_elsewhere_the_sheet_does_not_ask(app: Any, session: Any) -> None:
    browser, item = sign_in_browser(app, make_advocate(country="US")), make_live_item()
    assert "Say that I work here" not in checked_page(browser.get(f"/items/{item.id}/share")).words()
    browser.post(f"/items/{item.id}/share", data={"network": "x", "text": "A pump.", "asks_disclosure": "yes"})
    (share,) = shares()
    assert share.text == "A pump.\n\nI work at Meridian Works."
    assert share.disclosure["rule"] == "default:us"


def test_the_reminder_stands_on_the_sheet_now_and_then_and_is_kept_with_the_share(browser: Browser) -> None:
    item = make_live_item()
    path = f"/items/{item.id}/share"
    assert "A reminder, now and then" in checked_page(browser.get(path)).words()
    browser.post(path, data={"network": "x", "text": WORDS, "reminded": "yes"})
    assert shares()[0].disclosure["reminded"] is True
    assert "A reminder, now and then" not in checked_page(browser.get(path)).words()
    with time_machine.travel(clock.now() + timedelta(days=91), tick=False):
        assert queries.reminder_is_due(actor_for(ambient.get_one(Employee, shares()[0].employee_key)))
