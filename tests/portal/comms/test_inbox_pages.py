"""The inbox and the sources, as a curator works with them: with script and without."""

from typing import Any

import html5lib
import pytest
from sqlalchemy import select

from advocacy.content.models import ContentItem
from advocacy.content.sources.models import EntryState, SourceEntry, SourceFeed
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from tests.factories.content import make_host
from tests.factories.people import make_unit
from tests.factories.sources import make_entry, make_source
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import UNESCAPED, Page, checked_page, page_part
from tests.support.sites import Site, answer


@pytest.fixture
def curator(app: Any, session: Any) -> Browser:
    make_unit("Meridian Works")
    return sign_in_browser(app, None, Role.CURATOR)


def only_entry() -> SourceEntry:
    return ambient.scalars(select(SourceEntry)).one()


@pytest.mark.parametrize(
    "path",
    ["/studio/inbox", "/studio/inbox?state=dismissed", "/studio/inbox?state=x&source=y&cursor=z", "/studio/sources"],
)
def test_pages_are_good_while_there_is_nothing(curator: Browser, path: str) -> None:
    response = curator.get(path, follow_redirects=True)
    checked_page(response)


def test_what_others_wrote_is_shown_as_text(curator: Browser) -> None:
    make_entry(make_source(title=UNESCAPED), title=UNESCAPED, summary=UNESCAPED, author=UNESCAPED)
    checked_page(curator.get("/studio/inbox"))
    checked_page(curator.get("/studio/sources"))


def test_an_entry_becomes_a_draft_and_its_page_fills_the_rest(curator: Browser, site: Site, recorded_jobs: Any) -> None:
    site.pages["/a"] = answer("<title>Another title</title><meta name=description content='From the page itself.'>")
    make_host("127.0.0.1")
    entry = make_entry(make_source(), url=site.url("/a"), summary="")
    answered = curator.post(f"/studio/inbox/{entry.id}/accept")
    item = ambient.scalars(select(ContentItem)).one()
    assert answered.location.startswith(f"/studio/{item.id}/edit?unfurl=")
    page = checked_page(curator.get(answered.location))
    assert "Reading the page" in page.words()
    assert page.field("title_0") == only_entry().title
    recorded_jobs.run("content.unfurl")
    page = checked_page(curator.get(answered.location))
    assert "Filled in from 127.0.0.1: summary." in page.words()
    assert page.field("title_0") == only_entry().title


def test_an_entry_that_cannot_be_a_draft_says_why(curator: Browser) -> None:
    entry = make_entry(make_source(), url="https://elsewhere.example/a")
    page = checked_page(curator.post(f"/studio/inbox/{entry.id}/accept", follow_redirects=True))
    assert "Links may not lead to elsewhere.example." in page.words()
    assert only_entry().state is EntryState.NEW


def test_dismissing_can_be_undone_at_once(curator: Browser) -> None:
    entry_id = make_entry(make_source()).id
    page = checked_page(curator.post(f"/studio/inbox/{entry_id}/dismiss", follow_redirects=True))
    assert only_entry().state is EntryState.DISMISSED
    undo = {
        field.get("name"): field.get("value")
        for field in page.all("input")
        if field.get("name") in {"entry", "decision"}
    }
    checked_page(curator.post("/studio/inbox", data=undo, follow_redirects=True))
    assert only_entry().state is EntryState.NEW


def test_with_script_a_row_tells_what_became_of_it(curator: Browser) -> None:
    entry_id = make_entry(make_source()).id
    part = curator.post(f"/studio/inbox/{entry_id}/dismiss", headers={"HX-Request": "true"})
    row = Page(html5lib.parse(part.get_data(as_text=True), namespaceHTMLElements=False), "")
    assert "Undo" in row.words()
    again = curator.post(f"/studio/inbox/{entry_id}/dismiss", headers={"HX-Request": "true"})
    assert "Somebody decided about this entry already." in again.get_data(as_text=True)
    back = curator.post(f"/studio/inbox/{entry_id}/restore", headers={"HX-Request": "true"})
    assert "Make a draft" in back.get_data(as_text=True)


def focused(page: Page) -> list[str | None]:
    return [
        element.get("data-key") or element.get("type") for element in page.root.iter() if "autofocus" in element.attrib
    ]


def test_the_focus_goes_on_with_who_decides(curator: Browser) -> None:
    htmx = {"HX-Request": "true"}
    entry_id = make_entry(make_source()).id
    pressed = page_part(curator.post(f"/studio/inbox/{entry_id}/dismiss?state=new", headers=htmx))
    assert focused(pressed) == ["u"]
    assert focused(checked_page(curator.get("/studio/inbox?state=dismissed"))) == []
    back = page_part(curator.post(f"/studio/inbox/{entry_id}/restore?state=new", headers=htmx))
    assert focused(back) == ["checkbox"]
    by_key = curator.post(f"/studio/inbox/{entry_id}/dismiss?state=new", data={"by_key": "yes"}, headers=htmx)
    assert focused(page_part(by_key)) == []
    # What left the list it stands in cannot be ticked there.
    elsewhere = page_part(curator.post(f"/studio/inbox/{entry_id}/restore?state=dismissed", headers=htmx))
    assert focused(elsewhere) == ["a"]
    assert not [field for field in elsewhere.all("input") if field.get("type") == "checkbox"]


def test_several_are_decided_at_once(curator: Browser) -> None:
    ids = [str(make_entry(make_source()).id) for _number in range(3)]
    bad = str(make_entry(make_source(), url="https://elsewhere.example/a", title="Elsewhere").id)
    page = checked_page(
        curator.post("/studio/inbox", data={"decision": "accept", "entry": [*ids, bad]}, follow_redirects=True)
    )
    assert "3 drafts were made." in page.words()
    assert "“Elsewhere” stays: Links may not lead to elsewhere.example." in page.words()
    assert "Undo" not in page.words()
    page = checked_page(curator.post("/studio/inbox", data={"decision": "dismiss"}, follow_redirects=True))
    assert "Tick what it is about first." in page.words()
    page = checked_page(
        curator.post("/studio/inbox", data={"decision": "dismiss", "entry": [bad]}, follow_redirects=True)
    )
    assert "One entry was dismissed." in page.words()


def test_sources_are_added_and_tell_how_they_are(curator: Browser, site: Site, recorded_jobs: Any) -> None:
    site.pages["/feed"] = answer("no", status=503)
    added = curator.post("/studio/sources", data={"url": site.url("/feed"), "title": "Newsroom"}, follow_redirects=True)
    assert "Waits to be read for the first time." in checked_page(added).words()
    recorded_jobs.run("content.poll_source")
    words = checked_page(curator.get("/studio/sources")).words()
    assert "The site asks to come back later." in words
    assert "trouble" in words
    source_id = ambient.scalars(select(SourceFeed.id)).one()
    for verb, told in (
        ("pause", "Paused by somebody here."),
        ("resume", "It is being read again."),
        ("poll", "less than a minute ago"),
    ):
        page = checked_page(curator.post(f"/studio/sources/{source_id}/{verb}", follow_redirects=True))
        assert told in page.words(), verb
    curator.post(f"/studio/sources/{source_id}/remove")
    assert ambient.scalars(select(SourceFeed)).all() == []


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"url": ""}, 422, "Enter an address"),
        ({"url": "javascript:alert(1)"}, 422, "must start with https://"),
        ({"url": "https://a.example/", "unit_id": "x"}, 422, "Choose from the list."),
        ({"url": "https://a.example/", "title": "x" * 101}, 422, "at most 100 characters"),
        ({"url": "https://known.example/feed"}, 409, "This source is there already."),
    ],
)
def test_a_source_that_cannot_be_added_keeps_what_was_typed(
    curator: Browser, fields: dict[str, str], status: int, told: str
) -> None:
    make_source(url="https://known.example/feed")
    page = checked_page(curator.post("/studio/sources", data=fields), status)
    assert told in page.words()
    assert page.field("url") == fields["url"]
