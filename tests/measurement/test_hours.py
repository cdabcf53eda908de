"""Time given: every week in which somebody was active counts once, in one month, also of people who left since."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from advocacy.measurement import fill, reading
from advocacy.measurement.as_known import as_known
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.reading import Asked
from advocacy.measurement.rollups import BY_TABLE, month_of_week, weeks_of_month
from tests.factories.measurement import World, calendar
from tests.measurement.test_participation_oracle import fresh_world
from tests.measurement.test_queries import people

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
TODAY = date(2026, 3, 5)
PAGE = "page_retention"


def ask(world: World, unit: str = "company", *, last: date = TODAY, by: str | None = "month") -> list[reading.Point]:
    asked = Asked(world.units[unit], date(2026, 1, 1), last, by, 5)  # type: ignore[arg-type]
    return reading.read(world.connection, BY_KEY["act.hours"], asked)


def hours(world: World, unit: str = "company") -> dict[date, object]:
    return {point.on: point.reason or point.value for point in ask(world, unit)}


def act(world: World, names: list[str], *days: str) -> None:
    for name in names:
        if name not in world.shares:
            world.share(name, name)
        for day in days:
            world.event("SHARE_PUBLISHED", name, f"{day} 10:00", share=name)


def test_a_week_belongs_to_the_month_of_its_thursday():
    assert month_of_week(date(2026, 2, 1)) == JANUARY
    assert weeks_of_month(JANUARY) == [date(2026, 1, day) for day in (4, 11, 18, 25)] + [date(2026, 2, 1)]
    every_month = [date(2026, month + 1, 1) - timedelta(days=1) for month in range(1, 12)] + [date(2026, 12, 31)]
    sundays = [sunday for month in every_month for sunday in weeks_of_month(month)]
    assert sundays == [date(2026, 1, 4) + timedelta(weeks=ahead) for ahead in range(53)]
    assert all(month_of_week(sunday) == month for month in every_month for sunday in weeks_of_month(month))


def test_a_week_over_the_end_of_a_month_counts_once(world: World) -> None:
    world.unit("company")
    act(world, people(world, "company", 12), "2026-01-29", "2026-02-01")
    world.fill_due(calendar(TODAY), PAGE)
    assert hours(world) == {JANUARY: 3, FEBRUARY: 0}


def test_an_act_only_on_the_days_after_the_month_counts_too(world: World) -> None:
    """Some began here, or said yes, after the month whose week it is was over."""
    world.unit("company")
    there = people(world, "company", 12)
    for number in range(6):
        world.person(f"hired{number}", "company", since=date(2026, 2, 1))
        world.person(f"late{number}", "company", granted="2026-02-01 00:00")
        there += [f"hired{number}", f"late{number}"]
    act(world, there, "2026-02-01")
    act(world, there[:12], "2026-01-13")
    world.fill_due(calendar(TODAY), PAGE)
    assert hours(world) == {JANUARY: Fraction(24 + 12, 4), FEBRUARY: 0}


def test_weeks_of_people_who_left_stay_where_they_last_worked(world: World) -> None:
    for name, parent in (("company", None), ("sales", "company"), ("plant", "company")):
        world.unit(name, parent)
    there = people(world, "sales", 12) + people(world, "plant", 12)
    for number in range(6):
        world.person(f"gone{number}", "plant", until=date(2026, 1, 25))
        there.append(f"gone{number}")
    act(world, there, "2026-01-13")
    world.fill_due(calendar(TODAY), PAGE)
    assert [hours(world, unit)[JANUARY] for unit in ("company", "sales", "plant")] == [
        Fraction(30, 4), Fraction(12, 4), Fraction(18, 4)
    ]  # fmt: skip


def test_a_leaver_is_not_what_whole_weeks_leave_over(world: World) -> None:
    """How many whole weeks those had who are here is told by stickiness: one leaver would be the difference."""
    world.unit("company")
    world.person("gone", "company", until=date(2026, 1, 25))
    act(world, [*people(world, "company", 40), "gone"], "2026-01-13")
    world.fill_due(calendar(TODAY), PAGE)
    asked = Asked(world.units["company"], date(2026, 1, 1), JANUARY, "month", 5)
    (stickiness,) = reading.read(world.connection, BY_KEY["ret.stickiness"], asked)
    assert stickiness.value == Fraction(40, 3 * 40)
    assert hours(world)[JANUARY] == "suppressed"


def test_what_comes_late_of_a_week_is_counted_into_the_month_before(world: World) -> None:
    world.unit("company")
    names = people(world, "company", 12)
    act(world, names, "2026-01-13")
    world.fill_due(calendar(TODAY), PAGE)
    assert hours(world)[JANUARY] == 3
    act(world, names, "2026-02-01")
    world.fill_due(calendar(TODAY), PAGE)
    assert hours(world)[JANUARY] == 6


def test_a_month_waits_for_its_weeks_and_is_not_counted_while_they_run():
    page, weeks = BY_TABLE[PAGE], BY_TABLE["weekly_acts_by_person"]
    assert list(page.days_reading(weeks, date(2026, 2, 1), TODAY)) == [JANUARY]
    assert list(page.days_reading(weeks, date(2026, 2, 8), TODAY)) == [FEBRUARY]
    assert list(page.days_reading(weeks, date(2026, 2, 8), date(2026, 2, 27))) == []
    assert list(page.days_read(weeks, JANUARY, date(2026, 1, 10))) == weeks_of_month(JANUARY)[1:]
    assert list(weeks.days_reading(BY_TABLE["daily_shares_by_person"], date(2026, 1, 30), TODAY)) == [date(2026, 2, 1)]
    assert weeks.once_over, "days of a running month would make the month before due, again and again"


def test_a_month_is_not_final_before_its_last_week_is(world: World) -> None:
    world.unit("company")
    act(world, people(world, "company", 12), "2026-01-13")
    world.fill_due(calendar(TODAY), PAGE)
    for day, state in ((3, "provisional"), (4, "final")):
        with time_machine.travel(datetime(2026, 2, day, 1, tzinfo=UTC), tick=False):
            (point,) = ask(world, last=JANUARY)
            assert (point.on, point.state) == (JANUARY, state)


def test_a_month_counted_without_its_weeks_has_no_hours(world: World) -> None:
    world.unit("company")
    act(world, people(world, "company", 12), "2026-01-13")
    world.fill_due(calendar(TODAY), PAGE)
    world.connection.execute(text(f"UPDATE {PAGE} SET given_weeks = NULL, given_people = NULL, beyond_people = NULL"))
    assert set(hours(world).values()) == {"not_collected"}


def test_what_was_known_has_the_weeks_that_end_after_the_month(world: World) -> None:
    world.unit("company")
    for name in people(world, "company", 12):
        world.event("CONVERSATION_LOGGED", name, "2026-02-01 10:00", detail=1, recorded="2026-02-01 12:00")
    at = datetime(2026, 2, 2, 13, tzinfo=UTC)
    with as_known(world.connection, at=at, rollups=[PAGE], days=[JANUARY]) as earlier:
        found = earlier.execute(text(f"SELECT given_weeks FROM {PAGE} WHERE day = :day"), {"day": JANUARY})
        assert found.scalar_one() == 12


# --- On random companies, against a naive reading.

FIRST, LAST = date(2026, 1, 26), date(2026, 3, 1)
UNITS = ("company", "sales", "plant")


@dataclass
class Person:
    unit: str
    hired_on: date
    left_on: date | None
    moves: tuple[date, str] | None
    granted_on: date
    acts: list[date]

    @property
    def spells(self) -> list[tuple[str, date, date | None]]:
        if self.moves is None or self.moves[0] <= self.hired_on or (self.left_on and self.moves[0] >= self.left_on):
            return [(self.unit, self.hired_on, self.left_on)]
        day, unit = self.moves
        return [(self.unit, self.hired_on, day), (unit, day, self.left_on)]

    def counted(self) -> set[date]:
        return {day for day in self.acts if day >= self.granted_on and day >= self.hired_on}

    def unit_on(self, day: date) -> str | None:
        """Return where somebody worked last; of whom began just after it, where they began."""
        begun = [unit for unit, since, _until in self.spells if since <= day]
        began = [unit for unit, since, _until in self.spells if since <= day + timedelta(days=3)]
        return begun[-1] if begun else began[0] if began else None

    def is_employed(self, day: date) -> bool:
        return any(since <= day and (until is None or day < until) for _unit, since, until in self.spells)


days = st.dates(FIRST, LAST)
persons = st.lists(
    st.builds(
        Person,
        unit=st.sampled_from(UNITS),
        hired_on=st.sampled_from((date(2020, 1, 1), date(2020, 1, 1), date(2026, 2, 1), date(2026, 2, 10))),
        left_on=st.none() | st.dates(date(2026, 2, 12), LAST),
        moves=st.none() | st.tuples(days, st.sampled_from(UNITS)),
        granted_on=st.sampled_from((date(2025, 1, 1), date(2025, 1, 1), date(2026, 1, 30), date(2026, 2, 1))),
        acts=st.lists(days, max_size=5, unique=True),
    ),
    min_size=1,
    max_size=5,
)


def whole_weeks_of(found: set[date], month: date) -> set[date]:
    weeks = {
        day + timedelta(days=7 - day.isoweekday())
        for day in found
        if (day.year, day.month) == (month.year, month.month)
    }
    return {sunday for sunday in weeks if month.replace(day=1) + timedelta(days=6) <= sunday <= month}


def naive(company: list[Person], month: date) -> dict[str, Counter[str]]:
    page: dict[str, Counter[str]] = {unit: Counter() for unit in UNITS}
    for person in company:
        weeks = {tuple(day.isocalendar())[:2] for day in person.counted() if thursday_of(day).month == month.month}
        unit = person.unit_on(month)
        if not weeks or unit is None:
            continue
        has_whole = len(whole_weeks_of(person.counted(), month)) == len(weeks)
        is_beyond = not (person.is_employed(month) and has_whole)
        for node in {unit, "company"}:
            page[node].update(given_weeks=len(weeks), given_people=1, beyond_people=int(is_beyond))
    return page


def thursday_of(day: date) -> date:
    return day + timedelta(days=4 - day.isoweekday())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(company=persons)
def test_given_weeks_agree_with_a_naive_count(world: World, company: list[Person]) -> None:
    savepoint, fresh, plan = world.connection.begin_nested(), fresh_world(world), calendar(TODAY)
    try:
        for unit in UNITS:
            fresh.unit(unit, None if unit == "company" else "company")
        for number, person in enumerate(company):
            name = f"p{number}"
            (unit, since, until), *later = person.spells
            fresh.person(
                name, unit, since=since, until=until, agreed=("take_part",), granted=f"{person.granted_on} 00:00"
            )
            for unit, since, until in later:
                fresh.employ(name, unit, since, until)
            for day in person.acts:
                fresh.event("CONVERSATION_LOGGED", name, f"{day} 10:00", detail=1)
        fresh.fill_due(plan, PAGE)
        every_week = 0
        for month in (JANUARY, FEBRUARY):
            expected = naive(company, month)
            rows = {row["unit"]: row for row in fresh.rows(PAGE, month)}
            for unit, counts in expected.items():
                row = rows.get(unit, {})
                assert {name: row.get(name) or 0 for name in counts} == dict(counts)
            every_week += rows.get("company", {}).get("given_weeks") or 0
        assert every_week == sum(len({tuple(day.isocalendar())[:2] for day in one.counted()}) for one in company)
        assert fill.days_due(fresh.connection, BY_TABLE[PAGE], calendar=plan) == []
    finally:
        savepoint.rollback()
