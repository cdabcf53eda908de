"""What a home screen is told, what a worker keeps, and that neither holds anything of anybody."""

import io
import json
import re

import pytest
from PIL import Image

from advocacy.portal import assets
from advocacy.portal.employee.installing import _short
from tests.factories.identity import PASSWORD, make_account, make_link
from tests.factories.people import make_advocate
from tests.support.clients import sign_in_browser
from tests.support.html import checked_page


@pytest.fixture
def person(session):
    return make_advocate()


@pytest.fixture
def browser(app, person):
    return sign_in_browser(app, person)


def manifest_for(client, **headers):
    answer = client.get("/manifest.webmanifest", headers=headers)
    assert answer.content_type == "application/manifest+json"
    return json.loads(answer.data)


def kept_by(client):
    """Return what the server wrote in front of the worker."""
    return json.loads(re.match(r"self\.kept=(\{.*?\});\n", client.get("/service-worker.js").text)[1])


def file_of(path):
    return assets.BUILD_FOLDER / path.removeprefix(assets.URL_PREFIX)


def picture_of(path):
    return Image.open(io.BytesIO(file_of(path).read_bytes()))


def test_the_manifest_names_the_organisation_and_only_pictures_there_are(client, settings):
    told = manifest_for(client)
    assert told["name"] == settings.organisation_name
    assert told["scope"] == told["start_url"] == "/"
    for icon in told["icons"]:
        if icon["type"] == "image/png":
            picture = picture_of(icon["src"])
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
        else:
            assert file_of(icon["src"]).is_file()
    (maskable,) = (icon for icon in told["icons"] if icon.get("purpose") == "maskable")
    # Whatever shape a device cuts, it cuts into the ground.
    assert picture_of(maskable["src"]).getpixel((0, 0))[3] == 255


def test_every_shortcut_and_what_is_handed_over_open_a_page(client, browser):
    told = manifest_for(client)
    for path in [told["share_target"]["action"], *(shortcut["url"] for shortcut in told["shortcuts"])]:
        checked_page(browser.get(path))


def test_the_manifest_speaks_the_browsers_language(client):
    assert manifest_for(client, Accept_Language="de")["lang"] == "de"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Meridian Works", "Meridian"),
        ("Acme", "Acme"),
        ("Bundesverwaltungsamt", "Bundesverwal"),
        ("A B C D E F G H", "A B C D E F"),
    ],
)
def test_a_name_is_cut_to_what_fits_below_an_icon(name, short):
    assert _short(name) == short


def test_the_worker_keeps_files_of_this_build_and_one_page(client):
    kept = kept_by(client)
    assert all(file_of(path).is_file() for path in kept["files"])
    assert client.get(kept["offline"]).status_code == 200


def test_another_build_is_another_worker(client, monkeypatch):
    before = kept_by(client)["version"]
    monkeypatch.setattr(assets, "asset_url", lambda name: f"{assets.URL_PREFIX}other-{name}")
    assert kept_by(client)["version"] != before


def test_the_page_for_no_connection_holds_nothing_of_whoever_is_signed_in(browser, person):
    name = str(person.name)
    answer = browser.get("/offline")
    text = checked_page(answer).text
    assert name not in text
    assert "csrf" not in text
    assert "Set-Cookie" not in answer.headers


def test_only_pages_of_a_person_ask_for_the_worker(client, browser):
    mark = 'name="service-worker"'
    assert mark not in client.get("/sign-in").text
    assert mark in browser.get("/").text


# --- What a phone hands over.


def handed(browser, **parts):
    page = checked_page(browser.get("/suggestions", query_string=parts))
    return page.field("url"), page.field("why")


def test_what_a_phone_hands_over_fills_the_form(browser):
    assert handed(browser, url="https://news.example/a", title="A bridge") == ("https://news.example/a", "A bridge")
    # Most of Android's programs put the address into the text.
    assert handed(browser, title="A bridge", text="Read this https://news.example/b?c=1&d") == (
        "https://news.example/b?c=1&d",
        "Read this",
    )
    assert handed(browser, text="https://news.example/b", title="A bridge") == ("https://news.example/b", "A bridge")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("\u202etxt.exe", "txt.exe"),
        ("<b>x</b>\nand more", "<b>x</b> and more"),
        ("x" * 5_000, "x" * 300),
        ("", ""),
    ],
)
def test_what_is_no_page_stays_text(browser, text, shown):
    assert handed(browser, text=text) == ("", shown)


def test_a_refused_form_keeps_what_was_typed_and_not_what_was_handed_over(browser):
    data = {"url": "nonsense", "why": "Mine", "csrf_token": browser.csrf_token}
    page = checked_page(browser.post("/suggestions?url=https://news.example/a", data=data), 422)
    assert (page.field("url"), page.field("why")) == ("nonsense", "Mine")


def sign_in_form(client, email):
    """Hand something over while nobody is signed in, and return the form that comes instead."""
    wanted = client.get("/suggestions", query_string={"text": "Look https://news.example/b"})
    page = checked_page(client.get(wanted.location))
    return {"csrf_token": page.field("csrf_token"), "next": page.field("next"), "email": email}


def test_it_survives_signing_in_by_password(client, person):
    email = make_account(person, password=PASSWORD).email
    answer = client.post("/sign-in", data=sign_in_form(client, email) | {"password": PASSWORD})
    assert checked_page(client.get(answer.location)).field("url") == "https://news.example/b"


def test_it_survives_signing_in_by_a_mailed_link(client, person):
    account = make_account(person)
    email, path = account.email, f"/link/{make_link(account)}"
    client.post("/sign-in/link", data=sign_in_form(client, email))
    answer = client.post(path, data={"csrf_token": checked_page(client.get(path)).field("csrf_token")})
    assert checked_page(client.get(answer.location)).field("url") == "https://news.example/b"


def test_a_path_too_long_for_a_cookie_is_not_kept(client, person):
    account = make_account(person)
    email, path = account.email, f"/link/{make_link(account)}"
    client.post("/sign-in/link", data=sign_in_form(client, email) | {"next": "/suggestions?text=" + "x" * 2_000})
    answer = client.post(path, data={"csrf_token": checked_page(client.get(path)).field("csrf_token")})
    assert answer.location in {"/", "/welcome"}
