"""Telling people of an item: those who are meant and want it, each once, stopped and resumed at any point."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from advocacy.content import announcing
from advocacy.content import service as content
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, NotFound
from advocacy.notifications import service as notifications
from advocacy.notifications.models import Announcement, AnnouncementState, Notification
from advocacy.notifications.service import announcing as telling
from advocacy.notifications.wording import told as words_of
from advocacy.people.models import OrgUnit, Purpose
from advocacy.people.service import withdraw_consent
from tests.factories.content import make_actor, make_item, make_live_item
from tests.factories.notifications import choose
from tests.factories.people import actor_for, make_advocate, make_employee, make_topic, make_unit
from tests.support.html import checked_page, page_part
from workers import notifications as work


@pytest.fixture
def curator(session):
    return make_actor(Role.CURATOR)


def told_keys():
    return sorted(ambient.scalars(select(Notification.employee_key).where(Notification.announcement_id.is_not(None))))


def announce(curator, recorded_jobs, item, **named):
    found = announcing.announce_item(curator, item.id, **named)
    announcement_id = found.id
    recorded_jobs.run("notifications.tell_people")
    return ambient.get_one(Announcement, announcement_id)


def test_everybody_who_takes_part_is_told_once(curator, recorded_jobs):
    people = [make_advocate() for _ in range(3)]
    keys = [person.key for person in people]
    make_employee()
    found = announce(curator, recorded_jobs, make_live_item(author=curator))
    assert found.state is AnnouncementState.DONE
    assert told_keys() == keys


def test_only_whom_it_is_meant_for(curator, recorded_jobs):
    root = make_unit("Root")
    ours, theirs = make_unit("Ours", parent=root), make_unit("Theirs", parent=root)
    topic = make_topic("Energy")
    here, elsewhere = make_advocate(ours), make_advocate(theirs)
    follower = make_advocate(ours)
    from advocacy.people.service import follow_topics

    follow_topics(actor_for(follower), {topic.id})
    keys = [follower.key]
    item = make_live_item(author=curator, audience={"unit_ids": [ours.id], "topic_ids": [topic.id]})
    announce(curator, recorded_jobs, item)
    assert told_keys() == keys
    assert here.key not in keys
    assert elsewhere.key not in keys


@pytest.mark.parametrize("how", ["withdraw", "everything off", "muted"])
def test_a_no_between_two_slices_is_heard(curator, recorded_jobs, monkeypatch, how):
    first, second = make_advocate(), make_advocate()
    first_key, second_key = first.key, second.key
    monkeypatch.setattr(telling, "SLICE", 1)
    item = make_live_item(author=curator)
    found = announcing.announce_item(curator, item.id)
    found_id = found.id
    while ambient.get_one(Announcement, found_id).told_to < first_key:
        work.tell_people(str(found_id))
        ambient.flush()
    person = ambient.merge(second)
    if how == "withdraw":
        withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    elif how == "everything off":
        notifications.turn_everything_off(second_key)
    else:
        choose(person, off=["in_app:suggestions"])
    recorded_jobs.run("notifications.tell_people")
    assert told_keys() == [first_key]


def test_it_is_stopped_between_two_slices(curator, recorded_jobs, monkeypatch):
    people = [make_advocate() for _ in range(3)]
    monkeypatch.setattr(telling, "SLICE", 1)
    found = announcing.announce_item(curator, make_live_item(author=curator).id)
    while not told_keys():
        work.tell_people(str(found.id))
        ambient.flush()
    announcing.cancel_announcement(curator, found.id)
    recorded_jobs.run("notifications.tell_people")
    assert len(told_keys()) == 1
    assert len(people) == 3
    with pytest.raises(Conflict):
        announcing.cancel_announcement(curator, found.id)


def test_a_slice_that_runs_again_tells_nobody_twice(curator, session):
    keys = [make_advocate().key for _ in range(3)]
    found = announcing.announce_item(curator, make_live_item(author=curator).id)
    telling.tell_slice(found.id)
    found.told_to, found.state = 0, AnnouncementState.TELLING
    telling.tell_slice(found.id)
    assert told_keys() == keys


def test_what_is_taken_back_is_told_no_further(curator, recorded_jobs):
    make_advocate()
    item = make_live_item(author=curator)
    found = announcing.announce_item(curator, item.id)
    content.withdraw_item(curator, item.id, reason="It was wrong.")
    found_id = found.id
    recorded_jobs.run("notifications.tell_people")
    assert told_keys() == []
    assert ambient.get_one(Announcement, found_id).state is AnnouncementState.CANCELLED


def test_only_what_is_live_and_not_every_day(curator, recorded_jobs):
    with pytest.raises(Conflict, match="live"):
        announcing.announce_item(curator, make_item(author=curator).id)
    with time_machine.travel(datetime(2026, 11, 2, 9, tzinfo=UTC), tick=False) as clock:
        item = make_live_item(author=curator)
        item_id = item.id
        announcing.announce_item(curator, item_id)
        recorded_jobs.run("notifications.tell_people")
        clock.shift(timedelta(days=6))
        with pytest.raises(Conflict, match="week"):
            announcing.announce_item(curator, item_id)
        clock.shift(timedelta(days=2))
        announcing.announce_item(curator, item_id)


def test_makers_of_one_unit_announce_nothing_of_another(session):
    root = make_unit("Root")
    ours, theirs = make_unit("Ours", parent=root), make_unit("Theirs", parent=root)
    local = make_actor(Role.CURATOR, unit=ours)
    item = make_live_item(author=make_actor(Role.CURATOR), unit_id=theirs.id)
    with pytest.raises(NotFound):
        announcing.announce_item(local, item.id)


def test_words_are_made_when_they_are_read(app, curator, recorded_jobs):
    person = make_advocate()
    texts = {
        "en": {"title": "The pump", "summary": "Two sentences."},
        "de": {"title": "Die Pumpe", "summary": "Zwei Sätze."},
    }
    item = make_live_item(author=curator, texts=texts)
    announce(curator, recorded_jobs, item, note="We open it on Friday.")
    line = ambient.scalars(select(Notification).where(Notification.employee_key == person.key)).one()
    with app.test_request_context("/", headers={"Accept-Language": "de"}):
        assert words_of(line).title == "Die Pumpe"
        assert words_of(line).text == "We open it on Friday."
    with app.test_request_context("/", headers={"Accept-Language": "es"}):
        assert words_of(line).title in {"The pump", "Die Pumpe"}


def told_in_a_unit(curator, recorded_jobs, others):
    """Announce something to a unit of seven who take part and some who do not."""
    unit = make_unit("Cloud", parent=make_unit("Meridian Works"))
    for _ in range(7):
        make_advocate(unit)
    for _ in range(others):
        make_employee(unit)
    unit_key = unit.key
    found = announce(curator, recorded_jobs, make_live_item(author=curator, audience={"unit_ids": [unit.id]}))
    return found, ambient.get_one(OrgUnit, unit_key)


@pytest.mark.parametrize(("others", "told"), [(0, 7), (1, None), (4, None), (5, 5), (9, 5)])
def test_what_is_told_beside_whom_it_was_meant_for_tells_of_no_few(curator, recorded_jobs, others, told):
    """Seven of eight would say of the eighth that they do not take part."""
    found, _unit = told_in_a_unit(curator, recorded_jobs, others)
    shown = announcing.Progress.of(found)
    assert (found.told, shown.meant, shown.told) == (7, 7 + others, told)
    assert shown.is_everybody is (others == 0)
    assert shown.share == 1.0


def test_whom_it_was_meant_for_does_not_move_afterwards(curator, recorded_jobs):
    found, unit = told_in_a_unit(curator, recorded_jobs, 5)
    make_employee(unit)
    assert announcing.Progress.of(found).meant == 12


def test_where_people_are_counted_in_groups_nobody_is_called_everybody(curator, recorded_jobs):
    for _ in range(5):
        make_advocate(country="PT")
    for _ in range(2):
        make_employee(country="PT")
    item = make_live_item(author=curator, audience={"countries": ["PT"]})
    shown = announcing.Progress.of(announce(curator, recorded_jobs, item))
    assert (shown.meant, shown.told, shown.is_everybody) == (5, None, False)


def test_by_program(api, recorded_jobs, session):
    program = api(None, Role.CURATOR)
    make_advocate()
    item = make_live_item()
    path = f"/api/v1/content/{item.id}/announcements"
    made = program.post(path, json={"note": "We open it on Friday."})
    assert made.status_code == 201
    assert made.json["state"] == "telling"
    assert program.post(path, json={}).status_code == 409
    assert program.post(f"/api/v1/announcements/{made.json['id']}/cancel").json["state"] == "cancelled"
    assert [one["state"] for one in program.get(path).json["data"]] == ["cancelled"]
    assert program.post(path, json={"note": "x" * 281}).status_code == 422
    assert session.scalar(select(func.count()).select_from(Announcement)) == 1


def test_on_the_page(sign_in, recorded_jobs):
    browser = sign_in(None, Role.CURATOR)
    item = make_live_item()
    path = f"/studio/{item.id}/announce"
    assert "Tell people" in checked_page(browser.get(f"/studio/{item.id}")).words()
    assert "each once" in checked_page(browser.get(path)).words()
    assert "at most 280" in checked_page(browser.post(path, data={"note": "x" * 281}), 422).words()
    assert browser.post(path, data={"note": ""}).status_code == 302
    words = checked_page(browser.get(path)).words()
    assert "being told" in words
    found = ambient.scalars(select(Announcement)).one()
    found_id = found.id
    part = page_part(browser.get(f"/studio/announcements/{found_id}/progress"))
    again = next(element.get("hx-get") for element in part.all("div") if element.get("hx-get"))
    assert browser.get(again).status_code == 204  # nothing moves while nobody more was told
    assert browser.post(f"/studio/announcements/{found_id}/cancel").status_code == 302
    assert "stopped" in page_part(browser.get(again)).words()
    assert "stopped" in checked_page(browser.get(path)).words()
    assert "hx-trigger" not in browser.get(f"/studio/announcements/{found_id}/progress").get_data(as_text=True)
