"""What amplification would be at a given participation: exact arithmetic, no database, no settings."""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

LARGEST = 10**15
LONGEST_NUMBER = 40

Number = int | float | str | Decimal | Fraction


class ScenarioError(ValueError):
    """An input that no scenario can have. Says which, and what would do."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Preset:
    """Inputs with where they come from. An illustration, not a fact about anybody."""

    key: str
    name: str
    employees: int
    audience: int
    brand: int
    participation: Fraction
    note: str


IBM = Preset(
    key="ibm",
    name="IBM, as the source text tells it",
    employees=350_000,
    audience=10,
    brand=1_000_000,
    participation=Fraction(1),
    note="An illustration from a consultancy's article; another article of theirs says 352,000 and 588,000.",
)


def scenario(*, employees: Number, audience: Number, brand: Number, participation: Number) -> dict[str, Any]:
    """Return what a company of `employees` with `audience` connections each reaches, next to `brand` followers.

    `participation` is the share of people who take part, chosen at random, from 0 to 1. `break_even_participation`
    is where the ratio is 1; above 1 it cannot be reached. Numbers come as JSON numbers, exact values beside them as
    text. A brand without followers has no ratio: null, with the reason. Raises ScenarioError.
    """
    people = read_number("employees", employees)
    if people.denominator != 1:
        raise ScenarioError("employees", "must be a whole number.")
    each = read_number("audience", audience)
    followers = read_number("brand", brand)
    share = read_number("participation", participation)
    if share > 1:
        raise ScenarioError("participation", "must be between 0 and 1; 0.03 means 3 in 100.")
    potential = people * each
    activated = share * potential
    ratio = activated / followers if followers else None
    break_even = followers / potential if potential and followers else None
    reasons = {}
    if ratio is None:
        reasons["ratio"] = "no_denominator"
    if break_even is None:
        reasons["break_even_participation"] = "no_denominator"
    elif break_even > 1:
        reasons["break_even_participation"] = "not_reachable"
    return {
        "employees": _plain(people),
        "audience": _plain(each),
        "brand": _plain(followers),
        "participation": _plain(share),
        "potential": _plain(potential),
        "activated": _plain(activated),
        "ratio": _plain(ratio),
        "ratio_exact": _exact(ratio),
        "break_even_participation": _plain(break_even),
        "break_even_exact": _exact(break_even),
        "reasons": reasons,
    }


def read_number(field: str, given: Number) -> Fraction:
    """Read a number exactly as it was written: 0.03 is three hundredths, not the nearest binary fraction."""
    if isinstance(given, bool):
        raise ScenarioError(field, "must be a number.")
    if isinstance(given, float):
        if not math.isfinite(given):
            raise ScenarioError(field, "must be a finite number.")
        given = repr(given)
    if isinstance(given, str):
        # A long text or a huge exponent would take for ever to read.
        if len(given) > LONGEST_NUMBER:
            raise ScenarioError(field, "is too long for a number.")
        try:
            given = Decimal(given.strip())
        except ArithmeticError:
            raise ScenarioError(field, "must be a number such as 350000 or 0.03.") from None
    if isinstance(given, Decimal):
        if not given.is_finite():
            raise ScenarioError(field, "must be a finite number.")
        if given and abs(given.adjusted()) > LONGEST_NUMBER:
            raise ScenarioError(field, f"must be 0, or between 1e-{LONGEST_NUMBER} and {LARGEST}.")
    number = Fraction(given)
    if number < 0:
        raise ScenarioError(field, "must not be negative.")
    if number > LARGEST:
        raise ScenarioError(field, f"must not be greater than {LARGEST}.")
    return number


def _plain(number: Fraction | None) -> int | float | None:
    """Return a JSON number: whole where it is whole."""
    if number is None:
        return None
    return number.numerator if number.denominator == 1 else float(number)


def _exact(number: Fraction | None) -> str | None:
    return None if number is None else str(number)
