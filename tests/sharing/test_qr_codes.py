"""Codes to scan: one for each item and author, that stays; its clicks are counted, and its owner can go."""

import io
import re

import pytest
import segno
from PIL import Image
from sqlalchemy import select

from advocacy.content import service as content
from advocacy.content.models import ItemKind
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, NotFound, NotPermitted
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing import qr_codes
from advocacy.sharing.attribution import credits_of
from advocacy.sharing.models import Link
from advocacy.sharing.qr_models import QrLink
from advocacy.sharing.stopping import stop_links
from tests.factories.content import make_actor, make_item, make_live_item
from tests.factories.identity import make_account
from tests.factories.people import actor_for, give_consent, make_advocate, make_employee, make_unit
from tests.support.clients import sign_in_browser
from tests.support.html import checked_page


@pytest.fixture
def person(session):
    return make_advocate()


@pytest.fixture
def item(session):
    return make_live_item(texts={"en": {"title": "Open day", "summary": "Come in."}})


def test_a_code_is_made_once_and_leads_where_the_item_leads(person, item):
    first, again = (qr_codes.make_own(actor_for(person), item.id) for _ in range(2))
    assert first.link_url == again.link_url
    link = ambient.scalars(select(Link)).one()
    assert (link.share_key, link.employee_key, link.item_key) == (None, person.key, item.key)
    assert "utm_source=qr&utm_medium=employee-advocacy" in link.destination


def test_everybody_has_their_own_and_the_organisation_another(person, item):
    curator = make_actor(Role.CURATOR)
    codes = [
        qr_codes.make_own(actor_for(person), item.id),
        qr_codes.make_own(actor_for(make_advocate()), item.id),
        qr_codes.make_for_item(curator, item.id),
        qr_codes.make_for_item(curator, item.id),
    ]
    assert len({code.link_url for code in codes}) == 3
    credits = credits_of([code.link.key for code in codes])
    assert [credits[code.link.key].is_brand for code in codes] == [False, False, True, True]


def test_the_picture_holds_the_short_link_and_nothing_else(person, item):
    """The same link drawn by itself gives the same squares."""
    code = qr_codes.make_own(actor_for(person), item.id)
    squares = segno.make(code.link_url, error="q", micro=False)
    size = squares.symbol_size(border=4)[0]
    assert f'viewBox="0 0 {size} {size}"' in code.svg
    assert not re.search(r"<script|<image|href|style=|on\w+=", code.svg)
    picture = Image.open(io.BytesIO(code.png)).convert("1")
    assert picture.size == (size * 12, size * 12)
    for y, row in enumerate(squares.matrix):
        for x, dark in enumerate(row):
            assert (picture.getpixel(((x + 4) * 12 + 6, (y + 4) * 12 + 6)) == 0) == bool(dark)


def test_without_a_yes_nothing_is_made(item):
    with pytest.raises(NotPermitted):
        qr_codes.make_own(actor_for(make_employee()), item.id)


def test_what_is_not_live_or_has_no_link_gets_none(person, session):
    curator = make_actor(Role.CURATOR)
    with pytest.raises(Conflict):
        qr_codes.make_for_item(curator, make_item(author=curator).id)
    text_only = make_live_item(kind=ItemKind.TEXT, destination=None)
    with pytest.raises(Conflict):
        qr_codes.make_own(actor_for(person), text_only.id)


def test_a_curator_makes_none_for_units_of_others(item):
    with pytest.raises((NotFound, NotPermitted)):
        qr_codes.make_for_item(make_actor(Role.CURATOR, unit=make_unit("Elsewhere")), item.id)


def test_a_new_yes_begins_with_a_new_code_and_the_old_one_leads_on(person, item):
    old = qr_codes.make_own(actor_for(person), item.id)
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    assert qr_codes.find_own(actor_for(person), item.id)[1] is None
    give_consent(person)
    assert qr_codes.find_own(actor_for(person), item.id)[1] is None
    new = qr_codes.make_own(actor_for(person), item.id)
    assert new.link_url != old.link_url
    assert ambient.get_one(Link, old.link.key).revoked_at is None
    assert credits_of([old.link.key])[old.link.key].employee_key is None
    assert len(ambient.scalars(select(QrLink)).all()) == 1


def test_a_withdrawn_item_has_no_code_any_more(person, session):
    author = make_actor(Role.CURATOR)
    item = make_live_item(author=author)
    qr_codes.make_for_item(author, item.id)
    content.withdraw_item(author, item.id, reason="It was wrong.")
    stop_links(item.key)
    assert qr_codes.find_for_item(author, item.id)[1] is None


# --- Pages and programs.


def test_somebody_makes_a_card_and_takes_it_along(app, person, item):
    browser, item_id = sign_in_browser(app, person), item.id
    assert browser.get(f"/items/{item_id}/qr.svg").status_code == 404, "looking makes nothing"
    assert "Make my code" in checked_page(browser.get(f"/items/{item_id}/qr")).words()
    page = checked_page(browser.get(browser.post(f"/items/{item_id}/qr").location))
    (code,) = ambient.scalars(select(Link.code))
    assert f"127.0.0.1:8001/{code}" in page.words()
    assert [one.get("alt") for one in page.all("img") if one.get("class") == "qr-code"] == [
        f"Code to scan. It opens http://127.0.0.1:8001/{code}"
    ]
    svg, png = (browser.get(f"/items/{item_id}/qr.{kind}") for kind in ("svg", "png"))
    assert (svg.mimetype, png.mimetype) == ("image/svg+xml", "image/png")
    assert png.data.startswith(b"\x89PNG")
    other = sign_in_browser(app, make_advocate())
    assert other.get(f"/items/{item_id}/qr.svg").status_code == 404, "it is nobody else's"


def test_a_curator_makes_the_organisations_card(app, item):
    curator, item_id = sign_in_browser(app, None, Role.CURATOR), item.id
    page = checked_page(curator.get(curator.post(f"/studio/{item_id}/qr").location))
    assert "Open day" in page.words()
    assert curator.get(f"/studio/{item_id}/qr.png").status_code == 200
    approver = sign_in_browser(app, None, Role.APPROVER)
    assert approver.post(f"/studio/{item_id}/qr").status_code == 403


def test_a_program_makes_both(api, person, item):
    item_id, own = item.id, api(make_account(person))
    address = f"/api/v1/feed/{item_id}/qr-code"
    assert own.get(address).status_code == 404
    made = own.post(address).json
    assert made == own.get(address).json
    assert made["svg"].startswith("<svg")
    assert made["clicks"]["raw"] == 0
    curator = api(make_account(None, Role.CURATOR))
    assert curator.post(f"/api/v1/items/{item_id}/qr-code").json["link_url"] != made["link_url"]


def test_ones_own_codes_are_in_ones_data_and_nobody_elses(app, person, item):
    mine, other = qr_codes.make_own(actor_for(person), item.id), qr_codes.make_own(actor_for(make_advocate()), item.id)
    item_id, link = str(item.id), mine.link
    (told,) = sign_in_browser(app, make_account(person)).get("/my-data/export.json").get_json()["qr_codes"]
    assert (told["item"], told["link"], told["destination"]) == (item_id, mine.link_url, link.destination)
    assert told["made_at"] is not None
    assert told["link"] != other.link_url
