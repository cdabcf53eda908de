"""Click rules: raw and clean side by side, which rules judged, and judging past days again."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import text, update

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.models import Task
from advocacy.sharing.clicks import importing, judgements, rules
from advocacy.sharing.models import ClickJudgement, ClickReclassification
from tests.factories.clicks import AT, clicks, deliver, frame, make_link
from tests.factories.people import make_policy, make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page

PAGE = "/settings/clicks"
DAY = AT.date()


@pytest.fixture
def administrator(app: Any, session: Any) -> Any:
    with time_machine.travel(AT + timedelta(days=5), tick=False):
        make_unit("Meridian Works")
        make_policy()
        yield sign_in_browser(app, None, Role.ADMINISTRATOR)


def bring_clicks() -> None:
    links = [make_link(ambient).key for _ in range(2)]
    agents = (b"curl/8.5.0", b"LinkedInBot/1.0")
    frames = [frame(links[0]), frame(links[0], visitor_key=8), *(frame(links[1], agent=agent) for agent in agents)]
    importing.import_segment(deliver(ambient, "s", *frames))


def test_raw_and_clean_stand_side_by_side(administrator: Browser) -> None:
    bring_clicks()
    words = checked_page(administrator.get(PAGE)).words()
    assert "50% of all clicks of the last three months were people" in words.replace(" %", "%")
    key = rules.key_in_force()
    for told in ("Raw clicks 4", "Human clicks 2", "Judged by older rules 0", f"number {key}, cascade version"):
        assert told in words


def test_clicks_by_older_rules_are_told_and_judged_again(administrator: Browser) -> None:
    bring_clicks()
    other = text("INSERT INTO click_rules (version, sha256, parts) VALUES (1, '\\x00', '{}') RETURNING key")
    ambient.execute(update(ClickJudgement).values(rules_key=ambient.scalar(other)))
    words = checked_page(administrator.get(PAGE)).words()
    assert "100% of the clicks of the last three months were judged by older rules" in words.replace(" %", "%")
    page = checked_page(administrator.get(PAGE))
    days = {name: page.field(name) for name in ("first_day", "last_day")}
    assert days == {"first_day": str(DAY), "last_day": str(DAY + timedelta(days=4))}
    assert administrator.post(PAGE, data=days).location == PAGE
    wanted = ambient.query(ClickReclassification).one()
    assert (wanted.first_day, wanted.last_day) == (DAY, DAY + timedelta(days=4))
    assert ambient.query(Task).filter_by(name="sharing.judge_clicks").count() == 5
    words = checked_page(administrator.get(PAGE)).words()
    assert "5 days are judged again, newest first" in words
    assert "0 of 5" in words


def test_a_day_that_is_not_over_or_no_day_is_told_at_its_field(administrator: Browser) -> None:
    bring_clicks()
    for last, says in ((str(DAY + timedelta(days=5)), "Only days that are over"), ("soon", "Enter a day")):
        page = checked_page(administrator.post(PAGE, data={"first_day": str(DAY), "last_day": last}), 422)
        assert says in page.words()
        assert page.field("last_day") == last
    assert ambient.query(ClickReclassification).count() == 0


def test_who_only_looks_after_one_unit_does_not_judge_for_all(app: Any, administrator: Browser) -> None:
    browser = sign_in_browser(app, None, Role.ADMINISTRATOR, unit=make_unit("Here"))
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, data={"first_day": str(DAY), "last_day": str(DAY)}).status_code == 403


def test_clicks_brought_in_from_elsewhere_are_told_apart(administrator: Browser) -> None:
    bring_clicks()
    ambient.execute(text("DELETE FROM click_judgement"))
    judgements.adopt_ledger()
    assert len(clicks(ambient)) == 4
    words = checked_page(administrator.get(PAGE)).words()
    assert "Came with their class 0" in words
    assert "Judged by older rules 4" in words
