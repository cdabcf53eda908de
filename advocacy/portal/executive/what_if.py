"""What would it take: exact figures for the slider, of our own numbers or of the source text's illustration."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from advocacy.measurement.scenario import IBM, scenario
from advocacy.portal.measures import exact_decimal
from advocacy.portal.pages import language
from advocacy.portal.typed_numbers import as_plain

STEPS = 1_000  # the slider moves by a tenth of a per cent


@dataclass(frozen=True, slots=True)
class Preset:
    """Inputs of a scenario with where they come from."""

    key: str
    name: str
    employees: int
    audience: Fraction
    brand: int
    participation: Fraction
    note: str


def ibm() -> Preset:
    return Preset(
        IBM.key,
        IBM.name,
        IBM.employees,
        Fraction(IBM.audience),
        IBM.brand,
        IBM.participation,
        IBM.note,
    )


def is_illustration(values: Mapping[str, str]) -> bool:
    """Return whether a form holds the source text's numbers, whatever participation was chosen."""
    told = {"employees": IBM.employees, "audience": IBM.audience, "brand": IBM.brand}
    return all(as_plain(values.get(name, ""), language()) == str(value) for name, value in told.items())


def own(answer: dict[str, Any]) -> Preset | None:
    """Return a unit's own numbers as a scenario, or None while one of them is missing."""
    employed, potential, known = answer["employed"], answer["potential"], answer["with_size"]
    followers, active = answer["brand_followers"], answer["active"]
    if not employed or not potential or not known or not followers:
        return None
    each = Fraction(potential, known)
    note = _(
        "Our own numbers: %(employed)s people, each with the average network of those who told theirs (%(each)s), "
        "and %(brand)s brand followers.",
        employed=format_decimal(employed),
        each=format_decimal(exact_decimal(each, 1), "#,##0.#"),
        brand=format_decimal(followers),
    )
    return Preset("own", _("Our own numbers"), employed, each, followers, Fraction(active or 0, employed), note)


def worked_out(preset: Preset, step: int | None) -> dict[str, Any]:
    """Return what the slider shows at a step, worked out by the same function as the command line's."""
    value = round(preset.participation * STEPS) if step is None else step
    share = Fraction(value, STEPS)
    found = scenario(employees=preset.employees, audience=preset.audience, brand=preset.brand, participation=share)
    ratio = Fraction(found["ratio_exact"]) if found["ratio_exact"] is not None else None
    break_even = Fraction(found["break_even_exact"]) if found["break_even_exact"] is not None else None
    return {
        "value": value,
        "shown": {
            "participation": format_decimal(exact_decimal(share * 100, 1), "#,##0.#"),
            "people": format_decimal(exact_decimal(preset.employees * share, 0)),
            "activated": format_decimal(exact_decimal(preset.employees * share * preset.audience, 0)),
            "ratio": format_decimal(exact_decimal(ratio, 3), "#,##0.###") if ratio is not None else "–",
        },
        "break_even": float(break_even * 100) if break_even is not None else None,
        "break_even_text": _(
            "equal to the brand: %(percent)s %%",
            percent=format_decimal(exact_decimal(break_even * 100, 1), "#,##0.#"),
        )
        if break_even is not None
        else "",
    }
