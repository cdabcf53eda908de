"""The calculator's chances: the worked examples, and laws that hold for any company."""

import json
import math
import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy.measurement.scenario import Inputs, ScenarioError, work_out
from advocacy.measurement.scenario.networks import Constant, Histogram, Lognormal, Pareto, top_share
from tests.measurement.examples import example

IBM = {"employees": 350_000, "audience": 10, "brand": 1_000_000}


def details(**given_inputs):
    return work_out(Inputs(**given_inputs))["details"]


def test_the_seed_picture_is_exactly_three_and_a_half_whatever_the_spread():
    inputs, expected = example("A1_ibm")
    everybody = {**IBM, "participation": inputs["participation"]}
    for spread in ("constant", "lognormal", "pareto"):
        found = work_out(Inputs(**everybody, spread=spread))
        assert found["ratio_exact"] == "7/2"
        assert found["details"]["ratio"]["low"] == pytest.approx(expected["amplification_ratio"], rel=1e-9)
        assert found["details"]["ratio"]["high"] == pytest.approx(expected["amplification_ratio"], rel=1e-9)
        assert found["details"]["total_multiplier"] == expected["total_multiplier"]


def test_break_even_is_two_sevenths_when_chance_decides():
    _inputs, expected = example("A2_participation")
    assert details(**IBM, participation=1)["break_even"]["random"] == pytest.approx(
        expected["break_even_participation"]
    )


def test_a_heavy_tail_shows_what_the_mean_hides():
    inputs, expected = example("A3_heavy_tail")
    networks = Lognormal(Fraction(inputs["mean"]), inputs["sigma"])
    shape = details(**IBM, participation="0.1", spread="lognormal", sigma=inputs["sigma"])["networks"]
    assert shape["median"] == pytest.approx(expected["median"], rel=1e-9)
    assert shape["gini"] == pytest.approx(expected["gini"], rel=1e-9)
    assert top_share(networks, 0.01) == pytest.approx(expected["share_top_1pct"], rel=1e-9)
    assert top_share(networks, 0.1) == pytest.approx(expected["share_top_10pct"], rel=1e-9)
    assert networks.lorenz(0.5) == pytest.approx(expected["share_bottom_50pct"], rel=1e-9)
    for who, name in (("best", "ratio_top_10pct"), ("least", "ratio_bottom_10pct")):
        found = details(**IBM, participation="0.1", spread="lognormal", sigma=inputs["sigma"], who=who)
        assert found["ratio"]["middle"] == pytest.approx(expected[name], rel=1e-6)
        assert found["draws"] == 1


@pytest.mark.parametrize("size", ["big", "small"])
def test_draws_have_the_moments_of_drawing_without_putting_back(size):
    inputs, expected = example("A4_sampling")
    company, moments = inputs[size], expected[size]
    networks = Lognormal(Fraction(company["mean"]), 1.5)
    assert networks.variation == pytest.approx(inputs["cv_individual"], rel=1e-9)
    share = Fraction(company["m"], company["n"])
    found = details(
        employees=company["n"],
        audience=company["mean"],
        brand=company["brand"],
        participation=share,
        spread="lognormal",
    )
    ratio = found["ratio"]
    assert found["joiners"] == company["m"]
    assert ratio["low"] < ratio["middle"] < ratio["high"]
    if size == "big":  # nearly normal: 5 to 95 % are 1.645 standard deviations on either side
        spread = 1.645 * moments["cv_of_sum"] * moments["ratio"]
        assert ratio["low"] == pytest.approx(moments["ratio"] - spread, rel=0.01)
        assert ratio["high"] == pytest.approx(moments["ratio"] + spread, rel=0.01)
    else:  # far from it: the specification's own simulation says 0.41 to 2.05 around 0.85
        assert ratio["low"] == pytest.approx(0.41, abs=0.05)
        assert ratio["middle"] == pytest.approx(0.85, abs=0.05)
        assert ratio["high"] == pytest.approx(2.05, abs=0.25)
        assert moments["lo"] < 0 <= ratio["low"], "a normal interval would say that sharing takes connections away"


@pytest.mark.parametrize("name", ["A6_occupancy_N10M", "A6_occupancy_N50M"])
def test_overlap_by_chance_gives_the_occupancy_examples(name):
    inputs, expected = example(name)
    asked = {
        "employees": inputs["employees"], "audience": inputs["followers"], "brand": inputs["brand"],
        "participation": 1, "addressable": inputs["addressable"],
    }  # fmt: skip
    bounds = details(**asked)
    assert bounds["unique"]["middle"] == pytest.approx(expected["unique"], rel=1e-9)
    assert bounds["net"]["low"] == pytest.approx(expected["frechet_net_lo"], rel=1e-9)
    assert bounds["net"]["high"] == pytest.approx(expected["frechet_net_hi"], rel=1e-9)
    independent = details(**asked, brand_overlap="independent")
    assert independent["net"]["middle"] == pytest.approx(expected["net_independent"], rel=1e-9)


def test_what_is_seen_follows_the_view_through_rate_that_was_given():
    inputs, expected = example("A10_realised")
    asked = {"employees": 1, "brand": 1, "participation": 1, "view_through_source": "own posts of spring"}
    found = [
        details(audience=inputs[f"{network}_network"], view_through=str(inputs["vtr"][network]), posts=posts, **asked)
        for posts in (1, inputs["posts"])
        for network in ("linkedin", "x")
    ]
    views = [answer["realised"]["views"]["middle"] for answer in found]
    assert views[0] + views[1] == pytest.approx(expected["one_post"], rel=1e-9)
    assert views[2] + views[3] == pytest.approx(expected["five_posts_gross"], rel=1e-9)
    people = [answer["realised"]["people"]["middle"] for answer in found]
    assert people[2] == pytest.approx(expected["five_posts_unique_linkedin"], rel=1e-9)
    assert people[3] == pytest.approx(expected["five_posts_unique_x"], rel=1e-9)


def test_a_histogram_is_exact():
    inputs, expected = example("A14_scenario_histogram")
    classes = tuple((size, str(share)) for size, share in inputs["histogram"])
    asked = {"employees": inputs["employees"], "audience": 0, "brand": inputs["brand"], "spread": "histogram"}
    found = work_out(Inputs(**asked, participation=1, histogram=classes))
    assert found["ratio_exact"] == str(expected["ratio_all"])
    shape = found["details"]["networks"]
    assert (shape["mean"], shape["median"]) == (expected["mean"], expected["median"])
    networks = Histogram(tuple((Fraction(size), Fraction(str(share))) for size, share in inputs["histogram"]))
    assert top_share(networks, 0.05) == pytest.approx(expected["top_5pct_share"], rel=1e-9)
    for who, name in (("best", "ratio_20pct_top"), ("least", "ratio_20pct_bottom")):
        ratio = work_out(Inputs(**asked, participation="0.2", histogram=classes, who=who))["details"]["ratio"]
        assert ratio["middle"] == pytest.approx(expected[name], rel=1e-9)
    assert work_out(Inputs(**asked, participation="0.2", histogram=classes))["ratio"] == expected["ratio_20pct_random"]


# --- Laws.

spreads = st.one_of(
    st.just({"spread": "constant"}),
    st.fixed_dictionaries({"spread": st.just("lognormal"), "sigma": st.sampled_from([0.3, 1.0, 1.5, 2.5])}),
    st.fixed_dictionaries({"spread": st.just("pareto"), "alpha": st.sampled_from([1.1, 1.5, 2.5, 6.0])}),
)
companies = st.fixed_dictionaries(
    {"employees": st.integers(1, 3_000), "audience": st.integers(1, 800), "brand": st.integers(1, 100_000)}
)


@settings(max_examples=25, deadline=None)
@given(companies, spreads, st.integers(0, 100))
def test_better_connected_joiners_bring_more_and_quantiles_are_in_order(company, spread, percent):
    asked = {**company, **spread, "participation": Fraction(percent, 100)}
    best, chance, least = (details(**asked, who=who)["gross"] for who in ("best", "random", "least"))
    scale = max(1.0, best["middle"])
    assert chance["low"] <= chance["middle"] <= chance["high"]
    assert least["middle"] <= chance["low"] + 1e-6 * scale
    assert chance["high"] <= best["middle"] + 1e-6 * scale
    assert best["middle"] <= float(company["employees"] * company["audience"]) * (1 + 1e-9)


@settings(max_examples=20, deadline=None)
@given(companies, spreads, st.integers(1, 100), st.integers(1, 50))
def test_unique_is_at_most_gross_and_net_at_most_unique(company, spread, percent, worlds):
    largest = 10**9 * worlds
    found = details(**company, **spread, participation=Fraction(percent, 100), addressable=largest)
    for name in ("low", "middle", "high"):
        assert found["unique"][name] <= found["gross"][name] * (1 + 1e-6)
    assert 0 <= found["net"]["low"] <= found["net"]["high"] <= found["unique"]["middle"] * (1 + 1e-9)


@settings(max_examples=30, deadline=None)
@given(spreads, st.floats(0, 1), st.floats(0, 1))
def test_a_lorenz_curve_rises_from_nothing_to_all_below_the_diagonal(spread, one, other):
    networks = {
        "constant": lambda: Constant(Fraction(10)),
        "lognormal": lambda: Lognormal(Fraction(10), spread["sigma"]),
        "pareto": lambda: Pareto(Fraction(10), spread["alpha"]),
    }[spread["spread"]]()
    assert (networks.lorenz(0.0), networks.lorenz(1.0)) == (pytest.approx(0), pytest.approx(1))
    low, high = sorted((one, other))
    assert networks.lorenz(low) <= networks.lorenz(high) + 1e-12
    assert networks.lorenz(one) <= one + 1e-12
    assert 0 <= networks.gini < 1


def test_the_same_inputs_give_the_same_numbers():
    asked = {**IBM, "participation": "0.03", "spread": "pareto", "alpha": 1.5}
    first = details(**asked)
    work_out.cache_clear()
    assert details(**asked) == first
    assert first["draws"] >= 20_000


def test_nobody_gives_nothing_and_a_brand_without_followers_no_ratio():
    nobody = details(**IBM, participation=0, spread="lognormal")
    assert nobody["gross"] == {"low": 0, "middle": 0, "high": 0}
    without = work_out(Inputs(employees=10, audience=10, brand=0, participation=1))
    assert (without["ratio"], without["details"]["ratio"]) == (None, None)
    assert without["details"]["curve"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"who": "friends"}, "who"),
        ({"spread": "normal"}, "spread"),
        ({"spread": "pareto", "alpha": 1.0}, "alpha"),
        ({"spread": "pareto", "alpha": math.nan}, "alpha"),
        ({"spread": "lognormal", "sigma": 0}, "sigma"),
        ({"spread": "lognormal", "sigma": 1e9}, "sigma"),
        ({"spread": "histogram", "histogram": ()}, "histogram"),
        ({"spread": "histogram", "histogram": ((150, "0.6"), (500, "0.3"))}, "histogram"),
        ({"spread": "histogram", "histogram": ((0, 1),)}, "histogram"),
        ({"spread": "histogram", "histogram": (("many", 1),)}, "histogram"),
        ({"addressable": 10}, "addressable"),
        ({"addressable": 10**8, "dedup": "0.5"}, "dedup"),
        ({"dedup": "1.5"}, "dedup"),
        ({"brand_overlap": "some"}, "brand_overlap"),
        ({"view_through": "0.1"}, "view_through_source"),
        ({"view_through": "2", "view_through_source": "a book"}, "view_through"),
        ({"posts": 0}, "posts"),
        ({"employees": 10**9, "spread": "pareto"}, "employees"),
        ({"employees": "1.5"}, "employees"),
        ({"participation": "nan"}, "participation"),
    ],
)
def test_what_no_scenario_can_have_is_told_by_its_field(changes, field):
    with pytest.raises(ScenarioError) as refused:
        work_out(Inputs(**{**IBM, "participation": "0.1", **changes}))
    assert refused.value.field == field


def run(*options):
    return subprocess.run(
        [sys.executable, "-m", "advocacy.cli", "scenario", *options], capture_output=True, text=True, check=False
    )


SIZES = ("--employees", "350000", "--audience", "10", "--brand", "1000000", "--participation", "0.1")


def test_the_command_tells_chances_without_a_database():
    done = run(*SIZES, "--spread", "lognormal", "--sigma", "1.5", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["ratio"], found["ratio_exact"], found["break_even_exact"]) == (0.35, "7/20", "2/7")
    assert 0.33 < found["details"]["ratio"]["low"] < 0.35 < found["details"]["ratio"]["high"] < 0.37


def test_the_command_reads_a_histogram_and_tells_what_is_wrong_with_one():
    done = run(*SIZES, "--spread", "histogram", "--histogram", "150:0.6,500:0.2,1200:0.15,5000:0.05", "--json")
    assert json.loads(done.stdout)["details"]["networks"]["mean"] == 620
    for wrong in ("150", "150:0.6:1", "150:x", ","):
        refused = run(*SIZES, "--spread", "histogram", "--histogram", wrong)
        assert (refused.returncode, "histogram" in refused.stderr) == (2, True)
