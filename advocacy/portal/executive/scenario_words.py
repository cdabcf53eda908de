"""A scenario in words: what was assumed, what follows, and between which ends where chance decides."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from advocacy.portal.executive import scenario_plots
from advocacy.portal.executive.scenario_form import choices, who_names
from advocacy.portal.measures import exact_decimal, times

SHOWN_SHARES = (0.01, 0.03, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
MOST_PLACES = 6
# Between the ends of an interval lie at least so many steps of its last digit: more digits would promise too much.
FEWEST_STEPS = 5
Words = dict[str, Any]


def shown(inputs: Mapping[str, Any], found: Mapping[str, Any]) -> Words:
    """Return a scenario as a page says it, from its canonical inputs and what the calculator made of them."""
    details, break_even = found["details"], found["break_even_exact"]
    share = Fraction(inputs["participation"])
    spread = details["ratio"]
    is_random = inputs["who"] == "random"
    names = dict(zip(("random", "best", "least"), who_names(), strict=True))
    realised = details["realised"] or {}
    return {
        "who": inputs["who"],
        "employees": _whole(found["employees"]),
        "percent": percent(share),
        "joiners": _whole(details["joiners"]),
        "ratio": None if spread is None else times(found["ratio_exact"] if is_random else Fraction(spread["middle"])),
        "ratio_exact": found["ratio_exact"] if is_random else None,
        "range": spread_words(spread),
        "draws": _whole(details["draws"]),
        "potential": _whole(found["potential"]),
        "activated": _spread_or_one(details["gross"], found["activated"]),
        "multiplier": times(Fraction(details["total_multiplier"])) if details.get("total_multiplier") else None,
        "break_even": percent(Fraction(break_even)) if break_even else None,
        "break_even_exact": break_even,
        "is_reachable": break_even is not None and Fraction(break_even) <= 1,
        "is_uneven": details["networks"]["gini"] > 0,
        "networks": _networks(details["networks"]),
        "break_evens": [
            {"who": way, "name": name, "percent": percent(Fraction(even)) if even is not None else None}
            for way, name in names.items()
            for even in [details["break_even"][way]]
        ],
        "unique": spread_words(details["unique"]),
        "net": spread_words(details["net"]),
        "seen": spread_words(realised.get("people")),
        "views": spread_words(realised.get("views")),
        "source": realised.get("source"),
        "dots": scenario_plots.dots(details.get("outcomes", []), spread) if spread is not None else None,
        "quantiles": _quantiles(details.get("outcomes", [])),
        "curve": scenario_plots.curve(details, who=inputs["who"], participation=float(share), names=names),
        "rows": _rows(found, details),
        "names": names,
        "assumed": assumed(inputs),
        "model_version": details["model_version"],
        "seed": details["seed"],
    }


def percent(share: Fraction) -> str:
    """Return a share in per cent without its sign, exact to a thousandth."""
    return str(format_decimal(exact_decimal(share * 100, 3 if share < Fraction(1, 10) else 1), "#,##0.###"))


def spread_words(spread: Mapping[str, float] | None) -> dict[str, str] | None:
    """Return the ends (and the middle) of what may come out, with as many digits as tell the ends apart."""
    if spread is None:
        return None
    width = spread["high"] - spread["low"]
    size = max(abs(value) for value in spread.values())
    if width <= size * 1e-9:
        return {"one": str(times(Fraction(spread["low"])) if size < 1000 else _whole(round(spread["low"])))}
    places = min(MOST_PLACES, math.ceil(math.log10(FEWEST_STEPS / width)))
    return {name: _rounded(value, places) for name, value in spread.items()}


def assumed(inputs: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what was assumed as (name, label, value), the four numbers first and the rest where it matters."""
    listed = {name: dict(options) for name, options in choices().items()}
    rows = [
        ("employees", _("People employed"), _number(inputs["employees"])),
        ("audience", _("Connections each"), _number(inputs["audience"])),
        ("brand", _("Brand followers"), _number(inputs["brand"])),
        ("participation", _("Participation"), _("%(number)s %%", number=percent(Fraction(inputs["participation"])))),
        ("who", _("Who joins"), str(listed["who"][inputs["who"]])),
        ("spread", _("How networks differ"), str(listed["spread"][inputs["spread"]])),
        ("sigma", _("Spread, for lognormal"), _number(inputs["sigma"])),
        ("alpha", _("Tail, for Pareto"), _number(inputs["alpha"])),
        ("histogram", _("Own classes"), ", ".join(":".join(pair) for pair in inputs["histogram"] or ())),
        ("addressable", _("People there are to know"), _number(inputs["addressable"])),
        ("dedup", _("Measured share of different people"), _number(inputs["dedup"])),
        ("brand_overlap", _("Who of them follows the brand"), str(listed["brand_overlap"][inputs["brand_overlap"]])),
        (
            "view_through",
            _("View-through rate"),
            _("%(number)s %%", number=percent(Fraction(inputs["view_through"]))) if inputs["view_through"] else "",
        ),
        ("view_through_source", _("Where that rate comes from"), inputs["view_through_source"] or ""),
        ("posts", _("Posts a person"), str(inputs["posts"]) if inputs["view_through"] else ""),
    ]
    if not (inputs["addressable"] or inputs["dedup"]):
        rows = [row for row in rows if row[0] != "brand_overlap"]
    return [row for row in rows if row[2]]


def _number(text: str | None) -> str:
    return "" if text is None else str(format_decimal(exact_decimal(Fraction(text), 4), "#,##0.####"))


def _whole(value: float) -> str:
    return str(format_decimal(exact_decimal(Fraction(str(value)), 0)))


def _rounded(value: float, places: int) -> str:
    if places <= 0:
        return str(format_decimal(round(value, places), "#,##0"))
    return str(format_decimal(exact_decimal(Fraction(value), places), "#,##0." + "0" * places))


def _spread_or_one(gross: Mapping[str, float], exact: float) -> dict[str, str]:
    """Return the connections of those who join: exact where nothing is left to chance."""
    if gross["low"] != gross["high"]:
        return spread_words(gross) or {}
    # The exact sum is that of joining by chance; who joins by rank has another one.
    is_average = math.isclose(gross["low"], exact, rel_tol=1e-6, abs_tol=0.5)
    return {"one": _whole(exact if is_average else round(gross["low"]))}


def _networks(shape: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    per_cent = {
        name: _("%(number)s %%", number=format_decimal(shape[name] * 100, "#,##0.#"))
        for name in ("top_1_percent", "top_10_percent")
    }
    return [
        ("mean", _("Mean"), str(format_decimal(shape["mean"], "#,##0.##"))),
        ("median", _("Half have at most"), str(format_decimal(shape["median"], "#,##0.##"))),
        ("top_1", _("Held by the best connected 1 %"), per_cent["top_1_percent"]),
        ("top_10", _("Held by the best connected 10 %"), per_cent["top_10_percent"]),
        ("gini", _("Gini index"), str(format_decimal(shape["gini"], "0.###"))),
    ]


def _quantiles(outcomes: list[float]) -> list[tuple[str, str]]:
    """Return the table behind the dots: below what value so many of 100 outcomes stay."""
    if len(outcomes) < 2 or outcomes[0] == outcomes[-1]:
        return []
    places = min(MOST_PLACES, 2 - math.floor(math.log10(outcomes[-1] - outcomes[0])))
    wanted = (5, 10, 25, 50, 75, 90, 95)
    return [
        (str(share), _rounded(outcomes[min(len(outcomes) - 1, len(outcomes) * share // 100)], places))
        for share in wanted
    ]


def _rows(found: Mapping[str, Any], details: Mapping[str, Any]) -> list[Words]:
    """Return the curve as a table: how many people, and how many times the brand, for each way of joining."""
    people = Fraction(str(found["employees"]))
    rows = []
    for point in details["curve"]:
        if point["participation"] not in SHOWN_SHARES:
            continue
        share = Fraction(str(point["participation"]))
        rows.append(
            {
                "percent": percent(share),
                "people": _whole(float(round(people * share))),
                **{way: times(Fraction(point[way])) for way in ("random", "best", "least")},
            }
        )
    return rows
