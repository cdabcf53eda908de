"""Versions with what changed, forms that are kept while somebody writes, and two people who write at once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from advocacy.content import queries, service, unfinished
from advocacy.content.models import ContentItem, ContentVersion, UnfinishedForm
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Invalid
from advocacy.identity.service import actor_of
from advocacy.people.models import Employee
from advocacy.portal.comms.differences import _PIECES, words_between
from tests.factories.content import make_actor, make_host, make_item
from tests.factories.people import make_unit
from tests.portal.comms.test_comms_pages import form_of
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import UNESCAPED, checked_page
from workers import erasure


@pytest.fixture
def curator(app: Any, session: Any) -> Browser:
    make_host()
    make_unit("Meridian Works")
    return sign_in_browser(app, None, Role.CURATOR)


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_words_of_both_texts_can_be_put_together_again(before: str, after: str) -> None:
    pieces = words_between(before, after)
    assert "".join(piece.text for piece in pieces if piece.change != "new") == "".join(_readable(before))
    assert "".join(piece.text for piece in pieces if piece.change != "gone") == "".join(_readable(after))


def _readable(text: str) -> list[str]:
    return _PIECES.findall(text)


def test_only_what_changed_is_marked() -> None:
    pieces = words_between("Nine months later it broke.", "Ten months later it held.")
    assert [(piece.change, piece.text) for piece in pieces] == [
        ("gone", "Nine"),
        ("new", "Ten"),
        ("same", " months later it "),
        ("gone", "broke"),
        ("new", "held"),
        ("same", "."),
    ]


def test_a_version_shows_what_it_changed(curator: Browser) -> None:
    item = make_item(author=actor_of(curator.account), texts={"en": {"title": "Old words", "summary": "s"}})
    texts = {"en": {"title": f"New words {UNESCAPED}", "summary": "s"}, "de": {"title": "Deutsch", "summary": ""}}
    service.change_item(actor_of(curator.account), item.id, seen_version=item.row_version, texts=texts)
    page = checked_page(curator.get(f"/studio/{item.id}/versions/2"))
    assert [element.text for element in page.all("del")] == ["Old"]
    assert "".join(page.all("ins")[0].itertext()) == "New"
    assert "Title, German" in page.words()
    assert "2 fields differ from version 1" in page.words()
    assert "This is where it began" in checked_page(curator.get(f"/studio/{item.id}/versions/1")).words()
    for odd in ("", "?against=2", "?against=x", "?against=99999999999"):
        page = checked_page(curator.get(f"/studio/{item.id}/versions/2{odd}"))
        assert [option.get("value") for option in page.all("option")] == ["1"], "nothing differs from itself"
    first = checked_page(curator.get(f"/studio/{item.id}/versions/1"))
    assert [option.get("value") for option in first.all("option")] == ["", "2"]
    assert "2 fields differ" in checked_page(curator.get(f"/studio/{item.id}/versions/1?against=2")).words()
    assert curator.get(f"/studio/{item.id}/versions/3").status_code == 404


def test_what_is_typed_is_kept_without_a_version_until_it_is_saved(curator: Browser) -> None:
    part = curator.post("/studio/autosave", data=form_of(title_0=f"Half {UNESCAPED}", topics=["a", "b"]))
    assert "Kept at" in part.get_data(as_text=True)
    assert ambient.query(ContentVersion).count() == 0
    assert "You left something unfinished here" in checked_page(curator.get("/studio/compose")).words()
    page = checked_page(curator.get("/studio/compose?continue=yes"))
    assert page.field("title_0") == f"Half {UNESCAPED}"
    curator.post("/studio/compose", data=form_of())
    assert ambient.query(UnfinishedForm).count() == 0
    item = ambient.query(ContentItem).one()
    curator.post(f"/studio/autosave?item={item.id}", data=form_of(title_0="Later"))
    assert checked_page(curator.get(f"/studio/{item.id}/edit?continue=yes")).field("title_0") == "Later"
    curator.post("/studio/autosave/drop", data={"item": str(item.id)})
    assert "unfinished" not in checked_page(curator.get(f"/studio/{item.id}/edit")).words()
    assert curator.post("/studio/autosave?item=nonsense", data=form_of()).status_code == 200


def test_nobody_else_sees_an_unfinished_form_and_it_has_an_end(app: Any, curator: Browser) -> None:
    curator.post("/studio/autosave", data=form_of())
    other = sign_in_browser(app, None, Role.CURATOR)
    assert "unfinished" not in checked_page(other.get("/studio/compose")).words()
    with pytest.raises(Invalid):
        unfinished.keep_form(make_actor(Role.CURATOR), None, {"summary_0": ["x" * 500_000]})
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert unfinished.forget_forms() == 1


def test_a_leaver_leaves_no_unfinished_form(curator: Browser) -> None:
    curator.post("/studio/autosave", data=form_of())
    person = ambient.get_one(Employee, curator.account.employee_key)
    person.external_id = None
    ambient.flush()
    erasure.close_accounts_of_leavers()
    ambient.expire_all()
    assert ambient.query(UnfinishedForm).count() == 0


def test_the_second_of_two_sees_both_texts_and_keeps_their_own(app: Any, curator: Browser) -> None:
    curator.post("/studio/compose", data=form_of())
    item = ambient.query(ContentItem).one()
    edit = curator.get(f"/studio/{item.id}/edit")
    seen = checked_page(edit).field("seen_version")
    assert edit.headers["ETag"] == f'"{seen}"'
    other = sign_in_browser(app, None, Role.CURATOR)
    other.post(f"/studio/{item.id}/edit", data=form_of(title_0="A bridge that was painted", seen_version=seen))
    mine = form_of(title_0="A bridge that sings", seen_version=seen)
    page = checked_page(curator.post(f"/studio/{item.id}/edit", data=mine), 412)
    assert page.field("title_0") == "A bridge that sings"
    assert "".join("".join(element.itertext()) for element in page.all("del")) == "was painted"
    assert "".join("".join(element.itertext()) for element in page.all("ins")) == "sings"
    again = form_of(title_0="A bridge that sings", seen_version=page.field("seen_version"))
    assert curator.post(f"/studio/{item.id}/edit", data=again).status_code == 302
    saved = ambient.query(ContentItem).populate_existing().one()
    assert queries.text_of(queries.current_version(saved).id, "en").title == "A bridge that sings"
    stale = curator.post(f"/studio/{item.id}/edit", data=form_of(title_0="x"), headers={"If-Match": '"1"'})
    checked_page(stale, 412)
