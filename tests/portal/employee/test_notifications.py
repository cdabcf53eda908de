"""The pages of notifications: the bell, the list, the choices, everything off."""

import pytest
from sqlalchemy import select

from advocacy.foundation.db import session as ambient
from advocacy.notifications.choices import offered_pairs
from advocacy.notifications.models import Kind, Notification
from advocacy.notifications.queries import choices_of
from tests.factories.notifications import make_notification
from tests.factories.people import make_advocate, make_employee
from tests.support.html import UNESCAPED, checked_page

FORM = {
    "on": [name for name in offered_pairs() if name != "in_app:answers"],
    "digest_days": ["1", "3"],
    "digest_hour": "8",
    "quiet_from": "18",
    "quiet_until": "7",
    "most_a_day": "2",
    "most_a_week": "4",
    "time_zone": "Europe/Madrid",
    "version": "0",
}


def test_the_bell_counts_what_is_unread(sign_in):
    person = make_advocate()
    browser = sign_in(person)
    assert "unread" not in checked_page(browser.get("/my-data")).words()
    for _ in range(3):
        make_notification(person)
    assert "3 unread" in checked_page(browser.get("/my-data")).words()


def test_a_line_is_opened_read_and_leads_on(sign_in):
    person = make_advocate()
    line = make_notification(person, details={"title": f"A pump {UNESCAPED}"}, subject_id=person.id)
    line_id, subject_id = line.id, line.subject_id
    browser = sign_in(person)
    assert "One thing you have not read" in checked_page(browser.get("/notifications")).words()
    answer = browser.post(f"/notifications/{line_id}/open")
    assert answer.status_code == 302
    assert answer.location == f"/items/{subject_id}/share"
    assert "You have read everything" in checked_page(browser.get("/notifications")).words()


def test_nobody_opens_somebody_elses_line(sign_in):
    line = make_notification()
    line_id = line.id
    assert sign_in().post(f"/notifications/{line_id}/open").status_code == 404
    assert ambient.scalar(select(Notification.read_at).where(Notification.id == line_id)) is None


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_line_has_words_and_a_page_of_ours(sign_in, kind):
    person = make_advocate()
    make_notification(person, kind, subject_id=person.id, details={})
    browser = sign_in(person)
    assert checked_page(browser.get("/notifications")).words()
    assert browser.post("/notifications/read").status_code == 302


def test_choices_are_kept_and_shown_again(sign_in):
    person = make_advocate()
    browser = sign_in(person)
    checked_page(browser.get("/notifications/settings"))
    assert browser.post("/notifications/settings", data=FORM).status_code == 302
    kept = choices_of(person.key)
    assert (kept.muted, kept.digest_days, kept.time_zone) == (("in_app:answers",), (1, 3), "Europe/Madrid")
    page = checked_page(browser.get("/notifications/settings"))
    assert page.one("input", name="version").get("value") == str(kept.version)


def test_an_impossible_choice_comes_back_with_what_was_typed(sign_in):
    person = make_advocate()
    answer = sign_in(person).post("/notifications/settings", data=FORM | {"most_a_day": "9"})
    page = checked_page(answer, 422)
    assert "at least as many as on one day" in page.words()
    assert choices_of(person.key).version == 0


def test_an_older_window_is_told_so(sign_in):
    browser = sign_in(make_advocate())
    browser.post("/notifications/settings", data=FORM)
    assert "another window" in checked_page(browser.post("/notifications/settings", data=FORM), 422).words()


def test_everything_is_off_in_one_click(sign_in):
    person = make_advocate()
    browser = sign_in(person)
    browser.post("/notifications/off")
    assert choices_of(person.key).is_everything_off
    assert "Everything is off" in checked_page(browser.get("/notifications/settings")).words()
    browser.post("/notifications/on")
    ambient.expire_all()
    assert not choices_of(person.key).is_everything_off


def test_who_only_reads_is_told_what_is_missing(sign_in):
    page = checked_page(sign_in(make_employee()).get("/notifications/settings"))
    assert "They start with a yes" in page.words()
