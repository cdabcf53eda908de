"""Participation and retention: the SQL against a naive reading of the definitions, on random small companies."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocacy.measurement import fill
from tests.factories.measurement import World, calendar, with_sources

ORACLE_OF = (
    "act.eligible",
    "act.active_advocates",
    "act.participation_rate",
    "act.hours",
    "ret.retention_m",
    "ret.one_and_done_rate",
    "ret.sustained_rate",
    "ret.stickiness",
    "ret.workload_p90",
    "ret.workload_top10_share",
)
# A month that ends on a Sunday, so that all three periods end on its last day.
DAY = date(2025, 11, 30)
TODAY = DAY + timedelta(days=1)
LIVES = ("page_retention", "page_cohorts")
UNITS = {"company": None, "sales": "company", "plant": "company", "night": "plant"}
Acts = dict[date, tuple[int, int]]  # shares and conversations of a day


@dataclass
class Person:
    unit: str
    moved_to: str | None
    left_days_ago: int | None
    agreed: bool
    granted_days_ago: int
    acts: list[tuple[int, int, int]]  # days ago, shares, conversations

    @property
    def granted_on(self) -> date:
        return DAY - timedelta(days=self.granted_days_ago)

    @property
    def left_on(self) -> date | None:
        return None if self.left_days_ago is None else DAY - timedelta(days=self.left_days_ago)

    def counted(self) -> Acts:
        """Return the acts that count: after the yes and before leaving."""
        found: Acts = {}
        for back, shares, conversations in self.acts:
            day = DAY - timedelta(days=back)
            if self.agreed and day >= self.granted_on and (shares or conversations):
                found[day] = (shares, conversations)
        return found


people_of_a_company = st.lists(
    st.builds(
        Person,
        unit=st.sampled_from(sorted(UNITS)),
        moved_to=st.none() | st.sampled_from(sorted(UNITS)),
        left_days_ago=st.none() | st.none() | st.integers(0, 200),
        agreed=st.sampled_from((True, True, True, False)),
        granted_days_ago=st.sampled_from((400, 400, 400, 150, 91, 90, 89, 88, 20)),
        acts=st.lists(
            st.tuples(st.integers(0, 300), st.integers(0, 2), st.integers(0, 2)),
            max_size=6,
            unique_by=lambda act: act[0],
        ),
    ),
    min_size=1,
    max_size=6,
)


def build(world: World, people: list[Person], *, shuffled: int | None = None) -> None:
    for name, parent in UNITS.items():
        world.unit(name, parent)
    happened: list[tuple[str, str, date, dict[str, Any]]] = []
    for number, person in enumerate(people):
        name = f"p{number}"
        moves = DAY - timedelta(days=210)
        until = moves if person.moved_to else person.left_on
        world.person(
            name,
            person.unit,
            until=until,
            agreed=("take_part",) if person.agreed else (),
            granted=f"{person.granted_on} 00:00",
        )
        if person.moved_to:
            world.employ(name, person.moved_to, moves, person.left_on)
        world.share(f"{name}s", name)
        for back, shares, conversations in person.acts:
            day = DAY - timedelta(days=back)
            # One share is opened and published once, however often that is told.
            happened += [("SHARE_PUBLISHED", name, day, {"share": f"{name}s"})] * shares
            happened += [("CONVERSATION_LOGGED", name, day, {"detail": 1})] * conversations
    if shuffled is not None:
        random.Random(shuffled).shuffle(happened)
    for kind, name, day, more in happened:
        world.event(kind, name, f"{day} 10:00", **more)


def above(unit: str | None) -> list[str]:
    found = []
    while unit is not None:
        found.append(unit)
        unit = UNITS[unit]
    return found


def month_of(day: date) -> date:
    return day.replace(day=1)


def naive(people: list[Person]) -> tuple[dict[str, Counter[Any]], dict[tuple[str, date], Counter[str]]]:
    """Return what page_retention and page_cohorts hold of the day, as their definitions read."""
    page: dict[str, Counter[Any]] = defaultdict(Counter)
    cohorts: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    month, four_months = month_of(DAY), date(2025, 8, 1)
    for person in people:
        employed = person.left_on is None or person.left_on > DAY
        counts: Counter[Any] = Counter()
        if employed:
            counts["employed"] = 1
            counts["taking_part"] = int(person.agreed)
            counts["settled_people"] = int(person.agreed and person.granted_on < four_months)
        acts = person.counted()
        days = sorted(acts)
        if days:
            # The same share told again on the same day is one act.
            told = {day: min(shares, 1) + conversations for day, (shares, conversations) in acts.items()}
            mine = [day for day in days if day >= month]
            made = sum(told[day] for day in mine)
            counts["ever_people"] = 1
            counts["acts"], counts["act_people"] = made, int(made > 0)
            if employed and made:
                counts["active_people"] = 1
                counts["person_weeks"] = len({day.isocalendar().week for day in mine if day >= date(2025, 11, 3)})
                counts["load", made] = 1
            # November 2025 ends on a Sunday and has no week whose Thursday is in it and a day of it is not.
            counts["given_weeks"] = len({day.isocalendar().week for day in mine if day >= date(2025, 11, 3)})
            counts["given_people"] = int(counts["given_weeks"] > 0)
            counts["beyond_people"] = int(not employed and counts["given_weeks"] > 0)
            months = {month_of(day) for day in days if day >= four_months}
            counts["sustained_people"] = int(employed and person.granted_on < four_months and len(months) >= 3)
            mature = (DAY - days[0]).days >= 90
            counts["mature_people"] = int(mature)
            counts["one_day_people"] = int(mature and len(days) == 1)
            quiet_from = next((day for day, after in pairwise(days) if (after - day).days > 90), days[-1])
            returned = quiet_from != days[-1]
            churned_on = quiet_from + timedelta(days=90)
            counts["returned_people"] = int(any((after - day).days > 90 for day, after in pairwise(days)))
            if not employed and person.left_on is not None and person.left_on <= churned_on:
                counts["left_people"] = 1
                counts["left", max((person.left_on - days[0]).days, 0)] = 1
            elif returned or churned_on <= DAY:
                counts["churned_people"] = 1
                counts["churned", (churned_on - days[0]).days] = 1
            else:
                counts["active", (DAY - days[0]).days] = 1
            for unit in above(person.moved_to or person.unit):
                cohorts[unit, month_of(days[0])].update(
                    people=1,
                    employed_people=int(employed),
                    active_people=int(bool(mine)),
                    active_employed_people=int(bool(mine) and employed),
                )
        for unit in above(person.moved_to or person.unit):
            page[unit].update(counts)
    return (
        {unit: +counts for unit, counts in page.items() if +counts},
        {key: +counts for key, counts in cohorts.items()},
    )


def unfold(row: dict[str, Any]) -> Counter[Any]:
    """Return a row's figures with its histograms as counts by what they count."""
    found: Counter[Any] = Counter()
    for made, people in zip(row["act_counts"], row["act_count_people"], strict=True):
        found["load", made] = people
    for standing in ("churned", "left", "active"):
        for days, people in zip(row["life_days"], row[f"life_{standing}"], strict=True):
            found[standing, days] = people
    found.update({name: value for name, value in row.items() if isinstance(value, int)})
    return +found


def fresh_world(world: World) -> World:
    fresh = World.__new__(World)
    fresh.__dict__.update(world.__dict__, units={}, parents={}, people={}, items={}, shares={}, links={})
    return fresh


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=people_of_a_company, shuffled=st.integers(0, 99))
def test_retention_and_cohorts_agree_with_a_naive_count(world: World, people: list[Person], shuffled: int) -> None:
    savepoint = world.connection.begin_nested()
    fresh, plan = fresh_world(world), calendar(TODAY, first_day=DAY)
    try:
        build(fresh, people, shuffled=shuffled)
        fresh.fill_due(plan, *LIVES)
        page, cohorts = naive(people)

        found = {row["unit"]: unfold(row) for row in fresh.rows("page_retention", DAY)}
        assert {unit: figures for unit, figures in found.items() if figures} == page
        assert {
            (row["unit"], row["cohort"]): +Counter(
                {name: value for name, value in row.items() if isinstance(value, int)}
            )
            for row in fresh.rows("page_cohorts", DAY)
        } == cohorts
        assert all(fill.days_due(fresh.connection, rollup, calendar=plan) == [] for rollup in with_sources(LIVES))
    finally:
        savepoint.rollback()


def naive_periods(people: list[Person]) -> dict[tuple[str, int], Counter[str]]:
    """Return what page_participation holds of the day, as its definitions read."""
    page: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for period, first in ((1, DAY), (2, DAY - timedelta(days=6)), (3, month_of(DAY))):
        for person in people:
            employed = person.left_on is None or person.left_on > DAY
            acts = [made for day, made in person.counted().items() if day >= first]
            shares = sum(min(shares, 1) for shares, _ in acts)
            conversations = sum(conversations for _, conversations in acts)
            counts = Counter(
                employed=int(employed),
                taking_part=int(employed and person.agreed),
                active_people=int(employed and bool(acts)),
                act_people=int(bool(acts)),
                acts=shares + conversations,
                share_people=int(shares > 0),
                shares=shares,
                conversation_people=int(conversations > 0),
                conversations=conversations,
            )
            for unit in above(person.moved_to or person.unit):
                page[unit, period].update(counts)
    return {key: +counts for key, counts in page.items() if +counts}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=people_of_a_company)
def test_participation_agrees_with_a_naive_count(world: World, people: list[Person]) -> None:
    savepoint = world.connection.begin_nested()
    fresh = fresh_world(world)
    try:
        build(fresh, people)
        fresh.fill_due(calendar(TODAY, first_day=DAY), "page_participation")
        found = {
            (row["unit"], row["period"]): +Counter(
                {
                    name: value
                    for name, value in row.items()
                    if name not in {"unit", "day", "period", "eligible_days", "counted_days"}
                }
            )
            for row in fresh.rows("page_participation", DAY)
        }
        assert {key: figures for key, figures in found.items() if figures} == naive_periods(people)
    finally:
        savepoint.rollback()
