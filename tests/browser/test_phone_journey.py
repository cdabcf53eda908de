"""From a pasted link to a post that its author mends: four people, a phone, a real mail server and a real browser each.

What Tomás does between his mail and his post is timed by the keystroke-level model of Card, Moran and Newell, so the
result says how much he is asked to do and not how fast this machine is.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Locator

from tests.browser.conftest import Person
from tests.browser.test_main_journey import VISITOR
from tests.support.mail import Sink, plain
from tests.support.ports import own_port
from tests.support.sites import answer, running_site

pytestmark = pytest.mark.browser

TITLE = "A pump that saves a river"
PAGE = f"""<html lang="en"><head><title>{TITLE}</title><meta name="author" content="Kim Moreau">
<meta name="description" content="It moves the water only when the fish do not."></head></html>"""
CAPTION = "We spent two winters on this pump. The river is still there."
OWN_WORDS = "I helped build this. "
MOST_SECONDS, MOST_STEPS = 30, 7
# Seconds: to make up one's mind, to reach a place on the glass, a character on a phone's keyboard (36 words a
# minute: Palin and others, 2019), and to read a word silently (238 a minute: Brysbaert, 2019).
MIND, REACH, KEY, WORD = 1.35, 1.1, 0.33, 0.25


@dataclass
class Thumb:
    """Somebody on a phone, whose seconds are those of a person and not of this machine."""

    person: Person
    steps: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def reads(self, *texts: str) -> None:
        self.seconds += WORD * sum(len(text.split()) for text in texts)

    def taps(self, place: Locator) -> None:
        self._takes(place.inner_text().strip() or "the field", MIND + REACH)
        place.tap()

    def writes(self, place: Locator, text: str) -> None:
        self.taps(place)
        self.seconds += KEY * len(text)
        place.press_sequentially(text)

    def does_elsewhere(self, what: str) -> None:
        """Count a step in a program that is not ours."""
        self._takes(what, MIND + REACH)

    def _takes(self, what: str, seconds: float) -> None:
        self.steps.append(what)
        self.seconds += seconds


def sheet_in(letter: Any, title: str) -> str:
    """Return the personal address that a letter gives beside an item."""
    lines = plain(letter).splitlines()
    start = next(number for number, line in enumerate(lines) if line.endswith(title))
    return next(line for line in lines[start:] if "/from-mail/" in line)


def digest_for(stage, address: str) -> Any:
    """Let the hour of somebody's mail come; return the letter as a real mail server took it."""
    sink, port = Sink(), own_port()
    server: Any = Controller(sink, hostname="127.0.0.1", port=port, ready_timeout=30)
    server.start()
    stage.cluster.stop("worker@delivery")
    stage.cluster.start("worker@delivery", ADVOCACY_SMTP_URL=f"smtp://127.0.0.1:{port}")
    try:
        stage.tell("digest")
        stage.cluster.wait(lambda: any(one["To"] == address for one in sink.kept), 60, "the digest has come")
    finally:
        stage.cluster.stop("worker@delivery")
        stage.cluster.start("worker@delivery")
        server.stop()
    return next(one for one in sink.kept if one["To"] == address)


def test_a_pasted_link_becomes_a_post_in_own_words_and_is_mended_when_it_is_wrong(stage, person, chromium):
    reader = stage.tell("reader")["way_in"]
    with running_site() as site:
        site.pages["/pump"] = answer(PAGE)

        # The administrator lets links lead to the site; the curator pastes one, and the page fills the form.
        administrator, curator = person("administrator"), person("curator")
        administrator.go("/settings/hosts")
        administrator.page.locator("#field-host").fill("127.0.0.1")
        administrator.press("Allow it")
        stage.cluster.start("worker@egress", ADVOCACY_EGRESS_INSIDE=f"127.0.0.1:{site.port}")
        curator.go("/studio/compose")
        page = curator.page
        page.get_by_label("Link").first.fill(site.url("/pump"))
        page.get_by_role("button", name="Fill in from the page").click()
        page.locator("#unfurl", has_text="Filled in from 127.0.0.1").wait_for()
        stage.cluster.stop("worker@egress")
        assert page.locator("#field-title_0").input_value() == TITLE
        page.locator("[name=caption_text_0]").fill(CAPTION)
        page.locator("#audience details summary").first.click()
        page.locator("#audience").get_by_label("Rail Systems").first.check()
        page.locator("#audience-count", has_text="It is meant for").wait_for()
        page.get_by_label("Pin it to the top of feeds").check()
        page.get_by_label("It is about a product or service").check()
        curator.press("Save and send to review")
        curator.sees(TITLE)
        item = page.url.rsplit("/", 1)[1]

        # The approver reads the caption as the networks get it, and decides.
        approver = person("approver")
        approver.go(f"/review/{item}")
        approver.sees(CAPTION)
        approver.press("Approve")
        curator.go(f"/studio/{item}")
        curator.sees("Live")

        # The mail, and the phone on which it is read.
        letter = digest_for(stage, "tomas.reis@meridian.example")
        tomas = person(phone=True)
        tomas.page.context.route("https://www.linkedin.com/**", lambda route: route.fulfill(body="their own dialog"))
        thumb = Thumb(tomas)
        thumb.reads(TITLE)
        thumb.does_elsewhere("the link in the mail")
        tomas.go(sheet_in(letter, TITLE))
        tomas.is_accessible()
        thumb.reads(CAPTION)
        words = tomas.page.get_by_label("Your words")
        assert words.input_value() == CAPTION
        thumb.writes(words, OWN_WORDS)
        with tomas.page.context.expect_page() as opened:
            thumb.taps(tomas.page.get_by_role("button", name="Copy text and open LinkedIn"))
        opened.value.wait_for_url("https://www.linkedin.com/sharing/share-offsite/?url=*")
        opened.value.close()
        thumb.does_elsewhere("paste")
        thumb.does_elsewhere("post")
        tomas.page.wait_for_url("**/shares/*")
        tomas.is_accessible()
        tomas.sees("I work at Meridian Works")
        link = tomas.page.locator("code").inner_text()
        thumb.taps(tomas.page.get_by_role("button", name="Yes, it is posted"))
        tomas.page.get_by_role("heading", name="Thank you").wait_for()
        assert thumb.seconds < MOST_SECONDS, thumb
        assert len(thumb.steps) <= MOST_STEPS, thumb

        # Somebody follows the link to the page itself.
        leads_to = stage.cluster.scalar("SELECT destination FROM link WHERE code = %s", link.rsplit("/", 1)[1])
        address = urlsplit(leads_to)
        site.pages[f"{address.path}?{address.query}"] = answer("<h1>The pump itself</h1>")
        visitor = chromium.new_context(user_agent=VISITOR.format(number=3)).new_page()
        visitor.goto(link)
        assert visitor.url == leads_to
        assert "utm_source=linkedin" in leads_to
        visitor.context.close()

    # A colleague saw the post: it claims too much. Two others agree, and nobody learns whose it is.
    curator.go("/posts-to-mend")
    page = curator.page
    page.get_by_label("The post's address, or the short link in it").fill(link)
    page.get_by_label("Take the post down").check()
    page.get_by_label("Why").fill("The pump is not sold everywhere yet.")
    curator.press("Propose it")
    for one in (approver, administrator):
        one.go("/posts-to-mend")
        one.sees("The pump is not sold everywhere yet.")
        assert "Tomás" not in one.page.inner_text("main")
        one.press("Agree")

    # He reads it where he reads everything, and says that it is mended.
    tomas = person(phone=True)
    tomas.go(reader)
    tomas.press("Sign in")
    tomas.sees("Please take your post on LinkedIn down")
    tomas.is_accessible()
    tomas.page.get_by_label("A word to those who asked").fill("Gone, and sorry.")
    tomas.press("It is done")
    curator.go("/posts-to-mend")
    curator.sees("Gone, and sorry.")
    tomas.go("/shares")
    tomas.waits_for("opened by people once")

    # For the fair he takes a card along: one page of the size A6 with his own code, and nothing else of the page.
    tomas.go(f"/items/{item}/qr")
    tomas.press("Make my code")
    tomas.page.locator("img.qr-code").wait_for()
    tomas.is_accessible()
    paper = tomas.page.pdf(prefer_css_page_size=True)
    ((width, height),) = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert (round(float(width) / 72 * 25.4), round(float(height) / 72 * 25.4)) == (105, 148)
