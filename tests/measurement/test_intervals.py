"""Intervals hold what the books say, for small counts and large ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy.measurement.intervals import difference, poisson, rate_ratio, rate_ratio_p, wilson
from tests.measurement.examples import example


@pytest.mark.parametrize(
    ("name", "successes", "trials", "interval"),
    [("A16_seed_impressions", "likes", "impressions", "ci"), ("A17_engaged", "engaged_unique", "reached", "ci")],
)
def test_wilson_gives_the_worked_examples(name, successes, trials, interval):
    inputs, expected = example(name)
    assert wilson(inputs[successes], inputs[trials]) == pytest.approx(expected[interval], rel=1e-9)


def test_wilson_gives_the_disclosure_audit():
    inputs, expected = example("F9_disclosure")
    assert wilson(inputs["disclosed"], inputs["sampled"]) == pytest.approx(expected["ci"], rel=1e-9)


# Garwood's table, to the digits it gives.
@pytest.mark.parametrize(
    ("events", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)]
)
def test_poisson_gives_the_printed_table(events, low, high):
    assert poisson(events) == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))


def test_poisson_of_a_large_count_is_near_the_normal_one():
    low, high = poisson(1_000_000)
    assert (low, high) == (pytest.approx(1_000_000 - 1_960, rel=1e-5), pytest.approx(1_000_000 + 1_961, rel=1e-5))


def test_rate_ratio_gives_the_recurrence_example():
    inputs, expected = example("B9_recurrence")
    sides = (*inputs["after"], *inputs["before"])
    assert rate_ratio(*sides) == pytest.approx(expected["ci"], rel=1e-9)
    assert rate_ratio_p(*sides) == pytest.approx(expected["p_exact_conditional"], rel=1e-9)


@given(st.integers(0, 3_000), st.integers(1, 3_000))
def test_intervals_of_a_proportion_hold_it_and_stay_within_bounds(successes, trials):
    successes = min(successes, trials)
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1


@given(st.integers(0, 5_000))
def test_an_interval_of_a_count_holds_it_and_grows_with_it(events):
    low, high = poisson(events)
    assert 0 <= low <= events <= high
    later_low, later_high = poisson(events + 1)
    assert low < later_low
    assert high < later_high


@given(st.integers(1, 200), st.integers(1, 200))
def test_a_rate_ratio_turns_around_with_its_sides(events, before):
    low, high = rate_ratio(events, 10, before, 10)
    turned_low, turned_high = rate_ratio(before, 10, events, 10)
    assert (low, high) == (pytest.approx(1 / turned_high, rel=1e-6), pytest.approx(1 / turned_low, rel=1e-6))


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_surprise_is_a_chance_and_the_same_from_both_sides(events, before):
    chance = rate_ratio_p(events, 10, before, 10)
    assert 0 < chance <= 1
    assert chance == pytest.approx(rate_ratio_p(before, 10, events, 10), rel=1e-6)


@pytest.mark.parametrize("wrong", [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_proportion_is_refused(wrong):
    with pytest.raises(ValueError, match="no proportion"):
        wilson(*wrong)


def test_the_difference_of_two_proportions_is_newcombe_s():
    """The worked example (a) of Newcombe 1998, method 10: 56 of 70 and 48 of 80."""
    low, high = difference(56, 70, 48, 80)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_a_difference_lies_within_its_interval_and_turns_with_its_sides(trials, before, data):
    one, other = data.draw(st.integers(0, trials)), data.draw(st.integers(0, before))
    low, high = difference(one, trials, other, before)
    assert -1 <= low <= one / trials - other / before <= high <= 1
    assert difference(other, before, one, trials) == pytest.approx((-high, -low))
