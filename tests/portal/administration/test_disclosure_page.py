"""Networks and disclosure: what holds is shown with its reason, and rules are added and ended, never rewritten."""

from datetime import timedelta
from typing import Any

import pytest

from advocacy.foundation.access import Role
from advocacy.sharing.disclosure import Case, Rulebook, changing, today
from advocacy.sharing.rule_models import Requirement
from config.networks import find_network
from tests.support.clients import Browser
from tests.support.html import checked_page

RULE = {"requirement": "not_needed", "country": "FR", "why": "Counsel says so.", "source": "Memo of 1 May"}
PATH = "/settings/disclosure"


@pytest.fixture
def administrator(sign_in: Any) -> Browser:
    return sign_in(None, Role.ADMINISTRATOR)


def ruling(country: str, network: str = "x") -> Requirement:
    return Rulebook.in_force().ruling_for(Case(country, find_network(network))).requirement


def test_the_matrix_says_what_holds_and_why(administrator: Browser) -> None:
    words = checked_page(administrator.get(PATH)).words()
    assert "Everywhere else" in words
    assert "16 CFR § 255.5(a)" in words
    assert "BetrVG § 87 (1) no. 1" in words
    assert "own chat everybody knows" in words
    won = checked_page(administrator.get(f"{PATH}?incentive=prize&relationship=product&on=nonsense")).words()
    assert "Where one can win something" in won


def test_a_rule_is_added_shown_and_ended(administrator: Browser) -> None:
    assert ruling("FR") is Requirement.REQUIRED
    assert administrator.post(f"{PATH}/rules", data=RULE).status_code == 302
    assert ruling("FR") is Requirement.NOT_NEEDED
    assert "Counsel says so." in checked_page(administrator.get(PATH)).words()
    before = checked_page(administrator.get(f"{PATH}?on={today() - timedelta(days=1)}")).words()
    assert "Counsel says so." not in before.split("Try a text")[0], "what held yesterday stays what it was"
    checked_page(administrator.post(f"{PATH}/rules", data=RULE), 409)
    (rule,) = changing.own_rules()
    assert administrator.post(f"{PATH}/rules/{rule.id}/end").status_code == 302
    assert ruling("FR") is Requirement.REQUIRED


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"why": ""}, "Enter a text."),
        ({"country": "XX"}, "no such country"),
        ({"requirement": "perhaps"}, "Must be one of"),
        ({"valid_from": "2001-01-01"}, "today or later"),
        ({"country": "DE", "requirement": "required"}, "works council"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_and_nothing_is_lost(
    administrator: Browser, change: dict[str, str], told: str
) -> None:
    page = checked_page(administrator.post(f"{PATH}/rules", data=RULE | change), 422)
    assert told in page.words()
    assert page.field("source") == RULE["source"]
    assert changing.own_rules() == []


def test_words_are_set_and_ended(administrator: Browser) -> None:
    data = {"words": "{organisation} pays me.", "says": "employer", "language": "de"}
    assert administrator.post(f"{PATH}/wordings", data=data).status_code == 302
    assert "{organisation} pays me." in checked_page(administrator.get(PATH)).words()
    checked_page(administrator.post(f"{PATH}/wordings", data=data | {"words": "We pay."}), 422)
    (wording,) = changing.own_wordings()
    assert administrator.post(f"{PATH}/wordings/{wording.id}/end").status_code == 302


def test_a_text_can_be_tried(administrator: Browser) -> None:
    data = {"try_text": "A great pump.", "try_network": "linkedin", "try_country": "US", "try_language": "en"}
    told = administrator.post(f"{PATH}/try", data=data).get_data(as_text=True)
    assert "I work at Meridian Works." in told
    assert "16 CFR" in told
    won = administrator.post(f"{PATH}/try", data=data | {"try_prize": "yes"}).get_data(as_text=True)
    assert "I can win something for sharing this." in won
    assert "no such network" in administrator.post(f"{PATH}/try", data={}).get_data(as_text=True)
