"""Segments into the ledger, on a real database."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, func, select, text

from advocacy.activity.kinds import ClickClass, ClickFlag, Kind
from advocacy.activity.models import ActivityEvent, ClickAgent, ClickReferrer, DayTouch
from advocacy.foundation import db
from advocacy.foundation.models import Task
from advocacy.people.models import Employee, Purpose
from advocacy.people.service import withdraw_consent
from advocacy.sharing.clicks import importing, salts, visitor
from advocacy.sharing.models import ClickSalt, ClickSeen, ClickSegment, OwnVisitor, Share, ShareState
from tests.factories.clicks import AT, FIREFOX, Ambient, clicks, deliver, frame, make_link, make_share
from tests.factories.people import actor_for, give_consent, make_employee


def test_a_segment_is_in_the_ledger_whole_after_import(session: Ambient) -> None:
    share = make_share(session)
    link = make_link(session, share)
    name = deliver(session, "a", frame(link.key, referrer=b"lnkd.example"), frame(link.key, visitor_key=8))
    assert importing.import_segment(name) == 2
    first, second = clicks(session)
    assert (first.link_key, first.share_key, first.employee_key) == (link.key, share.key, share.employee_key)
    assert (first.item_key, first.network, first.visitor_key) == (share.item_key, 1, 7)
    assert (first.click_class, second.click_class) == (ClickClass.HUMAN, ClickClass.HUMAN)
    assert session.get(ClickAgent, first.agent_key).agent == FIREFOX.decode()  # type: ignore[union-attr]
    assert session.get(ClickReferrer, first.referrer_key).host == "lnkd.example"  # type: ignore[union-attr]
    assert second.referrer_key is None
    segment = session.get_one(ClickSegment, name, populate_existing=True)
    assert (segment.body, segment.clicks, segment.torn_bytes) == (None, 2, 0)
    assert segment.imported_at is not None
    assert set(session.scalars(select(DayTouch.day))) >= {date(2026, 11, 20)}


def test_importing_a_segment_again_changes_nothing(session: Ambient) -> None:
    name = deliver(session, "a", frame(make_link(session).key))
    assert importing.import_segment(name) == 1
    assert importing.import_segment(name) == 0
    assert importing.import_segment("unknown") == 0
    assert len(clicks(session)) == 1


def test_a_visitor_counts_once_a_link_and_day_over_all_segments(session: Ambient) -> None:
    link = make_link(session).key
    importing.import_segment(deliver(session, "a", frame(link), frame(link, AT + timedelta(minutes=2))))
    importing.import_segment(deliver(session, "b", frame(link, AT + timedelta(hours=3)), frame(link, visitor_key=8)))
    importing.import_segment(deliver(session, "c", frame(link, AT + timedelta(hours=14))))
    assert Counter(click.click_class for click in clicks(session)) == {ClickClass.HUMAN: 3, ClickClass.REPEATED: 2}


def test_a_scanner_is_seen_across_segments(session: Ambient) -> None:
    links = [make_link(session).key for _ in range(3)]
    importing.import_segment(deliver(session, "a", frame(links[0]), frame(links[1], AT + timedelta(seconds=5))))
    importing.import_segment(deliver(session, "b", frame(links[2], AT + timedelta(seconds=10))))
    assert clicks(session)[-1].click_class == ClickClass.SCANNER


def test_own_and_internal_clicks_are_told_apart(session: Ambient) -> None:
    share = make_share(session)
    link = make_link(session, share).key
    session.add(OwnVisitor(day=AT.date(), visitor_key=7, employee_key=share.employee_key))
    session.flush()
    inside = ClickFlag.INTERNAL_ADDRESS
    importing.import_segment(deliver(session, "a", frame(link), frame(link, visitor_key=9, flags=inside)))
    assert {click.visitor_key: click.click_class for click in clicks(session)} == {
        7: ClickClass.OWN,
        9: ClickClass.INTERNAL,
    }
    assert session.get_one(Share, share.key, populate_existing=True).state is ShareState.OPENED


def test_the_first_human_click_is_evidence_and_dates_the_share_when_it_was_opened(session: Ambient) -> None:
    share = make_share(session)
    link = make_link(session, share).key
    importing.import_segment(deliver(session, "a", frame(link, agent=b"LinkedInBot/1.0")))
    assert session.get_one(Share, share.key, populate_existing=True).state is ShareState.OPENED
    importing.import_segment(deliver(session, "b", frame(link), frame(link, visitor_key=8)))
    importing.import_segment(deliver(session, "c", frame(link, visitor_key=9)))
    evidenced = session.get_one(Share, share.key, populate_existing=True)
    assert (evidenced.state, evidenced.evidenced_at) == (ShareState.EVIDENCED, AT)
    published = session.scalars(select(ActivityEvent).where(ActivityEvent.kind == Kind.SHARE_PUBLISHED)).all()
    assert [(event.share_key, event.occurred_at) for event in published] == [(share.key, share.opened_at)]


def test_a_confirmed_share_is_published_only_once(session: Ambient) -> None:
    share = make_share(session, ShareState.CONFIRMED)
    importing.import_segment(deliver(session, "a", frame(make_link(session, share).key)))
    assert session.get_one(Share, share.key, populate_existing=True).state is ShareState.EVIDENCED
    count = select(func.count()).select_from(ActivityEvent).where(ActivityEvent.kind == Kind.SHARE_PUBLISHED)
    assert session.scalar(count) == 0


def test_clicks_without_a_visitor_key_count_once_a_link_and_day(session: Ambient) -> None:
    link = make_link(session).key
    importing.import_segment(deliver(session, "a", frame(link, flags=ClickFlag.NO_VISITOR_KEY)))
    importing.import_segment(deliver(session, "b", frame(link, visitor_key=8, flags=ClickFlag.NO_VISITOR_KEY)))
    assert [(click.visitor_key, click.click_class) for click in clicks(session)] == [
        (None, ClickClass.HUMAN),
        (None, ClickClass.REPEATED),
    ]


def test_a_brand_link_is_marked(session: Ambient) -> None:
    importing.import_segment(deliver(session, "a", frame(make_link(session).key)))
    (click,) = clicks(session)
    assert click.flags is not None
    assert click.flags & ClickFlag.BRAND_LINK


def test_hostile_agents_are_stored_without_what_cannot_be_stored(session: Ambient) -> None:
    link = make_link(session).key
    hostile = [b"a\x00b", b"\xff\xfe\xed\xa0\x80", b"x\r\ny", b"\xe2\x80\xae evil", b"A" * 512]
    name = deliver(session, "a", *(frame(link, agent=agent, visitor_key=n) for n, agent in enumerate(hostile)))
    assert importing.import_segment(name) == len(hostile)


def test_a_torn_or_foreign_segment_gives_what_is_sound(session: Ambient) -> None:
    link = make_link(session).key
    assert importing.import_segment(deliver(session, "a", frame(link), tail=b"garbage")) == 1
    assert session.get_one(ClickSegment, "a", populate_existing=True).torn_bytes == len(b"garbage")
    session.add(ClickSegment(name="b", body=b"not a journal"))
    session.flush()
    assert importing.import_segment("b") == 0
    assert session.get_one(ClickSegment, "b", populate_existing=True).imported_at is not None


def test_a_click_on_a_link_that_is_gone_is_kept(session: Ambient) -> None:
    assert importing.import_segment(deliver(session, "a", frame(999_999))) == 1


def test_late_clicks_land_in_their_own_month_and_touch_their_own_days(session: Ambient) -> None:
    link = make_link(session).key
    late = datetime(2026, 9, 30, 23, 30, tzinfo=UTC)  # in Berlin already October
    importing.import_segment(deliver(session, "a", frame(link, late), frame(link)))
    assert [click.occurred_at for click in clicks(session)] == [late, AT]
    assert set(session.scalars(select(DayTouch.day))) >= {date(2026, 10, 1), date(2026, 11, 20)}


def test_due_segments_are_imported_and_one_that_fails_waits_without_holding_up_the_rest(
    session: Ambient, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = make_link(session).key
    deliver(session, "future", frame(link, datetime(2150, 1, 1, tzinfo=UTC)))  # the ledger has no such month
    deliver(session, "good", frame(link))
    assert importing.import_due_segments() == 1
    assert session.get_one(ClickSegment, "good", populate_existing=True).imported_at is not None
    assert session.get_one(ClickSegment, "future", populate_existing=True).imported_at is None
    assert [task.arguments for task in session.scalars(select(Task))] == [{"name": "future"}]
    monkeypatch.setattr(importing, "SEGMENTS_A_RUN", 0)
    deliver(session, "later", frame(link))
    importing.import_due_segments()
    assert {"name": "later"} in [task.arguments for task in session.scalars(select(Task))]


def test_two_importers_never_count_a_segment_twice(committed_database: Engine, owner_url: str) -> None:
    with db.unit_of_work() as session:
        link = make_link(session).key
        deliver(session, "a", frame(link))
    with psycopg.connect(owner_url.replace("+psycopg", "")) as other:
        other.execute("SELECT 1 FROM click_segment WHERE name = 'a' FOR UPDATE")
        with db.unit_of_work():
            assert importing.import_segment("a") == 0
    with db.unit_of_work() as session:
        assert importing.import_segment("a") == 1
        assert len(clicks(session)) == 1


def test_salts_are_there_for_today_and_tomorrow_and_old_ones_are_gone(session: Ambient, time_machine: Any) -> None:
    time_machine.move_to(AT)
    session.add(ClickSeen(day=AT.date() - timedelta(days=2), link_key=1, visitor_key=1))
    session.add(ClickSalt(day=AT.date() - timedelta(days=2), salt=b"old"))
    session.add(ClickSalt(day=AT.date() - timedelta(days=1), salt=b"yesterday"))
    session.flush()
    salts.prepare_salts()
    salts.prepare_salts()
    assert sorted(session.scalars(select(ClickSalt.day))) == [AT.date() + timedelta(days=step) for step in (-1, 0, 1)]
    assert session.scalar(select(func.count()).select_from(ClickSeen)) == 0


def test_the_portal_and_the_redirect_give_a_visitor_the_same_key(session: Ambient, time_machine: Any) -> None:
    time_machine.move_to(AT)
    employee = make_employee()
    salts.remember_own_visitor(employee.key, "203.0.113.9", FIREFOX.decode())
    salts.remember_own_visitor(employee.key, "203.0.113.10", FIREFOX.decode())
    salts.remember_own_visitor(employee.key, "not an address", "x")
    salt = session.scalar(select(ClickSalt.salt).where(ClickSalt.day == AT.date()))
    assert salt is not None
    (own,) = session.scalars(select(OwnVisitor)).all()
    assert own.visitor_key == visitor.visitor_key(salt, visitor.address_prefix("203.0.113.77"), FIREFOX)


def test_the_redirect_role_can_read_links_and_add_segments_and_nothing_else(
    committed_database: Engine, environment: dict[str, str]
) -> None:
    address = environment["DATABASE_REDIRECT_URL"].replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as redirect:
        redirect.execute("SELECT code FROM link")
        redirect.execute("INSERT INTO click_segment (name, body) VALUES ('x', '')")
        for forbidden in (
            "SELECT * FROM click_segment",
            "DELETE FROM click_segment",
            "UPDATE link SET revoked_at = NULL",
            "SELECT * FROM employee",
            "SELECT * FROM activity_event",
            "INSERT INTO click_salt VALUES (current_date, 'x', now())",
            "SELECT * FROM own_visitor",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                redirect.execute(forbidden)  # type: ignore[arg-type]


def test_the_surroundings_are_read_from_few_partitions(session: Ambient) -> None:
    importing.import_segment(deliver(session, "a", frame(make_link(session).key)))
    plan = session.scalars(
        text(
            "EXPLAIN SELECT visitor_key FROM activity_event WHERE occurred_at >= '2026-11-20 11:59Z' "
            "AND occurred_at <= '2026-11-20 12:01Z' AND kind = 3"
        )
    ).all()
    # A plan may name a partition in several lines: its index, then its rows.
    assert set(re.findall(r"activity_event_(\d{4}_\d\d)", "\n".join(plan))) == {"2026_11"}


def test_a_click_after_the_withdrawal_is_kept_without_its_person(session: Ambient) -> None:
    share = make_share(session)
    link = make_link(session, share).key
    person = session.get_one(Employee, share.employee_key)
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    assert importing.import_segment(deliver(session, "a", frame(link))) == 1
    (click,) = clicks(session)
    assert (click.link_key, click.employee_key, click.share_key) == (link, None, None)
    assert not click.flags & ClickFlag.BRAND_LINK
    assert session.get_one(Share, share.key, populate_existing=True).state is ShareState.OPENED
    assert not session.scalars(select(ActivityEvent).where(ActivityEvent.kind == Kind.SHARE_PUBLISHED)).all()


def test_a_new_yes_takes_no_old_link_back(session: Ambient) -> None:
    share = make_share(session)
    old = make_link(session, share).key
    person = session.get_one(Employee, share.employee_key)
    withdraw_consent(actor_for(person), Purpose.TAKE_PART, source="test")
    give_consent(person)
    new = make_link(session, share).key
    importing.import_segment(deliver(session, "a", frame(old), frame(new, visitor_key=8)))
    assert {click.link_key: click.employee_key for click in clicks(session)} == {old: None, new: person.key}
