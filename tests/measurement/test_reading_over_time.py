"""Whatever is asked of neighbouring days, of units, ranges, periods and files, no two answers tell of a few people."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from itertools import combinations
from typing import Any

import pytest

from advocacy.measurement import exports, queries, reading
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.reading import Asked
from tests.factories.measurement import World

K = 5
TODAY = date(2026, 3, 31)
DAYS = [TODAY - timedelta(days=back) for back in range(9, -1, -1)]
UNITS = {"company": None, "sales": "company", "plant": "company"}


def build(world: World, seed: int) -> None:
    chance = random.Random(seed)
    for name, parent in UNITS.items():
        world.unit(name, parent)
    for number in range(60):
        day = chance.choice((DAYS[0] - timedelta(days=5), DAYS[4], chance.choice(DAYS)))
        world.person(
            f"p{number}",
            chance.choice(("sales", "sales", "plant")),
            granted=f"{day} 08:00",
            sizes={1: 2 ** (number % 30) + number},
        )
    for day in DAYS:
        world.fill(day, today=TODAY)


@pytest.fixture(scope="module", params=range(3))
def built(build_once: Callable[..., World], request: pytest.FixtureRequest) -> World:
    return build_once(partial(build, seed=request.param))


@pytest.fixture
def company(built: World, as_built: Callable[[World], World]) -> World:
    """Return a company whose people say yes one by one, and now and then many on a day; all have different networks."""
    return as_built(built)


def shown(company: World) -> dict[tuple[str, date], set[Any]]:
    """Return every number that can be had of the potential audience of a unit and day, in any way of asking."""
    metric = BY_KEY["amp.potential_reach"]
    found: dict[tuple[str, date], set[Any]] = {}

    def note(points: list[reading.Point], asked: str) -> None:
        for point in points:
            unit = point.piece.unit_name or asked
            found.setdefault((unit, point.on), set()).add((point.value, point.told_on))

    for unit in UNITS:
        key = company.units[unit]
        for by in ("day", "week", "month"):
            note(reading.read(company.connection, metric, Asked(key, DAYS[0], TODAY, by, K)), unit)
        for day in DAYS:
            for by in (None, "unit"):
                note(reading.read(company.connection, metric, Asked(key, DAYS[0], day, by, K)), unit)
            note(
                reading.read(
                    company.connection, metric, Asked(key, day, min(day + timedelta(days=3), TODAY), "day", K)
                ),
                unit,
            )
            answer = queries.amplification(company.connection, unit_key=key, on=day, smallest_group=K, series_days=9)
            found[unit, day].add((answer["potential"], answer["told_on"].get("potential")))
            for below in answer["units_below"]:
                assert below["potential"] in {value for value, _told_on in found[below["name"], day]}
            for entry in answer["series"]:
                if entry["day"] in DAYS:
                    found[unit, entry["day"]].add((entry["potential"], entry["told_on"].get("potential")))
    return found


def behind(company: World, unit: str, day: date) -> frozenset[str]:
    """Return the people who had said yes by a day, straight from what they said."""
    rows = company.connection.exec_driver_sql(
        "SELECT employee.name FROM consent JOIN employee ON employee.key = consent.employee_key "
        "JOIN unit_membership ON unit_membership.employee_key = employee.key "
        "JOIN unit_ancestry ON unit_ancestry.unit_key = unit_membership.unit_key "
        f"WHERE purpose = 'take_part' AND (granted_at AT TIME ZONE 'Europe/Berlin')::date <= '{day}' "
        f"AND ancestor_key = {company.units[unit]}"
    )
    return frozenset(row[0] for row in rows)


def test_no_two_answers_tell_of_a_few_whatever_is_asked(company):
    found = shown(company)
    for place, answers in found.items():
        assert len(answers) == 1, f"{place} is told differently: {answers}"
    assert any(told_on for answers in found.values() for _value, told_on in answers), "something was put off"
    for unit in UNITS:
        told: dict[date, int] = {}
        for day in DAYS:
            ((value, told_on),) = found[unit, day]
            if value is not None:
                told[told_on or day] = value
        for one, other in combinations(sorted(told), 2):
            joined = behind(company, unit, other) - behind(company, unit, one)
            assert told[one] == told[other] or len(joined) >= K


def test_a_ratio_says_that_its_numerator_is_of_an_earlier_day(company):
    company.brand(1000)
    asked = Asked(company.units["company"], DAYS[0], TODAY, "day", K)
    audience = reading.read(company.connection, BY_KEY["amp.potential_reach"], asked)
    ratios = reading.read(company.connection, BY_KEY["amp.ratio_potential"], asked)
    assert [point.told_on for point in ratios] == [point.told_on for point in audience]
    assert [point.value for point in ratios if point.value is not None] == [
        Fraction(point.value, 1000) for point in audience if point.value is not None
    ]


def test_a_file_tells_no_more_than_the_page(company, monkeypatch):
    asked = Asked(company.units["company"], DAYS[0], TODAY, "day", K)
    metric = BY_KEY["amp.potential_reach"]
    points = reading.read(company.connection, metric, asked)
    monkeypatch.setattr(exports, "SLICE_DAYS", 2)  # a file is written in pieces, and pieces tell no more either
    pieces = [point for piece in exports._slices(asked) for point in reading.read(company.connection, metric, piece)]
    assert pieces == points
