"""Unions follow every upload, change, move and withdrawal, and equal a count by hand."""

import random
from collections.abc import Iterable
from datetime import date

import pytest
from sqlalchemy import text

from advocacy.foundation import clock
from advocacy.measurement.overlap import stored, unions
from advocacy.measurement.overlap.sketches import size_of
from tests.factories.measurement import World
from tests.factories.overlap import LINKEDIN, give_network

TODAY = date(2026, 3, 31)
NOBODY = 0  # keys begin with one, and reach any number that is higher
UNITS = {"company": None, "north": "company", "south": "company", "coast": "south"}


@pytest.fixture
def company(world: World) -> World:
    """Eight people in four units; each knows 300 of 2,000 people."""
    for name, parent in UNITS.items():
        world.unit(name, parent)
    for number, unit in enumerate(("company", "north", "north", "north", "south", "coast", "coast", "coast")):
        world.person(f"p{number}", unit)
    return world


def known(number: int) -> list[int]:
    return random.Random(number).sample(range(2_000), 300)


def upload(world: World, *numbers: int) -> None:
    for number in numbers:
        give_network(world.connection, world.people[f"p{number}"], known(number))


def merge(world: World) -> int:
    return unions.merge_touched(world.connection, TODAY, remembered=10)


def union(world: World, unit: str) -> stored.Union | None:
    return stored.tree_union(world.connection, world.units[unit], LINKEDIN)


def assert_counts(world: World, unit: str, numbers: Iterable[int]) -> None:
    people = list(numbers)
    found, truth = union(world, unit), len(set().union(*map(known, people)))
    assert found is not None
    assert found.counts == stored.Counts(len(people), 300 * len(people), 300 if people else 0)
    bounds = size_of(found.sketch)
    assert bounds.low <= truth <= bounds.high


def everything(world: World) -> list[tuple[object, ...]]:
    """Return every union with what it estimates; the ciphertexts differ each time."""
    rows = world.connection.execute(text("SELECT unit_key, network FROM reach_union ORDER BY unit_key, network")).all()
    found = []
    for row in rows:
        own = stored.own_union(world.connection, row.unit_key, row.network)
        tree = stored.tree_union(world.connection, row.unit_key, row.network)
        assert own is not None
        assert tree is not None
        found.append(
            (row.unit_key, row.network, own.counts, own.sketch.serialize(), tree.counts, tree.sketch.serialize())
        )
    return found  # fmt: skip


def test_an_upload_is_in_the_union_of_its_unit_and_of_all_above(company: World) -> None:
    upload(company, *range(8))
    assert merge(company) == 8
    assert_counts(company, "north", (1, 2, 3))
    assert_counts(company, "coast", (5, 6, 7))
    assert_counts(company, "south", (4, 5, 6, 7))
    assert_counts(company, "company", range(8))
    assert company.connection.execute(text("SELECT count(*) FROM reach_touch")).scalar() == 0


def test_who_comes_later_is_merged_in_and_the_same_upload_twice_changes_nothing(company: World) -> None:
    upload(company, 0, 1, 5)
    merge(company)
    upload(company, 6)
    merge(company)
    assert_counts(company, "coast", (5, 6))
    assert_counts(company, "company", (0, 1, 5, 6))
    before = everything(company)
    upload(company, 6)
    merge(company)
    assert everything(company) == before


def test_a_withdrawal_takes_the_sketch_along_in_the_same_transaction_and_leaves_every_union(company: World) -> None:
    upload(company, *range(8))
    merge(company)
    company.withdraw("p6", "network_overlap")
    left = company.connection.execute(text("SELECT count(*) FROM network_sketch")).scalar()
    marked = company.connection.execute(text("SELECT employee_key, unit_key FROM reach_touch")).one()
    assert left == 7
    assert tuple(marked) == (company.people["p6"], company.units["coast"])
    merge(company)
    assert_counts(company, "coast", (5, 7))
    assert_counts(company, "company", (0, 1, 2, 3, 4, 5, 7))
    upload(company, 6)
    merge(company)
    assert_counts(company, "company", range(8))


def test_a_sketch_cannot_be_without_the_consent(company: World) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError, match="fk_network_sketch"):
        give_network(company.connection, company.people["p0"], range(5), agree=False)


def test_a_changed_network_replaces_the_older_one(company: World) -> None:
    upload(company, 5, 6, 7)
    merge(company)
    give_network(company.connection, company.people["p6"], range(10_000, 10_050))
    merge(company)
    found = union(company, "coast")
    assert found is not None
    assert found.counts == stored.Counts(3, 650, 300)
    truth = len({*known(5), *known(7), *range(50)})
    assert size_of(found.sketch).low <= len({*known(5), *known(7)}) + 50 <= size_of(found.sketch).high, truth


def test_a_move_takes_the_network_along(company: World) -> None:
    upload(company, *range(8))
    merge(company)
    moved = {"person": company.people["p6"], "unit": company.units["north"]}
    company.connection.execute(text("UPDATE unit_membership SET unit_key = :unit WHERE employee_key = :person"), moved)
    unions.rebuild(company.connection, TODAY, remembered=10)
    assert_counts(company, "coast", (5, 7))
    assert_counts(company, "north", (1, 2, 3, 6))
    assert_counts(company, "company", range(8))


def test_who_left_is_in_no_union(company: World) -> None:
    upload(company, *range(8))
    merge(company)
    company.connection.execute(
        text("UPDATE unit_membership SET valid_during = daterange('2020-01-01', '2026-03-31') WHERE employee_key = :p"),
        {"p": company.people["p7"]},
    )
    unions.rebuild(company.connection, TODAY, remembered=10)
    assert_counts(company, "company", range(7))


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_merging_and_counting_anew_agree(company: World, seed: int) -> None:
    chance = random.Random(seed)
    given: set[int] = set()
    for _step in range(12):
        number = chance.randrange(8)
        if number in given and chance.random() < 0.5:
            company.withdraw(f"p{number}", "network_overlap")
            given.discard(number)
        else:
            upload(company, number)
            given.add(number)
        if chance.random() < 0.5:
            merge(company)
    merge(company)
    merged = everything(company)
    unions.rebuild(company.connection, TODAY, remembered=10)
    assert everything(company) == merged
    if given:
        assert_counts(company, "company", sorted(given))


def test_a_unit_whose_last_contributor_went_has_an_empty_union(company: World) -> None:
    upload(company, 1, 5)
    merge(company)
    company.withdraw("p5", "network_overlap")
    merge(company)
    assert_counts(company, "coast", ())
    unions.rebuild(company.connection, TODAY, remembered=10)
    assert_counts(company, "coast", ())
    assert_counts(company, "company", (1,))


def test_people_outside_any_unit_do_no_harm(company: World) -> None:
    company.connection.execute(text("DELETE FROM unit_membership WHERE employee_key = :p"), {"p": company.people["p0"]})
    upload(company, 0, 1)
    assert merge(company) == 2
    assert_counts(company, "company", (1,))


def test_everyone_else_is_all_but_oneself(company: World) -> None:
    upload(company, *range(8))
    merge(company)
    for number in (0, 4, 6):
        others = unions.everyone_else(company.connection, company.people[f"p{number}"], LINKEDIN, TODAY)
        assert others is not None
        rest = [known(other) for other in range(8) if other != number]
        assert others.counts.contributors == 7
        bounds = size_of(others.sketch)
        assert bounds.low <= len(set().union(*rest)) <= bounds.high
    assert unions.everyone_else(company.connection, NOBODY, LINKEDIN, TODAY) is None


def test_people_who_changed_are_noted_up_to_a_group(company: World) -> None:
    upload(company, *range(8))
    unions.merge_touched(company.connection, TODAY, remembered=5)
    changed = company.connection.execute(
        text("SELECT cardinality(changed) FROM reach_union WHERE unit_key = :unit"), {"unit": company.units["company"]}
    ).scalar()
    assert changed == 5


def test_unions_tell_when_they_were_merged(company: World) -> None:
    upload(company, 1)
    merge(company)
    merged = company.connection.execute(text("SELECT DISTINCT merged_at FROM reach_union")).scalars().all()
    assert merged == [clock.now()]
