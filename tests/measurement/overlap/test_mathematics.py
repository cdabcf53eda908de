"""The worked examples of the specification, and what must hold for any networks."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from advocacy.measurement.overlap import mathematics as worked
from advocacy.measurement.overlap.mathematics import rounded, rounded_down, rounded_up

ORACLE_OF = (
    "amp.unique_reach",
    "amp.gross_reach_given",
    "amp.dedup_ratio",
    "amp.unique_extrapolated",
    "amp.net_of_brand",
    "amp.ratio_net",
)
EXAMPLES = json.loads((Path(__file__).parent / "examples.json").read_text(encoding="utf-8"))

sizes = some.dictionaries(some.integers(1, 5_000), some.integers(1, 50), min_size=1, max_size=8)
networks = some.lists(some.sets(some.integers(0, 60), min_size=1, max_size=30), min_size=1, max_size=8)


def test_three_small_networks_are_counted_once_each() -> None:  # A5
    given_, expected = EXAMPLES["A5_dedup"]["inputs"], EXAMPLES["A5_dedup"]["expected"]
    people = [set(given_[name]) for name in ("E1", "E2", "E3")]
    unique, brand = len(set().union(*people)), set(given_["brand"])
    counted = {size: sum(len(person) == size for person in people) for size in {len(person) for person in people}}
    assert (worked.gross(counted), unique) == (expected["sum"], expected["unique"])
    ratio = worked.dedup_ratio(unique, worked.gross(counted))
    assert ratio is not None
    assert float(ratio) == expected["dedup_ratio"]
    bounds = worked.net_of_brand(unique, len(brand))
    assert bounds.low <= expected["net_of_brand"] <= bounds.high
    assert len(set(given_["E3"]) - set(given_["E1"]) - set(given_["E2"])) == expected["marginal_E3"]


@pytest.mark.parametrize("name", ["A6_occupancy_N10M", "A6_occupancy_N50M"])
def test_the_seed_picture_in_a_world_of(name: str) -> None:  # A6
    asked, expected = EXAMPLES[name]["inputs"], EXAMPLES[name]["expected"]
    everybody, world, brand = {asked["followers"]: asked["employees"]}, asked["addressable"], asked["brand"]
    unique = worked.expected_unique(everybody, world)
    assert unique == pytest.approx(expected["unique"], rel=1e-9)
    assert unique / worked.gross(everybody) == pytest.approx(expected["dedup_ratio"], rel=1e-9)
    assert worked.net_if_independent(unique, brand, world) == pytest.approx(expected["net_independent"], rel=1e-9)
    bounds = worked.net_of_brand(unique, brand, world)
    assert bounds.low == pytest.approx(expected["frechet_net_lo"], rel=1e-9)
    assert bounds.high == pytest.approx(expected["frechet_net_hi"], rel=1e-9)
    assert worked.addressable_people(everybody, unique) == pytest.approx(world, rel=1e-6)


def test_the_seed_picture_without_overlap_is_between_two_and_a_half_and_three_and_a_half() -> None:
    bounds = worked.net_of_brand(3_500_000, 1_000_000)
    assert (bounds.low / 1_000_000, bounds.high / 1_000_000) == (2.5, 3.5)


def test_a_part_is_carried_to_the_whole_by_its_overlap_and_not_by_the_rule_of_three() -> None:  # A15
    unique_of_fifty = 200_000 * (1 - (1 - 800 / 200_000) ** 50)
    assert round(unique_of_fifty * 8) == 290_556
    whole = worked.extrapolated_unique({800: 50}, unique_of_fifty, {800: 400})
    assert round(whole.value) == 159_750
    assert (whole.low, whole.high) == (unique_of_fifty, 320_000)


def test_without_any_overlap_seen_the_world_has_no_end_and_the_sum_is_the_answer() -> None:
    assert worked.addressable_people({100: 20}, 2_000) is None
    assert worked.extrapolated_unique({100: 20}, 2_000, {100: 30}).value == 3_000


def test_nothing_is_counted_of_nobody() -> None:
    assert worked.dedup_ratio(0, 0) is None
    assert worked.expected_unique({}, 10) == 0
    assert worked.addressable_people({}, 0) is None
    assert worked.extrapolated_unique({}, 0, {}).value == 0


@given(networks)
def test_unique_is_between_the_largest_network_and_the_sum(people: list[set[int]]) -> None:
    unique = len(set().union(*people))
    counted: dict[int, int] = {}
    for person in people:
        counted[len(person)] = counted.get(len(person), 0) + 1
    assert max(counted) <= unique <= worked.gross(counted)


@given(networks, some.sets(some.integers(0, 80)))
def test_the_true_net_is_always_within_its_bounds(people: list[set[int]], brand: set[int]) -> None:
    union = set().union(*people)
    bounds = worked.net_of_brand(len(union), len(brand), 81)
    assert bounds.low <= len(union - brand) <= bounds.high <= len(union)


@given(sizes, some.floats(1.0, 1e9))
def test_chance_never_makes_more_of_networks_than_their_sum(people: dict[int, int], world: float) -> None:
    unique = worked.expected_unique(people, world)
    assert 0 <= unique <= min(world, worked.gross(people)) * (1 + 1e-9)


@given(sizes, some.floats(0.05, 0.999))
def test_the_world_found_gives_back_the_overlap_it_was_found_from(people: dict[int, int], share: float) -> None:
    unique = max(float(max(people)), worked.gross(people) * share)
    world = worked.addressable_people(people, unique)
    if world is not None:
        assert worked.expected_unique(people, world) == pytest.approx(unique, rel=1e-6)


@given(sizes, sizes, some.floats(0.05, 1.0))
def test_an_extrapolation_stays_within_what_is_certain(
    counted: dict[int, int], others: dict[int, int], share: float
) -> None:
    everyone = dict(counted)
    for size, people in others.items():
        everyone[size] = everyone.get(size, 0) + people
    unique = max(float(max(counted)), worked.gross(counted) * share)
    whole = worked.extrapolated_unique(counted, unique, everyone)
    assert unique * (1 - 1e-9) <= whole.low <= whole.value <= whole.high == worked.gross(everyone)


@given(some.floats(0, 1e12))
def test_rounding_keeps_two_digits_and_bounds_stay_bounds(number: float) -> None:
    low, middle, high = rounded_down(number), rounded(number), rounded_up(number)
    assert low <= number <= high
    assert low <= middle <= high
    assert all(len(str(figure).rstrip("0")) <= 2 for figure in (low, middle, high))
    assert rounded(middle) == middle
    assert math.isclose(middle, number, rel_tol=0.05, abs_tol=0.5)


@pytest.mark.parametrize(
    ("number", "low", "middle", "high"),
    [
        (0, 0, 0, 0),
        (99.4, 99, 99, 100),
        (104.9, 100, 100, 110),
        (995, 990, 1000, 1000),
        (2_953_120, 2_900_000, 3_000_000, 3_000_000),
    ],
)
def test_rounds(number: float, low: int, middle: int, high: int) -> None:
    assert (rounded_down(number), rounded(number), rounded_up(number)) == (low, middle, high)
