"""Words to avoid and the policy: protected speech is pointed at before anything is saved, and told where it stands."""

from typing import Any

import pytest

from advocacy.content.phrases import avoided_phrases
from advocacy.foundation import audit
from advocacy.foundation.access import Role
from advocacy.people import queries as people
from tests.factories.people import make_policy
from tests.support.clients import Browser
from tests.support.html import checked_page

PATH = "/settings/phrases"
PHRASE = {"phrase": "guaranteed return", "why": "Nobody can promise that.", "is_blocking": "yes"}


@pytest.fixture
def administrator(sign_in: Any) -> Browser:
    return sign_in(None, Role.ADMINISTRATOR)


def test_a_phrase_is_added_tried_and_taken_off(administrator: Browser) -> None:
    assert administrator.post(PATH, data=PHRASE).status_code == 302
    assert "Nobody can promise that." in checked_page(administrator.get(PATH)).words()
    tried = administrator.post(f"{PATH}/try", data={"try_text": "A GUARANTEED-return!"}).get_data(as_text=True)
    assert "Nobody can promise that." in tried
    assert "None of the phrases" in administrator.post(f"{PATH}/try", data={"try_text": "Hello"}).get_data(as_text=True)
    checked_page(administrator.post(PATH, data=PHRASE), 409)
    (row,) = avoided_phrases()
    assert administrator.post(f"{PATH}/{row.id}/remove").status_code == 302
    assert avoided_phrases() == []


def test_a_phrase_about_work_asks_for_a_reason_first(administrator: Browser) -> None:
    page = checked_page(administrator.post(PATH, data={"phrase": "strike", "why": "Not now."}), 422)
    assert "organising" in page.words()
    assert page.field("why") == "Not now."
    kept = {"phrase": "strike", "why": "Not now.", "override_reason": "It is a product's name."}
    assert administrator.post(PATH, data=kept).status_code == 302
    assert "It is a product's name." in checked_page(administrator.get(PATH)).words()


def test_a_policy_that_forbids_protected_talk_asks_for_a_reason_first(administrator: Browser) -> None:
    make_policy()
    policy = people.current_policy()
    assert policy is not None
    data = {
        "seen_number": str(policy.number),
        "language": "en",
        "heading_en_0": "Discretion",
        "text_en_0": "Do not post about overtime.",
    }
    page = checked_page(administrator.post("/settings/policy", data=data), 422)
    assert "“overtime” (hours and shifts)" in page.words()
    assert "Why these places have to stand" in page.words()
    now = people.current_policy()
    assert now is not None
    assert str(now.number) == data["seen_number"]
    data["override_reason"] = "The works council asked for this sentence."
    assert administrator.post("/settings/policy", data=data).status_code == 302
    assert audit.recent(limit=1)[0][0].details["override_reason"].startswith("The works council")
