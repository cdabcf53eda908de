"""What a scenario is worked out from: as it was written, and in the one form in which it is kept and drawn."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, Literal, cast

from advocacy.measurement.scenario.exact import Number, ScenarioError, read_number
from advocacy.measurement.scenario.networks import Constant, Histogram, Lognormal, Networks, Pareto

Who = Literal["random", "best", "least"]
Spread = Literal["constant", "histogram", "lognormal", "pareto"]
BrandOverlap = Literal["none", "independent", "bounds"]
WHO: tuple[Who, ...] = ("random", "best", "least")
SPREADS: tuple[Spread, ...] = ("constant", "histogram", "lognormal", "pareto")
BRAND_OVERLAPS: tuple[BrandOverlap, ...] = ("none", "independent", "bounds")
MOST_POSTS = 1_000
LONGEST_SOURCE = 200
_DIGITS = Context(prec=120)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a scenario is worked out from; numbers as they were written, so that they stay exact.

    `audience` is the mean network size. `histogram` holds (size, share of people) and brings its own mean.
    Without `addressable` or `dedup` nothing is said about overlap; without `view_through` nothing about what is seen,
    and a rate needs its `view_through_source`: none is shipped.
    """

    employees: Number
    audience: Number
    brand: Number
    participation: Number
    who: Who = "random"
    spread: Spread = "constant"
    histogram: tuple[tuple[Number, Number], ...] = ()
    sigma: Number = "1.5"
    alpha: Number = 2
    addressable: Number | None = None
    dedup: Number | None = None
    brand_overlap: BrandOverlap = "bounds"
    view_through: Number | None = None
    view_through_source: str = ""
    posts: int = 1

    @property
    def seed(self) -> int:
        """Return the seed of its draws: one scenario gives the same numbers, on any machine, however it was written."""
        said = json.dumps(self.canonical(), sort_keys=True, ensure_ascii=False)
        return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big")

    def canonical(self) -> dict[str, Any]:
        """Return the scenario in plain JSON: numbers exact as text, and null for what does not matter to it.

        Raises ScenarioError for inputs no scenario can have.
        """
        check(self)
        networks = networks_of(self)
        classes = networks.classes if isinstance(networks, Histogram) else ()
        return {
            "employees": _exact("employees", self.employees),
            "audience": exact_text(networks.mean),
            "brand": _exact("brand", self.brand),
            "participation": _exact("participation", self.participation),
            "who": self.who,
            "spread": self.spread,
            "histogram": [[exact_text(size), exact_text(share)] for size, share in sorted(classes)] or None,
            "sigma": _exact("sigma", self.sigma) if self.spread == "lognormal" else None,
            "alpha": _exact("alpha", self.alpha) if self.spread == "pareto" else None,
            "addressable": _exact("addressable", self.addressable),
            "dedup": _exact("dedup", self.dedup),
            "brand_overlap": self.brand_overlap,
            "view_through": _exact("view_through", self.view_through),
            "view_through_source": self.view_through_source.strip() or None,
            "posts": self.posts,
        }

    @classmethod
    def of_canonical(cls, kept: Mapping[str, Any]) -> "Inputs":
        """Return the scenario that was kept in that form."""
        given = {name: value for name, value in kept.items() if value is not None}
        for name in ("employees", "audience", "brand", "participation", "sigma", "alpha", "addressable", "dedup",
                     "view_through"):  # fmt: skip
            if name in given:
                given[name] = Fraction(given[name])
        given["histogram"] = tuple((Fraction(size), Fraction(share)) for size, share in given.get("histogram", ()))
        return cls(**cast("Any", given))


def check(inputs: Inputs) -> None:
    """Raise ScenarioError for choices that do not exist or do not go together."""
    if inputs.who not in WHO:
        raise ScenarioError("who", "must be random, best or least.")
    if inputs.spread not in SPREADS:
        raise ScenarioError("spread", "must be constant, histogram, lognormal or pareto.")
    if inputs.brand_overlap not in BRAND_OVERLAPS:
        raise ScenarioError("brand_overlap", "must be none, independent or bounds.")
    if inputs.addressable is not None and inputs.dedup is not None:
        raise ScenarioError("dedup", "cannot stand beside addressable people: choose one model of overlap.")
    if not 1 <= inputs.posts <= MOST_POSTS:
        raise ScenarioError("posts", f"must be a whole number from 1 to {MOST_POSTS}.")
    if inputs.view_through is not None and not inputs.view_through_source.strip():
        raise ScenarioError("view_through_source", "must say where the view-through rate comes from.")
    if len(inputs.view_through_source) > LONGEST_SOURCE:
        raise ScenarioError("view_through_source", f"must not be longer than {LONGEST_SOURCE} characters.")


def classes_of(text: str) -> tuple[tuple[str, str], ...]:
    """Read classes written as `150:0.6, 500:0.4`. Raises ScenarioError for what is not written so."""
    found = [part.split(":") for part in text.replace(" ", "").split(",")]
    if any(len(pair) != 2 for pair in found):
        raise ScenarioError("histogram", "is written as size:share pairs, such as 150:0.6,500:0.4.")
    return tuple((size, share) for size, share in found)


def networks_of(inputs: Inputs) -> Networks:
    """Return the distribution that is meant. Raises ScenarioError."""
    if inputs.spread == "histogram":
        return Histogram(
            tuple((read_number("histogram", size), read_number("histogram", share)) for size, share in inputs.histogram)
        )
    mean = read_number("audience", inputs.audience)
    if inputs.spread == "lognormal":
        return Lognormal(mean, float(read_number("sigma", inputs.sigma)))
    if inputs.spread == "pareto":
        return Pareto(mean, float(read_number("alpha", inputs.alpha)))
    return Constant(mean)


def exact_text(number: Fraction) -> str:
    """Return a number as decimal digits where those are exact, else as a fraction: `0.105`, `1/3`."""
    rest = number.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    if rest != 1:
        return str(number)
    digits = _DIGITS.divide(Decimal(number.numerator), Decimal(number.denominator))
    return f"{digits:f}" if Fraction(digits) == number else str(number)


def _exact(field: str, given: Number | None) -> str | None:
    return None if given is None else exact_text(read_number(field, given))
