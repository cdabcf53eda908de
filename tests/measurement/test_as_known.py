"""What was known at an instant: late events are not in it, withdrawn people never, and nothing is left behind."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Engine, text

from advocacy.activity.kinds import Kind
from advocacy.foundation.errors import Invalid
from advocacy.measurement import fill
from advocacy.measurement.as_known import MOST_DAYS, as_known
from advocacy.measurement.catalogue import AMPLIFICATION
from advocacy.measurement.pages import as_of, read
from advocacy.measurement.rollups import ROLLUPS
from tests.factories.measurement import World, calendar
from tests.measurement.conftest import NOON

DAY = date(2026, 3, 10)
THEN = datetime(2026, 3, 11, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 13, 9, tzinfo=UTC)
PAGES = ("page_amplification",)


def build(world: World) -> None:
    world.unit("company")
    world.unit("sales", "company")
    at_once, late = f"{DAY} 13:00", "2026-03-12 13:00"
    for name in ("ada", "ben"):
        world.person(name, "sales", sizes={1: 100})
        world.share(name, name)
        world.event("SHARE_PUBLISHED", name, f"{DAY} 09:00", share=name, recorded=at_once)
        world.event("LINK_CLICKED", name, f"{DAY} 12:00", share=name, times=4, recorded=at_once)
    world.event("LINK_CLICKED", "ada", f"{DAY} 13:00", share="ada", times=3, recorded=late)
    world.snapshot("ada", 50, f"{DAY} 20:00", recorded=f"{DAY} 20:00")
    world.snapshot("ada", 80, "2026-03-12 20:00", recorded="2026-03-12 20:00")
    fill.fill_everything(world.connection, calendar=calendar(date(2026, 3, 31), first_day=date(2026, 3, 1)))


@pytest.fixture(scope="module")
def built(build_once: Callable[..., World]) -> World:
    return build_once(build)


@pytest.fixture
def company(built: World, as_built: Callable[[World], World]) -> World:
    """Return a company in which clicks of 10 March came in time, and some two days late."""
    return as_built(built)


def root(world: World, at: datetime | None = None) -> dict[str, int]:
    """Return the root's row of the amplification page, as it stands or as known at an instant."""
    if at is None:
        return next(row for row in world.rows("page_amplification", DAY) if row["unit"] == "company")
    with as_known(world.connection, at=at, rollups=PAGES, days=[DAY]):
        return root(world)


def test_a_late_click_is_known_only_later(company: World) -> None:
    assert root(company)["clicks"] == 11
    assert root(company, THEN)["clicks"] == 8
    assert root(company, LATER)["clicks"] == 11
    assert root(company)["clicks"] == 11


def test_what_is_known_now_is_what_stands(company: World) -> None:
    names = [rollup.table for rollup in ROLLUPS]
    now = datetime(2026, 3, 31, 10, tzinfo=UTC)
    standing = {name: company.rows(name, DAY) for name in names}
    with as_known(company.connection, at=now, rollups=names, days=[DAY]):
        assert {name: company.rows(name, DAY) for name in names} == standing


def test_who_withdrew_since_is_in_no_past(company: World) -> None:
    company.withdraw("ben")
    assert root(company, THEN)["clicks"] == 4
    assert root(company, THEN)["share_people"] == 1
    with as_known(company.connection, at=THEN, rollups=["daily_activity_by_person"], days=[DAY]):
        assert {row["employee"] for row in company.rows("daily_activity_by_person")} == {"ada"}


def test_who_said_yes_later_was_not_known_to_take_part(company: World) -> None:
    company.connection.execute(
        text("UPDATE consent SET granted_at = '2026-03-10 20:00+00' WHERE employee_key = :key"),
        {"key": company.people["ben"]},
    )
    assert root(company, datetime(2026, 3, 10, 19, tzinfo=UTC))["taking_part"] == 1
    assert root(company, THEN)["taking_part"] == 2


def test_clicks_have_the_class_they_had_by_then(company: World) -> None:
    judged_again = (
        "SELECT change_click_classes(CAST(:day AS date), 2::smallint, NULL, array_agg(event_id), array_agg(was), "
        "array_agg(CAST(:becomes AS smallint))) FROM (SELECT event_id, click_class AS was FROM activity_event "
        "WHERE kind = 3 ORDER BY recorded_at, event_id LIMIT 3) AS judged"
    )
    for becomes in (3, 2):
        company.connection.execute(text(judged_again), {"day": DAY, "becomes": becomes})
        fill.mark_due(company.connection, [rollup for rollup in ROLLUPS if rollup.source == "events"], [DAY])
        fill.fill_everything(company.connection, calendar=calendar(date(2026, 3, 31), first_day=date(2026, 3, 1)))
        assert root(company)["clicks"] == 8
        assert root(company, THEN)["clicks"] == 8
        assert root(company, LATER)["clicks"] == 11


def test_what_was_taken_back_since_had_been_known(company: World) -> None:
    for detail, recorded in ((2, f"{DAY} 13:00"), (-2, "2026-03-12 13:00")):
        company.event("APPLICATION", "ada", f"{DAY} 10:00", share="ada", detail=detail, recorded=recorded)
    for at, expected in ((THEN, {2}), (LATER, set())):
        with as_known(company.connection, at=at, rollups=["daily_activity_by_person"], days=[DAY]):
            rows = company.rows("daily_activity_by_person", DAY)
            assert {row["detail"] for row in rows if row["kind"] == Kind.APPLICATION} == expected


def test_networks_reports_count_as_far_as_they_were_known(company: World) -> None:
    assert root(company, THEN)["impressions"] == 50
    assert root(company, LATER)["impressions"] == 80


def test_an_event_recorded_at_the_instant_itself_was_known(company: World) -> None:
    at = datetime(2026, 3, 12, 12, tzinfo=UTC)
    assert root(company, at)["clicks"] == 11
    assert root(company, at - timedelta(microseconds=1))["clicks"] == 8


def test_a_day_that_had_not_begun_has_no_rows_and_was_never_filled(company: World) -> None:
    tomorrow = date(2026, 3, 12)
    with as_known(company.connection, at=THEN, rollups=PAGES, days=[DAY, tomorrow]):
        assert company.rows("page_amplification", tomorrow) == []
        assert as_of(company.connection, PAGES, tomorrow) is None
        assert as_of(company.connection, PAGES, DAY) == THEN


def test_pages_are_read_by_the_same_functions_and_others_are_empty(company: World) -> None:
    with as_known(company.connection, at=THEN, rollups=PAGES, days=[DAY]) as connection:
        shown = read(connection, AMPLIFICATION, unit_key=company.units["company"], days=[DAY], smallest_group=1)
        assert shown[DAY][company.units["company"]].values["clicks"] == 8
        assert company.rows("page_recruiting") == []
    assert company.rows("page_recruiting", DAY) != []


def test_prepared_statements_never_mix_what_stands_with_what_was_known(company: World) -> None:
    # The driver prepares a statement on the server once it has been run a few times.
    for _ in range(8):
        assert root(company)["clicks"] == 11
    with as_known(company.connection, at=THEN, rollups=PAGES, days=[DAY]):
        assert [root(company)["clicks"] for _ in range(8)] == [8] * 8
    with as_known(company.connection, at=LATER, rollups=PAGES, days=[DAY]):
        assert root(company)["clicks"] == 11
    assert [root(company)["clicks"] for _ in range(8)] == [11] * 8


def test_nothing_is_left_behind_also_after_an_error(company: World) -> None:
    def write_and_fail() -> None:
        with as_known(company.connection, at=THEN, rollups=PAGES, days=[DAY]) as connection:
            connection.execute(text("DELETE FROM page_amplification"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert root(company)["clicks"] == 11
    left = "SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()"
    assert company.connection.execute(text(left)).scalar_one() == 0
    assert company.connection.execute(text("SHOW search_path")).scalar_one() == '"$user", public'


@pytest.mark.parametrize(
    ("at", "days", "says"),
    [
        (datetime(2026, 4, 1, tzinfo=UTC), [DAY], "has not come yet"),
        (datetime(2026, 3, 1), [DAY], "time zone"),
        (THEN, [], f"1 to {MOST_DAYS} days"),
        (THEN, [DAY - timedelta(days=back) for back in range(MOST_DAYS + 1)], f"1 to {MOST_DAYS} days"),
    ],
)
def test_what_cannot_be_worked_out_is_said(company: World, at: datetime, days: list[date], says: str) -> None:
    with pytest.raises(Invalid, match=says), as_known(company.connection, at=at, rollups=PAGES, days=days):
        pass


def test_days_whose_events_are_gone_are_refused(company: World) -> None:
    company.connection.execute(text("UPDATE policy_version SET published_at = '2020-01-01'"))
    with (
        pytest.raises(Invalid, match="no longer kept"),
        as_known(company.connection, at=THEN, rollups=PAGES, days=[date(2023, 1, 1)]),
    ):
        pass


def test_a_name_that_is_no_rollup_is_a_mistake(company: World) -> None:
    with pytest.raises(KeyError), as_known(company.connection, at=THEN, rollups=["activity_event"], days=[DAY]):
        pass


def test_outside_a_transaction_it_has_one_of_its_own(engine: Engine) -> None:
    # At its own time: some years later the ledger keeps that day no more.
    with time_machine.travel(NOON, tick=False), engine.connect() as connection:
        with as_known(connection, at=THEN, rollups=PAGES, days=[DAY]):
            assert connection.execute(text("SELECT count(*) FROM page_amplification")).scalar_one() == 0
        assert not connection.in_transaction()
