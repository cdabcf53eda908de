"""Digests: on the reader's clock, at most once whatever the mail server does, and never after a no."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.foundation.db import unit_of_work
from advocacy.identity.models import Account
from advocacy.notifications import queries, service
from advocacy.notifications.models import Channel, DigestRun, Kind, Message, MessageState, Notification
from advocacy.notifications.service import messages
from advocacy.people.models import Purpose
from advocacy.people.service import withdraw_consent
from tests.factories.content import make_actor, make_live_item
from tests.factories.identity import make_account
from tests.factories.notifications import choose
from tests.factories.people import actor_for, make_advocate, make_employee, make_topic
from tests.factories.sharing import make_share
from tests.support.mail import html_of, plain, smtp_sink
from workers import notifications as work

# A Tuesday; in Berlin, the programme's zone, it is one hour later.
TUESDAY = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)


@pytest.fixture
def sink(session, environment):
    with smtp_sink(environment) as found:
        yield found


def live_item(title="The pump that saves a river", **fields):
    texts = {"en": {"title": title, "summary": "Two sentences about it. The second is short."}}
    return make_live_item(texts=texts, **fields)


def start(recorded_jobs, at=TUESDAY):
    """Let the hour come and everything that follows from it happen."""
    with time_machine.travel(at, tick=False):
        work.start_digests()
        ambient.commit()
        recorded_jobs.run("notifications.plan_digests")
        recorded_jobs.run("notifications.send_digests")


def state_of(person):
    ambient.expire_all()
    return ambient.execute(
        select(Message.state, Message.outcome).where(Message.employee_key == person.key).order_by(Message.created_at)
    ).all()


def scene(**fields):
    """Return somebody who takes part, with something new to read."""
    with time_machine.travel(TUESDAY - timedelta(hours=3), tick=False):
        person = make_advocate(**fields)
        live_item()
        ambient.commit()
    return person


def test_the_digest_comes_once_at_the_chosen_hour(sink, recorded_jobs):
    person = scene()
    address = person.email
    start(recorded_jobs, TUESDAY - timedelta(hours=1))
    assert sink.kept == []
    start(recorded_jobs)
    start(recorded_jobs, TUESDAY + timedelta(minutes=5))
    (letter,) = sink.kept
    assert letter["To"] == address
    assert "The pump that saves a river" in letter["Subject"]
    assert state_of(person) == [(MessageState.SENT, None)]


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Asia/Tokyo", datetime(2026, 11, 24, 0, 10, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 11, 24, 17, 10, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 11, 23, 19, 10, tzinfo=UTC)),
    ],
)
def test_the_clock_is_the_readers(sink, recorded_jobs, zone, at):
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC), tick=False):
        scene_person = make_advocate(time_zone=zone)
        live_item()
        ambient.commit()
    start(recorded_jobs, at - timedelta(hours=1))
    assert sink.kept == []
    start(recorded_jobs, at)
    assert len(sink.kept) == 1
    assert state_of(scene_person) == [(MessageState.SENT, None)]


def test_other_days_bring_nothing(sink, recorded_jobs):
    scene()
    start(recorded_jobs, TUESDAY + timedelta(days=1))
    assert sink.kept == []


def test_hours_chosen_by_oneself_hold(sink, recorded_jobs):
    person = scene()
    choose(person, digest_hour=17, digest_days=[2], time_zone="America/Lima")
    start(recorded_jobs)
    assert sink.kept == []
    start(recorded_jobs, datetime(2026, 11, 24, 22, 30, tzinfo=UTC))
    assert len(sink.kept) == 1


def test_after_an_outage_it_comes_a_little_later_but_not_in_the_evening(sink, recorded_jobs):
    scene()
    start(recorded_jobs, TUESDAY + timedelta(hours=3))
    assert sink.kept == []
    start(recorded_jobs, TUESDAY + timedelta(hours=2))
    assert len(sink.kept) == 1


def test_changing_the_hour_after_the_mail_brings_no_second_one(sink, recorded_jobs):
    person = scene()
    start(recorded_jobs)
    choose(ambient.merge(person), digest_hour=11, most_a_day=5, most_a_week=9)
    start(recorded_jobs, TUESDAY + timedelta(hours=2))
    assert len(sink.kept) == 1


# --- What it says.


def test_it_holds_what_today_shows_in_the_same_order(sink, recorded_jobs):
    with time_machine.travel(TUESDAY - timedelta(hours=3), tick=False):
        make_topic("Energy")
        person = make_advocate(name="Inês Duarte")
        shared = live_item("Shared already")
        make_share(employee=person, item=shared, confirmed=True)
        curator = make_actor(Role.CURATOR)
        for number in range(7):
            live_item(f"Number {number}", author=curator, priority=number % 3)
        live_item("Pinned", author=curator, is_pinned=True)
        from advocacy.content.queries import pick_for

        expected = [e.title for e in pick_for(actor_for(person), most=5, without_keys=[shared.key])[0]]
        ambient.commit()
    start(recorded_jobs)
    (letter,) = sink.kept
    words, page = plain(letter), html_of(letter)
    positions = [words.index(title) for title in expected]
    assert positions == sorted(positions)
    assert expected[0] == "Pinned"
    assert "Shared already" not in words
    assert "3 more" in words
    assert "Inês" in words
    assert "Inês" in page


def test_it_needs_no_picture_no_script_and_no_other_host(sink, recorded_jobs, settings):
    scene()
    start(recorded_jobs)
    page = html_of(sink.kept[0])
    for forbidden in ("<img", "<script", "<link", "url(", "@import", "background="):
        assert forbidden not in page
    import re

    hosts = set(re.findall(r"https?://[^/\"<\s]+", page))
    assert hosts == {settings.portal_url}
    assert "prefers-color-scheme: dark" in page
    assert 'style="' in page, "styles stand in the elements too, for programs that drop the rest"
    raw = sink.kept[0].as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 998


def test_hostile_words_stay_words(sink, recorded_jobs):
    with time_machine.travel(TUESDAY - timedelta(hours=3), tick=False):
        make_advocate(name="<b>Bob</b>")
        live_item('<script>alert(1)</script> "quoted"')
        ambient.commit()
    start(recorded_jobs)
    (letter,) = sink.kept
    assert "<script>" not in html_of(letter)
    assert "<b>Bob" not in html_of(letter)
    assert "&lt;script&gt;" in html_of(letter)
    assert "\n" not in letter["Subject"]


def test_nothing_new_brings_no_mail(sink, recorded_jobs):
    person = scene()
    start(recorded_jobs)
    start(recorded_jobs, TUESDAY + timedelta(days=2))
    assert len(sink.kept) == 1
    assert state_of(person)[-1] == (MessageState.CANCELLED, "nothing_new")
    with time_machine.travel(TUESDAY + timedelta(days=6), tick=False):
        live_item("Something newer")
        ambient.commit()
    start(recorded_jobs, TUESDAY + timedelta(days=7))
    assert len(sink.kept) == 2


def test_it_carries_what_a_mail_program_needs_to_stop_it(sink, recorded_jobs, settings):
    scene()
    start(recorded_jobs)
    (letter,) = sink.kept
    assert letter["List-Unsubscribe"].startswith(f"<{settings.portal_url}/mail-off/")
    assert letter["List-Unsubscribe"].endswith(">")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


# --- Every way to say no.


def say_no(person, how):
    if how == "withdraw":
        withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    elif how == "everything off":
        service.turn_everything_off(person.key)
    elif how == "this mail off":
        service.mute(person.key, "mail:suggestions")
    elif how == "account closed":
        ambient.scalars(select(Account).where(Account.employee_key == person.key)).one().is_active = False
    elif how == "left":
        person.left_on = TUESDAY.date() - timedelta(days=1)
    ambient.commit()


REFUSALS = {
    "withdraw": "opted_out",
    "everything off": "off",
    "this mail off": "off",
    "account closed": "shut_out",
    "left": "opted_out",
}


@pytest.mark.parametrize("how", REFUSALS)
def test_a_no_between_the_plan_and_the_mail_is_heard(sink, recorded_jobs, how):
    person = scene()
    make_account(person)
    key = person.key
    with time_machine.travel(TUESDAY, tick=False):
        work.start_digests()
        recorded_jobs.run("notifications.plan_digests")
        say_no(ambient.merge(person), how)
        recorded_jobs.run("notifications.send_digests")
    assert sink.kept == []
    assert ambient.execute(select(Message.state, Message.outcome).where(Message.employee_key == key)).all() == [
        (MessageState.CANCELLED, REFUSALS[how])
    ]


def test_a_no_in_the_last_moment_before_the_words_leave_is_heard(sink, recorded_jobs, monkeypatch):
    person = scene()
    key = person.key
    real = messages.claim

    def claim_and_change_ones_mind(store, message_id):
        taken = real(store, message_id)
        service.turn_everything_off(key)
        return taken

    monkeypatch.setattr(messages, "claim", claim_and_change_ones_mind)
    start(recorded_jobs)
    assert sink.kept == []
    assert state_of(person) == [(MessageState.CANCELLED, "opted_out")]


def test_who_does_not_take_part_is_not_even_planned(sink, recorded_jobs):
    scene()
    reader = make_employee()
    start(recorded_jobs)
    assert state_of(reader) == []
    assert len(sink.kept) == 1


def test_caps_hold_over_days(sink, recorded_jobs):
    person = scene()
    choose(person, digest_days=[1, 2, 3, 4, 5], most_a_week=2)
    for day in range(4):
        with time_machine.travel(TUESDAY + timedelta(days=day, hours=-2), tick=False):
            live_item(f"News of day {day}")
            ambient.commit()
        start(recorded_jobs, TUESDAY + timedelta(days=day))
    assert len(sink.kept) == 2
    assert state_of(person)[-1] == (MessageState.CANCELLED, "cap_of_the_week")


def test_a_chosen_day_is_kept_when_last_weeks_digest_left_a_little_later_in_the_day(sink, recorded_jobs):
    person = scene()
    choose(person, digest_days=[2, 4, 5])  # and three a week, as everybody has it
    for sooner, day in enumerate((0, 2, 3, 7, 9)):
        at = TUESDAY + timedelta(days=day, seconds=-sooner)
        with time_machine.travel(at - timedelta(hours=2), tick=False):
            live_item(f"News of day {day}")
            ambient.commit()
        start(recorded_jobs, at)
    assert state_of(person) == [(MessageState.SENT, None)] * 5


@pytest.mark.parametrize(
    ("earlier", "counts"),
    [
        (datetime(2026, 10, 19, 22, 30, tzinfo=UTC), True),  # half past midnight of the 20th, still in summer time
        (datetime(2026, 10, 19, 21, 30, tzinfo=UTC), False),  # the evening of the 19th
    ],
)
def test_a_week_of_the_cap_is_seven_days_of_the_readers_calendar(session, earlier, counts):
    """In Berlin clocks went back on 25 October: the week until the 26th has an hour more."""
    person = make_advocate()
    choose(person, time_zone="Europe/Berlin", most_a_week=1)
    noon = datetime(2026, 10, 26, 11, tzinfo=UTC)
    before, now = (
        Message(employee_key=person.key, channel=Channel.MAIL, occasion=f"digest:{at:%F}", due_at=at, created_at=at)
        for at in (earlier, noon)
    )
    before.state, before.claimed_at = MessageState.SENT, earlier
    ambient.add_all((before, now))
    ambient.flush()
    with time_machine.travel(noon, tick=False):
        assert messages.reason_against(ambient, now.id) == ("cap_of_the_week" if counts else None)


# --- What mail servers do.


def test_greylisting_is_waited_out(sink, recorded_jobs):
    person = scene()
    sink.at_rcpt = ["451 4.7.1 come back later"]
    start(recorded_jobs)
    assert sink.kept == []
    assert state_of(person) == [(MessageState.WAITING, "451 4.7.1 come back later")]
    with time_machine.travel(TUESDAY + timedelta(minutes=4), tick=False):
        recorded_jobs.run("notifications.send_digests")
    assert sink.kept == []
    _send_again(recorded_jobs, TUESDAY + timedelta(minutes=6))
    assert len(sink.kept) == 1
    assert state_of(person) == [(MessageState.SENT, None)]


def _send_again(recorded_jobs, at):
    """Let the task that was put off come, as the dispatcher would."""
    with time_machine.travel(at, tick=False):
        run_id, key = ambient.execute(select(Message.run_id, Message.employee_key)).one()
        with unit_of_work():
            work.send_digests(str(run_id), key, key)


def test_a_server_that_never_wants_it_is_left_alone_in_the_end(sink, recorded_jobs):
    person = scene()
    sink.at_rcpt = ["451 later"] * 9
    start(recorded_jobs)
    for minutes in (6, 30, 100, 160):
        _send_again(recorded_jobs, TUESDAY + timedelta(minutes=minutes))
    assert state_of(person) == [(MessageState.FAILED, "451 later")]
    assert len(sink.at_rcpt) == 5
    assert queries.choices_of(person.key).mail_paused_at is None


def test_an_address_that_is_refused_for_good_is_paused_and_the_person_told(sink, recorded_jobs):
    person = scene()
    sink.at_rcpt = ["550 5.1.1 no such user"]
    start(recorded_jobs)
    assert state_of(person) == [(MessageState.FAILED, "550 5.1.1 no such user")]
    assert queries.choices_of(person.key).mail_pause_reason == "550 5.1.1 no such user"
    (line,) = ambient.scalars(select(Notification).where(Notification.employee_key == person.key)).all()
    assert line.kind is Kind.MAIL_PAUSED
    with time_machine.travel(TUESDAY + timedelta(days=1), tick=False):
        live_item("Something newer")
        ambient.commit()
    start(recorded_jobs, TUESDAY + timedelta(days=2))
    assert len(state_of(person)) == 1, "no further message is planned"
    service.turn_on_again(actor_for(ambient.merge(person)))
    start(recorded_jobs, TUESDAY + timedelta(days=2, minutes=10))
    start(recorded_jobs, TUESDAY + timedelta(days=7))
    assert len(sink.kept) == 1


def test_a_letter_that_is_refused_blames_nobodys_address(sink, recorded_jobs):
    person = scene()
    sink.at_data = ["554 5.7.1 we do not like it"]
    start(recorded_jobs)
    assert state_of(person) == [(MessageState.FAILED, "554 5.7.1 we do not like it")]
    assert queries.choices_of(person.key).mail_paused_at is None


@pytest.mark.parametrize("answer", ["553 5.1.8 who are you", "451 busy"])
def test_a_sender_that_is_refused_blames_no_reader(sink, recorded_jobs, answer):
    person = scene()
    sink.at_mail = [answer]
    start(recorded_jobs)
    assert state_of(person) == [(MessageState.WAITING, answer)]
    _send_again(recorded_jobs, TUESDAY + timedelta(minutes=6))
    assert len(sink.kept) == 1


def test_a_connection_lost_after_the_words_is_never_tried_again(sink, recorded_jobs):
    person = scene()
    sink.at_data = ["drop"]
    start(recorded_jobs)
    assert state_of(person) == [(MessageState.UNKNOWN, "SMTPServerDisconnected")]
    start(recorded_jobs, TUESDAY + timedelta(minutes=20))
    assert sink.most_of_one == 1
    assert len(sink.kept) == 1


def test_a_connection_lost_before_the_words_costs_time_only(sink, recorded_jobs):
    scene()
    scene()
    sink.at_rcpt = ["drop"]
    start(recorded_jobs)
    with time_machine.travel(TUESDAY + timedelta(seconds=10), tick=False):
        run_id, first, last = ambient.execute(
            select(Message.run_id, Message.employee_key, Message.employee_key)
        ).first()
        keys = ambient.scalars(select(Message.employee_key)).all()
        with unit_of_work():
            work.send_digests(str(run_id), min(keys), max(keys))
    assert len(sink.kept) == 2
    assert sink.most_of_one == 1
    assert (first, last) == (last, first)


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:1", "smtps://127.0.0.1:{port}"])
def test_without_a_way_out_nothing_is_claimed(session, environment, recorded_jobs, url):
    """Nobody listens; or who listens speaks no TLS."""
    from advocacy.foundation import preferences
    from config.settings import Settings

    person = scene()
    with smtp_sink(environment) as sink:
        port = preferences.deployment().smtp_url.rsplit(":", 1)[1]
        broken = {**environment, "ADVOCACY_SMTP_URL": url.format(port=port)}
        preferences.init(Settings.from_env(broken))
        start(recorded_jobs)
        assert state_of(person) == [(MessageState.WAITING, None)]
        preferences.init(Settings.from_env({**environment, "ADVOCACY_SMTP_URL": f"smtp://127.0.0.1:{port}"}))
        _send_again(recorded_jobs, TUESDAY + timedelta(minutes=10))
        assert len(sink.kept) == 1
    assert ambient.scalar(select(Message.attempts)) == 1


def test_one_connection_carries_many_letters(sink, recorded_jobs):
    for _ in range(5):
        scene()
    start(recorded_jobs)
    assert len(sink.kept) == 5
    assert len({letter["To"] for letter in sink.kept}) == 5
    assert sink.connections == 1


def test_what_a_killed_worker_left_open_is_not_sent_again(sink, recorded_jobs):
    person = scene()
    with time_machine.travel(TUESDAY, tick=False):
        work.start_digests()
        recorded_jobs.run("notifications.plan_digests")
        message = ambient.scalars(select(Message)).one()
        message.state, message.claimed_at = MessageState.SENDING, TUESDAY
        ambient.commit()
        recorded_jobs.run("notifications.send_digests")
    assert sink.kept == []
    start(recorded_jobs, TUESDAY + timedelta(minutes=20))
    assert sink.kept == []
    assert state_of(person) == [(MessageState.UNKNOWN, "interrupted")]


def test_without_a_mail_server_it_lies_in_the_outbox(session, recorded_jobs, settings):
    for file in settings.mail_outbox.glob("*"):
        file.unlink()
    scene()
    start(recorded_jobs)
    assert len(list(settings.mail_outbox.glob("*.eml"))) == 1


def test_one_digest_that_cannot_be_written_keeps_nobody_else_from_theirs(sink, recorded_jobs, monkeypatch):
    unlucky, lucky = scene(), scene()
    from advocacy.sharing.digests import sending

    real, key = sending.write_digest, unlucky.key

    def write(employee, **named):
        if employee.key == key:
            raise ValueError("a word that no letter takes")
        return real(employee, **named)

    monkeypatch.setattr(sending, "write_digest", write)
    start(recorded_jobs)
    assert state_of(unlucky) == [(MessageState.CANCELLED, "not_written")]
    assert state_of(lucky) == [(MessageState.SENT, None)]


def test_a_run_is_planned_once_in_slices(sink, recorded_jobs, monkeypatch):
    from advocacy.notifications.service import digests

    monkeypatch.setattr(digests, "PLANNED_AT_ONCE", 2)
    monkeypatch.setattr(digests, "SENT_AT_ONCE", 1)
    for _ in range(5):
        scene()
    start(recorded_jobs)
    assert len(sink.kept) == 5
    run = ambient.scalars(select(DigestRun).where(DigestRun.planned > 0)).one()
    assert run.planned == 5
    assert run.planned_at is not None


def test_old_messages_and_runs_go_by_themselves(sink, recorded_jobs):
    person = scene()
    start(recorded_jobs)
    with time_machine.travel(TUESDAY + timedelta(days=29), tick=False):
        work.forget_old()
    assert len(state_of(person)) == 1
    with time_machine.travel(TUESDAY + timedelta(days=31), tick=False):
        work.forget_old()
    assert state_of(person) == []
    assert ambient.scalars(select(DigestRun)).all() == []
