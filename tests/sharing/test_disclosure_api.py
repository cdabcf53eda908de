"""Disclosure by the API: everybody reads what is asked and why, an administrator sets it, and texts are tried."""

from datetime import timedelta

import pytest

from advocacy.foundation.access import Role
from advocacy.sharing.disclosure import today
from tests.factories.people import make_employee

RULE = {"requirement": "not_needed", "country": "FR", "why": "Counsel says so.", "source": "Memo of 1 May"}
PATH = "/api/v1/disclosure"


@pytest.fixture
def administrator(api):
    return api(None, Role.ADMINISTRATOR)


def test_everybody_reads_what_holds_for_a_case(api):
    person = api(make_employee())
    answer = person.get(f"{PATH}/rulings?country=DE").get_json()
    by_network = {row["network"]: row for row in answer["data"]}
    assert by_network["linkedin"]["requirement"] == "own_choice"
    assert by_network["teams"]["requirement"] == "not_needed"
    assert by_network["linkedin"]["rule"]["source"].startswith("BetrVG")
    one = person.get(f"{PATH}/rulings?country=US&network=x&incentive=prize&relationship=product").get_json()
    assert [row["rule"]["name"] for row in one["data"]] == ["default:us"]
    assert person.get(f"{PATH}/rulings?country=XX").status_code == 422
    assert person.get(f"{PATH}/rulings?network=nowhere").status_code == 422
    assert person.post(f"{PATH}/rules", json=RULE).status_code == 403
    assert person.post(f"{PATH}/wordings", json={"says": "employer", "words": "x"}).status_code == 403


def test_a_rule_is_added_and_ended(administrator):
    made = administrator.post(f"{PATH}/rules", json=RULE)
    assert made.status_code == 201
    name = made.get_json()["name"]
    assert administrator.post(f"{PATH}/rules", json=RULE).status_code == 409
    listed = administrator.get(f"{PATH}/rules").get_json()["data"]
    assert [rule["name"] for rule in listed][:2] == [name, "default:everywhere"]
    tomorrow = (today() + timedelta(days=1)).isoformat()
    ended = administrator.post(f"{PATH}/rules/{name}/end", json={"ends_on": tomorrow})
    assert ended.get_json()["valid_until"] == tomorrow
    on = administrator.get(f"{PATH}/rulings?country=FR&network=x&on={tomorrow}").get_json()
    assert on["data"][0]["rule"]["name"] == "default:everywhere"
    refused = administrator.post(f"{PATH}/rules", json=RULE | {"country": "DE", "requirement": "required"})
    assert refused.get_json()["errors"][0]["pointer"] == "/agreement"


def test_words_are_set_and_ended(administrator):
    made = administrator.post(f"{PATH}/wordings", json={"says": "employer", "words": "{organisation} pays me."})
    assert made.status_code == 201
    assert administrator.get(f"{PATH}/wordings").get_json()["data"] == [made.get_json()]
    tried = {"text": "A pump.", "network": "linkedin"}
    assert "Meridian Works pays me." in administrator.post(f"{PATH}/check", json=tried).get_json()["text"]
    administrator.post(f"{PATH}/wordings/{made.get_json()['id']}/end", json={})
    assert "I work at Meridian Works." in administrator.post(f"{PATH}/check", json=tried).get_json()["text"]


def test_a_text_is_tried_without_being_kept(api):
    person = api(make_employee())
    tried = person.post(
        f"{PATH}/check", json={"text": "Eine Pumpe.", "network": "x", "country": "DE", "language": "de"}
    )
    answer = tried.get_json()
    assert (answer["added"], answer["requirement"], answer["at"]) == (True, "own_choice", 13)
    kept = person.post(f"{PATH}/check", json={"text": "A pump.", "network": "x", "country": "DE", "discloses": False})
    assert (kept.get_json()["text"], kept.get_json()["added"]) == ("A pump.", False)
    won = person.post(f"{PATH}/check", json={"text": "A pump.", "network": "x", "incentive": "prize"}).get_json()
    assert won["text"].endswith("I can win something for sharing this.")
    assert person.post(f"{PATH}/check", json={"text": "", "network": "nowhere"}).status_code == 422
