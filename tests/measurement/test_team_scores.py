"""Weekly scores: the worked figures, the SQL against a naive reading of the formula, and what is told of teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log2
from statistics import median
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocacy.foundation import clock
from advocacy.foundation.access import Actor
from advocacy.foundation.errors import NotPermitted
from advocacy.foundation.models import Setting
from advocacy.measurement import fill, reading, scores
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.intervals import wilson
from advocacy.measurement.reading import Asked
from advocacy.measurement.rollups import BY_TABLE
from advocacy.measurement.scores import Prior, Week
from tests.factories.measurement import World, calendar
from tests.measurement.test_participation_oracle import fresh_world
from tests.measurement.test_queries import people

ORACLE_OF = ("lead.score", "lead.team_score")
SUNDAY = date(2026, 3, 29)
TODAY = date(2026, 3, 31)
UNITS = {"company": None, "sales": "company", "plant": "company"}
AGREED = ("take_part", "network_size", "leaderboard")


# --- The formula.


def test_sixty_shares_nobody_opened_are_worth_less_than_a_point_and_eight_good_ones_most() -> None:
    usual = Prior(10, 990)  # 1 of 100 opens it
    spammer = Week(SUNDAY, shares=60, reached=60 * 500, clicks=87, prior=usual)
    thoughtful = Week(SUNDAY, shares=8, conversations=6, reached=8 * 300, clicks=100, prior=usual)
    quiet = Week(SUNDAY, shares=2, reached=600, clicks=6, prior=usual)
    assert spammer.score == pytest.approx(0.81, abs=0.005)
    assert thoughtful.score == pytest.approx(13.6, abs=0.05)
    assert sorted((spammer, thoughtful, quiet), key=lambda week: -week.score) == [thoughtful, quiet, spammer]


def test_a_lucky_small_network_is_drawn_towards_what_is_usual() -> None:
    usual = Prior(2, 198)
    assert usual.times_usual(1, 10) < usual.times_usual(20, 1000)
    assert usual.times_usual(0, 0) == pytest.approx(1.0)
    assert usual.times_usual(900, 1000) == 2.0


def test_the_size_of_a_network_cancels() -> None:
    usual = Prior(0.02, 1.98)
    assert usual.times_usual(3, 200) == pytest.approx(usual.times_usual(300, 20_000), rel=0.02)


def test_eighty_of_a_hundred_stand_above_nine_of_ten() -> None:
    assert wilson(80, 100)[0] > wilson(9, 10)[0]


# --- The prior.


def naive_fit(rates: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return alpha and beta out of clicks and reach of each person, as the method of moments reads."""
    reached, clicks = sum(n for _, n in rates), sum(x for x, _ in rates)
    mean = clicks / reached
    spread = sum(n * (x / n - mean) ** 2 for x, n in rates)
    beyond_chance = spread / (mean * (1 - mean)) - (len(rates) - 1)
    correlation = beyond_chance / (reached - sum(n * n for _, n in rates) / reached - (len(rates) - 1))
    weight = max(1.0, min(reached, 1 / correlation - 1)) if correlation > 0 else reached
    return mean * weight, (1 - mean) * weight


@pytest.mark.parametrize(
    "rates",
    [
        [(number % 7, 50 + 10 * number) for number in range(32)],
        [(40, 100), (0, 100)] * 16,  # they differ as far as people can
        [(3, 300)] * 31,  # chance alone would make them differ more
    ],
    ids=["some differ", "they differ widely", "all alike"],
)
def test_the_prior_is_fitted_by_moments(world: World, rates: list[tuple[int, int]]) -> None:
    world.unit("company")
    for number, (clicks, reached) in enumerate(rates):
        name = f"p{number}"
        world.person(name, "company", sizes={1: reached})
        world.share(name, name)
        world.event("SHARE_PUBLISHED", name, "2026-03-10 10:00", share=name)
        if clicks:
            world.event("LINK_CLICKED", name, "2026-03-10 11:00", share=name, times=clicks)
    world.fill(SUNDAY)
    (row,) = world.rows("weekly_rate_prior", SUNDAY)
    assert (row["people"], row["clicks"]) == (len(rates), sum(clicks for clicks, _ in rates))
    assert (row["alpha"], row["beta"]) == pytest.approx(naive_fit(rates), rel=1e-9)


# --- The roll-up and one's own weeks, against a naive count on random small companies.


@dataclass
class Person:
    unit: str
    says_yes: bool
    keeps_size: bool
    size: int | None
    shares: list[tuple[int, int]]  # days before Sunday, human clicks on that day
    conversations: list[int]
    lessons: list[int]
    suggestions: list[int]


days_back = st.integers(0, 8)
companies = st.lists(
    st.builds(
        Person,
        unit=st.sampled_from(sorted(UNITS)),
        says_yes=st.sampled_from((True, True, False)),
        keeps_size=st.sampled_from((True, True, False)),
        size=st.none() | st.integers(1, 2000),
        shares=st.lists(st.tuples(days_back, st.integers(0, 30)), max_size=7),
        conversations=st.lists(days_back, max_size=3),
        lessons=st.lists(days_back, max_size=3),
        suggestions=st.lists(days_back, max_size=3),
    ),
    min_size=1,
    max_size=5,
)
PRIOR = (3.0, 297.0)


def on(back: int) -> str:
    return f"{SUNDAY - timedelta(days=back)} 12:00"


def build(world: World, company: list[Person]) -> None:
    for name, parent in UNITS.items():
        world.unit(name, parent)
    world.prior(SUNDAY - timedelta(days=7), *PRIOR)
    for number, person in enumerate(company):
        name = f"p{number}"
        agreed = ["take_part"] + ["leaderboard"] * person.says_yes + ["network_size"] * person.keeps_size
        world.person(name, person.unit, agreed=agreed, sizes={1: person.size})
        for place, (back, clicks) in enumerate(person.shares):
            share = f"{name}s{place}"
            world.share(share, name)
            world.event("SHARE_PUBLISHED", name, on(back), share=share)
            if clicks:
                world.event("LINK_CLICKED", name, on(back), share=share, times=clicks)
        for back in person.conversations:
            world.event("CONVERSATION_LOGGED", name, on(back), detail=1)
        for back in person.lessons:
            world.lesson_passed(name, on(back))
        for back in person.suggestions:
            world.suggestion(name, on(back))
            world.suggestion(name, on(back), said=on(back - 1))  # it was there already


def naive_score(person: Person) -> float:
    shares = [clicks for back, clicks in person.shares if back < 7]
    talks, lessons, suggestions = (
        sum(back < 7 for back in acts) for acts in (person.conversations, person.lessons, person.suggestions)
    )
    known = person.size if person.keeps_size and person.size else 0
    reached, clicks = len(shares) * known, sum(shares) if known else 0
    usual = PRIOR[0] / sum(PRIOR)
    times = min(2.0, (clicks + PRIOR[0]) / (reached + sum(PRIOR)) / usual)
    return log2(1 + min(5, len(shares))) * times + 3 * log2(1 + talks) + min(2, lessons) + min(2, suggestions)


def acted(person: Person) -> bool:
    return any(back < 7 for back, _ in person.shares) or any(back < 7 for back in person.conversations)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(company=companies)
def test_scores_agree_with_a_naive_count(world: World, company: list[Person]) -> None:
    savepoint = world.connection.begin_nested()
    fresh = fresh_world(world)
    try:
        build(fresh, company)
        fresh.fill(SUNDAY, today=TODAY, pages=("page_team_scores",))
        found = {row["unit"]: (row["people"], row["median_score"]) for row in fresh.rows("page_team_scores", SUNDAY)}
        expected = {}
        for unit in UNITS:
            members = [
                naive_score(person)
                for person in company
                if person.says_yes and acted(person) and unit in (person.unit, "company")
            ]
            if members:
                expected[unit] = (len(members), pytest.approx(median(members), abs=6e-5))
        assert found == expected
        for number, person in enumerate(company):
            asking = Actor(account_id=None, employee_key=fresh.people[f"p{number}"])
            week = scores.own_weeks(fresh.connection, visible_to=asking).weeks[1]
            assert week.last_on == SUNDAY
            assert week.score == pytest.approx(naive_score(person), abs=1e-9)
    finally:
        savepoint.rollback()


def test_a_share_that_reached_nobody_known_and_a_floor_count_as_usual(world: World) -> None:
    world.unit("company")
    world.prior(SUNDAY - timedelta(days=7), *PRIOR)
    world.person("ada", "company", agreed=AGREED)
    world.size("ada", 1, 500, date(2026, 2, 1), is_floor=True)
    world.share("adas", "ada")
    world.event("SHARE_PUBLISHED", "ada", on(1), share="adas")
    world.event("LINK_CLICKED", "ada", on(1), share="adas", times=30)
    world.fill(SUNDAY, today=TODAY)
    asking = Actor(account_id=None, employee_key=world.people["ada"])
    own = scores.own_weeks(world.connection, visible_to=asking)
    assert (own.weeks[1].times_usual, own.weeks[1].score, own.best) == (1.0, 1.0, own.weeks[1])
    assert own.running.score == 0
    assert not own.weeks[1].has_rate
    assert own.as_of is not None
    assert [row["median_score"] for row in world.rows("page_team_scores", SUNDAY)] == [1.0]


def test_a_network_with_an_earlier_size_is_weighed_by_the_one_of_the_week(world: World) -> None:
    world.unit("company")
    world.prior(SUNDAY - timedelta(days=7), *PRIOR)
    world.person("ada", "company", agreed=AGREED, sizes={1: 100})
    world.size("ada", 1, 5000, SUNDAY + timedelta(days=1))
    world.share("adas", "ada")
    world.event("SHARE_PUBLISHED", "ada", on(1), share="adas")
    world.event("LINK_CLICKED", "ada", on(1), share="adas", times=2)
    world.fill(SUNDAY, today=TODAY)
    expected = pytest.approx((2 + 3) / (100 + 300) * 100, abs=1e-9)
    asking = Actor(account_id=None, employee_key=world.people["ada"])
    assert scores.own_weeks(world.connection, visible_to=asking).weeks[1].score == expected
    assert [row["median_score"] for row in world.rows("page_team_scores", SUNDAY)] == [expected]


def test_whoever_is_no_employee_has_no_weeks(world: World) -> None:
    with pytest.raises(NotPermitted):
        scores.own_weeks(world.connection, visible_to=Actor(account_id=None, employee_key=None))


# --- What is told of teams.


def teams(world: World, **sizes: tuple[int, int]) -> World:
    """Fill a company of teams, each of so many people of whom so many said yes and shared once in the week."""
    world.unit("company")
    for unit, (employed, active) in sizes.items():
        world.unit(unit, "company")
        for place, name in enumerate(people(world, unit, employed)):
            if place < active:
                world.agree(name, "leaderboard")
                world.share(name, name)
                world.event("SHARE_PUBLISHED", name, on(1), share=name)
    fill.fill_everything(world.connection, calendar=calendar(TODAY, first_day=SUNDAY - timedelta(days=9)))
    return world


@pytest.fixture(autouse=True)
def switched_on(session: Any) -> None:
    session.merge(Setting(name="recognition_team_scores", value=True, changed_at=clock.now()))
    session.flush()


@pytest.fixture
def company(world: World) -> World:
    return teams(world, sales=(100, 80), plant=(30, 25))


def ask(company: World, unit: str = "company", **named: object) -> dict[str | None, reading.Point]:
    asked = {"first": SUNDAY - timedelta(days=6), "last": TODAY, "by": None, "smallest_group": 5} | named
    metric = BY_KEY["lead.team_score"]
    points = reading.read(company.connection, metric, Asked(company.units[unit], **asked))  # type: ignore[arg-type]
    return {point.piece.unit_name: point for point in points}


def test_a_team_s_score_is_the_middle_one_times_the_part_that_takes_part(company: World) -> None:
    told = ask(company, by="unit")
    assert (told["sales"].on, told["sales"].value) == (SUNDAY, 0.8)
    assert (told["plant"].value, told["plant"].reason) == (0.83, None)
    assert told["sales"].as_of is not None


def test_a_lucky_small_team_does_not_come_first(company: World) -> None:
    told = ask(company, by="unit")
    assert told["plant"].value > told["sales"].value
    assert told["sales"].low > told["plant"].low
    assert told["sales"].low == round(wilson(80, 100)[0], 2)


def test_of_four_people_nothing_is_told_and_nothing_that_would_give_them_away(world: World) -> None:
    told = ask(teams(world, sales=(100, 80), plant=(30, 25), lab=(4, 4)), by="unit")
    hidden = [name for name, point in told.items() if point.reason == "suppressed"]
    assert "lab" in hidden
    assert len(hidden) > 1
    assert {(told[name].value, told[name].low, told[name].high) for name in hidden} == {(None, None, None)}
    assert told["company"].value is not None


def test_any_day_tells_the_newest_week_before_it(company: World) -> None:
    fill.fill_day(company.connection, BY_TABLE["page_team_scores"], SUNDAY, calendar=calendar(TODAY))
    assert ask(company, last=TODAY - timedelta(days=1))["company"].on == SUNDAY
    assert ask(company, last=SUNDAY)["company"].value is not None


def test_a_week_that_is_counted_anew_is_provisional(company: World) -> None:
    with time_machine.travel("2026-04-20T10:00:00+00:00", tick=False):
        assert ask(company)["company"].state == "final"
        fill.mark_due(company.connection, [BY_TABLE["page_team_scores"]], [SUNDAY])
        assert ask(company)["company"].state == "provisional"


def test_switched_off_there_is_no_number_for_anybody(company: World, session: Any) -> None:
    session.merge(Setting(name="recognition_team_scores", value=False, changed_at=clock.now()))
    session.flush()
    assert {point.reason for point in ask(company, by="unit").values()} == {"not_collected"}


def test_weeks_stand_one_by_one_and_a_week_without_acts_says_so(company: World) -> None:
    metric = BY_KEY["lead.team_score"]
    asked = Asked(company.units["company"], SUNDAY - timedelta(days=8), TODAY, "week", 5)
    before, week = reading.read(company.connection, metric, asked)
    assert (before.on, before.value) == (SUNDAY - timedelta(days=7), None)
    assert (week.on, week.value) == (SUNDAY, pytest.approx(105 / 130, abs=0.005))


def test_who_takes_the_yes_back_is_in_no_team_s_score_any_more(company: World) -> None:
    for number in range(21):
        company.withdraw(f"plant{number}", "leaderboard")
        assert fill.mark_team_scores_due(company.connection, company.people[f"plant{number}"]) > 0
    fill.fill_everything(company.connection, calendar=calendar(TODAY, first_day=SUNDAY))
    assert [row["people"] for row in company.rows("page_team_scores", SUNDAY) if row["unit"] == "plant"] == [4]
    assert ask(company, "plant")["plant"].value is None
