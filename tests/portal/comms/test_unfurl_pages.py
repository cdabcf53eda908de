"""Compose begins with a link: what is empty is filled, what was typed stays, with script and without."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from advocacy.content.models import ContentItem
from advocacy.content.unfurling import service as unfurling
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from tests.factories.people import make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import UNESCAPED, Page, checked_page, page_part
from tests.support.sites import Site, answer

PICTURE = BytesIO()
Image.new("RGB", (60, 30), "teal").save(PICTURE, "PNG")


@pytest.fixture
def curator(app: Any, session: Any) -> Browser:
    make_unit("Meridian Works")
    return sign_in_browser(app, None, Role.CURATOR)


@pytest.fixture
def page_of_others(site: Site) -> Site:
    site.pages |= {
        "/bridge": answer(
            f"""<html lang="de"><head><title>Eine Brücke {UNESCAPED.replace("<", "&lt;")}</title>
            <meta name="description" content="Die sich selbst heilt."><meta name="author" content="Kim Moreau">
            <meta property="og:site_name" content="Die Seite"><meta property="og:image" content="/b.png">
            <meta property="og:image:alt" content="Eine graue Brücke">
            <link rel="canonical" href="/bruecke"></head></html>"""
        ),
        "/b.png": answer(PICTURE.getvalue(), kind="image/png"),
    }
    return site


def form_of(site: Site, **fields: str) -> dict[str, str]:
    return {
        "action": "unfurl",
        "kind": "article",
        "language_0": "en",
        "title_0": "",
        "summary_0": "",
        "destination": site.url("/bridge"),
        "priority": "0",
        **fields,
    }


def area(page: Page, name: str) -> str:
    return next((element.text or "") for element in page.all("textarea") if element.get("name") == name).strip()


def test_a_link_fills_the_form_without_script(curator: Browser, page_of_others: Site, recorded_jobs: Any) -> None:
    waiting = checked_page(curator.post("/studio/compose", data=form_of(page_of_others, summary_0="My own words.")))
    assert "Reading the page" in waiting.words()
    assert area(waiting, "summary_0") == "My own words."
    unfurl_id = waiting.field("unfurl_id")
    again = form_of(page_of_others, summary_0="My own words.", unfurl_id=str(unfurl_id))
    checked_page(curator.post("/studio/compose", data=again))
    assert ambient.scalar(text("SELECT count(*) FROM unfurl")) == 1
    recorded_jobs.run("content.unfurl")
    filled = checked_page(curator.post("/studio/compose", data=again))
    assert str(filled.field("title_0")).startswith("Eine Brücke")
    assert area(filled, "summary_0") == "My own words."
    assert filled.field("image_alternative") == "Eine graue Brücke"
    assert filled.field("destination") == page_of_others.url("/bruecke")
    assert filled.one("option", value="de", selected="") is not None
    assert len(str(filled.field("image_sha256"))) == 64
    words = filled.words()
    assert "Filled in from Die Seite: title, what the picture shows and picture." in words
    assert "By Kim Moreau" in words
    assert "Die sich selbst heilt." in words  # offered instead of one's own
    assert ambient.query(ContentItem).count() == 0
    replaced = form_of(
        page_of_others, summary_0="My own words.", title_0="Mine", unfurl_id=str(unfurl_id), action="unfurl_replace"
    )
    page = checked_page(curator.post("/studio/compose", data=replaced))
    assert area(page, "summary_0") == "Die sich selbst heilt."
    assert str(page.field("title_0")).startswith("Eine Brücke")


def test_with_script_only_the_parts_change_that_are_filled(
    curator: Browser, page_of_others: Site, recorded_jobs: Any
) -> None:
    begun = page_part(curator.post("/studio/unfurl", data=form_of(page_of_others, action="")))
    poll = next(element.get("hx-post") for element in begun.all("div") if element.get("hx-post"))
    fields = form_of(page_of_others, action="", title_0="Mine", unfurl_id=str(begun.field("unfurl_id")))
    assert "Reading the page" in begun.words()
    assert curator.post(poll, data=fields).status_code == 204
    recorded_jobs.run("content.unfurl")
    done = page_part(curator.post(poll, data=fields))
    assert done.field("title_0") == "Mine"
    assert area(done, "summary_0") == "Die sich selbst heilt."
    swapped = {element.get("id") for element in done.all("div") if element.get("hx-swap-oob")}
    assert {"compose-text", "compose-link", "picture-chosen", "preview", "compose-kind"} <= swapped
    assert "Links may not lead to 127.0.0.1" in done.words()
    assert not [element for element in done.all("div") if element.get("hx-trigger", "").startswith("every")]


@pytest.mark.parametrize("path", ["/studio/compose", "/studio/unfurl"])
def test_what_did_not_work_is_one_sentence_and_nothing_is_lost(
    curator: Browser, site: Site, recorded_jobs: Any, path: str
) -> None:
    fields = form_of(site, destination="nonsense", title_0="Mine")
    answered = curator.post(path, data=fields)
    words = checked_page(answered).words() if path.endswith("compose") else page_part(answered).words()
    assert "The address must start with https:// or http://." in words
    begun = curator.post(path, data=form_of(site, title_0="Mine"))
    unfurl_id = page_part(begun).field("unfurl_id")
    recorded_jobs.run("content.unfurl")
    told = curator.post(f"{path}?poll=1", data=form_of(site, title_0="Mine", unfurl_id=str(unfurl_id)))
    page = checked_page(told) if path.endswith("compose") else page_part(told)
    assert "The site says there is nothing at this address. Nothing you wrote is lost" in page.words()
    if path.endswith("compose"):
        assert page.field("title_0") == "Mine"


def test_a_page_that_never_comes_is_told(curator: Browser, site: Site) -> None:
    begun = page_part(curator.post("/studio/unfurl", data=form_of(site)))
    fields = form_of(site, unfurl_id=str(begun.field("unfurl_id")))
    for seconds, words in (
        (unfurling.LATE_SECONDS, "takes longer than usual"),
        (unfurling.GIVEN_UP_SECONDS, "could not be read"),
    ):
        ambient.execute(
            text("UPDATE unfurl SET created_at = now() - make_interval(secs => :seconds)"), {"seconds": seconds + 5}
        )
        ambient.commit()
        assert words in page_part(curator.post("/studio/unfurl?poll=1", data=fields)).words()


def test_an_item_can_start_from_an_address_handed_over(curator: Browser) -> None:
    page = checked_page(curator.get("/studio/compose?url=https://www.meridian.example/news"))
    assert page.field("destination") == "https://www.meridian.example/news"


def test_somebody_elses_reading_is_not_shown(
    curator: Browser, app: Any, page_of_others: Site, recorded_jobs: Any
) -> None:
    begun = page_part(curator.post("/studio/unfurl", data=form_of(page_of_others)))
    recorded_jobs.run("content.unfurl")
    other = sign_in_browser(app, None, Role.CURATOR)
    fields = form_of(page_of_others, unfurl_id=str(begun.field("unfurl_id")), destination="")
    assert "Brücke" not in page_part(other.post("/studio/unfurl?poll=1", data=fields)).words()
