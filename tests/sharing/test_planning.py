"""Planned shares: words kept for a moment, one reminder at it, and nothing posted by anybody but their author."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from advocacy.content import service as content
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Conflict, Invalid, NotFound, NotPermitted, PreconditionFailed
from advocacy.notifications import service as notifications
from advocacy.notifications.models import Kind, Message, MessageState, Notification
from advocacy.people import tombstones
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing import planning, service
from advocacy.sharing.models import Share
from advocacy.sharing.plan_models import PlannedShare, PlanState
from advocacy.sharing.staggering import Advice
from config.networks import find_network
from tests.factories.content import make_actor, make_live_item
from tests.factories.notifications import choose
from tests.factories.people import actor_for, give_consent, make_advocate, make_employee
from tests.factories.sharing import make_plan
from tests.support.mail import plain, smtp_sink
from tests.support.restoring import forgotten_by_the_copy
from workers import sharing as work

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=BERLIN)
AT_TWO = datetime(2026, 11, 26, 14, 0, tzinfo=BERLIN)
WORDS = "I was there that night."


@pytest.fixture
def frozen(session):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def person(frozen):
    return make_advocate()


@pytest.fixture
def item(frozen):
    return make_live_item(texts={"en": {"title": "A pump", "summary": "It moves water."}})


def come_due(frozen, at=AT_TWO):
    ambient.commit()
    frozen.move_to(at)
    work.remind_due()
    ambient.commit()


def lines_of(person):
    return list(
        ambient.scalars(
            select(Notification).where(Notification.employee_key == person.key, Notification.kind == Kind.SHARE_PLANNED)
        )
    )


def messages_of(person):
    return ambient.execute(
        select(Message.channel, Message.state, Message.outcome).where(Message.employee_key == person.key)
    ).all()


# --- Planning.


def test_words_are_kept_as_they_were_written_and_nothing_is_shared(person, item):
    plan = make_plan(person, item, AT_TWO + timedelta(seconds=42))
    assert (plan.text, plan.state, plan.time_zone) == (WORDS, PlanState.PLANNED, "Europe/Berlin")
    assert plan.planned_for == AT_TWO
    assert ambient.scalars(select(Share)).all() == []


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (NOW, "is over"),
        (NOW - timedelta(days=1), "is over"),
        (NOW + timedelta(days=91), "within the next 90 days"),
        (NOW.replace(hour=20), "quiet hours, from 20:00 to 7:00"),
        (NOW.replace(hour=6, day=27), "quiet hours"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_with_what_can(person, item, moment, told):
    with pytest.raises(Invalid) as refused:
        make_plan(person, item, moment)
    assert refused.value.problems[0].pointer == "planned_for"
    assert told in refused.value.problems[0].detail


def test_quiet_hours_are_those_of_the_persons_own_clock(person, item):
    choose(person, time_zone="Asia/Tokyo")  # two in the afternoon in Berlin is ten at night there
    with pytest.raises(Invalid):
        make_plan(person, item, AT_TWO)
    choose(person, time_zone="Asia/Tokyo", quiet_from=None, quiet_until=None)
    assert make_plan(person, item, AT_TWO).time_zone == "Asia/Tokyo"


def test_nobody_plans_for_a_time_when_the_item_is_over(person, frozen):
    item = make_live_item(expires_at=AT_TWO)
    with pytest.raises(Invalid) as refused:
        make_plan(person, item, AT_TWO)
    assert "By then this item is over" in refused.value.problems[0].detail


def test_words_a_network_does_not_take_are_refused_at_once(person, item):
    with pytest.raises(Invalid) as refused:
        make_plan(person, item, AT_TWO, network_key="x", text="word " * 100)
    assert refused.value.problems[0].pointer == "text"


def test_without_a_yes_nothing_is_planned(item):
    with pytest.raises(NotPermitted):
        make_plan(make_employee(), item, AT_TWO)


def test_there_is_an_end_to_plans(person, item, monkeypatch):
    monkeypatch.setattr(planning, "MOST_OPEN", 2)
    one, _two = (make_plan(person, item, AT_TWO) for _ in range(2))
    with pytest.raises(Conflict):
        make_plan(person, item, AT_TWO)
    planning.cancel_plan(actor_for(person), one.id)
    make_plan(person, item, AT_TWO)


def test_a_plan_is_changed_by_who_saw_how_it_is(person, item):
    plan, actor = make_plan(person, item, AT_TWO), actor_for(person)
    changes = {"network_key": "x", "text": "Shorter.", "planned_for": AT_TWO + timedelta(hours=1)}
    changed = planning.change_plan(actor, plan.id, seen_version=1, **changes)
    assert (changed.text, changed.version) == ("Shorter.", 2)
    with pytest.raises(PreconditionFailed):
        planning.change_plan(actor, plan.id, seen_version=1, **changes)


def test_a_plan_is_nobody_elses(person, item):
    plan, other = make_plan(person, item, AT_TWO), actor_for(make_advocate())
    with pytest.raises(NotFound):
        planning.cancel_plan(other, plan.id)
    with pytest.raises(NotFound):
        service.open_share(other, item_id=item.id, network_key="x", text=WORDS, planned_share_id=plan.id)
    assert planning.open_plans(other) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Choose a day"),
        ("soon", "Choose a day"),
        ("2026-11-27T09:30Z", "Choose a day"),
        ("2027-03-28T02:30", "put forward"),
        ("0001-01-01T00:00", "within the next 90 days"),
        ("9999-12-31T23:59", "within the next 90 days"),
    ],
)
def test_a_time_that_is_on_no_clock_is_refused(text, told):
    with time_machine.travel(NOW), pytest.raises(Invalid) as refused:  # a year later that hour is past
        planning.local_moment(text, BERLIN)
    assert told in refused.value.problems[0].detail


def test_a_good_moment_is_suggested(person, item, monkeypatch):
    entry = planning.shown(actor_for(person), make_plan(person, item, AT_TWO)).entry
    linkedin, actor = find_network("linkedin"), actor_for(person)
    assert planning.suggested_moment(actor, entry, linkedin) == datetime(2026, 11, 27, 9, 0, tzinfo=BERLIN)
    monkeypatch.setattr(planning, "advice_for", lambda *_: Advice(10, 16))
    assert planning.suggested_moment(actor, entry, linkedin) == datetime(2026, 11, 26, 16, 0, tzinfo=BERLIN)
    choose(person, quiet_from=12, quiet_until=7)
    assert planning.suggested_moment(actor, entry, linkedin) is None


# --- Its moment.


def test_somebody_is_reminded_once_when_the_moment_has_come(person, item, frozen, recorded_jobs, environment):
    plan = make_plan(person, item, AT_TWO)
    come_due(frozen, AT_TWO - timedelta(minutes=1))
    assert lines_of(person) == []
    come_due(frozen)
    come_due(frozen, AT_TWO + timedelta(minutes=5))
    (line,) = lines_of(person)
    assert (line.subject_id, line.details) == (plan.id, {"title": "A pump", "network": "LinkedIn"})
    with smtp_sink(environment) as sink:
        recorded_jobs.run("notifications.mail_reminder")
        recorded_jobs.run("notifications.mail_reminder")
    (letter,) = sink.kept
    assert letter["Subject"] == "The time you chose: A pump"
    assert WORDS in plain(letter)
    assert f"?plan={plan.id}" in plain(letter)
    assert messages_of(person) == [("mail", MessageState.SENT, None)]


def test_a_reminder_neither_meets_a_cap_nor_takes_a_place(person, item, frozen, recorded_jobs, environment):
    choose(person, digest_days=range(1, 8), digest_hour=15, off=["mail:suggestions"])
    for _ in range(2):
        make_plan(person, item, AT_TWO)
    come_due(frozen)
    with smtp_sink(environment) as sink:
        recorded_jobs.run("notifications.mail_reminder")
        assert len(sink.kept) == 2, "two in one day, and mail of that subject is off"
        frozen.move_to(AT_TWO + timedelta(hours=1))
        choose(person, off=[])
        notifications.start_runs()
        ambient.commit()
        recorded_jobs.run("notifications.plan_digests")
        recorded_jobs.run("notifications.send_digests")
    assert len(sink.kept) == 3, "the digest of the day comes all the same"


@pytest.mark.parametrize("how", ["everything off", "quiet by now", "no"])
def test_a_no_that_came_later_counts(person, item, frozen, recorded_jobs, environment, how):
    make_plan(person, item, AT_TWO)
    if how == "everything off":
        notifications.turn_everything_off(person.key)
    elif how == "quiet by now":
        choose(person, quiet_from=13, quiet_until=7)
    else:
        withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    come_due(frozen)
    with smtp_sink(environment) as sink:
        recorded_jobs.run("notifications.mail_reminder")
    assert sink.kept == []
    assert len(lines_of(person)) == (0 if how == "no" else 1)


@pytest.mark.parametrize("is_due", [False, True])
def test_a_no_takes_every_plan_along_at_once_and_a_new_yes_brings_none_back(
    person, item, frozen, recorded_jobs, environment, is_due
):
    make_plan(person, item, AT_TWO)
    cancelled, kept = make_plan(person, item, AT_TWO), make_plan(make_advocate(), item, AT_TWO).id
    planning.cancel_plan(actor_for(person), cancelled.id)
    if is_due:
        come_due(frozen)
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    assert list(ambient.scalars(select(PlannedShare.id))) == [kept]
    give_consent(person)
    come_due(frozen, AT_TWO + timedelta(minutes=5))
    with smtp_sink(environment) as sink:
        recorded_jobs.run("notifications.mail_reminder")
    assert [letter["To"] for letter in sink.kept if person.email in letter["To"]] == []
    assert planning.open_plans(actor_for(person)) == []
    assert len(lines_of(person)) == int(is_due), "what was told before stays told"


def test_what_is_over_by_then_is_told_and_its_words_stay(person, frozen):
    author = make_actor(Role.CURATOR)
    item = make_live_item(author=author)
    plan = make_plan(person, item, AT_TWO)
    content.withdraw_item(author, item.id, reason="It was wrong.")
    come_due(frozen)
    (line,) = lines_of(person)
    assert line.details == {"is_over": True}
    assert (plan.state, plan.text) == (PlanState.LAPSED, WORDS)
    assert messages_of(person) == []


def test_sharing_it_ends_the_plan_and_checks_the_words_anew(person, item, frozen):
    plan = make_plan(person, item, AT_TWO)
    come_due(frozen)
    opened = service.open_share(
        actor_for(person), item_id=item.id, network_key="linkedin", text=plan.text, planned_share_id=plan.id
    )
    assert opened.share.disclosure["added"]
    assert (plan.state, plan.share_key) == (PlanState.SHARED, opened.share.key)
    with pytest.raises(Conflict):
        planning.cancel_plan(actor_for(person), plan.id)


def test_another_moment_reminds_again(person, item, frozen):
    plan = make_plan(person, item, AT_TWO)
    come_due(frozen)
    later = AT_TWO + timedelta(hours=2)
    planning.change_plan(actor_for(person), plan.id, network_key="linkedin", text=WORDS, planned_for=later)
    come_due(frozen, later)
    assert len(lines_of(person)) == 2
    assert len(messages_of(person)) == 2


# --- Afterwards.


def test_plans_are_exported_and_forgotten(person, item, frozen):
    plan, other = make_plan(person, item, AT_TWO), make_plan(make_advocate(), item, AT_TWO)
    (told,) = planning.own_data(person.key)
    assert (told["item"], told["text"], told["state"]) == (str(item.id), WORDS, "planned")
    assert (told["caption"], told["discloses"]) == (None, True)
    planning.cancel_plan(actor_for(person), plan.id)
    ambient.commit()
    frozen.move_to(AT_TWO + timedelta(days=31))
    assert planning.forget_plans() == 1
    assert [one.id for one in ambient.scalars(select(PlannedShare))] == [other.id]
    assert AT_TWO.astimezone(UTC) == other.planned_for


def test_a_restore_brings_no_cancelled_plan_back(person, item, settings):
    tombstones.preferences.init(settings)
    tombstones.log_file().unlink(missing_ok=True)
    plan, other = make_plan(person, item, AT_TWO), make_plan(person, item, AT_TWO)
    with forgotten_by_the_copy():
        planning.cancel_plan(actor_for(person), plan.id)
    assert plan.state is PlanState.PLANNED
    assert [planning.reapply_cancelled() for _time in range(2)] == [{"plan_cancelled": 1}, {"plan_cancelled": 0}]
    assert (plan.state, other.state) == (PlanState.CANCELLED, PlanState.PLANNED)
