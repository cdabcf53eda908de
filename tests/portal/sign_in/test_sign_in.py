"""Coming in: by password, by link, on a demo by a button; and what visitors may see."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from advocacy.foundation import clock, preferences
from advocacy.foundation.models import Setting, Task
from advocacy.identity import service
from advocacy.identity.models import LinkPurpose
from tests.factories.identity import PASSWORD, make_account
from tests.factories.people import make_employee
from tests.support.clients import Visitor, sign_in_browser
from tests.support.html import Page, checked_page

HOSTILE = (
    "x" * 100_000,
    "nul\x00inside",
    "\u202eright to left\u202c",
    "<script>alert(1)</script>",
    "'; DROP TABLE account; --",
    "%s{{7*7}}",
)


@pytest.fixture
def visitor(app: Any, session: Any) -> Visitor:
    return Visitor(app, use_cookies=True)


def token_of(page: Page) -> str:
    return page.field("csrf_token") or ""


def post(visitor: Visitor, path: str, form: str = "/sign-in", **data: str) -> Any:
    token = token_of(checked_page(visitor.get(form)))
    return visitor.post(path, data={"csrf_token": token, **data})


def test_the_sign_in_page_is_a_good_page_and_offers_no_people_without_a_demo(visitor: Visitor) -> None:
    words = checked_page(visitor.get("/sign-in")).words()

    assert "Sign in" in words
    assert "demonstration" not in words


def test_somebody_with_a_password_comes_in_and_lands_on_welcome(visitor: Visitor) -> None:
    account = make_account(password=PASSWORD)

    answer = post(visitor, "/sign-in", email=account.email.upper(), password=PASSWORD)

    assert (answer.status_code, answer.location) == (302, "/welcome")
    assert visitor.get("/conversations").status_code == 200


def test_somebody_who_finished_welcome_goes_where_they_wanted(visitor: Visitor) -> None:
    account = make_account(make_employee(onboarded_at=clock.now()), password=PASSWORD)

    assert visitor.get("/impact").location == "/sign-in?next=/impact"
    answer = post(visitor, "/sign-in", "/sign-in?next=/impact", email=account.email, password=PASSWORD, next="/impact")

    assert answer.location == "/impact"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(visitor: Visitor, target: str) -> None:
    account = make_account(make_employee(onboarded_at=clock.now()), password=PASSWORD)

    assert post(visitor, "/sign-in", email=account.email, password=PASSWORD, next=target).location == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_page(visitor: Visitor) -> None:
    account = make_account(password=PASSWORD)

    wrong = checked_page(post(visitor, "/sign-in", email=account.email, password="not it at all"), 401)
    unknown = checked_page(post(visitor, "/sign-in", email="nobody@meridian.example", password="not it at all"), 401)

    assert "The address or the password is not right." in wrong.words()
    assert wrong.words() == unknown.words()


@pytest.mark.parametrize("text", HOSTILE)
def test_bad_input_never_breaks_the_sign_in_forms(visitor: Visitor, text: str) -> None:
    for path, form in (("/sign-in", "/sign-in"), ("/sign-in/link", "/sign-in"), ("/sign-in/demo", "/sign-in")):
        answer = post(visitor, path, form, email=text, password=text, next=text)
        assert answer.status_code in {302, 401, 404, 422}, path
        assert "alert(1)</script>" not in answer.get_data(as_text=True)


def test_an_empty_form_says_what_is_missing(visitor: Visitor) -> None:
    page = checked_page(post(visitor, "/sign-in", email="", password=""), 422)

    assert "Enter your e-mail address." in page.words()
    assert "Enter your password." in page.words()


def test_a_form_without_its_token_is_explained(visitor: Visitor) -> None:
    page = checked_page(visitor.post("/sign-in", data={"email": "a@b.example", "password": "x"}), 400)

    assert "This form is too old" in page.words()


def test_asking_for_a_link_says_the_same_to_everybody_and_mails_only_whom_we_know(visitor: Visitor) -> None:
    account = make_account()

    known = post(visitor, "/sign-in/link", email=account.email)
    unknown = post(visitor, "/sign-in/link", email="nobody@meridian.example")

    assert known.location == unknown.location == "/sign-in/sent"
    assert [task.arguments["account_id"] for task in service_tasks() if UUID(task.arguments["account_id"]).int] == [
        str(account.id)
    ]
    checked_page(visitor.get("/sign-in/sent"))


def service_tasks() -> list[Task]:
    from advocacy.foundation.db import session

    return list(session.scalars(select(Task).where(Task.name == "identity.send_link")))


def test_a_link_that_a_scanner_opened_still_works_and_only_once(visitor: Visitor) -> None:
    account = make_account(make_employee(onboarded_at=clock.now()))
    token = service.make_link(account.id, LinkPurpose.SIGN_IN)

    for _ in range(3):
        page = checked_page(visitor.get(f"/link/{token}"))
    answer = visitor.post(f"/link/{token}", data={"csrf_token": token_of(page)})

    assert answer.location == "/"
    assert checked_page(visitor.get("/")).words()
    again = Visitor(visitor.application, use_cookies=True)
    assert "has been used or is too old" in checked_page(again.get(f"/link/{token}"), 410).words()


def test_an_invitation_leads_to_a_password_that_may_be_left_out(visitor: Visitor) -> None:
    token = service.make_link(make_account().id, LinkPurpose.INVITATION)

    page = checked_page(visitor.get(f"/link/{token}"))
    answer = visitor.post(f"/link/{token}", data={"csrf_token": token_of(page)})

    assert answer.location == "/password?first=yes"
    page = checked_page(visitor.get(answer.location))
    assert page.one("a", href="/welcome").text == "Go on without"


def test_a_reset_link_survives_a_weak_password_and_sets_a_good_one(visitor: Visitor) -> None:
    account = make_account(make_employee(onboarded_at=clock.now()), password=PASSWORD)
    token = service.make_link(account.id, LinkPurpose.PASSWORD_RESET)
    form = checked_page(visitor.get(f"/link/{token}"))

    weak = visitor.post(f"/link/{token}", data={"csrf_token": token_of(form), "password": "short"})
    good = visitor.post(f"/link/{token}", data={"csrf_token": token_of(form), "password": "nine green bottles fall"})

    assert "at least 15" in checked_page(weak, 422).words()
    assert good.status_code == 302
    assert post(Visitor(visitor.application), "/sign-in", email="x@y.example", password=PASSWORD).status_code in {
        400,
        401,
    }


def test_changing_a_password_needs_the_present_one(app: Any, session: Any) -> None:
    account = make_account(make_employee(onboarded_at=clock.now()), password=PASSWORD)
    browser = sign_in_browser(app, account)

    wrong = browser.post("/password", data={"old": "something else here", "password": "nine green bottles fall"})
    right = browser.post("/password", data={"old": PASSWORD, "password": "nine green bottles fall"})

    assert "This is not your present password." in checked_page(wrong, 422).words()
    assert right.location == "/"
    assert browser.get("/").status_code == 200


def test_signing_out_ends_the_session_and_twice_is_no_error(app: Any, session: Any) -> None:
    browser = sign_in_browser(app, make_employee(onboarded_at=clock.now()))
    assert browser.get("/").status_code == 200

    browser.post("/sign-out")

    assert browser.get("/").location == "/sign-in"


# --- The demo.


def mark(people: list[dict[str, str]]) -> None:
    from advocacy.foundation.db import session

    session.merge(Setting(name="demo_mark", value={"scale": "meridian", "people": people}, changed_at=clock.now()))


def test_on_a_demo_anybody_comes_in_by_a_button(visitor: Visitor) -> None:
    account = make_account(make_employee(onboarded_at=clock.now()))
    person = {
        "role": "employee",
        "name": "Inês <b>",
        "email": account.email,
        "story": "shares",
        "account_id": str(account.id),
    }
    mark([person])

    page = checked_page(visitor.get("/sign-in"))
    answer = visitor.post("/sign-in/demo", data={"csrf_token": token_of(page), "email": account.email})

    assert "Inês <b>" in page.words()
    assert answer.location == "/"


def test_without_the_mark_or_from_another_machine_nobody_comes_in_by_a_button(visitor: Visitor) -> None:
    account = make_account()
    person = {"role": "employee", "name": "N", "email": account.email, "story": "s", "account_id": str(account.id)}

    assert post(visitor, "/sign-in/demo", email=account.email).status_code == 404
    mark([person])
    token = token_of(checked_page(visitor.get("/sign-in")))
    far = {"REMOTE_ADDR": "203.0.113.9"}
    answer = visitor.post("/sign-in/demo", data={"csrf_token": token, "email": account.email}, environ_overrides=far)
    assert answer.status_code == 404
    assert "demonstration" not in visitor.get("/sign-in", environ_overrides=far).get_data(as_text=True)


# --- The outbox.


def write_letter(name: str, text: str) -> None:
    folder = preferences.deployment().mail_outbox
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.eml").write_text(f"To: a@b.example\nSubject: Hello <b>\n\n{text}\n", encoding="utf-8")


def test_the_outbox_shows_mail_with_our_links_only_to_this_machine(visitor: Visitor) -> None:
    name, portal = str(uuid4()), preferences.deployment().portal_url
    write_letter(name, f"<script>x</script> {portal}/link/abc and https://evil.example/x")

    assert "Hello <b>" in checked_page(visitor.get("/outbox")).words()
    page = checked_page(visitor.get(f"/outbox/{name}"))
    links = [link.get("href") for link in page.one("main").iter("a")]
    assert f"{portal}/link/abc" in links
    assert not any("evil" in (href or "") for href in links)
    assert not page.one("main").findall(".//script")
    assert visitor.get("/outbox", environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "..", ".", "a%00b", "x" * 400, "none"])
def test_no_other_file_can_be_read_through_the_outbox(visitor: Visitor, name: str, tmp_path: Path) -> None:
    assert visitor.get(f"/outbox/{name}").status_code in {400, 404}


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/items/not-an-id/share", 404), ("/link/" + "x" * 500, 410)]
)
def test_pages_that_are_not_there_say_so_kindly(visitor: Visitor, path: str, status: int) -> None:
    assert "Back to the start" in checked_page(visitor.get(path), status).words()


def test_a_step_in_between_cannot_be_opened_by_itself(visitor: Visitor) -> None:
    assert "a step in between" in checked_page(visitor.get("/sign-out"), 405).words()
