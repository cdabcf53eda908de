"""The whole calculator: who joins, how networks are spread, what overlaps, what is seen. Needs no database."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from advocacy.measurement.scenario import joining
from advocacy.measurement.scenario.exact import LARGEST, Number, ScenarioError, read_number, scenario
from advocacy.measurement.scenario.networks import (
    Constant,
    Histogram,
    Lognormal,
    Networks,
    Pareto,
    share_that_holds,
    top_share,
)

MODEL_VERSION = 1
Who = Literal["random", "best", "least"]
Spread = Literal["constant", "histogram", "lognormal", "pareto"]
BrandOverlap = Literal["none", "independent", "bounds"]
WHO: tuple[Who, ...] = ("random", "best", "least")
SPREADS: tuple[Spread, ...] = ("constant", "histogram", "lognormal", "pareto")
BRAND_OVERLAPS: tuple[BrandOverlap, ...] = ("none", "independent", "bounds")
MOST_PEOPLE = 10_000_000
MOST_POSTS = 1_000
LONGEST_SOURCE = 200
CURVE = (0.01, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


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
        """Return the seed of its draws: the same inputs give the same numbers, on any machine."""
        said = json.dumps(asdict(self), sort_keys=True, default=str, ensure_ascii=False)
        return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big")


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


@lru_cache(maxsize=64)
def work_out(inputs: Inputs) -> Mapping[str, Any]:
    """Return everything about a scenario: the exact numbers of `scenario()` and, under `details`, what hangs on chance.

    Values that hang on chance come as `low`, `middle`, `high`: 5, 50 and 95 of 100 draws stay below. What cannot be
    said is null, with the reason. Raises ScenarioError.
    """
    _check(inputs)
    networks = networks_of(inputs)
    exact = scenario(
        employees=inputs.employees, audience=networks.mean, brand=inputs.brand, participation=inputs.participation
    )
    people = int(read_number("employees", inputs.employees))
    share = read_number("participation", inputs.participation)
    brand = read_number("brand", inputs.brand)
    if people > MOST_PEOPLE and networks.gini > 0:
        raise ScenarioError("employees", f"must not be greater than {MOST_PEOPLE} where networks differ.")
    joiners = math.floor(people * share + Fraction(1, 2))
    details: dict[str, Any] = {
        "model_version": MODEL_VERSION,
        "seed": str(inputs.seed),
        "draws": joining.DRAWS if _hangs_on_chance(inputs, networks) else 1,
        "who": inputs.who,
        "joiners": joiners,
        "networks": _networks(networks),
        "break_even": _break_even(networks, people, brand),
        "curve": _curve(networks, people, brand),
        **_outcomes(inputs, networks, people, joiners, float(brand)),
    }
    if brand and exact["potential"]:
        details["total_multiplier"] = float(1 + Fraction(exact["ratio_exact"]))
    return MappingProxyType({**exact, "details": details})


def _check(inputs: Inputs) -> None:
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


def _hangs_on_chance(inputs: Inputs, networks: Networks) -> bool:
    """Return whether it matters who joins, and chance decides it."""
    return inputs.who == "random" and networks.gini > 0


def _networks(networks: Networks) -> dict[str, Any]:
    return {
        "mean": float(networks.mean),
        "median": networks.median,
        "gini": networks.gini,
        "top_1_percent": top_share(networks, 0.01),
        "top_10_percent": top_share(networks, 0.1),
        "bottom_50_percent": networks.lorenz(0.5),
        "variation": networks.variation if math.isfinite(networks.variation) else None,
    }


def _break_even(networks: Networks, people: int, brand: Fraction) -> dict[str, float | None]:
    """Return at which participation each way of joining equals the brand; null where it never does."""
    total = networks.mean * people
    if not brand or not total or brand > total:
        return dict.fromkeys(WHO)
    part = float(brand / total)
    return {
        "random": part,
        "best": share_that_holds(part, lambda share: top_share(networks, share)),
        "least": share_that_holds(part, networks.lorenz),
    }


def _curve(networks: Networks, people: int, brand: Fraction) -> list[dict[str, float]]:
    """Return the ratio at a few participations, for each way of joining; empty for a brand without followers."""
    if not brand:
        return []
    ratio = float(networks.mean * people / brand)
    return [
        {
            "participation": share,
            "random": ratio * share,
            "best": ratio * top_share(networks, share),
            "least": ratio * networks.lorenz(share),
        }
        for share in CURVE
    ]


def _outcomes(inputs: Inputs, networks: Networks, people: int, joiners: int, brand: float) -> dict[str, Any]:
    """Return gross, ratio, unique, net and realised, as chance spreads them."""
    cut = {"random": 0, "best": joiners, "least": people - joiners}[inputs.who]
    company = joining.lay_out(networks, people, cut)
    if _hangs_on_chance(inputs, networks):
        joined = joining.draw_joiners(company, joiners, inputs.seed)
    else:
        joined = joining.joiners_by_rank(company, joiners, best_first=inputs.who == "best")
    gross = joining.gross_of(company, joined)
    found: dict[str, Any] = {"gross": joining.quantiles(gross), "reasons": {}}
    found["ratio"] = joining.quantiles(gross / brand) if brand else None
    addressable = _optional("addressable", inputs.addressable)
    dedup = _optional("dedup", inputs.dedup, most=1)
    if addressable is not None:
        if addressable < max(brand, float(company.sizes.max(initial=0))):
            raise ScenarioError("addressable", "must be at least the brand's followers and the largest network.")
        unique = joining.unique_of(company, joined, addressable)
    elif dedup is not None:
        unique = gross * dedup
    else:
        found |= {"unique": None, "net": None}
        found["reasons"] |= {"unique": "no_overlap_model", "net": "no_overlap_model"}
        unique = None
    if unique is not None:
        found["unique"] = joining.quantiles(unique)
        found["net"] = _net(inputs.brand_overlap, found["unique"], brand, addressable, found["reasons"])
    rate = _optional("view_through", inputs.view_through, most=1)
    if rate is None:
        found["realised"] = None
        found["reasons"]["realised"] = "no_view_through_rate"
    else:
        seen = 1 - (1 - rate) ** inputs.posts
        found["realised"] = {
            "views": joining.quantiles(gross * rate * inputs.posts),
            "people": joining.quantiles((gross if unique is None else unique) * seen),
            "source": inputs.view_through_source.strip(),
        }
    return found


def _net(
    overlap: BrandOverlap, unique: dict[str, float], brand: float, addressable: float | None, reasons: dict[str, str]
) -> dict[str, float] | None:
    """Return reach beyond the brand: by the bounds of Fréchet, or as if following were independent, or all of it."""
    if overlap == "none":
        return unique
    if overlap == "independent":
        if addressable is None:
            reasons["net"] = "no_addressable_people"
            return None
        return {name: value * (1 - brand / addressable) for name, value in unique.items()}
    middle = unique["middle"]
    most = middle if addressable is None else min(middle, addressable - brand)
    return {"low": max(0.0, middle - brand), "high": most}


def _optional(field: str, given: Number | None, *, most: int = LARGEST) -> float | None:
    if given is None:
        return None
    number = read_number(field, given)
    if not 0 < number <= most:
        raise ScenarioError(field, f"must be above 0 and at most {most}.")
    return float(number)
