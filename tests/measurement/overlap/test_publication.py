"""What may be shown changes rarely, tells of groups only, and never of the one person who went."""

import random
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from sqlalchemy import text

from advocacy.foundation.access import Actor, Grant, Role
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.measurement import reading as catalogue_reading
from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.overlap import publication, reading, unions
from advocacy.measurement.reading import Asked
from tests.factories.measurement import World
from tests.factories.overlap import give_network

TODAY = date(2026, 3, 31)
FIRST = date(2026, 3, 2)
GROUP = 10


@pytest.fixture
def company(world: World) -> World:
    """Two divisions of 15 contributors and a third of 4, below one company; everybody knows 400 of 8,000 people."""
    world.unit("company")
    for unit, people in (("north", 15), ("south", 15), ("east", 4)):
        world.unit(unit, "company")
        for number in range(people):
            name = f"{unit}{number}"
            world.person(name, unit, sizes={1: 400})
            give_network(world.connection, world.people[name], known(name))
    world.unit("west", "company")
    for number in range(20):
        world.person(f"west{number}", "west", sizes={1: 400})
    world.brand(1_000)
    return world


def known(name: str) -> list[int]:
    return random.Random(name).sample(range(8_000), 400)


def publish(world: World, day: date = FIRST, group: int = GROUP) -> int:
    with time_machine.travel(f"{day}T04:00:00+00:00", tick=False):
        unions.rebuild(world.connection, day, remembered=GROUP)
        return publication.publish(world.connection, day, smallest_group=group)


def asked(world: World, unit: str = "company", on: date = TODAY, network: str | None = None) -> dict[str, Any]:
    return reading.unique_reach(world.connection, unit_key=world.units[unit], on=on, network=network)


def shown_below(world: World) -> str:
    """Return which of the two divisions is shown: beside a hidden one, another is hidden as well."""
    return next(unit for unit in ("north", "south") if figures(world, unit)[0] is not None)


def figures(world: World, unit: str = "company", on: date = TODAY) -> tuple[Any, ...]:
    answer = asked(world, unit, on)
    return tuple(
        answer[name] for name in ("unique_people", "unique_low", "unique_high", "gross", "contributors", "everyone")
    )


def test_a_group_is_told_rounded_with_bounds_and_coverage(company: World) -> None:
    publish(company)
    unit = shown_below(company)
    answer = asked(company, unit)
    truth = len(set().union(*(known(f"{unit}{number}") for number in range(15))))
    assert answer["unique_low"] <= truth <= answer["unique_high"]
    assert answer["gross"] == 6_000
    assert answer["unique_people"] % 100 == 0
    assert (answer["contributors"], answer["participants"], answer["coverage"]) == (15, 15, 1.0)
    assert Fraction(answer["dedup_ratio_exact"]) == Fraction(answer["unique_people"], 6_000)
    assert answer["reasons"] == {}
    assert answer["brand_followers"] == 1_000
    assert answer["net_low"] == pytest.approx(answer["unique_low"] - 1_000, rel=0.05)
    assert answer["net_high"] == answer["unique_high"]
    assert answer["ratio_net_high"] == answer["net_high"] / 1_000


def test_who_did_not_give_a_list_is_carried_by_chance_within_bounds_that_hold(company: World) -> None:
    publish(company)
    answer = asked(company)
    assert (answer["contributors"], answer["participants"]) == (30, 55)
    assert answer["coverage"] == 30 / 55
    assert answer["unique_low"] == answer["everyone_low"]
    assert answer["everyone_low"] <= answer["everyone"] <= answer["everyone_high"] == 22_000
    truth = 8_000 * (1 - (1 - 400 / 8_000) ** 54)
    assert answer["everyone"] == pytest.approx(truth, rel=0.05)
    assert answer["addressable"] == pytest.approx(8_000, rel=0.1)


def test_nobody_can_be_counted_by_subtracting_who_takes_part(company: World) -> None:
    earlier = date(2026, 2, 27)
    publish(company, earlier)
    company.person("newcomer", "west")
    publish(company)
    assert [asked(company, on=day)["as_of"].date() for day in (earlier, FIRST)] == [earlier, FIRST]
    assert [asked(company, on=day)["participants"] for day in (earlier, FIRST)] == [55, 55], "54 and then 55"


def test_who_told_only_that_there_are_500_or_more_is_in_no_bound(company: World) -> None:
    for number in range(30):
        company.person(f"large{number}", "west")
        company.size(f"large{number}", 1, 500, FIRST, is_floor=True)
    publish(company)
    assert asked(company)["everyone_high"] == 22_000


def test_the_catalogue_reads_what_the_page_shows_unit_by_unit(company: World) -> None:
    publish(company)
    answer = asked(company)
    for key, name in (("amp.unique_reach", "unique_people"), ("amp.dedup_ratio", "dedup_ratio_exact")):
        question = Asked(company.units["company"], FIRST, TODAY, "unit", GROUP)
        points = {
            point.piece.unit_name: point for point in catalogue_reading.read(company.connection, BY_KEY[key], question)
        }
        for unit in (answer | answer["unit"], *answer["units_below"]):
            point = points.pop(unit["name"])
            assert str(point.value) == str(unit[name]), point.reason
        assert not points
    bounds = {
        point.piece.unit_name: (point.low, point.high)
        for point in catalogue_reading.read(company.connection, BY_KEY["amp.net_of_brand"], question)
    }
    unit = shown_below(company)
    assert bounds[unit] == tuple(asked(company, unit)[name] for name in ("net_low", "net_high"))


def test_a_small_unit_is_hidden_and_so_is_one_beside_it_that_would_give_it_away(company: World) -> None:
    publish(company)
    assert asked(company, "east")["reasons"] == {"unique_people": "suppressed", "net_of_brand": "suppressed"}
    below = {unit["name"]: unit["unique_people"] for unit in asked(company)["units_below"]}
    # All 34 less north and south would be the four of the east: one of the two is hidden as well.
    assert below["east"] is None
    assert sorted([below["north"] is None, below["south"] is None]) == [False, True]
    assert asked(company, "west")["reasons"] == asked(company, "east")["reasons"], "nobody and a few are told alike"


def test_a_withdrawal_cannot_be_read_from_the_answers_of_that_day_or_of_the_month(company: World) -> None:
    publish(company)
    before = {unit: figures(company, unit) for unit in ("company", "north", "south")}
    company.withdraw("north3", "network_overlap")
    unions.merge_touched(company.connection, FIRST, remembered=GROUP)
    for later in (FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=20)):
        publish(company, later)
        assert {unit: figures(company, unit) for unit in before} == before
    publish(company, date(2026, 4, 1))
    with time_machine.travel("2026-04-02T10:00:00+00:00"):
        after = asked(company, "company", date(2026, 4, 1))
        assert after["gross"] == 13_000  # 33 x 400, rounded


def test_a_figure_changes_when_a_group_changed_and_at_most_once_a_day(company: World) -> None:
    publish(company)
    before = figures(company, "company")
    for number in range(9):
        give_network(company.connection, company.people[f"west{number}"], known(f"west{number}"))
    publish(company, FIRST + timedelta(days=1))
    assert figures(company, "company") == before
    for number in range(9, 12):
        give_network(company.connection, company.people[f"west{number}"], known(f"west{number}"))
    publish(company, FIRST + timedelta(days=2))
    changed = figures(company, "company")
    assert changed[3] > before[3]
    for number in range(12, 20):
        give_network(company.connection, company.people[f"west{number}"], known(f"west{number}"))
    for number in range(10):
        company.withdraw(f"south{number}", "network_overlap")
    unions.merge_touched(company.connection, FIRST, remembered=GROUP)
    publish(company, FIRST + timedelta(days=2))
    assert figures(company, "company") == changed
    assert figures(company, "company", FIRST) == before, "what stood on a day is told of that day"


def test_one_person_who_comes_and_goes_does_not_make_a_figure_change(company: World) -> None:
    publish(company)
    unit = shown_below(company)
    before = figures(company, unit)
    for days in range(1, 13):
        company.withdraw(f"{unit}3", "network_overlap")
        give_network(company.connection, company.people[f"{unit}3"], known(f"{unit}3"))
        publish(company, FIRST + timedelta(days=days))
        assert figures(company, unit) == before


def test_a_unit_that_fell_below_a_group_is_hidden_when_the_month_turns(company: World) -> None:
    publish(company)
    unit = shown_below(company)
    for number in range(7):
        company.withdraw(f"{unit}{number}", "network_overlap")
    publish(company, date(2026, 4, 1))
    with time_machine.travel("2026-04-02T10:00:00+00:00"):
        assert figures(company, unit, date(2026, 4, 1))[0] is None


def test_ten_contributors_are_asked_for_also_where_groups_may_be_smaller(world: World) -> None:
    world.unit("company")
    for number in range(9):
        world.person(f"p{number}", "company")
        give_network(world.connection, world.people[f"p{number}"], known(f"p{number}"))
    publish(world, group=5)
    assert figures(world)[0] is None
    world.person("p9", "company")
    give_network(world.connection, world.people["p9"], known("p9"))
    publish(world, FIRST + timedelta(days=1), group=5)
    assert figures(world)[0] is not None


def test_fewer_than_a_hundred_people_are_no_reach_to_speak_of(world: World) -> None:
    world.unit("company")
    for number in range(12):
        world.person(f"p{number}", "company")
        give_network(world.connection, world.people[f"p{number}"], range(20))
    publish(world)
    assert figures(world)[0] is None


def test_another_network_is_added_and_not_matched(company: World) -> None:
    for number in range(15):
        give_network(company.connection, company.people[f"north{number}"], known(f"x{number}"), network=2)
    publish(company)
    both, linkedin, x = (asked(company, network=network) for network in (None, "linkedin", "x"))
    assert both["networks"] == ["linkedin", "x"]
    assert both["unique_people"] == linkedin["unique_people"] + x["unique_people"]
    assert both["contributors"] == 30
    assert asked(company, network="facebook")["reasons"]["unique_people"] == "suppressed"


def test_nothing_is_told_of_a_day_to_come_or_a_unit_that_is_not_there(company: World) -> None:
    with pytest.raises(Invalid):
        asked(company, on=TODAY + timedelta(days=2))
    with pytest.raises(NotFound):
        reading.unique_reach(company.connection, unit_key=0, on=TODAY)


def test_publishing_is_due_once_a_day_and_only_where_there_is_something(company: World) -> None:
    assert publication.is_due(company.connection, FIRST)
    publish(company)
    assert not publication.is_due(company.connection, FIRST)
    assert publication.is_due(company.connection, FIRST + timedelta(days=1))


def test_before_anything_is_published_it_is_not_collected(company: World) -> None:
    assert asked(company)["reasons"]["unique_people"] == "not_collected"


def test_nothing_is_due_while_nobody_gave_anything(world: World) -> None:
    assert not publication.is_due(world.connection, FIRST)


def person(world: World, name: str) -> Actor:
    return Actor(account_id=None, employee_key=world.people[name], grants=(Grant(Role.EMPLOYEE),))


def test_marginal_reach_is_told_to_oneself_rounded_and_right(company: World) -> None:
    publish(company, TODAY)
    mine = reading.own_networks(company.connection, visible_to=person(company, "north3"))
    others = set().union(*(known(name) for name in company.people if name != "north3" and "west" not in name))
    truth = len(set(known("north3")) - others)
    assert [one["network"] for one in mine] == ["linkedin"]
    assert mine[0]["ids"] == 400
    assert mine[0]["marginal_low"] <= truth <= mine[0]["marginal_high"]
    assert mine[0]["kept_until"] - mine[0]["uploaded_at"] == timedelta(days=180)
    assert reading.own_networks(company.connection, visible_to=person(company, "west3")) == []


def test_a_small_list_is_no_way_to_ask_whether_a_colleague_knows_somebody(company: World) -> None:
    give_network(company.connection, company.people["west3"], [known("north3")[0]])
    publish(company, TODAY)
    mine = reading.own_networks(company.connection, visible_to=person(company, "west3"))[0]
    assert (mine["marginal"], mine["reason"]) == (None, "below_min_n")


def test_marginal_reach_needs_enough_others(world: World) -> None:
    world.unit("company")
    for number in range(5):
        world.person(f"p{number}", "company")
        give_network(world.connection, world.people[f"p{number}"], known(f"p{number}"))
    publish(world, TODAY)
    mine = reading.own_networks(world.connection, visible_to=person(world, "p0"))[0]
    assert (mine["marginal"], mine["reason"]) == (None, "suppressed")


def test_published_rows_hold_nothing_finer_than_two_digits(company: World) -> None:
    publish(company)
    rows = company.connection.execute(text("SELECT * FROM reach_published")).mappings().all()
    assert rows
    for row in rows:
        for name in publication.HIDDEN:
            assert row[name] is None or len(str(row[name]).rstrip("0")) <= 2
