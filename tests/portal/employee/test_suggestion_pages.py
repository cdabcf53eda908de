"""Suggesting a page takes one form; what became of it stands below."""

from typing import Any

import pytest

from advocacy.content.sources import inbox, queries
from advocacy.foundation.access import Role
from tests.factories.content import HOST, approve, make_actor, make_host
from tests.factories.people import make_advocate, make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import UNESCAPED, checked_page

URL = f"https://{HOST}/bridge"


@pytest.fixture
def reader(app: Any, session: Any) -> Browser:
    make_host()
    return sign_in_browser(app, make_advocate(make_unit("Meridian Works")))


def test_what_was_suggested_is_listed_until_it_is_live(reader: Browser) -> None:
    checked_page(reader.get("/suggestions"))
    page = checked_page(reader.post("/suggestions", data={"url": URL, "why": UNESCAPED}, follow_redirects=True))
    assert "Nobody decided yet." in page.words()
    curator = make_actor(Role.CURATOR)
    (row,) = queries.inbox(visible_to=curator).rows
    item = inbox.accept_entry(curator, row.entry.id, answer="A fine find.")
    words = checked_page(reader.get("/suggestions")).words()
    assert "Somebody makes something of it." in words
    assert "A fine find." in words
    from advocacy.content import service as content

    content.submit_item(curator, item.id)
    approve(item)
    assert "It is there for everybody." in checked_page(reader.get("/suggestions")).words()
    assert "taken up" in checked_page(reader.get("/notifications")).words()
    assert '"A fine find."' in reader.get("/my-data/export.json").get_data(as_text=True)


def test_what_is_there_already_is_said_so_at_once(reader: Browser, app: Any) -> None:
    reader.post("/suggestions", data={"url": URL, "why": "Good"})
    curator = make_actor(Role.CURATOR)
    inbox.accept_entry(curator, queries.inbox(visible_to=curator).rows[0].entry.id)
    other = sign_in_browser(app, make_advocate())
    words = checked_page(other.post("/suggestions", data={"url": URL, "why": "Me too"}, follow_redirects=True)).words()
    assert "It was taken up already." in words
    assert "you hear what became of it" not in words


def test_a_suggestion_can_be_taken_back(reader: Browser) -> None:
    page = checked_page(reader.post("/suggestions", data={"url": URL, "why": "Good"}, follow_redirects=True))
    action = next(form.get("action", "") for form in page.all("form") if form.get("action", "").endswith("/withdraw"))
    page = checked_page(reader.post(action, follow_redirects=True))
    assert "Taken back. Nobody sees it any more." in page.words()
    assert "What you suggested" not in page.words()


def test_a_form_without_sense_comes_back_with_what_was_typed(reader: Browser) -> None:
    page = checked_page(reader.post("/suggestions", data={"url": "nonsense", "why": "My word"}), 422)
    assert page.field("why") == "My word"
    assert "must start with https://" in page.words()
    assert checked_page(reader.get(f"/suggestions?url={URL}")).field("url") == URL
