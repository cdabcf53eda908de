"""Entity tags: who has an answer as it is gets no body again, and a change has to name the row's version."""

import pytest

from advocacy.foundation.access import Role
from tests.factories.content import make_item
from tests.factories.people import make_unit

CAMPAIGN = {"name": "Winter", "goal": "People know.", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
CHOICES = "/api/v1/me/notification-preferences"


@pytest.fixture
def curator(api):
    make_unit("Meridian Works")
    return api(None, Role.CURATOR)


@pytest.fixture
def campaign(curator):
    return curator.post("/api/v1/campaigns", json=CAMPAIGN)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_reader_has_is_not_sent_again(api, method):
    program = api()
    read = program.get(CHOICES)
    tag = read.headers["ETag"]
    assert tag.startswith('"'), "a strong one"
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = program.call(method, CHOICES, headers={"If-None-Match": known})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert "Content-Type" not in again.headers
        for name in ("X-Request-Id", "RateLimit", "X-Content-Type-Options"):
            assert name in again.headers
        assert again.headers["Cache-Control"] == "no-store"
    for other in ('"other"', '"1"'):
        assert program.call(method, CHOICES, headers={"If-None-Match": other}).status_code == 200


def test_what_changed_is_sent(curator, campaign):
    address, before = f"/api/v1/campaigns/{campaign.json['id']}", campaign.headers["ETag"]
    kept = curator.patch(address, json={"label": "W"}, headers={"If-Match": before, "If-None-Match": "*"})
    assert (kept.status_code, kept.json["label"]) == (200, "W")
    assert curator.get(address, headers={"If-None-Match": before}).status_code == 200
    assert curator.get(address, headers={"If-None-Match": kept.headers["ETag"]}).status_code == 304


def test_what_others_did_is_news_and_no_change_of_the_row(curator, campaign):
    address, before = f"/api/v1/campaigns/{campaign.json['id']}", campaign.headers["ETag"]
    assert curator.get(address, headers={"If-None-Match": before}).status_code == 304
    make_item(campaign_id=campaign.json["id"])
    now = curator.get(address, headers={"If-None-Match": before})
    assert (now.status_code, now.json["items"]) == (200, 1)
    assert curator.patch(address, json={"label": "W"}, headers={"If-Match": before}).status_code == 200
    assert curator.patch(address, json={"label": "X"}, headers={"If-Match": before}).status_code == 412


@pytest.mark.parametrize(
    ("named", "status"),
    [('"1"', 200), ('"0", "1"', 200), ("*", 200), ('"2"', 412), ('"11"', 412), ('W/"1"', 412), ("", 428)],
)
def test_a_change_names_the_version(curator, campaign, named, status):
    address = f"/api/v1/campaigns/{campaign.json['id']}"
    assert curator.patch(address, json={"label": "W"}, headers={"If-Match": named}).status_code == status
