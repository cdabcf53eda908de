"""Data quality as a page: honest while nothing was counted, and silent about a few."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from advocacy.activity.kinds import Cause, ClickClass, Kind
from advocacy.foundation import clock
from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.measurement.models import (
    DailyActivityByPerson,
    DailyEventsByKind,
    DailyPeopleByUnit,
    Restatement,
    RollupFill,
)
from advocacy.people.models import OrgUnit
from advocacy.people.queries import today
from advocacy.portal.executive.data_quality import _age
from tests.factories.people import make_unit
from tests.support.clients import Browser, sign_in_browser
from tests.support.html import checked_page


@pytest.fixture
def root(session: Any) -> OrgUnit:
    return make_unit("Meridian Works")


@pytest.fixture
def executive(app: Any, root: OrgUnit) -> Browser:
    return sign_in_browser(app, None, Role.EXECUTIVE)


def last_sunday() -> date:
    return today() - timedelta(days=today().isoweekday())


def clicks(
    root: OrgUnit, *, on: date | None = None, late: dict[str, int] | None = None, **counts: tuple[int, int]
) -> None:
    """Write what was counted on a day, or the last Sunday: by class, clicks and the people whose links got them."""
    day = on or last_sunday()
    at = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    for table in ("daily_events_by_kind", "daily_people_by_unit"):
        ambient.execute(insert(RollupFill).values(rollup=table, day=day, version=1, filled_at=clock.now()))
    ambient.execute(
        insert(DailyPeopleByUnit).values(
            day=day,
            unit_key=root.key,
            employed=500,
            taking_part=200,
            with_size=0,
            stale_people=0,
            floor_people=0,
        )
    )
    for name, (events, people) in counts.items():
        ambient.execute(
            insert(DailyEventsByKind).values(
                day=day,
                kind=int(Kind.LINK_CLICKED),
                detail=int(ClickClass[name]),
                events=events,
                people=people,
                late_events=(late or {}).get(name, 0),
                early_events=0,
                last_occurred_at=at,
                last_recorded_at=at,
            )
        )


def restated(root: OrgUnit, **values: Any) -> None:
    day = today() - timedelta(days=5)
    usual = {
        "restated_at": clock.now(),
        "metric": "vis.human_clicks",
        "unit_key": root.key,
        "first_day": day,
        "last_day": day,
        "causes": [int(Cause.EVENTS)],
        "version": 1,
        "definition_hash": "abc",
    }
    ambient.execute(insert(Restatement).values(**usual | values))


def test_the_page_is_good_while_nothing_was_counted(executive: Browser) -> None:
    page = checked_page(executive.get("/data-quality")).words()
    assert "Everything that came in is counted: nothing waits" in page
    assert "No click of these days is counted yet" in page
    assert "None in this range: what was final stands" in page
    assert "daily_people_by_unit" in page


def test_raw_clicks_stand_beside_what_they_were(root: OrgUnit, executive: Browser) -> None:
    clicks(root, HUMAN=(800, 90), REPEATED=(120, 60), SCANNER=(80, 30), late={"REPEATED": 100})
    page = checked_page(executive.get("/data-quality"))
    assert "People 800 80 %" in page.words()
    assert "Scanners 80 8 %" in page.words()
    assert "All, raw 1,000" in page.words()
    assert "10 %" in page.words()  # came late
    assert "more or less than 100 %" not in page.words()


def test_late_clicks_are_silent_where_few_people_stand_behind_them(root: OrgUnit, executive: Browser) -> None:
    clicks(root, HUMAN=(800, 90), late={"HUMAN": 3})
    page = checked_page(executive.get("/data-quality"))
    assert re.search(r"Clicks .{0,80} 800 not shown: too few people", page.words())
    assert re.search(r"Came late fewer than \d+ people: not shown", page.words())
    assert "0.4 %" not in page.words()


def test_a_class_with_few_people_is_silent_and_so_is_one_beside_it(root: OrgUnit, executive: Browser) -> None:
    clicks(root, HUMAN=(800, 90), REPEATED=(120, 60), OWN=(7, 2))
    page = checked_page(executive.get("/data-quality")).words()
    assert "The sharer not shown: too few people" in page
    assert "Repeated not shown: too few people" in page
    assert "All, raw 927" in page


def test_parts_say_that_they_are_no_whole_where_a_week_is_not_told(root: OrgUnit, executive: Browser) -> None:
    clicks(root, HUMAN=(800, 90), SCANNER=(200, 30))
    clicks(root, on=last_sunday() - timedelta(days=7), HUMAN=(600, 90), SCANNER=(9, 2), REPEATED=(9, 2))
    page = checked_page(executive.get("/data-quality")).words()
    assert re.search(r"Scanners 200 in \d+ of \d+ weeks; the others: too few people 20 %", page)
    assert "Each part is of the clicks of the weeks in which it is told" in page
    assert "more or less than 100 %." in page


def test_a_range_that_differs_by_days_tells_the_same_weeks(root: OrgUnit, executive: Browser) -> None:
    """What differs between two answers is whole weeks, never the day of one person."""
    clicks(root, HUMAN=(800, 90))
    first, last = last_sunday() - timedelta(days=6), today() - timedelta(days=1)
    told = set()
    for ahead in range(7):
        query = f"from={first + timedelta(days=ahead)}&to={last}"
        told.add("All, raw 800" in checked_page(executive.get(f"/data-quality?{query}")).words())
    assert told == {True}
    nothing = checked_page(
        executive.get(f"/data-quality?from={last_sunday() - timedelta(days=5)}&to={last_sunday() - timedelta(days=1)}")
    )
    assert "No whole week ends in these days" in nothing.words()
    assert "800" not in nothing.words()


def test_people_of_a_week_are_counted_where_no_day_has_enough(root: OrgUnit, executive: Browser) -> None:
    clicks(root, HUMAN=(30, 3), REPEATED=(40, 12))
    hidden = checked_page(executive.get("/data-quality")).words()
    assert "People not shown: too few people" in hidden
    for number in range(12):
        ambient.execute(
            insert(DailyActivityByPerson).values(
                day=last_sunday() - timedelta(days=number % 2),
                employee_key=number,
                kind=int(Kind.LINK_CLICKED),
                detail=int(ClickClass.HUMAN),
                network=1,
                unit_key=root.key,
                events=1,
                job_events=0,
            )
        )
    shown = checked_page(executive.get("/data-quality")).words()
    assert "People 30 42.9 %" in shown
    assert "All, raw 70" in shown
    assert not re.search(r"Came late fewer than \d+ people", shown), "none of those events of a group was late"


def test_events_of_a_source_are_silent_where_few_people_stand_behind_a_week(root: OrgUnit, executive: Browser) -> None:
    clicks(root, HUMAN=(3, 2))
    page = checked_page(executive.get("/data-quality")).words()
    assert "No click of these days is counted yet, or too few people stand behind them" in page
    assert re.search(r"Clicks .{0,60} not shown: too few people", page)


def test_the_history_tells_why_and_by_how_much_where_it_may(root: OrgUnit, executive: Browser) -> None:
    restated(root, before=1_000, after=1_030, is_announced=True)
    restated(root, metric="act.shares")
    restated(root, metric="page_amplification", causes=[int(Cause.CHOICE)])
    page = checked_page(executive.get("/data-quality")).words()
    assert "late events 3 % announced" in page
    assert page.count("too few people to show by how much") == 2
    assert "Numbers of amplification" in page
    assert "people began or stopped to take part" in page
    assert "1,030" not in page


def test_an_executive_of_a_unit_reads_the_history_of_that_unit_only(app: Any, root: OrgUnit) -> None:
    sales = make_unit("Sales", parent=root)
    restated(root, metric="act.shares", before=10, after=20, is_announced=True)
    restated(sales, before=10, after=20, is_announced=True)
    page = checked_page(sign_in_browser(app, None, Role.EXECUTIVE, unit=sales).get("/data-quality")).words()
    assert "Human clicks Sales" in page
    assert "Shares Meridian Works" not in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("days=365", ""),
        ("days=7", ""),
        ("days=x&from=y", ""),
        ("from=2026-02-30", ""),
        ("from=2999-01-01", "must not be after the last"),
        ("from=1999-01-01", "must not be after the last, and not more than"),
        ("to=2999-01-01", "That day has not come yet"),
        ("to=9999-12-31", "That day has not come yet"),
        ("to=0001-01-05", "That is before anything was counted"),
        ("from=0001-01-05&to=0001-01-05", "must not be after the last"),
        ("days=365&by=month", ""),
    ],
)
def test_any_range_is_answered(executive: Browser, query: str, says: str) -> None:
    assert says in checked_page(executive.get(f"/data-quality?{query}")).words()


def test_who_may_not_read_measures_is_refused_and_administrators_are_not(app: Any, root: OrgUnit) -> None:
    assert sign_in_browser(app, None, Role.APPROVER).get("/data-quality").status_code == 403
    assert sign_in_browser(app, None, Role.ADMINISTRATOR).get("/data-quality").status_code == 200


def test_what_became_of_applications_is_for_whoever_may_read_recruiting(app: Any, root: OrgUnit) -> None:
    curator = sign_in_browser(app, None, Role.CURATOR)
    page = checked_page(curator.get("/data-quality")).words()
    assert "Clicks left out" in page
    assert "Applications matched" not in page
    assert curator.get("/measures/dq.match_rate/file").status_code == 404
    assert curator.get("/measures/dq.bot_share/file").status_code == 200
    assert (
        "Applications matched" in checked_page(sign_in_browser(app, None, Role.EXECUTIVE).get("/data-quality")).words()
    )


def test_the_numbers_are_offered_as_files(executive: Browser) -> None:
    page = checked_page(executive.get("/data-quality?days=30"))
    assert any("/measures/dq.bot_share/file?" in link.get("href", "") for link in page.all("a"))
    assert executive.get("/measures/dq.late_share/file?by=week").status_code == 200
    assert executive.get("/measures/dq.late_share/file?by=day").status_code == 422


def test_the_longest_range_of_the_page_has_its_files(executive: Browser) -> None:
    page = checked_page(executive.get(f"/data-quality?from={today() - timedelta(days=800)}"))
    addresses = [link.get("href", "") for link in page.all("a")]
    files = [address for address in addresses if "format=csv" in address]
    assert files
    for address in files:
        answer = executive.get(address)
        assert len(answer.get_data(as_text=True).splitlines()) in {116, 117}, address


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (59, "less than a minute"),
        (60, "one minute"),
        (120, "2 minutes"),
        (2 * 3600, "2 hours"),
        (2 * 86_400, "2 days"),
    ],
)
def test_how_old_something_is_reads_as_people_say_it(app: Any, seconds: int, told: str) -> None:
    with app.test_request_context():
        assert _age(timedelta(seconds=seconds)) == told
