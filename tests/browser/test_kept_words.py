"""Words somebody wrote for a share: the draft in their tab goes only when it is known that the words arrived."""

from datetime import date, timedelta

import pytest

pytestmark = pytest.mark.browser
PROGRAMS = ("web",)
WORDS = "I was on shift that night, and this is how it felt."
DRAFTS = "Object.keys(sessionStorage).filter(key => key.startsWith('draft:'))"
OPENS = "Copy text and open"


@pytest.fixture
def writer(stage, person):
    """Give somebody at a share sheet who wrote a sentence."""
    found = person("advocate")
    found.page.context.route("https://www.linkedin.com/**", lambda route: route.fulfill(body="the network's dialog"))
    found.go(f"/items/{stage.ids['item']}/share")
    found.page.get_by_role("radio", name="LinkedIn").check()
    found.page.get_by_label("Your words").fill(WORDS)
    assert drafts(found) == 1
    return found


def drafts(person):
    return len(person.page.evaluate(DRAFTS))


def test_words_stay_on_the_page_when_nobody_answers(writer):
    writer.page.context.set_offline(True)
    writer.press(OPENS)
    writer.page.get_by_text("The server does not answer.").wait_for()
    assert writer.page.get_by_label("Your words").input_value() == WORDS
    assert writer.page.get_by_role("button", name=OPENS).is_enabled()
    assert drafts(writer) == 1
    writer.complaints.clear()  # that there is no connection
    writer.page.context.set_offline(False)
    with writer.page.context.expect_page() as opened:
        writer.press(OPENS)
    opened.value.close()
    writer.page.wait_for_url("**/posted")
    assert drafts(writer) == 0


def test_words_are_there_again_when_the_session_was_over(stage, writer):
    session = writer.page.context.cookies()
    writer.page.context.clear_cookies()
    writer.press(OPENS)
    writer.page.locator("body[data-error]").wait_for()
    assert drafts(writer) == 1
    writer.complaints.clear()  # that it was refused
    writer.page.context.add_cookies(session)
    writer.go(f"/items/{stage.ids['item']}/share")
    assert writer.page.get_by_label("Your words").input_value() == WORDS


def test_words_are_kept_when_something_is_wrong_with_them_and_go_once_they_were_taken(stage, writer):
    page = writer.page
    page.get_by_text("Another time").click()
    page.get_by_label("When").fill("2001-01-01T10:00")
    writer.press("Remind me then")
    page.locator(".error-summary").wait_for()
    assert page.get_by_label("Your words").input_value() == WORDS
    assert drafts(writer) == 1
    tomorrow = date.today() + timedelta(days=1)
    page.get_by_label("When").fill(f"{tomorrow}T12:00")  # in nobody's quiet hours
    writer.press("Remind me then")
    page.wait_for_url("**/planned")
    assert drafts(writer) == 0
