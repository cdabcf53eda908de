"""No two numbers that are shown tell about fewer than a smallest group: of other units, of other days, of both."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy.measurement.disclosure import (
    Figure,
    Told,
    are_apart,
    is_publishable,
    protect,
    protect_over_time,
    round_figure,
)

K = 5
FIRST = date(2026, 3, 1)
UNITS: dict[str, str | None] = {
    "company": None, "sales": "company", "plant": "company", "lab": "company", "night": "plant", "day": "plant"
}  # fmt: skip
DAYS = [FIRST + timedelta(days=ahead) for ahead in range(9)]


def of(count: int, value: int | None = None, *, others: tuple[int, ...] = (), day: date | None = FIRST) -> Told:
    return Told(Figure(count * 10 if value is None else value, count, 100, others), day)


@pytest.mark.parametrize(
    ("one", "other", "window", "expected"),
    [
        (of(41), of(42), None, False),
        (of(41), of(46), None, True),
        (of(41), of(41), None, True),  # no difference tells of nobody
        (of(41), of(41, 999), None, False),  # one came, one went: nobody knows how many
        (of(41), of(46, others=()), None, True),
        (of(41, others=(20,)), of(46, others=(15,)), None, True),
        (of(41, others=(20,)), of(46, others=(21,)), None, False),  # of those who do not, one more
        (of(41), of(42, day=FIRST + timedelta(days=30)), 30, True),  # windows without a common day
        (of(41), of(42, day=FIRST + timedelta(days=29)), 30, False),
        (of(41), of(46, day=None), None, False),  # worked out from several days
        (of(41), of(51, day=None), None, True),
    ],
)
def test_two_figures_are_apart_when_their_difference_is_a_group(one, other, window, expected):
    assert are_apart(one, other, K, window) is expected
    assert are_apart(other, one, K, window) is expected


def one_unit(*counts: int) -> list[tuple[int | None, int | None]]:
    """Return what is shown of one unit day by day: the value, and how many days old it is."""
    days = {
        FIRST + timedelta(days=place): ({"it": of(count).figure}, {"it": None}) for place, count in enumerate(counts)
    }
    shown = protect_over_time(days, K, None)
    told = [(day, shown[day]["it"]) for day in sorted(shown)]
    return [(None, None) if one is None else (one.figure.behind, (day - one.day).days) for day, one in told]


def test_the_one_who_joined_is_not_told_by_two_days():
    assert one_unit(41, 42, 43, 46, 47, 52) == [(41, 0), (41, 1), (41, 2), (46, 0), (46, 1), (52, 0)]


def test_the_newest_day_is_told_as_it_is_and_an_earlier_one_too_like_it_is_not():
    assert one_unit(41, 46, 47) == [(41, 0), (41, 1), (47, 0)]
    assert one_unit(41, 42) == [(None, None), (42, 0)]


def test_a_group_that_came_and_went_does_not_hide_the_one_who_stayed():
    assert one_unit(41, 46, 42, 60) == [(41, 0), (46, 0), (46, 1), (60, 0)]


def test_a_unit_is_put_off_when_the_rest_of_its_parent_would_tell_of_one():
    """Eleven came to the company, ten of them to sales: the eleventh would be told by what is left over."""
    parents = {"company": None, "sales": "company"}
    days = {
        FIRST + timedelta(days=place): (
            {"company": Figure(company, company, 2 * company), "sales": Figure(sales, sales, 2 * sales)},
            parents,
        )
        for place, (company, sales) in enumerate([(60, 30), (71, 40), (200, 100)])
    }
    shown = protect_over_time(days, K, None)
    assert [shown[day]["company"].day for day in sorted(shown)] == sorted(days)
    assert shown[FIRST + timedelta(days=1)]["sales"].figure.behind == 30


FAMILY = {"company": None, "sales": "company", "plant": "company", "lab": "company"}


def shown_of_family(*days: tuple[int, int, int]) -> list[dict[str, int | None]]:
    """Return what is told day by day of a company and its three units, only where it is of that very day."""
    figures = {
        FIRST + timedelta(days=place): {
            key: Figure(count, count, 2 * count) for key, count in zip(FAMILY, (sum(counts), *counts), strict=True)
        }
        for place, counts in enumerate(days)
    }
    told = protect_over_time({day: (of_day, FAMILY) for day, of_day in figures.items()}, K, None)
    return [
        {key: one.figure.value if one is not None and one.day == day else None for key, one in told[day].items()}
        for day in sorted(told)
    ]


def worked_out(told: dict[str, int | None], units: set[str]) -> set[int]:
    """Return what anybody works out of some units together from one day: by adding up, or as what is left over."""
    beside = FAMILY.keys() - units - {"company"}
    found = set()
    if all(told[unit] is not None for unit in units):
        found.add(sum(told[unit] or 0 for unit in units))
    if told["company"] is not None and all(told[unit] is not None for unit in beside):
        found.add(told["company"] - sum(told[unit] or 0 for unit in beside))
    return found


def check_family(*days: tuple[int, int, int]) -> None:
    """Nobody stands in no unit here, so what is missing of a family on a day is the company without the others."""
    shown = shown_of_family(*days)
    for told in shown:
        missing = {unit for unit in FAMILY if told[unit] is None}
        if missing and missing < FAMILY.keys() - {"company"}:
            (left_over,) = worked_out(told, missing)
            beside = set().union(*(worked_out(other, missing) for other in shown))
            assert not 0 < left_over < K, (told, left_over)
            assert not any(0 < abs(left_over - other) < K for other in beside), (told, beside)


def test_what_is_put_off_is_not_left_over_of_its_family_on_the_very_day():
    """Without those beside it and with the company it is known, a few short of what is told of it on another day."""
    check_family((20, 20, 10), (32, 32, 30), (39, 35, 60))
    check_family((66, 18, 27), (7, 12, 48), (1, 9, 51))


counts = st.integers(0, 60)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(counts, counts, counts), min_size=3, max_size=6))
def test_what_is_missing_of_a_family_is_worked_out_from_no_two_days(days: list[tuple[int, int, int]]) -> None:
    check_family(*days)


def test_nothing_is_shown_of_no_days():
    assert protect_over_time({}, K, None) == {}


def test_one_day_is_shown_as_ever():
    figures = {"company": of(32).figure, "a": of(20).figure, "b": of(3).figure, "c": of(9).figure}
    parents = {"company": None, "a": "company", "b": "company", "c": "company"}
    ever = protect({key: {"f": figure} for key, figure in figures.items()}, parents, K)
    told = protect_over_time({FIRST: (figures, parents)}, K, None)[FIRST]
    assert {key: one and one.figure.value for key, one in told.items()} == {key: v["f"] for key, v in ever.items()}


# --- Random histories. What anybody can subtract is compared with the people who really stand behind it.

# Small, so that much is shown and there is much to subtract.
GROUP = 3


@dataclass
class Person:
    """Where somebody works on each day, and what they add to the figure there; nothing where they do not take part."""

    unit: dict[date, str] = field(default_factory=dict)
    adds: dict[date, int] = field(default_factory=dict)


def history(seed: int, *, moves: bool, restless: float) -> list[Person]:
    """Return people who are hired, leave, join, stop and change, now one by one and now many on a day."""
    chance = random.Random(seed)
    people = [Person() for _number in range(chance.randint(10, 160))]
    units = sorted(UNITS)
    busy = {day: chance.choice((0.0, 0.02, restless, 0.6)) for day in DAYS}
    for person in people:
        unit, adds = chance.choice(units), chance.choice((0, 1, 7, 500))
        is_there = chance.random() < 0.8
        for day in DAYS:
            if chance.random() < busy[day]:
                change = chance.choice(("hire", "adds", "adds", "move"))
                if change == "hire":
                    is_there = not is_there
                elif change == "adds":
                    adds = chance.choice((0, 1, 7, 500))
                elif moves:
                    unit = chance.choice(units)
            if is_there:
                person.unit[day], person.adds[day] = unit, adds
    return people


def lineage(unit: str) -> list[str]:
    found = [unit]
    while (above := UNITS[found[-1]]) is not None:
        found.append(above)
    return found


def part_of(people: list[Person], unit: str, day: date) -> Counter[int]:
    """Return what each person adds to a unit's figure on a day."""
    return Counter(
        {
            number: person.adds[day]
            for number, person in enumerate(people)
            if person.adds.get(day) and unit in lineage(person.unit[day])
        }
    )


def figures_of(people: list[Person], day: date, *, with_others: bool = True) -> dict[str, Figure]:
    found = {}
    for unit in UNITS:
        there = sum(day in person.unit and unit in lineage(person.unit[day]) for person in people)
        parts = part_of(people, unit, day)
        found[unit] = Figure(parts.total(), len(parts), there, (there - len(parts),) if with_others else ())
    return found


def differs(one: Counter[int], other: Counter[int]) -> set[int]:
    return {person for person in one.keys() | other.keys() if one[person] != other[person]}


def left_over(people: list[Person], state: dict[str, Told | None], parent: str) -> Counter[int] | None:
    """Return, by person, what remains of a shown unit when everything shown below it is subtracted."""
    whole = state[parent]
    below = {unit: told for unit, above in UNITS.items() if above == parent and (told := state[unit]) is not None}
    if whole is None or not below:
        return None
    rest = Counter(part_of(people, parent, whole.day))
    for unit, told in below.items():
        rest.subtract(part_of(people, unit, told.day))
    return rest


histories = st.builds(history, st.integers(0, 2**32), moves=st.booleans(), restless=st.sampled_from((0.05, 0.15, 0.3)))


@settings(max_examples=150, deadline=None)
@given(histories)
def test_no_two_numbers_of_a_unit_tell_of_a_few(people: list[Person]) -> None:
    shown = protect_over_time({day: (figures_of(people, day), UNITS) for day in DAYS}, GROUP, None)
    for unit in UNITS:
        told = {one.day: one.figure for day in DAYS if (one := shown[day][unit]) is not None}
        for day, figure in told.items():
            assert figure == figures_of(people, day)[unit], "what is told is true of the day it is told of"
            assert is_publishable(figure, GROUP)
        for (one, figure), (other, beside) in combinations(told.items(), 2):
            if figure.value != beside.value:
                assert len(differs(part_of(people, unit, one), part_of(people, unit, other))) >= GROUP
                (mine,), (theirs,) = figure.others, beside.others
                assert mine == theirs or abs(mine - theirs) >= GROUP


@settings(max_examples=150, deadline=None)
@given(histories, st.booleans())
def test_what_is_left_over_of_a_unit_is_a_group_on_every_day(people: list[Person], with_others: bool) -> None:
    days = {day: (figures_of(people, day, with_others=with_others), UNITS) for day in DAYS}
    shown = protect_over_time(days, GROUP, None)
    for day in DAYS:
        for parent in UNITS:
            rest = left_over(people, shown[day], parent)
            assert rest is None or rest.total() == 0 or len(+rest) + len(-rest) >= GROUP


@settings(max_examples=200, deadline=None)
@given(
    st.builds(history, st.integers(0, 2**32), moves=st.just(value=False), restless=st.sampled_from((0.05, 0.15, 0.3))),
    st.booleans(),
)
def test_what_is_left_over_on_two_days_differs_by_a_group(people: list[Person], with_others: bool) -> None:
    days = {day: (figures_of(people, day, with_others=with_others), UNITS) for day in DAYS}
    shown = protect_over_time(days, GROUP, None)
    for parent in UNITS:
        rests = [rest for day in DAYS if (rest := left_over(people, shown[day], parent)) is not None]
        for one, other in combinations(rests, 2):
            assert one.total() == other.total() or len(differs(one, other)) >= GROUP


@settings(max_examples=100, deadline=None)
@given(histories, st.data())
def test_a_unit_tells_the_same_whichever_page_asks(people: list[Person], data: st.DataObject) -> None:
    asked = data.draw(st.sampled_from(sorted(UNITS)))
    families = {unit for unit, above in UNITS.items() if unit in lineage(asked) or above in lineage(asked)}
    everything = {day: (figures_of(people, day), UNITS) for day in DAYS}
    partly = {day: ({unit: figures[unit] for unit in families}, tree) for day, (figures, tree) in everything.items()}
    whole, part = protect_over_time(everything, GROUP, None), protect_over_time(partly, GROUP, None)
    assert part == {day: {unit: whole[day][unit] for unit in families} for day in DAYS}


WINDOW = 3


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_windows_that_share_a_day_tell_of_groups_only(seed: int) -> None:
    """A window of days is a sum; what two of them do not share is what one day added or took away."""
    chance = random.Random(seed)
    busy = {day: chance.choice((0.02, 0.1, 0.5)) for day in DAYS}
    acts = [
        {day: chance.randint(1, 9) for day in DAYS if chance.random() < busy[day]}
        for _person in range(chance.randint(10, 60))
    ]

    def window(day: date) -> Counter[int]:
        seen = [day - timedelta(days=back) for back in range(WINDOW)]
        return +Counter({n: sum(mine.get(one, 0) for one in seen) for n, mine in enumerate(acts)})

    days = {day: ({"it": Figure(window(day).total(), len(window(day)), len(acts))}, {"it": None}) for day in DAYS}
    shown = protect_over_time(days, GROUP, WINDOW)
    told = {one.day for day in DAYS if (one := shown[day]["it"]) is not None}
    for one, other in combinations(sorted(told), 2):
        if (other - one).days < WINDOW and window(one).total() != window(other).total():
            assert len(differs(window(one), window(other))) >= GROUP


# --- Rounding.


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 0), (12, 10), (13, 15), (97, 95), (100, 100), (104, 100), (237, 240)]
)
def test_a_rounded_class_leaves_in_fives_and_tens(value: int, expected: int) -> None:
    assert round_figure(value) == expected
    figures = {"company": {"exact": Figure(value, 50, 90), "rounded": Figure(value, 50, 90)}}
    shown = protect(figures, {"company": None}, K, rounded=frozenset({"rounded"}))
    assert shown == {"company": {"exact": value, "rounded": expected}}


def test_what_is_too_small_is_hidden_before_it_is_rounded() -> None:
    shown = protect({"company": {"it": Figure(4, 4, 90)}}, {"company": None}, K, rounded=frozenset({"it"}))
    assert shown == {"company": {"it": None}}
