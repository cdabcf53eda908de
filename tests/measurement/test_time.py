"""Days of 23 and 25 hours, other time zones, wrong clocks, and events that come late, twice or in any order."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from advocacy.foundation import clock
from advocacy.measurement import fill
from advocacy.measurement.rollups import BY_TABLE, ROLLUPS
from advocacy.sharing.clicks import importing, judging
from tests.factories.clicks import AT, deliver, frame, make_link, make_share
from tests.factories.measurement import BERLIN, World, calendar

LINKS = BY_TABLE["daily_clicks_by_link"]
ST_JOHNS, TOKYO, APIA = ZoneInfo("America/St_Johns"), ZoneInfo("Asia/Tokyo"), ZoneInfo("Pacific/Apia")
FIRST_DAY = date(2026, 1, 1)


def programme(zone: ZoneInfo, today: date, first_day: date = FIRST_DAY) -> fill.Programme:
    return fill.Programme(zone, first_day, today, date(2024, 1, 1), 5)


@pytest.fixture
def company(world: World) -> World:
    world.unit("company")
    world.person("ada", "company")
    world.share("first", "ada")
    return world


def clicks_by_day(world: World) -> dict[date, int]:
    return {row["day"]: row["clicks"] for row in world.rows(LINKS)}


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, date(2025, 3, 30), 23),
        (BERLIN, date(2025, 10, 26), 25),
        (ST_JOHNS, date(2025, 3, 9), 23),
        (ST_JOHNS, date(2025, 11, 2), 25),
    ],
    ids=str,
)
def test_a_day_has_as_many_half_hours_as_its_clocks_say(company: World, zone: ZoneInfo, day: date, hours: int) -> None:
    start = datetime.combine(day - timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    for half_hour in range(3 * 48):
        company.event("LINK_CLICKED", "ada", start + timedelta(minutes=30 * half_hour + 5), share="first")
    around = [day + timedelta(days=ahead) for ahead in (-2, -1, 0, 1, 2)]
    for each in around:
        fill.fill_day(company.connection, LINKS, each, calendar=programme(zone, date(2026, 3, 31)))

    found = clicks_by_day(company)
    assert found[day] == 2 * hours
    assert sum(found.values()) == 3 * 48
    bounds = [clock.day_bounds(each, zone) for each in around]
    assert all(one[1] == other[0] for one, other in pairwise(bounds))


def test_another_time_zone_refills_everything_and_tells_why(company: World) -> None:
    # One click in the last half hour of a Berlin day, which is the next day in Tokyo: a day nobody ever touched.
    company.event("LINK_CLICKED", "ada", "2026-03-10 23:45", share="first")
    company.event("LINK_CLICKED", "ada", "2026-03-10 12:00", share="first")
    today = date(2026, 3, 16)
    berlin = programme(BERLIN, today, date(2026, 3, 9))
    fill.fill_everything(company.connection, calendar=berlin)
    assert clicks_by_day(company) == {date(2026, 3, 10): 2}

    tokyo = programme(TOKYO, today, date(2026, 3, 9))
    due = {rollup.table: fill.days_due(company.connection, rollup, calendar=tokyo) for rollup in ROLLUPS}
    filled = company.connection.execute(text("SELECT rollup, day FROM rollup_fill")).all()
    assert all(row.day in due[row.rollup] for row in filled)
    fill.fill_everything(company.connection, calendar=tokyo)

    assert clicks_by_day(company) == {date(2026, 3, 10): 1, date(2026, 3, 11): 1}
    assert all(fill.days_due(company.connection, rollup, calendar=tokyo) == [] for rollup in ROLLUPS)
    zones = company.connection.execute(text("SELECT DISTINCT zone FROM rollup_fill")).scalars()
    assert list(zones) == ["Asia/Tokyo"]


WEEK = timedelta(weeks=1)
MONDAY = datetime(2026, 2, 2, tzinfo=UTC)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.integers(0, 7 * 24 * 60 - 1), min_size=1, max_size=5),
    zones=st.lists(st.sampled_from([ST_JOHNS, TOKYO, APIA, ZoneInfo("Asia/Kathmandu")]), min_size=1, max_size=2),
)
def test_whole_weeks_add_up_to_the_same_in_every_time_zone(
    company: World, minutes: list[int], zones: list[ZoneInfo]
) -> None:
    """What happens alike every week counts alike in every whole week, wherever its days are cut."""
    savepoint = company.connection.begin_nested()
    try:
        for week in range(4):
            for minute in minutes:
                company.event("LINK_CLICKED", "ada", MONDAY + week * WEEK + timedelta(minutes=minute), share="first")
        today = date(2026, 3, 16)
        fill.spread_touches(company.connection)
        for zone in (BERLIN, *zones):
            plan = programme(zone, today)
            while due := fill.days_due(company.connection, LINKS, calendar=plan):
                for day in due:
                    fill.fill_day(company.connection, LINKS, day, calendar=plan)
            found = clicks_by_day(company)
            assert sum(found.values()) == 4 * len(minutes)
            for week in (1, 2):
                first = MONDAY.date() + week * WEEK
                assert sum(found.get(first + timedelta(days=ahead), 0) for ahead in range(7)) == len(minutes)
    finally:
        savepoint.rollback()


# --- Clocks.


def test_an_event_of_a_day_to_come_waits_for_it_and_an_early_one_counts_on_the_day_it_says(company: World) -> None:
    now = datetime(2026, 3, 16, 10, tzinfo=UTC)
    with time_machine.travel(now, tick=False) as traveller:
        company.event("LINK_CLICKED", "ada", now + timedelta(days=2), share="first", recorded=now)
        company.event("LINK_CLICKED", "ada", now + timedelta(minutes=12), share="first", recorded=now)
        company.event("LINK_CLICKED", "ada", now - timedelta(minutes=3), share="first", recorded=now)
        plan = programme(BERLIN, date(2026, 3, 16), date(2026, 3, 16))
        fill.fill_everything(company.connection, calendar=plan)
        assert clicks_by_day(company) == {date(2026, 3, 16): 2}

        traveller.move_to(now + timedelta(days=3))
        plan = programme(BERLIN, date(2026, 3, 19), date(2026, 3, 16))
        fill.fill_everything(company.connection, calendar=plan)
        assert clicks_by_day(company) == {date(2026, 3, 16): 2, date(2026, 3, 18): 1}
        early = {row["day"]: row["early_events"] for row in company.rows("daily_events_by_kind")}
        assert early == {date(2026, 3, 16): 1, date(2026, 3, 18): 1}


def test_a_clock_a_year_ahead_makes_no_day_final(company: World) -> None:
    with time_machine.travel("2026-03-16T10:00:00+00:00", tick=False):
        company.event("LINK_CLICKED", "ada", "2027-03-16 12:00", share="first", recorded="2026-03-16 11:00")
        company.event("LINK_CLICKED", "ada", "2026-03-15 12:00", share="first", recorded="2026-03-15 12:00")
        plan = programme(BERLIN, date(2026, 3, 16), date(2026, 3, 15))
        fill.fill_everything(company.connection, calendar=plan)
        company.event("LINK_CLICKED", "ada", "2026-03-16 09:00", share="first", recorded="2026-03-16 11:00")
        fill.fill_everything(company.connection, calendar=plan)
        assert company.connection.execute(text("SELECT count(*) FROM restatement")).scalar_one() == 0


def test_numbers_forget_when_and_in_which_order_events_came(company: World) -> None:
    """An event that comes minutes before one that came earlier is counted like any other."""
    for at in ("12:00", "11:58", "12:01", "11:30"):
        company.event("LINK_CLICKED", "ada", f"2026-03-10 {at}", share="first")
        fill.fill_everything(company.connection, calendar=calendar(date(2026, 3, 11), first_day=date(2026, 3, 10)))
    assert clicks_by_day(company) == {date(2026, 3, 10): 4}


# --- Segments in any order, twice and late, from the journal to the page.

NUMBERS = ("daily_clicks_by_link", "daily_activity_by_person", "daily_clicks_by_unit", "page_amplification")
arrivals = st.lists(
    st.tuples(
        st.integers(0, 1),  # which link
        st.integers(0, 2 * 24 * 60),  # minutes after the first click
        st.integers(1, 3),  # which visitor
    ),
    min_size=2,
    max_size=8,
)


@pytest.fixture
def ended() -> Iterator[None]:
    """Let it be five days after the clicks."""
    with time_machine.travel("2026-11-25T10:00:00+00:00", tick=False):
        yield


def test_order_repetition_and_lateness_change_no_final_number(session: Any, ended: None) -> None:
    links = [make_link(session, make_share(session)).key for _ in range(2)]
    connection = session.connection()
    plan = programme(BERLIN, date(2026, 11, 25), date(2026, 11, 19))
    days = [AT.date() + timedelta(days=ahead) for ahead in range(3)]

    def counted() -> dict[str, Counter[tuple[Any, ...]]]:
        for day in days:
            judging.judge(day)
        fill.fill_everything(connection, calendar=plan)
        return {
            table: Counter(tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}")))
            for table in NUMBERS
        }

    def undone(work: Callable[[], dict[str, Counter[tuple[Any, ...]]]]) -> dict[str, Counter[tuple[Any, ...]]]:
        savepoint = session.begin_nested()
        try:
            return work()
        finally:
            savepoint.rollback()
            session.expire_all()

    @settings(max_examples=4, deadline=None)
    @given(happened=arrivals, data=st.data())
    def holds(happened: list[tuple[int, int, int]], data: st.DataObject) -> None:
        frames = [
            frame(links[link], AT + timedelta(minutes=minutes), visitor_key=visitor)
            for link, minutes, visitor in happened
        ]
        order = data.draw(st.permutations(range(len(frames))))
        again = data.draw(st.lists(st.sampled_from(order), max_size=3))
        fills_after = data.draw(st.sets(st.integers(0, len(frames)), max_size=2))

        def at_once() -> dict[str, Counter[tuple[Any, ...]]]:
            importing.import_segment(deliver(session, "all", *frames))
            return counted()

        def as_they_come() -> dict[str, Counter[tuple[Any, ...]]]:
            for place, which in enumerate([*order, *again]):
                importing.import_segment(deliver(session, f"part{place}", frames[which]))
                if place in fills_after:
                    counted()
            return counted()

        assert undone(at_once) == undone(as_they_come)

    holds()
