from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy.measurement.scenario import IBM, ScenarioError, scenario


def ibm(participation: Any = 1) -> dict[str, Any]:
    return scenario(employees=350_000, audience=10, brand=1_000_000, participation=participation)


def test_the_golden_example_a1_is_exactly_three_and_a_half() -> None:
    answer = ibm(1.0)
    assert (answer["potential"], answer["activated"], answer["ratio"]) == (3_500_000, 3_500_000, 3.5)
    assert answer["ratio_exact"] == "7/2"
    assert answer["break_even_exact"] == "2/7"


@pytest.mark.parametrize(
    ("participation", "ratio"), [(0.03, 0.105), ("0.03", 0.105), (Decimal("0.10"), 0.35), (0.3, 1.05), (0, 0)]
)
def test_the_golden_example_a2_follows_participation(participation: Any, ratio: float) -> None:
    answer = ibm(participation)
    assert answer["ratio"] == ratio
    assert answer["break_even_participation"] == pytest.approx(0.2857142857142857, abs=1e-15)


def test_the_golden_example_a14_has_a_ratio_of_31() -> None:
    mean = Fraction(150 * 60 + 500 * 20 + 1_200 * 15 + 5_000 * 5, 100)
    assert scenario(employees=1_000, audience=mean, brand=20_000, participation=1)["ratio"] == 31


def test_the_preset_gives_the_numbers_of_the_source_text() -> None:
    answer = scenario(employees=IBM.employees, audience=IBM.audience, brand=IBM.brand, participation=IBM.participation)
    assert answer["ratio_exact"] == "7/2"


def test_a_brand_without_followers_has_no_ratio_and_says_why() -> None:
    answer = scenario(employees=10, audience=10, brand=0, participation=1)
    assert answer["ratio"] is None
    assert answer["break_even_participation"] is None
    assert answer["reasons"] == {"ratio": "no_denominator", "break_even_participation": "no_denominator"}


def test_nobody_to_reach_has_no_break_even() -> None:
    answer = scenario(employees=0, audience=10, brand=5, participation=1)
    assert (answer["ratio"], answer["break_even_participation"]) == (0, None)


def test_a_break_even_above_everybody_is_marked_as_not_reachable() -> None:
    answer = scenario(employees=10, audience=10, brand=1_000, participation=1)
    assert answer["break_even_participation"] == 10
    assert answer["reasons"] == {"break_even_participation": "not_reachable"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("employees", -1),
        ("employees", 2.5),
        ("employees", True),
        ("audience", float("nan")),
        ("audience", "NaN"),
        ("audience", "Infinity"),
        ("audience", "1e999999999"),
        ("audience", "1e-999999999"),
        ("brand", "a million"),
        ("brand", ""),
        ("brand", "\x00"),
        ("brand", "1" * 50),
        ("brand", 10**16),
        ("participation", 1.0001),
        ("participation", -0.1),
    ],
)
def test_bad_input_is_refused_by_name(field: str, value: Any) -> None:
    inputs = {"employees": 10, "audience": 10, "brand": 10, "participation": 1, field: value}
    with pytest.raises(ScenarioError) as caught:
        scenario(**inputs)
    assert caught.value.field == field
    assert caught.value.detail.endswith(".")


@given(
    employees=st.integers(0, 10**6),
    audience=st.fractions(0, 10**4, max_denominator=1000),
    brand=st.integers(1, 10**9),
    participation=st.fractions(0, 1, max_denominator=1000),
)
def test_exact_values_agree_with_the_definition(
    employees: int, audience: Fraction, brand: int, participation: Fraction
) -> None:
    answer = scenario(employees=employees, audience=audience, brand=brand, participation=participation)
    assert Fraction(answer["ratio_exact"]) * brand == employees * audience * participation
    if answer["break_even_exact"] is not None:
        assert Fraction(answer["break_even_exact"]) * employees * audience == brand
