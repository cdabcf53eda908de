"""The scenario page as somebody uses it: the slider answers, also to keys and to those who listen."""

import pytest

pytestmark = pytest.mark.browser
PROGRAMS = ("web",)
UNEVEN = "/scenario?employees=200&audience=10&brand=1000&participation=10&spread=lognormal&sigma=1.5"


def test_the_slider_moves_number_sentence_and_pictures(stage, person):
    executive = person("executive")
    executive.go("/scenario?preset=ibm&employees=350000&audience=10&brand=1000000&participation=100")
    page = executive.page
    slider = page.get_by_role("slider", name="Participation")
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    assert page.get_by_label("Participation, in per cent").input_value() == "3"
    assert slider.get_attribute("aria-valuetext") == "3 per cent, 10,500 people"
    page.locator("h1", has_text="0.105 times the brand’s followers").wait_for()
    page.locator("#spoken", has_text="0.105 times").wait_for()
    page.wait_for_url(lambda url: "participation=3&" in url)  # written a moment after the pictures
    assert page.evaluate("document.activeElement.id") == "slide"
    executive.sees("equal to the brand: 28.6 %")


def test_the_number_moves_the_slider_and_what_is_no_number_is_told(stage, person):
    executive = person("executive", phone=True)
    executive.go(UNEVEN)
    page = executive.page
    page.locator("h1", has_text="Between").wait_for()
    page.get_by_label("Participation, in per cent").fill("50")
    page.locator("h1", has_text="50 %").wait_for()
    assert page.get_by_role("slider").input_value() == "500"
    page.get_by_label("Participation, in per cent").fill("150")
    page.get_by_text("Enter a share from 0 to 100 per cent.").first.wait_for()
    page.get_by_label("Participation, in per cent").fill("20")
    page.locator("h1", has_text="20 %").wait_for()
    executive.is_accessible()


def test_what_is_kept_is_what_is_shown(stage, person):
    executive = person("executive")
    executive.go(UNEVEN)
    page = executive.page
    page.get_by_label("Who joins").select_option("best")
    page.locator("h1", has_text="the best connected").wait_for()
    told = page.locator("h1").inner_text()
    page.get_by_label("Name").fill("The best twenty")
    executive.press("Keep it")
    page.wait_for_url("**/scenario/saved/*")
    assert page.locator("h1").inner_text() == told
    executive.sees("the same inputs and the same draws give the same numbers")
    executive.press("Put it away")
    executive.sees("Put away.")
