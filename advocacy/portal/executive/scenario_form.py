"""What the scenario form asks, and how its words become inputs."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

from flask_babel import gettext as _

from advocacy.measurement.scenario import Inputs, ScenarioError, classes_of
from advocacy.measurement.scenario.inputs import BrandOverlap, Spread, Who, exact_text
from advocacy.portal.executive.what_if import Preset
from advocacy.portal.measures import exact_decimal
from advocacy.portal.pages import language
from advocacy.portal.typed_numbers import as_plain, as_typed

REQUIRED = ("employees", "audience", "brand", "participation")
# Beside the four numbers: what was not said is as before, and keeps the simple case simple.
REFINED = {
    "who": "random", "spread": "constant", "histogram": "", "sigma": "1.5", "alpha": "2", "addressable": "",
    "dedup": "", "brand_overlap": "bounds", "view_through": "", "view_through_source": "", "posts": "1",
}  # fmt: skip
FOLDED = ("addressable", "dedup", "brand_overlap", "view_through", "view_through_source", "posts")
# A form says in which language these are written, an address need not: there 350.000 is 350.
NUMBERS = (*REQUIRED, "sigma", "alpha", "addressable", "dedup", "view_through", "posts")
LONGEST = 400
LONGEST_SHARE = 30


def values_of(preset: Preset | None, given: Mapping[str, str]) -> dict[str, str]:
    """Return the form's values: a preset's numbers or those that were sent, and what refines them.

    What was typed stays as it is; what stands in an address is written in the reader's language.
    """
    sent = {name: given[name].strip()[:LONGEST] for name in (*REQUIRED, *REFINED) if name in given}
    written, here = given.get("written", ""), language()
    if written != here:
        sent |= {name: as_typed(as_plain(sent[name], written), here) for name in sent.keys() & set(NUMBERS)}
    refined = {name: as_typed(text, here) if name in NUMBERS else text for name, text in REFINED.items()}
    values = dict.fromkeys(REQUIRED, "") | refined | sent
    return values if preset is None else values | {name: as_typed(text, here) for name, text in _told(preset).items()}


def _told(preset: Preset) -> dict[str, str]:
    return {
        "employees": str(preset.employees),
        "audience": f"{exact_decimal(preset.audience, 2).normalize():f}",
        "brand": str(preset.brand),
        "participation": f"{exact_decimal(preset.participation * 100, 1).normalize():f}",
    }


def address_of(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return what an address says of a scenario in its canonical form, to go on working from it."""
    found = {name: str(value) for name, value in inputs.items() if value is not None and name != "histogram"}
    for name in ("participation", "view_through"):
        if name in found:
            found[name] = exact_text(Fraction(found[name]) * 100)
    if inputs["histogram"]:
        found["histogram"] = ",".join(":".join(pair) for pair in inputs["histogram"])
    return {name: value for name, value in found.items() if REFINED.get(name) != value}


def is_refined(values: Mapping[str, str]) -> bool:
    """Return whether anything was said about overlap or what is seen, which stands folded away until then."""
    return any(values[name] != REFINED[name] for name in FOLDED)


def inputs_of(values: Mapping[str, str]) -> Inputs:
    """Return the scenario that is asked for. Raises ScenarioError with the field that cannot be read."""
    said = {name: value.replace(" ", "").replace("\u00a0", "") for name, value in values.items()}
    said |= {name: as_plain(said[name], language()) for name in NUMBERS}
    histogram = classes_of(said["histogram"]) if said["spread"] == "histogram" else ()
    return Inputs(
        employees=said["employees"],
        audience=said["audience"],
        brand=said["brand"],
        participation=_percent("participation", said["participation"]),
        who=cast("Who", said["who"]),
        spread=cast("Spread", said["spread"]),
        histogram=histogram,
        sigma=said["sigma"] or "1.5",
        alpha=said["alpha"] or "2",
        addressable=said["addressable"] or None,
        dedup=said["dedup"] or None,
        brand_overlap=cast("BrandOverlap", said["brand_overlap"]),
        view_through=_percent("view_through", said["view_through"]) if said["view_through"] else None,
        view_through_source=values["view_through_source"],
        posts=_posts(said["posts"]),
    )


def _percent(field: str, text: str) -> Fraction:
    try:
        share = _written(text) / 100
    except (ValueError, ZeroDivisionError):
        raise ScenarioError(field, "must be a number.") from None
    if not 0 <= share <= 1:
        raise ScenarioError(field, "must be between 0 and 100.")
    return share


def _written(text: str) -> Fraction:
    """Read digits or a fraction such as 2/7. Raises ValueError, also for an exponent: 1e999999999 is ever so long."""
    if len(text) >= LONGEST_SHARE or "e" in text.casefold():
        raise ValueError(text)
    return Fraction(text)


def _posts(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise ScenarioError("posts", "must be a whole number.")
    return int(text)


def said(error: ScenarioError) -> str:
    """Return what to do about an input, in the reader's language."""
    sentences = {
        "employees": _("Enter a whole number of people, at most 10 million where networks differ."),
        "participation": _("Enter a share from 0 to 100 per cent."),
        "view_through": _("Enter a share above 0 and up to 100 per cent."),
        "view_through_source": _("Say where the view-through rate comes from, in at most 200 characters."),
        "histogram": _("Write sizes and shares of people that add up to 1, such as 150:0.6, 500:0.3, 2000:0.1."),
        "sigma": _("Enter a spread above 0 and at most 4."),
        "alpha": _("Enter a number above 1: at 1 and below there is no mean."),
        "addressable": _("Enter how many people there are to know: at least the brand's followers."),
        "dedup": _("Enter a ratio above 0 and up to 1, and leave addressable people empty."),
        "posts": _("Enter a whole number from 1 to 1,000."),
    }
    return sentences.get(error.field, _("Enter a number such as 350000, not negative."))


def who_names() -> tuple[str, str, str]:
    """Return the ways of joining in the order of the calculator."""
    return _("chance decides"), _("the best connected first"), _("the least connected first")


def choices() -> dict[str, list[Any]]:
    """Return the options of the form's lists."""
    chance, best, least = who_names()
    return {
        "who": [("random", chance), ("best", best), ("least", least)],
        "spread": [
            ("constant", _("everybody has the same")),
            ("lognormal", _("many small, a few large (lognormal)")),
            ("pareto", _("a heavy tail (Pareto)")),
            ("histogram", _("own classes of sizes")),
        ],
        "brand_overlap": [
            ("bounds", _("unknown: give bounds")),
            ("independent", _("as chance would have it")),
            ("none", _("nobody follows the brand")),
        ],
    }
