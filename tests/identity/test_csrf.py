"""Changes that a browser was tricked into: refused, whatever the cookie."""

import pytest


def test_change_without_a_token_is_refused(probe):
    assert probe().post("/probe/change", csrf=False).status_code == 400


def test_change_with_somebody_elses_token_is_refused(probe):
    one, two = probe(), probe()
    assert one.post("/probe/change", csrf=False, headers={"X-CSRFToken": two.csrf_token}).status_code == 400


@pytest.mark.parametrize("name", ["X-CSRFToken", "X-CSRF-Token"])
def test_token_in_a_header_is_accepted(probe, name):
    client = probe()
    assert client.post("/probe/change", csrf=False, headers={name: client.csrf_token}).status_code == 200


def test_token_in_the_form_is_accepted(probe):
    client = probe()
    assert client.post("/probe/change", csrf=False, data={"csrf_token": client.csrf_token}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
    ],
)
def test_change_from_another_site_is_refused_in_spite_of_its_token(probe, headers):
    response = probe().post("/probe/change", headers=headers)
    assert response.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, {"Sec-Fetch-Site": "none"}, {}],
)
def test_change_from_our_own_page_passes(probe, headers):
    assert probe().post("/probe/change", headers=headers).status_code == 200


def test_reading_from_another_site_passes(probe):
    assert probe().get("/probe/me", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
