"""Switching networks on: cost and terms on the page, an application where one is needed, nothing lost on the way."""

import pytest
from sqlalchemy import select

from advocacy.foundation import encryption
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import AuditEvent
from advocacy.sharing.account_models import NetworkAccess
from advocacy.sharing.accounts.access import SEALED_FOR
from config.network_apis import network_apis
from tests.support.html import checked_page

PAGE = "/settings/accounts"


@pytest.fixture
def browser(sign_in):
    return sign_in(None, Role.ADMINISTRATOR)


def test_everything_is_off_and_the_cost_stands_there(browser):
    page = checked_page(browser.get(PAGE))
    assert "No network takes connected accounts" in page.text
    assert "$0.20" in page.text
    assert "$200.00" in page.text  # 1,000 posts with a link on X
    assert "Read on 26 November 2026" in page.text


def test_switching_on_needs_the_word_that_the_terms_are_known(browser):
    answer = browser.post(f"{PAGE}/mastodon", data={"seen_version": "0", "is_on": "yes"})
    assert "Say that you know the cost" in checked_page(answer, 422).text
    assert ambient.scalars(select(NetworkAccess)).all() == []
    form = {"seen_version": "0", "is_on": "yes", "knows_terms_mastodon": "yes"}
    assert browser.post(f"{PAGE}/mastodon", data=form).status_code == 302
    assert "One network takes connected accounts" in checked_page(browser.get(PAGE)).text
    (event,) = ambient.scalars(select(AuditEvent).where(AuditEvent.action == "network_access.changed")).all()
    assert event.details == {"network": "mastodon", "is_on": True, "reads_numbers": False}


def test_an_application_is_needed_and_its_secret_is_sealed_and_kept(browser):
    form = {"seen_version": "0", "is_on": "yes", "knows_terms_x": "yes", "client_id_x": "own-app"}
    answer = browser.post(f"{PAGE}/x", data=form)
    assert (answer.status_code, "own-app" in answer.get_data(as_text=True)) == (422, True)
    browser.post(f"{PAGE}/x", data=form | {"client_secret_x": "own-secret", "most_posts_a_month_x": "500"})
    row = ambient.scalars(select(NetworkAccess)).one()
    assert b"own-secret" not in row.sealed_secret
    assert encryption.decrypt(row.sealed_secret, purpose=SEALED_FOR, owner="x") == "own-secret"
    page = browser.get(PAGE).get_data(as_text=True)
    assert "own-secret" not in page
    browser.post(f"{PAGE}/x", data={"seen_version": "1", "is_on": "no", "client_id_x": "own-app"})
    ambient.expire_all()
    row = ambient.scalars(select(NetworkAccess)).one()
    assert (row.is_on, row.version) == (False, 2)
    assert encryption.decrypt(row.sealed_secret, purpose=SEALED_FOR, owner="x") == "own-secret"


def test_a_stale_form_changes_nothing(browser):
    form = {"seen_version": "0", "is_on": "yes", "knows_terms_bluesky": "yes"}
    browser.post(f"{PAGE}/bluesky", data=form)
    assert browser.post(f"{PAGE}/bluesky", data=form | {"is_on": "no"}).status_code == 412
    assert ambient.scalars(select(NetworkAccess.is_on)).one() is True
    for wrong in ("many", "0", "-1"):
        answer = browser.post(f"{PAGE}/bluesky", data=form | {"seen_version": "1", "most_posts_a_month_bluesky": wrong})
        assert answer.status_code == 422
    assert browser.post(f"{PAGE}/facebook", data=form).status_code == 404


def test_an_old_version_of_an_interface_is_warned_of():
    from datetime import date

    api = network_apis()["linkedin"]
    assert api.version == "202611"
    assert api.months_old(date(2027, 8, 1)) == 9
    assert network_apis()["mastodon"].months_old(date(2027, 8, 1)) is None
