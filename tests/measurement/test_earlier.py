"""What was known earlier: one version of a number, and no difference that tells of a few."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
import time_machine

from advocacy.foundation.access import Role
from advocacy.foundation.db import session as ambient
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.disclosure import Figure
from advocacy.measurement.earlier import _Weighed
from advocacy.measurement.pages import UnitDay
from tests.factories.measurement import World
from tests.measurement.test_api import program
from tests.measurement.test_queries import people, unit_id

DAY = date(2026, 3, 31)
END = "2026-04-01T00:00:00+02:00"
IN_TIME, LATE = "2026-03-30 11:00", "2026-04-02 11:00"
SHARES = "/api/v1/metrics/act.shares"


@pytest.fixture
def company(app: Any, client: Any, world: World) -> Iterator[World]:
    """Give 25 people in sales and 25 in the plant, of whom nobody shared anything yet, days after a quarter ended."""
    for name, parent in (("company", None), ("sales", "company"), ("plant", "company")):
        world.unit(name, parent)
    people(world, "sales", 25)
    people(world, "plant", 25)
    world.brand(40)
    with time_machine.travel("2026-04-05T10:00:00+00:00", tick=False):
        yield world


def shared(company: World, unit: str, in_time: int, late: int = 0) -> None:
    for number in range(in_time + late):
        name = f"{unit}{number}"
        company.share(name, name)
        recorded = IN_TIME if number < in_time else LATE
        company.event("SHARE_PUBLISHED", name, "2026-03-30 10:00", share=name, recorded=recorded)


def ask(app: Any, company: World, **query: str) -> dict[str, tuple[int | None, str | None]]:
    answer = program(app, company, Role.EXECUTIVE).get(SHARES, query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return {point["unit"]["name"]: (point["value"], point["reason"]) for point in answer.get_json()["data"]}


@pytest.fixture
def filled(company: World) -> Any:
    def fill() -> None:
        company.fill(DAY, pages=("page_amplification",))
        ambient.commit()

    return fill


HIDDEN = (None, "suppressed")


def test_what_came_late_is_left_out_and_nothing_stays_behind(app: Any, company: World, filled: Any) -> None:
    """Shares that somebody noted only later stand in today's number, and not in what was known before."""
    shared(company, "sales", in_time=0, late=12)
    filled()
    now = {"company": (12, None), "plant": (0, None), "sales": (12, None)}
    assert ask(app, company, to=str(DAY), by="unit") == now
    assert ask(app, company, as_known_at=END, by="unit") == dict.fromkeys(now, (0, None))
    assert ask(app, company, to=str(DAY), by="unit") == now
    answer = program(app, company, Role.EXECUTIVE).get(SHARES, query_string={"as_known_at": END}).get_json()
    assert datetime.fromisoformat(answer["as_known_at"]) == datetime.fromisoformat(END)
    assert [point["on"] for point in answer["data"]] == [str(DAY)]


def test_what_two_people_told_late_is_not_told_by_what_was_known_before(app: Any, company: World, filled: Any) -> None:
    shared(company, "sales", in_time=10, late=2)
    filled()
    assert ask(app, company, as_known_at=END) == {"company": HIDDEN}, "ten then, twelve now"


def test_a_family_is_told_whole_or_not_at_all(app: Any, company: World, filled: Any) -> None:
    """Of the company 31 and 20, of sales 20 and 10: who takes one from the other knows of the plant 11 and 10."""
    shared(company, "sales", in_time=10, late=10)
    shared(company, "plant", in_time=10, late=1)
    filled()
    now = {"company": (31, None), "plant": (11, None), "sales": (20, None)}
    assert ask(app, company, to=str(DAY), by="unit") == now
    then = {"company": (20, None), "plant": HIDDEN, "sales": HIDDEN}
    assert ask(app, company, as_known_at=END, by="unit") == then
    for unit in ("sales", "plant"):
        asked = {"as_known_at": END, "unit": str(unit_id(company, unit))}
        assert ask(app, company, **asked) == {unit: HIDDEN}, "the same whichever page is asked"


def test_what_is_as_it_was_is_told(app: Any, company: World, filled: Any) -> None:
    shared(company, "sales", in_time=13)
    filled()
    then = {"company": (13, None), "plant": (0, None), "sales": (13, None)}
    assert ask(app, company, as_known_at=END, by="unit") == then


@pytest.mark.parametrize(
    "query",
    [
        {"as_known_at": "2026-03-31T09:00:00+02:00"},
        {"as_known_at": "2026-04-01T00:00:01+02:00"},
        {"as_known_at": "2026-04-01T00:00:00+00:00"},
        {"as_known_at": "2026-03-01T00:00:00+01:00"},
        {"as_known_at": "2027-01-01T00:00:00+01:00"},
        {"as_known_at": "2026-04-01T00:00:00"},
        {"as_known_at": "0001-01-01T00:00:00+14:00"},
        {"as_known_at": "9999-12-31T23:59:59-14:00"},
        {"as_known_at": END, "to": "2026-03-30"},
        {"as_known_at": END, "by": "day"},
        {"as_known_at": END, "by": "month"},
    ],
)
def test_no_other_version_of_a_number_is_told(app: Any, company: World, query: dict[str, str]) -> None:
    """Two instants a minute apart would tell of whoever said yes in between."""
    answer = program(app, company, Role.EXECUTIVE).get(SHARES, query_string=query)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_what_keeps_no_past_cannot_be_asked(app: Any, company: World, filled: Any) -> None:
    filled()
    executive = program(app, company, Role.EXECUTIVE)
    address, asked = "/api/v1/metrics/{}", {"as_known_at": END}
    assert executive.get(address.format("vis.confirmed_visits"), query_string=asked).status_code == 422
    assert executive.get(address.format("amp.ratio_potential"), query_string=asked).status_code == 200


# --- One column by itself: everything that is told of a unit today is weighed.


def a_day(on: date, told_on: date | None = None, **counts: int) -> dict[int, UnitDay]:
    figures = {name: Figure(people, people, 100) for name, people in counts.items()}
    keys = {name: key for key, name in enumerate(sorted(figures), 1)}
    return {
        keys[name]: UnitDay(
            day=on,
            unit_key=keys[name],
            unit_id=UUID(int=keys[name]),
            unit_name=name,
            parent_key=None if name == "a" else 1,
            values={"shares": figure.value},
            told_on={"shares": told_on} if told_on else {},
            figures={"shares": figure},
        )
        for name, figure in figures.items()
    }


def weighed(now: dict[date, dict[int, UnitDay]], then: dict[int, UnitDay], key: str = "act.shares") -> set[int]:
    metric = BY_KEY[key]
    assert metric.short == "shares"
    return _Weighed(metric, DAY, 10, now, then).units()


def test_an_earlier_number_is_weighed_against_other_days_too() -> None:
    then = a_day(DAY, a=21)
    assert weighed({DAY: a_day(DAY, a=31)}, then) == {1}
    near = a_day(date(2026, 3, 24), a=20)
    assert weighed({DAY: a_day(DAY, a=31), date(2026, 3, 24): near}, then) == set(), "20 are told a week before"
    long_ago = a_day(date(2026, 2, 20), a=20)
    assert weighed({DAY: a_day(DAY, a=31), date(2026, 2, 20): long_ago}, then) == {1}, "no day in common"


def test_an_earlier_number_of_a_day_that_is_put_off_today_is_not_told() -> None:
    put_off = a_day(DAY, told_on=date(2026, 3, 24), a=31)
    assert weighed({DAY: put_off}, a_day(DAY, a=21)) == set()


def test_what_is_left_over_is_weighed_as_a_unit_is() -> None:
    """Units b and c are as they were; whoever came late stands in neither."""
    then = a_day(DAY, a=30, b=10, c=10)
    assert weighed({DAY: a_day(DAY, a=40, b=10, c=10)}, then) == {1, 2, 3}
    assert weighed({DAY: a_day(DAY, a=41, b=12, c=10)}, then) == {1}, "b alone is two more"
    assert weighed({DAY: a_day(DAY, a=52, b=20, c=20)}, then) == {1}, "two more are in no unit"


def test_units_that_are_told_on_one_side_only_are_told_on_neither() -> None:
    now = a_day(DAY, a=40, b=20, c=20)
    then = a_day(DAY, a=30, b=10, c=10)
    del then[3].figures["shares"]  # type: ignore[attr-defined]
    assert weighed({DAY: now}, then) == {1}
