"""How days become due, and that nothing is lost or waits when many write and fill at once."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import inf
from typing import Any

import pytest
import time_machine
from sqlalchemy import Connection, Engine, text

from advocacy.measurement import fill
from advocacy.measurement.fill import past, replacing
from advocacy.measurement.rollups import BY_TABLE, ROLLUPS, Rollup
from tests.factories.measurement import BERLIN, World, calendar

TODAY = date(2026, 3, 31)
LINKS = BY_TABLE["daily_clicks_by_link"]
PEOPLE = BY_TABLE["daily_people_by_unit"]
PAGE = BY_TABLE["page_amplification"]


@pytest.fixture
def company(world: World) -> World:
    world.unit("company")
    world.person("ada", "company", sizes={1: 100})
    world.share("first", "ada")
    return world


def due(world: World, rollup: Rollup, **options: Any) -> list[date]:
    return fill.days_due(world.connection, rollup, calendar=calendar(TODAY, **options))


def test_a_touched_day_is_due_until_it_is_filled(company: World) -> None:
    company.event("LINK_CLICKED", "ada", "2026-02-01 10:00", share="first")
    company.event("LINK_CLICKED", "ada", "2026-03-01 10:00", share="first")
    assert fill.spread_touches(company.connection) == 2
    assert due(company, LINKS) == [date(2026, 3, 1), date(2026, 2, 1)]

    fill.fill_day(company.connection, LINKS, date(2026, 3, 1), calendar=calendar(TODAY))

    assert due(company, LINKS) == [date(2026, 2, 1)]
    assert fill.spread_touches(company.connection) == 0


def test_a_late_event_makes_its_day_and_the_pages_that_look_back_at_it_due(company: World) -> None:
    day = TODAY - timedelta(days=10)
    company.event("SHARE_PUBLISHED", "ada", f"{day} 10:00", share="first")
    fill.spread_touches(company.connection)
    shares = BY_TABLE["daily_shares_by_person"]
    fill.fill_day(company.connection, shares, day, calendar=calendar(TODAY))

    assert due(company, PAGE, first_day=TODAY)[-1] == day
    assert len(due(company, PAGE, first_day=TODAY)) == 11


def test_a_new_version_makes_every_filled_day_due_again(company: World) -> None:
    for day in (date(2026, 3, 1), date(2026, 3, 2)):
        fill.fill_day(company.connection, LINKS, day, calendar=calendar(TODAY))
    newer = Rollup(LINKS.table, version=LINKS.version + 1, source="events")
    assert due(company, newer) == [date(2026, 3, 2), date(2026, 3, 1)]
    assert due(company, LINKS) == []


def test_a_cleared_fill_is_due_and_a_frozen_or_coming_day_is_not(company: World) -> None:
    fill.fill_day(company.connection, LINKS, date(2026, 3, 1), calendar=calendar(TODAY))
    company.connection.execute(text("UPDATE rollup_fill SET filled_at = NULL"))
    fill.mark_due(company.connection, [LINKS], [date(2023, 12, 31), TODAY + timedelta(days=1)])
    assert due(company, LINKS) == [date(2026, 3, 1)]


def test_days_of_people_are_due_from_the_programme_s_first_day_within_bounds(company: World) -> None:
    assert due(company, PEOPLE, first_day=date(2026, 3, 28)) == [date(2026, 3, day) for day in (31, 30, 29, 28)]
    assert len(due(company, PEOPLE, first_day=date(2024, 6, 1))) == fill.BACKFILL_DAYS + 1


def test_a_running_day_is_counted_again_when_it_is_over_and_now_and_then_before(company: World) -> None:
    plan = calendar(TODAY, first_day=TODAY)
    with time_machine.travel(datetime(2026, 3, 31, 12, 0, tzinfo=BERLIN), tick=False) as clock:
        fill.fill_day(company.connection, PEOPLE, TODAY, calendar=plan)
        assert fill.days_due(company.connection, PEOPLE, calendar=plan) == []
        clock.shift(timedelta(seconds=600))
        assert fill.days_due(company.connection, PEOPLE, calendar=plan) == [TODAY]
        fill.fill_day(company.connection, PEOPLE, TODAY, calendar=plan)
        clock.move_to(datetime(2026, 4, 1, 0, 0, 1, tzinfo=BERLIN))
        tomorrow = calendar(TODAY + timedelta(days=1), first_day=TODAY)
        assert TODAY in fill.days_due(company.connection, PEOPLE, calendar=tomorrow)
        fill.fill_day(company.connection, PEOPLE, TODAY, calendar=tomorrow)
        assert TODAY not in fill.days_due(company.connection, PEOPLE, calendar=tomorrow)


def test_a_past_page_waits_for_the_days_it_reads(company: World) -> None:
    plan = calendar(TODAY, first_day=date(2026, 3, 25))
    fill.fill_running_days(company.connection, calendar=plan)
    ready = {rollup.table for rollup, _ in fill.past_days_ready(company.connection, calendar=plan, at_most=100)}
    assert "daily_people_by_unit" in ready
    assert "page_amplification" not in ready

    fill.fill_everything(company.connection, calendar=plan)

    assert all(fill.days_due(company.connection, rollup, calendar=plan) == [] for rollup in ROLLUPS)
    assert [row["day"] for row in company.rows("page_amplification")] == [date(2026, 3, day) for day in range(25, 32)]


def test_restating_a_person_makes_exactly_their_days_due(company: World) -> None:
    company.person("ben", "company")
    company.share("bens", "ben")
    company.event("LINK_CLICKED", "ada", "2026-03-05 10:00", share="first")
    company.event("LINK_CLICKED", "ben", "2026-03-06 10:00", share="bens")
    fill.fill_everything(company.connection, calendar=calendar(TODAY, first_day=date(2026, 3, 20)))
    assert due(company, LINKS) == []

    fill.mark_person_due(company.connection, company.people["ada"], calendar=calendar(TODAY))

    assert due(company, LINKS) == [date(2026, 3, 5)]


def test_the_calendar_begins_with_the_first_policy(company: World) -> None:
    plan = fill.programme(company.connection)
    assert (plan.first_day, plan.today) == (date(2025, 1, 1), TODAY)
    assert plan.frozen_before < plan.first_day


# --- Several connections at once, with real commits.


def in_threads(work: Callable[[int], None], count: int) -> None:
    problems: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


@pytest.fixture
def company_of_many(committed_database: Engine) -> World:
    with committed_database.connect() as connection:
        world = World(connection)
        world.unit("company")
        world.person("ada", "company", sizes={1: 100})
        world.share("first", "ada")
        connection.execute(text("SELECT ensure_activity_partition('2026-03-01')"))
        connection.commit()
    return world


def test_six_fills_of_one_day_at_once_give_the_result_of_one(
    committed_database: Engine, company_of_many: World
) -> None:
    with committed_database.connect() as connection:
        company_of_many.connection = connection
        company_of_many.event("LINK_CLICKED", "ada", "2026-03-10 10:00", share="first", times=7)
        connection.commit()
        fill.spread_touches(connection)

    def work(_number: int) -> None:
        with committed_database.connect() as connection:
            fill.fill_day(connection, LINKS, date(2026, 3, 10), calendar=calendar(TODAY))

    in_threads(work, 6)
    with committed_database.connect() as connection:
        company_of_many.connection = connection
        assert [row["clicks"] for row in company_of_many.rows(LINKS)] == [7]
        assert fill.days_due(connection, LINKS, calendar=calendar(TODAY)) == []


def test_no_event_is_missed_while_many_write_and_fill(committed_database: Engine, company_of_many: World) -> None:
    writers, each, running = 4, 15, threading.Event()
    lock = threading.Lock()
    finished = 0

    def write(_number: int) -> None:
        nonlocal finished
        with committed_database.connect() as connection:
            own = World.__new__(World)
            own.__dict__.update(company_of_many.__dict__, connection=connection)
            for _ in range(each):
                own.event("LINK_CLICKED", "ada", "2026-03-10 10:00", share="first")
                connection.commit()
        with lock:
            finished += 1
            if finished == writers:
                running.set()

    def keep_filling() -> None:
        with committed_database.connect() as connection:
            while not running.is_set():
                fill.spread_touches(connection)
                for day in fill.days_due(connection, LINKS, calendar=calendar(TODAY)):
                    fill.fill_day(connection, LINKS, day, calendar=calendar(TODAY))

    in_threads(lambda number: write(number) if number < writers else keep_filling(), writers + 2)

    with committed_database.connect() as connection:
        fill.spread_touches(connection)
        for day in fill.days_due(connection, LINKS, calendar=calendar(TODAY)):
            fill.fill_day(connection, LINKS, day, calendar=calendar(TODAY))
        company_of_many.connection = connection
        assert [row["clicks"] for row in company_of_many.rows(LINKS)] == [writers * each]
        assert (
            connection.execute(
                text("SELECT count(*) FROM rollup_touch WHERE rollup = :r"), {"r": LINKS.table}
            ).scalar_one()
            == 0
        )


def test_an_event_committed_after_the_touches_were_read_leaves_its_day_due(
    committed_database: Engine, company_of_many: World
) -> None:
    day = date(2026, 3, 10)
    with committed_database.connect() as filling, committed_database.connect() as writing:
        own = World.__new__(World)
        own.__dict__.update(company_of_many.__dict__, connection=writing)
        own.event("LINK_CLICKED", "ada", "2026-03-10 10:00", share="first")
        fill.spread_touches(writing)
        writing.commit()
        with filling.begin():
            filling.execute(text("SET LOCAL lock_timeout = '1s'"))
            fill.fill_day(filling, LINKS, day, calendar=calendar(TODAY))
            # The fill has not committed yet, and nobody waits for it.
            own.event("LINK_CLICKED", "ada", "2026-03-10 11:00", share="first")
            fill.spread_touches(writing)
            writing.commit()
        assert fill.days_due(writing, LINKS, calendar=calendar(TODAY)) == [day]


def test_a_second_fill_waits_longer_than_a_request_would(committed_database: Engine, company_of_many: World) -> None:
    day, plan = date(2026, 3, 10), calendar(TODAY)
    filled: list[int] = []
    with committed_database.connect() as one, committed_database.connect() as other:
        fill.fill_day(one, LINKS, day, calendar=plan)
        one.commit()
        other.detach()  # else whoever gets this connection next would wait no longer either
        other.execute(text("SET lock_timeout = '100ms'"))
        other.commit()
        with one.begin():
            one.execute(text("SELECT FROM rollup_fill WHERE rollup = :r FOR UPDATE"), {"r": LINKS.table})
            waiting = threading.Thread(target=lambda: filled.append(fill.fill_day(other, LINKS, day, calendar=plan)))
            waiting.start()
            waiting.join(0.5)
            assert waiting.is_alive()
        waiting.join()
        assert len(filled) == 1


def test_a_costly_page_of_today_is_left_for_a_while_and_then_counted(company: World) -> None:
    plan = calendar(TODAY, first_day=TODAY)
    with time_machine.travel(datetime(2026, 3, 31, 12, 0, tzinfo=BERLIN), tick=False) as clock:
        fill.fill_running_days(company.connection, calendar=plan)
        company.connection.execute(
            text("UPDATE rollup_fill SET milliseconds = 3000 WHERE rollup = :r"), {"r": PAGE.table}
        )
        fill.mark_due(company.connection, [PAGE, LINKS], [TODAY])
        clock.shift(timedelta(seconds=11))
        assert fill.fill_running_days(company.connection, calendar=plan, spares_costly=True) == 1
        assert fill.days_due(company.connection, PAGE, calendar=plan) == [TODAY]
        clock.shift(timedelta(seconds=2))
        assert fill.fill_running_days(company.connection, calendar=plan, spares_costly=True) == 1
        assert fill.days_due(company.connection, PAGE, calendar=plan) == []


# --- Past days, shared by any number of workers.


def past_company(committed_database: Engine, company: World, days: int) -> fill.Programme:
    """Let something happen on each of the last days, today included."""
    with committed_database.connect() as connection:
        company.connection = connection
        for back in range(days):
            day = TODAY - timedelta(days=back)
            connection.execute(text("SELECT ensure_activity_partition(:day)"), {"day": day})
            company.event("LINK_CLICKED", "ada", f"{day} 10:00", share="first", times=back + 1)
            company.event("SHARE_PUBLISHED", "ada", f"{day} 09:00", share="first")
        connection.commit()
        fill.spread_touches(connection)
    return calendar(TODAY, first_day=TODAY - timedelta(days=days))


def everything_counted(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {
        rollup.table: sorted(tuple(row) for row in connection.execute(text(f"SELECT * FROM {rollup.table}")))
        for rollup in ROLLUPS
    }


def test_slices_side_by_side_fill_each_day_once_and_none_is_left(
    committed_database: Engine, company_of_many: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = past_company(committed_database, company_of_many, 40)
    lock, filled = threading.Lock(), Counter[tuple[str, date]]()
    count_anew = past.count_anew

    def counted(connection: Connection, rollup: Rollup, day: date, stood: Any, *, calendar: fill.Programme) -> int:
        rows = count_anew(connection, rollup, day, stood, calendar=calendar)
        with lock:
            filled[rollup.table, day] += 1
        return rows

    monkeypatch.setattr(past, "count_anew", counted)
    with committed_database.connect() as connection:
        fill.fill_running_days(connection, calendar=plan)

    def work(_number: int) -> None:
        with committed_database.connect() as connection:
            fill.fill_past_days(connection, calendar=plan, seconds=inf)  # until none is left

    in_threads(work, 4)

    with committed_database.connect() as connection:
        assert fill.past_days_ready(connection, calendar=plan, at_most=1) == []
        fill.fill_running_days(connection, calendar=plan)  # their pages look back at what was filled
        assert all(fill.days_due(connection, rollup, calendar=plan) == [] for rollup in ROLLUPS)
        side_by_side = everything_counted(connection)
        # Sources are never counted twice; a page may be when its sources and itself were listed at the same moment.
        assert {count for (table, _), count in filled.items() if table.startswith("daily_")} == {1}
        connection.execute(text("UPDATE rollup_fill SET filled_at = NULL"))
        connection.commit()
        fill.fill_everything(connection, calendar=plan)
        assert everything_counted(connection) == side_by_side


def test_a_changed_definition_refills_newest_first_and_old_rows_stand_until_their_day_is_ready(
    company: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [TODAY - timedelta(days=back) for back in range(2, 6)]
    for day in days:
        company.event("LINK_CLICKED", "ada", f"{day} 10:00", share="first", times=3)
    fill.fill_everything(company.connection, calendar=calendar(TODAY, first_day=TODAY - timedelta(days=6)))
    plan = calendar(TODAY, first_day=TODAY - timedelta(days=6))
    assert [row["clicks"] for row in company.rows(LINKS)] == [3, 3, 3, 3]

    newer = Rollup(LINKS.table, version=LINKS.version + 1, source="events")
    newer.__dict__["sql"] = LINKS.sql.replace("count(*)", "count(*) * 10")
    monkeypatch.setattr(past, "ROLLUPS", tuple(newer if rollup is LINKS else rollup for rollup in ROLLUPS))
    seen = []
    for _ in days:
        fills = iter([False, True])
        fill.fill_past_days(company.connection, calendar=plan, seconds=inf, gives_way=lambda: next(fills))  # noqa: B023
        seen.append([row["clicks"] for row in company.rows(LINKS)])

    assert seen == [[3, 3, 3, 30], [3, 3, 30, 30], [3, 30, 30, 30], [30, 30, 30, 30]]


def test_a_day_that_somebody_else_counts_is_left_to_them(committed_database: Engine, company_of_many: World) -> None:
    plan = past_company(committed_database, company_of_many, 3)
    day = TODAY - timedelta(days=2)
    with committed_database.connect() as one, committed_database.connect() as other:
        with one.begin():
            fill.fill_day(one, LINKS, day, calendar=plan)
            assert not fill.fill_if_free(other, LINKS, day, calendar=plan)
        assert not fill.fill_if_free(other, LINKS, day, calendar=plan)  # it is done by now
        fill.mark_due(other, [LINKS], [day])
        assert fill.fill_if_free(other, LINKS, day, calendar=plan)


def test_progress_tells_what_is_due_filled_and_how_long_it_takes(company: World) -> None:
    plan = calendar(TODAY, first_day=TODAY - timedelta(days=3))
    company.event("LINK_CLICKED", "ada", f"{TODAY - timedelta(days=2)} 10:00", share="first")
    before = fill.progress(company.connection, calendar=plan)
    assert (before.filled, before.fills_per_minute, before.seconds_left) == (0, None, None)
    assert before.oldest_due == TODAY - timedelta(days=3)

    fill.spread_touches(company.connection)
    fill.fill_running_days(company.connection, calendar=plan)
    fill.fill_past_days(company.connection, calendar=plan, seconds=0)
    half = fill.progress(company.connection, calendar=plan)
    assert (half.past_due, half.behind_seconds) == (half.due, 0.0)
    assert half.rollups["daily_clicks_by_link"].due == 1

    fill.fill_everything(company.connection, calendar=plan)
    after = fill.progress(company.connection, calendar=plan)
    assert (after.due, after.oldest_due, after.seconds_left) == (0, None, 0.0)
    assert after.filled >= half.filled + half.due
    assert after.fills_per_minute is not None
    assert after.rollups["page_amplification"].filled == 4


@pytest.mark.parametrize("hours", [-1, 1, -24, 24])
def test_numbers_are_the_same_when_the_clock_jumps_between_fills(company: World, hours: int) -> None:
    for back in range(4):
        company.event("LINK_CLICKED", "ada", f"{TODAY - timedelta(days=back)} 10:00", share="first", times=back + 1)
    with time_machine.travel(datetime(2026, 3, 31, 23, 30, tzinfo=BERLIN), tick=False) as clock:
        fill.fill_everything(company.connection, calendar=calendar(TODAY, first_day=TODAY - timedelta(days=3)))
        counted = [(row["day"], row["clicks"]) for row in company.rows(LINKS)]
        clock.shift(timedelta(hours=hours))
        jumped = fill.programme(company.connection)
        late = calendar(jumped.today, first_day=TODAY - timedelta(days=3))
        company.event("LINK_CLICKED", "ada", "2026-03-29 11:00", share="first")
        fill.fill_everything(company.connection, calendar=late)
        clock.move_to(datetime(2026, 4, 1, 0, 30, tzinfo=BERLIN))
        later = calendar(TODAY + timedelta(days=1), first_day=TODAY - timedelta(days=3))
        fill.fill_everything(company.connection, calendar=later)

        assert all(fill.days_due(company.connection, rollup, calendar=later) == [] for rollup in ROLLUPS)
    expected = [(day, clicks + (day == date(2026, 3, 29))) for day, clicks in counted]
    assert [(row["day"], row["clicks"]) for row in company.rows(LINKS)] == expected
    page = {row["day"]: row["clicks"] for row in company.rows(PAGE)}
    assert page[TODAY] == sum(clicks for _, clicks in expected)


@pytest.fixture
def busy_month(company: World) -> World:
    """Return the company after acts on today, on the days before, and on the first and the last that no page reads."""
    company.item("opening", "job")
    company.share("job", "ada", "opening")
    for back in (0, 1, 12, 29, 30):
        at = f"{TODAY - timedelta(days=back)} 12:00"
        company.event("SHARE_PUBLISHED", "ada", at, share="first")
        company.event("SHARE_PUBLISHED", "ada", at, share="job")
        company.event("LINK_CLICKED", "ada", at, share="job", times=back + 1)
    company.fill(TODAY)
    return company


@pytest.mark.parametrize("page", ["page_amplification", "page_recruiting"])
def test_a_page_counts_the_same_from_the_days_before_and_from_their_sums(busy_month: World, page: str) -> None:
    summed = busy_month.rows(page, TODAY)
    assert busy_month.rows("trailing_acts_by_person", TODAY)
    assert summed[0]["shares"] == (4 if page == "page_recruiting" else 8)
    assert summed[0]["clicks"] == 1 + 2 + 13 + 30

    busy_month.connection.execute(text("DELETE FROM trailing_acts_by_person"))
    fill.fill_day(busy_month.connection, BY_TABLE[page], TODAY, calendar=calendar(TODAY))

    assert busy_month.rows(page, TODAY) == summed


@pytest.mark.parametrize("page", ["page_amplification", "page_recruiting"])
def test_a_page_of_a_running_day_reads_the_sums_and_not_the_days_before(busy_month: World, page: str) -> None:
    busy_month.connection.execute(text("UPDATE trailing_acts_by_person SET clicks = 1000, job_clicks = 1000"))
    fill.fill_day(busy_month.connection, BY_TABLE[page], TODAY, calendar=calendar(TODAY))

    networks = len(busy_month.rows("trailing_acts_by_person", TODAY))
    assert busy_month.rows(page, TODAY)[0]["clicks"] == 1 + 1000 * networks


def test_the_sums_of_the_days_before_follow_a_late_event_and_go_with_their_day(busy_month: World) -> None:
    sums = BY_TABLE["trailing_acts_by_person"]
    busy_month.event("LINK_CLICKED", "ada", f"{TODAY - timedelta(days=12)} 13:00", share="job")
    fill.fill_everything(busy_month.connection, calendar=calendar(TODAY))
    assert busy_month.rows("page_amplification", TODAY)[0]["clicks"] == 1 + 2 + 13 + 30 + 1
    assert due(busy_month, sums) == []

    later = TODAY + timedelta(days=2)
    fill.fill_running_days(busy_month.connection, calendar=calendar(later))
    assert {row["day"] for row in busy_month.rows(sums)} == {later, later - timedelta(days=1)}


def test_a_day_counted_again_is_written_only_where_it_differs(company: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that stay keep the transaction that wrote them; the others are as if all were written."""
    monkeypatch.setattr(replacing, "FEW_ROWS", 1)
    for person, unit in (("ben", "company"), ("cem", "company")):
        company.person(person, unit, sizes={1: 10})
        company.share(f"{person}s", person)
    for share, person in (("first", "ada"), ("bens", "ben")):
        company.event("LINK_CLICKED", person, f"{TODAY} 10:00", share=share)
    company.fill(TODAY)
    written = text("SELECT link_key, xmin FROM daily_clicks_by_link ORDER BY link_key")
    before = dict(company.connection.execute(written).all())

    company.event("LINK_CLICKED", "ben", f"{TODAY} 11:00", share="bens")
    company.event("LINK_CLICKED", "cem", f"{TODAY} 11:00", share="cems")
    count = fill.fill_day(company.connection, LINKS, TODAY, calendar=calendar(TODAY))

    assert [(row["link"], row["clicks"]) for row in company.rows(LINKS)] == [("bens", 2), ("cems", 1), ("first", 1)]
    assert count == 3
    after = dict(company.connection.execute(written).all())
    assert after[company.links["first"]] == before[company.links["first"]]
    company.withdraw("ben")
    fill.fill_day(company.connection, LINKS, TODAY, calendar=calendar(TODAY))
    assert [row["link"] for row in company.rows(LINKS)] == ["cems", "first"]
