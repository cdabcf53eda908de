"""Numbers out of a network's export: looked at first, kept on a word, and only of one's own posts."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from advocacy.foundation.db import session as ambient
from advocacy.people.models import Employee
from advocacy.sharing import service
from advocacy.sharing.models import EngagementSnapshot
from tests.factories.people import actor_for, make_advocate, make_employee
from tests.factories.sharing import make_share
from tests.support.clients import Browser
from tests.support.html import checked_page

PAGE = "/shares/numbers"
EXPORT = Path(__file__).parents[2] / "sharing" / "exports" / "linkedin_page.csv"
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture
def ines(session: Any) -> Iterator[Employee]:
    """Give somebody with one post of the export among their shares."""
    with time_machine.travel(NOW - timedelta(days=4), tick=False):
        person = make_advocate()
        share = make_share(actor=actor_for(person), confirmed=True).share
        address = "https://www.linkedin.com/feed/update/urn:li:activity:7265891122334455001"
        service.confirm_share(actor_for(person), share.id, address)
    with time_machine.travel(NOW, tick=False):
        yield person


def look(browser: Browser, content: bytes, **other: str) -> Any:
    data = {"network": "linkedin", "observed_on": "2026-11-25", **other, "file": (io.BytesIO(content), "export.csv")}
    return browser.post(PAGE, data=data, content_type="multipart/form-data")


def test_an_export_is_looked_at_first_and_kept_on_a_word(ines: Employee, sign_in: Any) -> None:
    browser = sign_in(ines)
    checked_page(browser.get(PAGE))
    page = checked_page(look(browser, EXPORT.read_bytes()))
    for told in ("new numbers of one of your posts", "1,234", "Not among your shares", "7265891122334455999"):
        assert told in page.words()
    assert ambient.query(EngagementSnapshot).count() == 0
    confirmed = {name: page.field(name) for name in ("token", "network", "observed_on")}
    assert browser.post(f"{PAGE}/keep", data=confirmed).location == "/shares"
    assert [kept.impressions for kept in ambient.query(EngagementSnapshot)] == [1234]
    assert "Numbers of 1 post are kept" in checked_page(browser.get("/shares")).words()
    again = browser.post(f"{PAGE}/keep", data=confirmed)
    assert "gone after an hour" in checked_page(again, 422).words()
    told_again = checked_page(look(browser, EXPORT.read_bytes())).words()
    assert "tells nothing new about your posts" in told_again
    assert "kept already" in told_again


@pytest.mark.parametrize(
    ("content", "other", "says"),
    [
        (b"", {}, "The file is empty"),
        (b"nothing,of,use\n", {}, "No line names"),
        (b"x,y\n", {"network": "email"}, "Choose from the list"),
        (b"x,y\n", {"observed_on": "2027-01-01"}, "has not come yet"),
        (b"x,y\n", {"observed_on": "yesterday"}, "Enter a day"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    ines: Employee, sign_in: Any, content: bytes, other: dict[str, str], says: str
) -> None:
    assert says in checked_page(look(sign_in(ines), content, **other), 422).words()


def test_no_file_at_all_is_told(ines: Employee, sign_in: Any) -> None:
    assert "Choose a file" in checked_page(sign_in(ines).post(PAGE, data={"network": "linkedin"}), 422).words()


def test_somebody_elses_looked_at_file_cannot_be_kept(ines: Employee, sign_in: Any) -> None:
    page = checked_page(look(sign_in(ines), EXPORT.read_bytes()))
    confirmed = {name: page.field(name) for name in ("token", "network", "observed_on")}
    checked_page(sign_in(make_advocate()).post(f"{PAGE}/keep", data=confirmed), 422)
    assert ambient.query(EngagementSnapshot).count() == 0


def test_who_only_reads_is_told_that_nothing_can_be_kept(ines: Employee, sign_in: Any) -> None:
    assert "after a yes" in checked_page(sign_in(make_employee()).get(PAGE)).words()
