"""How people want to be told: their own words in force at once, and a no that needs nobody's permission."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Invalid, PreconditionFailed
from advocacy.notifications import queries, service
from advocacy.notifications.choices import DEFAULTS, Choices, is_quiet
from advocacy.notifications.models import Channel, Kind, Notification, NotificationPreference, Subject
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from tests.factories.notifications import choose, make_notification
from tests.factories.people import actor_for, make_advocate, make_employee
from workers import erasure
from workers import notifications as work

pytestmark = pytest.mark.usefixtures("session")


def test_without_a_row_the_defaults_hold():
    assert queries.choices_of(make_employee().key) == DEFAULTS


def test_what_was_chosen_holds_and_counts_its_versions():
    person = make_advocate()
    first = choose(person, off=["in_app:answers"], digest_days=[5, 1, 1], time_zone="America/Lima")
    assert first.muted == ("in_app:answers",)
    assert first.digest_days == (1, 5)
    assert not first.wants(Channel.IN_APP, Subject.ANSWERS)
    assert first.wants(Channel.IN_APP, Subject.SUGGESTIONS)
    assert choose(person).version == first.version + 1


def test_an_older_window_does_not_overwrite_a_newer_one():
    person = make_advocate()
    seen = choose(person).version
    choose(person, most_a_week=5)
    with pytest.raises(PreconditionFailed):
        service.change_choices(
            actor_for(person),
            seen_version=seen,
            off=(),
            time_zone=None,
            digest_days=(),
            digest_hour=9,
            quiet_from=None,
            quiet_until=None,
            most_a_day=1,
            most_a_week=1,
        )


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("off", {"off": ["pigeon:suggestions"]}),
        ("time_zone", {"time_zone": "Mars/Olympus"}),
        ("digest_days", {"digest_days": [0]}),
        ("digest_days", {"digest_days": [8]}),
        ("digest_hour", {"digest_hour": 24}),
        ("digest_hour", {"digest_hour": 22}),
        ("quiet_from", {"quiet_from": -1, "quiet_until": 4}),
        ("quiet_until", {"quiet_until": None}),
        ("most_a_day", {"most_a_day": 0}),
        ("most_a_day", {"most_a_day": 11, "most_a_week": 30}),
        ("most_a_week", {"most_a_day": 5, "most_a_week": 4}),
        ("most_a_week", {"most_a_week": 31}),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(field, wrong):
    person = make_advocate()
    with pytest.raises(Invalid) as refused:
        choose(person, **wrong)
    assert [problem.pointer for problem in refused.value.problems] == [field]
    assert queries.choices_of(person.key) == DEFAULTS


@pytest.mark.parametrize(
    ("hour", "quiet_from", "quiet_until", "expected"),
    [
        (20, 20, 7, True), (23, 20, 7, True), (0, 20, 7, True), (6, 20, 7, True), (7, 20, 7, False), (19, 20, 7, False),
        (12, 12, 14, True), (14, 12, 14, False), (11, 12, 14, False), (3, 3, 3, False), (3, None, None, False),
    ],
)  # fmt: skip
def test_quiet_hours_may_reach_over_midnight(hour, quiet_from, quiet_until, expected):
    assert is_quiet(hour, quiet_from, quiet_until) is expected


@pytest.mark.parametrize(
    ("own", "roster", "zone"),
    [
        ("Asia/Tokyo", "America/Lima", "Asia/Tokyo"),
        (None, "America/Lima", "America/Lima"),
        (None, "not a zone", "Europe/Berlin"),
        (None, None, "Europe/Berlin"),
        (None, "../etc/passwd", "Europe/Berlin"),
    ],
)
def test_the_clock_that_counts_is_the_persons(own, roster, zone):
    assert Choices(time_zone=own).zone_of(roster).key == zone


def test_everything_off_keeps_the_choices_and_turning_off_twice_is_once():
    person = make_advocate()
    choose(person, digest_hour=17)
    off = service.turn_everything_off(person.key)
    assert not any(off.wants(channel, subject) for channel in Channel for subject in Subject)
    assert service.turn_everything_off(person.key) == off
    on = service.turn_on_again(actor_for(person))
    assert not on.is_everything_off
    assert on.digest_hour == 17


# --- What is told.


def told_to(person):
    return ambient.scalars(select(Notification).where(Notification.employee_key == person.key)).all()


def test_who_takes_part_is_told():
    person = make_advocate()
    service.notify(person.key, Kind.NEW_ITEM, title="A pump that saves water")
    assert [line.kind for line in told_to(person)] == [Kind.NEW_ITEM]


def test_who_does_not_take_part_is_told_nothing_but_what_concerns_the_account():
    person = make_advocate()
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    assert service.notify(person.key, Kind.NEW_ITEM) is None
    assert service.notify(person.key, Kind.MAIL_PAUSED, reason="550 no such user") is not None
    assert [line.kind for line in told_to(person)] == [Kind.MAIL_PAUSED]


@pytest.mark.parametrize("how", ["off", "muted"])
def test_what_is_off_is_not_told(how):
    person = make_advocate()
    if how == "off":
        service.turn_everything_off(person.key)
    else:
        choose(person, off=["in_app:suggestions"])
    assert service.notify(person.key, Kind.NEW_ITEM) is None
    assert told_to(person) == []


def test_only_ones_own_lines_are_marked_read():
    mine, other = make_notification(), make_notification()
    person = ambient.get_one(Notification, mine.id)
    actor = actor_for(make_advocate())
    assert service.mark_read(actor, [mine.id, other.id]) == 0
    owner = queries.count_unread(person.employee_key)
    assert owner == 1


def test_unread_lines_are_counted_to_a_hundred():
    person = make_advocate()
    for _ in range(3):
        make_notification(person)
    assert queries.count_unread(person.key) == 3
    assert service.mark_read(actor_for(person)) == 3
    assert queries.count_unread(person.key) == 0


# --- How long it is kept.


def test_old_lines_go_by_themselves():
    person = make_advocate()
    old, new = make_notification(person), make_notification(person)
    old.created_at -= timedelta(days=91)
    ambient.flush()
    work.forget_old()
    assert [line.id for line in told_to(person)] == [new.id]


@pytest.mark.parametrize("how", ["leaves", "is erased"])
def test_lists_and_choices_go_with_the_person(how):
    person, stays = make_advocate(), make_advocate()
    for one in (person, stays):
        make_notification(one)
        choose(one)
    if how == "leaves":
        ambient.execute(text("UPDATE employee SET external_id = NULL WHERE key = :key"), {"key": person.key})
        work.forget_old()
    else:
        for statement in erasure.STATEMENTS:
            ambient.execute(text(statement), {"key": person.key})
    assert told_to(person) == []
    ambient.expire_all()
    assert ambient.get(NotificationPreference, person.key) is None
    assert len(told_to(stays)) == 1
    assert ambient.get(NotificationPreference, stays.key) is not None


def test_own_data_tells_what_was_told_and_chosen():
    person = make_advocate()
    line = make_notification(person, subject_id=None)
    choose(person, off=["in_app:answers"])
    data = queries.own_data(person.key)
    assert data["choices"]["off"] == ["in_app:answers"]
    assert [row["at"] for row in data["notifications"]] == [line.created_at.isoformat()]
