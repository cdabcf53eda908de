"""The whole calculator: who joins, how networks are spread, what overlaps, what is seen. Needs no database."""

import hashlib
import json
import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from advocacy.measurement.scenario import joining
from advocacy.measurement.scenario.exact import LARGEST, Number, ScenarioError, read_number, scenario
from advocacy.measurement.scenario.inputs import WHO, BrandOverlap, Inputs, check, networks_of
from advocacy.measurement.scenario.networks import Networks, share_that_holds, top_share

# How each number comes about, for whoever keeps it: the hash of these stands beside a kept scenario.
FORMULAS = {
    "gross": "sum of the joiners' networks",
    "ratio": "gross / brand",
    "break_even": "participation at which ratio = 1",
    "unique": "addressable * (1 - product over joiners of (1 - size / addressable)), or gross * dedup",
    "net": "unique without the brand's followers: all, as if independent, or Frechet bounds",
    "realised": "gross * view_through * posts views; unique * (1 - (1 - view_through) ** posts) people",
}
MODEL_VERSION = 1
MOST_PEOPLE = 10_000_000
CURVE = (
    0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0,
)  # fmt: skip
# As many equally likely outcomes as a picture shows, one dot each.
OUTCOMES = 50


def definition_hash() -> str:
    """Return twelve digits that change with whatever decides the numbers of one scenario.

    A change of the formulas themselves shows in `MODEL_VERSION`; a test holds the numbers of the present version.
    """
    said = {"version": MODEL_VERSION, "formulas": FORMULAS, **joining.SETTINGS}
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


@lru_cache(maxsize=64)
def work_out(inputs: Inputs) -> Mapping[str, Any]:
    """Return everything about a scenario: the exact numbers of `scenario()` and, under `details`, what hangs on chance.

    Values that hang on chance come as `low`, `middle`, `high`: 5, 50 and 95 of 100 draws stay below. What cannot be
    said is null, with the reason. Raises ScenarioError.
    """
    check(inputs)
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
    found["outcomes"] = joining.equally_likely(gross / brand, OUTCOMES) if brand else []
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
