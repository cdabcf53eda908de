"""Connected accounts in the portal: from the page to a post, as a browser goes through it."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from advocacy.foundation.db import session as ambient
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing.account_models import NetworkAccount, NetworkPost, PostState
from advocacy.sharing.accounts import revoking
from advocacy.sharing.models import Share
from tests.factories.content import make_live_item
from tests.factories.people import actor_for, make_advocate, make_employee
from tests.sharing.accounts.conftest import TEXT, networks  # noqa: F401 - a fixture
from tests.support.html import checked_page, page_part
from tests.support.networks import broken

ACCOUNTS = "/my-data/accounts"


@pytest.fixture
def person(session):
    return make_advocate(name="Robin")


def go_through(browser, network, key, recorded_jobs, **more):
    """Press the button, wait, go to the network, come back, wait."""
    form = {"network": key, f"server_{key}": network.url, **{f"{name}_{key}": "yes" for name in more}}
    begun = browser.post(ACCOUNTS, data=form)
    assert begun.status_code == 302, begun.get_data(as_text=True)
    asking = checked_page(browser.get(begun.location))
    assert "Asking" in asking.text
    again = next(element.get("hx-get") for element in asking.all("div") if element.get("hx-get"))
    assert browser.get(again, headers={"HX-Request": "true"}).status_code == 204
    recorded_jobs.run("sharing.prepare_connection")
    assert "Go on to" in browser.get(again, headers={"HX-Request": "true"}).get_data(as_text=True)
    page = browser.get(begun.location).get_data(as_text=True)
    address = re.search(r'class="btn" href="([^"]+)"', page).group(1).replace("&amp;", "&")
    back = network.sign_in(address)
    returned = browser.get(back.pop("path"), query_string=back)
    assert returned.status_code == 302
    recorded_jobs.run("sharing.finish_connection")
    return browser.get(returned.location)


@pytest.mark.parametrize("key", ["mastodon", "linkedin", "x"])
def test_an_account_is_connected_used_and_taken_back(networks, person, sign_in, recorded_jobs, key):  # noqa: F811
    browser, network = sign_in(person), networks.of(key)
    empty = checked_page(browser.get(ACCOUNTS))
    assert "Post from here with one press, if you like" in empty.text
    assert go_through(browser, network, key, recorded_jobs).location == ACCOUNTS
    assert "You can post from here with one press" in checked_page(browser.get(ACCOUNTS)).text

    item = make_live_item()
    sheet = checked_page(browser.get(f"/items/{item.id}/share?network={key}"))
    assert "Post as" in sheet.text
    form = {"network": key, "text": TEXT, "press_key": str(uuid4())}
    first, second = (browser.post(f"/items/{item.id}/post", data=form) for _ in "ab")
    assert (first.status_code, first.location) == (302, second.location)
    assert "On its way" in checked_page(browser.get(first.location)).text
    recorded_jobs.run("sharing.publish_post")
    assert len(network.posts) == 1
    done = checked_page(browser.get(first.location))
    assert "See your post" in done.text

    browser.post(f"{ACCOUNTS}/{key}/disconnect")
    assert ambient.scalar(select(func.count()).select_from(NetworkAccount)) == 0
    revoking.revoke_due()
    assert network.tokens == {}
    assert "Post as" not in browser.get(f"/items/{item.id}/share?network={key}").get_data(as_text=True)


def test_a_name_that_is_no_server_comes_back_with_its_field(networks, person, sign_in):  # noqa: F811
    browser = sign_in(person)
    answer = browser.post(ACCOUNTS, data={"network": "mastodon", "server_mastodon": "not a server"})
    page = checked_page(answer, 422)
    assert "Name your server" in page.text
    assert "not a server" in answer.get_data(as_text=True)


def test_nobody_elses_browser_can_finish_it(networks, person, sign_in, recorded_jobs):  # noqa: F811
    """Cross-site request forgery of a login: a code of the attacker's account, in the victim's browser."""
    attacker, victim = sign_in(make_advocate()), sign_in(person)
    begun = attacker.post(ACCOUNTS, data={"network": "x"})
    recorded_jobs.run("sharing.prepare_connection")
    page = attacker.get(begun.location).get_data(as_text=True)
    address = re.search(r'class="btn" href="([^"]+)"', page).group(1).replace("&amp;", "&")
    back = networks.x.sign_in(address)
    assert victim.get(back.pop("path"), query_string=back).status_code == 404
    assert victim.get(begun.location).status_code == 404
    assert ambient.scalar(select(func.count()).select_from(NetworkAccount)) == 0


def test_what_went_wrong_is_told_and_can_be_decided(networks, person, sign_in, recorded_jobs):  # noqa: F811
    browser = sign_in(person)
    go_through(browser, networks.linkedin, "linkedin", recorded_jobs)
    networks.linkedin.breaks = [("/rest/posts", broken("drop")), ("/rest/posts", broken("status", 422))]
    item = make_live_item()
    form = {"network": "linkedin", "text": TEXT, "press_key": str(uuid4())}
    unknown = browser.post(f"/items/{item.id}/post", data=form).location
    refused = browser.post(f"/items/{item.id}/post", data=form | {"press_key": str(uuid4())}).location
    recorded_jobs.run("sharing.publish_post")
    assert "Is it out? We do not know" in checked_page(browser.get(unknown)).text
    assert "LinkedIn refused this text." in checked_page(browser.get(refused)).text
    wrong = browser.post(f"{unknown}/answer", data={"answer": "yes", "post_url": "https://evil.example/1"})
    assert "not an address of a post" in checked_page(wrong, 422).text
    assert browser.post(f"{unknown}/answer", data={"answer": "no"}).status_code == 302
    assert "Nothing is there, as you say." in checked_page(browser.get(unknown)).text
    assert browser.post(refused).status_code == 302
    recorded_jobs.run("sharing.publish_post")
    assert "It is on LinkedIn" in checked_page(browser.get(refused)).text
    states = sorted(ambient.scalars(select(NetworkPost.state)))
    assert states == [PostState.POSTED, PostState.REFUSED, PostState.SAID_MISSING]


def test_a_waiting_post_can_be_taken_back_on_its_page(networks, person, sign_in, recorded_jobs):  # noqa: F811
    browser = sign_in(person)
    go_through(browser, networks.mastodon, "mastodon", recorded_jobs)
    item = make_live_item()
    location = browser.post(f"/items/{item.id}/post", data={"network": "mastodon", "text": TEXT}).location
    part = browser.get(location, headers={"HX-Request": "true"})
    assert "Posting to Mastodon" in part.get_data(as_text=True)
    # Nothing is replaced under somebody's fingers while there is nothing new.
    again = next(element.get("hx-get") for element in page_part(part).all("div") if element.get("hx-get"))
    assert browser.get(again, headers={"HX-Request": "true"}).status_code == 204
    browser.post(f"{location}/cancel")
    assert browser.get(again, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "You took it back" in checked_page(browser.get(location)).text
    assert browser.get(location, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert browser.post(f"{location}/cancel").status_code == 422


def test_a_sheet_that_cannot_post_keeps_what_was_written(networks, person, sign_in):  # noqa: F811
    browser, item = sign_in(person), make_live_item()
    answer = browser.post(f"/items/{item.id}/post", data={"network": "x", "text": "My very own words."})
    page = checked_page(answer, 422)
    assert "Connect your X account first" in page.text
    assert "My very own words." in answer.get_data(as_text=True)
    assert ambient.scalar(select(func.count()).select_from(Share)) == 0


def test_without_taking_part_or_a_switch_there_is_nothing_to_press(session, sign_in):
    browser = sign_in(make_employee())
    assert "Not switched on in your organisation" in checked_page(browser.get(ACCOUNTS)).text


def test_my_data_leads_there_and_its_export_tells_all_but_the_tokens(
    networks,  # noqa: F811
    person,
    sign_in,
    recorded_jobs,
):
    browser = sign_in(person)
    assert ACCOUNTS in browser.get("/my-data").get_data(as_text=True)
    go_through(browser, networks.x, "x", recorded_jobs, reads_numbers=True)
    told = browser.get("/my-data/export.json").get_json()
    (account,) = told["connected_accounts"]
    assert (account["handle"], account["reads_numbers"], told["posts"]) == ("@robin", True, [])
    assert "token-" not in str(told)
    checked_page(browser.get("/my-data"))
    withdraw_consent(actor_for(ambient.merge(person)), Purpose.CONNECTED_ACCOUNT, source="test")
    assert browser.get("/my-data/export.json").get_json()["connected_accounts"] == []


def test_the_description_for_servers_is_public(client):
    told = client.get("/oauth/client-metadata.json").get_json()
    assert told["redirect_uris"] == ["http://127.0.0.1:8000/my-data/accounts/callback/bluesky"]
    assert all("d" not in key for key in told["jwks"]["keys"])
