"""Conversations, impact, my data: one's own, kind when empty, closed to everybody else."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from advocacy.conversations.models import Conversation
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import Task
from advocacy.people import queries
from advocacy.people.models import Consent, Employee, Purpose
from tests.factories.identity import make_api_token, make_service_account
from tests.factories.people import actor_for, make_advocate, make_employee, make_profile, make_topic
from tests.factories.sharing import make_share
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import UNESCAPED, checked_page

PAGES = ("/", "/shares", "/conversations", "/conversations/new", "/impact", "/my-data", "/stopped", "/my-data/erase")


@pytest.fixture
def employee(session: Any) -> Employee:
    return make_advocate(name=UNESCAPED, title=UNESCAPED)


@pytest.fixture
def browser(app: Any, employee: Employee) -> Browser:
    return sign_in_browser(app, employee)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("said_yes", [True, False])
def test_every_page_is_good_while_there_is_nothing(app: Any, session: Any, path: str, said_yes: bool) -> None:
    browser = sign_in_browser(app, make_advocate() if said_yes else make_employee())

    checked_page(browser.get(path))


@pytest.mark.parametrize("path", PAGES[:-2])
def test_every_page_is_good_with_hostile_names_and_numbers(browser: Browser, employee: Employee, path: str) -> None:
    actor = actor_for(employee)
    make_profile(employee, size=500, is_floor=True)
    make_topic(UNESCAPED)
    shared = make_share(actor=actor, text=f"I work at Meridian Works {UNESCAPED}", confirmed=True)
    data = {
        "kind": "customer",
        "outcome": "open",
        "account": UNESCAPED,
        "note": UNESCAPED,
        "share_id": str(shared.share.id),
    }
    assert browser.post("/conversations/new", data=data).location == f"/shares/{shared.share.id}"

    checked_page(browser.get(path))
    checked_page(browser.get(f"/shares/{shared.share.id}"))


def test_what_we_count_is_open_to_visitors(client: Any) -> None:
    words = checked_page(client.get("/what-we-count")).words()

    assert "write down that somebody said no" in words
    assert "Potential audience" in words


def test_an_account_without_a_person_gets_no_personal_pages(app: Any, session: Any) -> None:
    browser = sign_in_browser(app, make_service_account(Role.ADMINISTRATOR))

    assert browser.get("/").status_code == 403
    assert browser.get("/start").status_code == 302


# --- Conversations.


def test_a_conversation_takes_two_answers(browser: Browser) -> None:
    answer = browser.post("/conversations/new", data={"kind": "candidate", "outcome": "open"})

    assert answer.location == "/conversations"
    assert "You noted one conversation" in checked_page(browser.get("/conversations")).words()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "customer"},
        {"kind": "<b>", "outcome": "open"},
        {"kind": "customer", "outcome": "open", "note": "x" * 5_000},
        {"kind": "customer", "outcome": "open", "note": "a\x00b"},
        {"kind": "customer", "outcome": "open", "account": "y" * 300},
        {"kind": "customer", "outcome": "open", "when": "tomorrow"},
        {"kind": "customer", "outcome": "open", "when": "2999-01-01"},
        {"kind": "customer", "outcome": "open", "when": "1999-01-01"},
        {"kind": "candidate", "outcome": "open", "buying_role": "decider"},
        {"kind": "customer", "outcome": "open", "share_id": "nonsense"},
    ],
)
def test_a_conversation_that_cannot_be_comes_back_and_nothing_is_kept(browser: Browser, data: dict[str, str]) -> None:
    checked_page(browser.post("/conversations/new", data=data), 422)

    assert ambient.scalars(select(Conversation)).all() == []


# --- Consent.


def test_one_click_stops_everything_before_the_answer(browser: Browser) -> None:
    answer = browser.post("/stop")

    assert answer.location == "/stopped"
    assert ambient.scalars(select(Consent)).all() == []
    assert ambient.scalars(select(Task).where(Task.name == "measurement.restate_person")).all()
    assert "You no longer take part" in checked_page(browser.get("/stopped")).words()
    assert browser.post("/stop").location == "/stopped"


def test_every_page_offers_the_way_out_in_one_click(browser: Browser) -> None:
    for path in ("/", "/shares", "/impact"):
        page = checked_page(browser.get(path))
        assert any(form.get("action") == "/stop" for form in page.all("form"))


def test_one_purpose_is_taken_back_and_given_again(browser: Browser, employee: Employee) -> None:
    make_profile(employee)

    browser.post("/my-data/purposes/network_size", data={"answer": "no"})
    assert not queries.has_consent(employee.key, Purpose.NETWORK_SIZE)
    assert queries.has_consent(employee.key, Purpose.TAKE_PART)
    browser.post("/my-data/purposes/network_size", data={"answer": "yes"})

    assert queries.has_consent(employee.key, Purpose.NETWORK_SIZE)
    assert browser.post("/my-data/purposes/nonsense", data={"answer": "yes"}).status_code == 404


def test_a_yes_without_having_read_the_rules_leads_to_them(app: Any, session: Any) -> None:
    browser = sign_in_browser(app, make_employee())

    assert browser.post("/my-data/purposes/take_part", data={"answer": "yes"}).location == "/welcome"


# --- Networks, topics, sessions, tokens.


def test_sizes_are_kept_and_an_emptied_one_is_forgotten(browser: Browser, employee: Employee) -> None:
    make_profile(employee, network=1, size=10)

    browser.post("/my-data/networks", data={"size_linkedin": "", "size_bluesky": "12'000"})

    assert [(p.network, p.audience_size) for p in queries.profiles_of(actor_for(employee))] == [(5, 12_000)]
    checked_page(browser.post("/my-data/networks", data={"size_x": "a lot"}), 422)
    assert browser.post("/my-data/choices", data={"language": "nonsense"}).status_code == 422


def test_sessions_elsewhere_are_ended_and_tokens_revoked(app: Any, browser: Browser, employee: Employee) -> None:
    elsewhere = sign_in_browser(app, browser.account)
    make_api_token(browser.account)
    page = checked_page(browser.get("/my-data"))
    session_id = next(field.get("value") for field in page.all("input") if field.get("name") == "session")
    revoke = next(form.get("action") for form in page.all("form") if "/revoke" in (form.get("action") or ""))

    assert browser.post("/my-data/sessions/end", data={"session": session_id}).status_code == 302
    assert browser.post(revoke or "").status_code == 302

    assert elsewhere.get("/my-data").location == "/sign-in?next=/my-data"
    assert browser.get("/my-data").status_code == 200
    third = sign_in_browser(app, browser.account)
    assert browser.post("/my-data/sessions/end-others").status_code == 302
    assert third.get("/my-data").status_code == 302
    for nonsense in ("zz", "00", "", "x" * 9_000):
        assert browser.post("/my-data/sessions/end", data={"session": nonsense}).status_code == 404


# --- Taking along, and going.


def test_the_export_holds_what_is_kept(browser: Browser, employee: Employee) -> None:
    make_share(actor=actor_for(employee), text="I work at Meridian Works, and so on", confirmed=True)
    browser.post("/conversations/new", data={"kind": "customer", "outcome": "open", "note": "a secret of mine"})

    answer = browser.get("/my-data/export.json")

    assert "attachment" in answer.headers["Content-Disposition"]
    kept = json.loads(answer.get_data(as_text=True))
    assert kept["person"]["email"] == employee.email
    assert kept["shares"][0]["text"] == "I work at Meridian Works, and so on"
    assert kept["conversations"][0]["note"] == "a secret of mine"


def test_the_export_holds_what_a_maker_began_and_had_read(sign_in: Any) -> None:
    curator, other = sign_in(None, Role.CURATOR), sign_in(None, Role.CURATOR)
    curator.post("/studio/autosave", data={"title_0": "Half a sentence"})
    curator.post("/studio/unfurl", data={"destination": "https://news.example/pump"})
    kept = curator.get("/my-data/export.json").json
    assert [row["form"]["title_0"] for row in kept["unfinished"]] == [["Half a sentence"]]
    assert [(row["url"], row["state"]) for row in kept["pages_read"]] == [("https://news.example/pump", "waiting")]
    theirs = other.get("/my-data/export.json").json
    assert (theirs["unfinished"], theirs["pages_read"]) == ([], [])


def test_erasing_asks_once_and_then_everything_is_gone(browser: Browser, employee: Employee) -> None:
    checked_page(browser.post("/my-data/erase"), 422)
    answer = browser.post("/my-data/erase", data={"sure": "yes"})

    assert answer.location == "/erased"
    checked_page(browser.get("/erased"))
    employee = ambient.get_one(Employee, employee.key)
    assert (employee.name, employee.email) == (None, None)
    assert employee.erased_at is not None
    assert browser.get("/my-data").location == "/sign-in?next=/my-data"
