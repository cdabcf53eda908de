"""From a page of somebody else to a draft: a pasted link fills Compose, a colleague's suggestion waits in the inbox."""

import pytest

from tests.support.sites import answer, running_site

pytestmark = pytest.mark.browser
PAGE = """<html lang="en"><head><title>A bridge that mends itself</title><meta name="author" content="Kim Moreau">
<meta name="description" content="Concrete closes its own cracks."></head></html>"""


def test_a_link_fills_the_form_and_a_suggestion_is_decided_by_keys(stage, person):
    with running_site() as site:
        site.pages["/bridge"] = answer(PAGE)
        stage.cluster.start("worker@egress", ADVOCACY_EGRESS_INSIDE=f"127.0.0.1:{site.port}")
        advocate, curator = person("advocate", phone=True), person("curator")
        advocate.go("/suggestions")
        advocate.page.get_by_label("Its address").fill(site.url("/bridge"))
        advocate.page.get_by_label("Why, in a few words").fill("It is about our bridge.")
        advocate.press("Suggest it")
        advocate.sees("Nobody decided yet.")

        curator.go("/studio/compose")
        page = curator.page
        page.get_by_label("Summary").first.fill("My own words.")
        page.get_by_label("Link").first.fill(site.url("/bridge"))
        page.get_by_role("button", name="Fill in from the page").click()
        page.locator("#unfurl", has_text="Filled in from 127.0.0.1").wait_for()
        assert page.locator("#field-title_0").input_value() == "A bridge that mends itself"
        assert page.locator("#field-summary_0").input_value() == "My own words."
        curator.is_accessible()
        page.get_by_text("What the page says instead").click()
        page.get_by_role("button", name="Use what the page says").click()
        page.get_by_text("What the page says instead").wait_for(state="detached")
        assert page.locator("#field-summary_0").input_value() == "Concrete closes its own cracks."

        curator = person("curator")  # leaving Compose would cut off what it keeps of the draft
        page = curator.page
        curator.go("/studio/inbox")
        page.locator("[data-row-focus]").first.focus()
        page.keyboard.press("x")
        assert page.locator("[data-row-focus]").first.is_checked()
        page.keyboard.press("d")
        page.get_by_role("button", name="Undo").wait_for()
        curator.is_accessible()
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("button", name="Make a draft", exact=True).wait_for()
        stage.cluster.stop("worker@egress")
