"""Participation and retention as they are read: whole months, dated denominators, and silence about few."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

import pytest
import time_machine

from advocacy.measurement import fill, reading
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.models import Period
from advocacy.measurement.participation import months
from advocacy.measurement.reading import Asked
from advocacy.measurement.rollups import BY_TABLE
from tests.factories.measurement import World, calendar
from tests.measurement.test_queries import people

MONTH_END = date(2026, 2, 28)


def build(world: World) -> None:
    for name, parent in (("company", None), ("sales", "company"), ("plant", "company")):
        world.unit(name, parent)
    sales = people(world, "sales", 40)
    people(world, "plant", 8)
    for place, name in enumerate(sales[:20]):
        world.share(name, name)
        world.event("SHARE_PUBLISHED", name, "2026-01-14 10:00", share=name)
        if place < 15:
            world.event("SHARE_PUBLISHED", name, "2026-02-11 10:00", share=name)
            world.event("CONVERSATION_LOGGED", name, "2026-02-12 10:00", detail=1)
    for ahead in range(60):
        world.heads("sales", date(2026, 1, 1) + timedelta(days=ahead), 40)
        world.heads("plant", date(2026, 1, 1) + timedelta(days=ahead), 8)
    fill.fill_everything(world.connection, calendar=calendar(date(2026, 3, 5)))


@pytest.fixture(scope="module")
def built(build_once: Callable[..., World]) -> World:
    return build_once(build)


@pytest.fixture
def company(built: World, as_built: Callable[[World], World]) -> World:
    """Return 40 people in sales, of whom 20 acted in January and 15 of those in February again; 8 in the plant."""
    return as_built(built)


def ask(company: World, key: str, unit: str = "company", *, group: int = 5, **named: object) -> list[reading.Point]:
    asked = {"first": date(2026, 1, 1), "last": date(2026, 3, 4), "by": None} | named
    return reading.read(
        company.connection,
        BY_KEY[key],
        Asked(company.units[unit], smallest_group=group, **asked),  # type: ignore[arg-type]
    )


def test_participation_divides_by_the_people_of_an_average_day(company):
    (point,) = ask(company, "act.participation_rate")
    assert (point.on, point.value) == (MONTH_END, Fraction(15, 48))
    assert (point.numerator, point.denominator, point.n) == (15, 48, 48)
    assert point.low is not None
    assert point.low < 15 / 48 < point.high
    assert point.state == "final"
    (eligible,) = ask(company, "act.eligible")
    assert eligible.value == 48


def test_who_noted_a_conversation_is_active_and_the_rate_is_of_the_same_people(company):
    for number in range(20, 30):
        company.event("CONVERSATION_LOGGED", f"sales{number}", "2026-02-20 10:00", detail=1)
    fill.fill_everything(company.connection, calendar=calendar(date(2026, 3, 5)))
    (active,) = ask(company, "act.active_advocates")
    (rate,) = ask(company, "act.participation_rate")
    (sharers,) = ask(company, "act.sharers", last=MONTH_END)
    assert (active.on, active.value, sharers.value) == (MONTH_END, 25, 15)
    assert (active.value, rate.value) == (rate.numerator, Fraction(25, 48))
    by_unit = ask(company, "act.active_advocates", by="unit", group=10)
    assert {point.piece.unit_name: point.value for point in by_unit} == {"company": 25, "plant": None, "sales": None}


def test_active_advocates_of_a_month_that_is_counted_anew_are_not_final(company):
    fill.mark_due(company.connection, [BY_TABLE["page_participation"]], [MONTH_END])
    assert {ask(company, key)[0].state for key in ("act.active_advocates", "act.participation_rate")} == {"provisional"}


def test_months_stand_one_by_one(company):
    points = ask(company, "act.participation_rate", by="month")
    assert [(point.on, point.value) for point in points] == [
        (date(2026, 1, 31), Fraction(20, 48)), (MONTH_END, Fraction(15, 48))
    ]  # fmt: skip


def test_a_week_is_told_on_its_sunday(company):
    points = ask(company, "act.participation_rate", by="week", first=date(2026, 2, 9), last=date(2026, 2, 15))
    assert [(point.on, point.value) for point in points] == [(date(2026, 2, 15), Fraction(15, 48))]


def test_a_small_unit_is_silent(company):
    points = ask(company, "act.participation_rate", by="unit", group=10)
    assert {point.piece.unit_name: point.reason for point in points} == {
        "company": None, "plant": "suppressed", "sales": "suppressed"
    }  # fmt: skip


def test_cohorts_tell_who_came_back(company):
    (cohort,) = ask(company, "ret.retention_m", by="cohort")
    assert (cohort.piece.cohort, cohort.value) == ("2026-01", Fraction(15, 20))
    (whole,) = ask(company, "ret.retention_m")
    assert whole.value == Fraction(15, 20)


def begin_in_february(company: World, count: int) -> None:
    for number in range(count):
        name = f"late{number}"
        company.person(name, "sales")
        company.share(name, name)
        company.event("SHARE_PUBLISHED", name, "2026-02-19 10:00", share=name)
    fill.fill_everything(company.connection, calendar=calendar(date(2026, 3, 5)))


def test_whoever_began_in_the_month_did_not_come_back_in_it(company):
    begin_in_february(company, 15)
    (whole,) = ask(company, "ret.retention_m")
    assert (whole.numerator, whole.denominator) == (15, 20)
    by_cohort = ask(company, "ret.retention_m", by="cohort")
    assert [(point.piece.cohort, point.numerator, point.denominator) for point in by_cohort] == [
        ("2026-01", 15, 20), ("2026-02", 15, 15)
    ]  # fmt: skip


def test_where_everybody_began_in_the_month_nobody_could_come_back(company):
    (whole,) = ask(company, "ret.retention_m", last=date(2026, 1, 31))
    assert (whole.on, whole.value, whole.reason) == (date(2026, 1, 31), None, "not_collected")


def test_a_life_lasts_until_ninety_days_without_an_act_are_over(company):
    for number in range(60):
        name = f"once{number}"
        company.person(name, "sales")
        company.share(name, name)
        company.event("SHARE_PUBLISHED", name, "2025-11-05 10:00", share=name)
    fill.fill_everything(company.connection, calendar=calendar(date(2026, 3, 5), date(2025, 11, 1)))
    (median,) = ask(company, "ret.survival_median")
    assert median.value == 90
    assert "until 90 days without one are over" in BY_KEY["ret.survival_median"].definition


def test_fewer_than_thirty_loads_say_nothing_about_the_few(company):
    for key in ("ret.workload_p90", "ret.workload_top10_share", "ret.survival_median"):
        (point,) = ask(company, key)
        assert (point.value, point.reason) == (None, "below_min_n"), key


def test_one_and_done_waits_for_ninety_days(company):
    (point,) = ask(company, "ret.one_and_done_rate")
    assert (point.value, point.reason) == (None, "no_denominator")


def test_stickiness_is_of_whole_weeks(company):
    assert months.whole_weeks(MONTH_END) == 3, "of February 2026 only the weeks from the 2nd to the 22nd lie within"
    begin_in_february(company, 15)
    (point,) = ask(company, "ret.stickiness")
    assert point.value == Fraction(30, 3 * 30)


def test_a_share_of_few_that_nothing_bounds_is_not_told(company):
    (point,) = ask(company, "ret.stickiness")
    assert (point.value, point.reason) == (None, "below_min_n"), "fifteen people were active"


def test_a_share_of_few_is_marked_so_that_its_interval_comes_first(company):
    (of_many,) = ask(company, "act.participation_rate")
    assert not of_many.is_small_sample
    (of_few,) = ask(company, "ret.retention_m")
    assert (of_few.n, of_few.is_small_sample) == (20, True)
    assert of_few.low is not None
    assert of_few.low < of_few.value < of_few.high


def test_the_people_of_a_hidden_unit_are_not_left_over_of_its_parent(company):
    """Forty of forty-eight are in sales: beside the company's number theirs would tell of the eight."""
    points = ask(company, "act.eligible", by="unit", group=10)
    assert {point.piece.unit_name: point.value for point in points} == {"company": 48, "plant": None, "sales": None}


def test_beginners_of_one_team_are_not_told_where_the_rest_would_be_a_few(company):
    """In the same month three of the plant began too: the company's cohort less that of sales would tell of them."""
    for number in range(3):
        company.share(f"plant{number}", f"plant{number}")
        company.event("SHARE_PUBLISHED", f"plant{number}", "2026-01-15 10:00", share=f"plant{number}")
    fill.fill_everything(company.connection, calendar=calendar(date(2026, 3, 5)))
    (whole,) = ask(company, "ret.retention_m", by="cohort")
    (sales,) = ask(company, "ret.retention_m", unit="sales", by="cohort")
    (plant,) = ask(company, "ret.retention_m", unit="plant", by="cohort")
    assert whole.denominator == 23
    assert (sales.value, sales.reason, plant.reason) == (None, "suppressed", "suppressed")


def test_whoever_withdraws_is_in_no_month_any_more(company):
    for name in ("sales0", "sales1", "sales2", "sales3", "sales4"):
        company.withdraw(name)
        fill.mark_person_due(company.connection, company.people[name], calendar=calendar(date(2026, 3, 5)))
    fill.fill_everything(company.connection, calendar=calendar(date(2026, 3, 5)))
    points = ask(company, "act.participation_rate", by="month")
    assert [point.numerator for point in points] == [15, 10]


def test_what_is_not_over_is_not_told(company):
    found = months.participation(
        company.connection, Period.MONTH, [date(2026, 3, 31)], unit_key=company.units["company"], smallest_group=5
    )
    assert found == {date(2026, 3, 31): []}


def test_months_are_over_by_the_programme_s_day_and_not_by_the_database_s(company):
    fill.mark_due(company.connection, [BY_TABLE["daily_shares_by_person"]], [date(2026, 3, 5)])
    assert not months.is_past_being_counted(company.connection), "that month still runs"
    with time_machine.travel("2026-03-31T22:30:00+00:00", tick=False):
        assert months.is_past_being_counted(company.connection), "in Berlin April has begun"
