"""Two numbers beside each other, and whether they can be told apart. Differences of shown numbers only."""

from fractions import Fraction
from typing import Any

from flask import request, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from advocacy.measurement import intervals
from advocacy.people.queries import UnitNode
from advocacy.portal.presenting import whole

BEFORE = "before"
MOST_UNITS = 60


def options(nodes: dict[int, UnitNode], unit_key: int, reach: frozenset[int] | None) -> list[tuple[str, str]]:
    """Return what a unit can be compared with: nothing, its own past, the units beside it and those below it."""
    mine = nodes.get(unit_key)
    near = [
        node
        for node in nodes.values()
        if mine is not None
        and node.key != unit_key
        and (node.parent_key == unit_key or (node.parent_key is not None and node.parent_key == mine.parent_key))
        and (reach is None or node.key in reach)
    ]
    named = sorted(near, key=lambda node: (node.name.casefold(), node.key))[:MOST_UNITS]
    return [
        ("", _("nothing")),
        (BEFORE, _("the period before")),
        *((str(node.id), node.name) for node in named),
    ]


def chooser(endpoint: str, kept: dict[str, str], choices: list[tuple[str, str]]) -> dict[str, Any]:
    """Return the form that chooses; `chosen` is empty where what stands in the address is no choice."""
    asked = request.args.get("with", "")
    return {
        "action": url_for(endpoint),
        "hidden": {key: value for key, value in kept.items() if key != "with"},
        "options": choices,
        "chosen": asked if asked in {value for value, _label in choices} else "",
    }


def amounts(name: str, mine: int | None, other: int | None) -> dict[str, Any]:
    """Return two sums beside each other. They were counted, not drawn: nothing bounds their difference."""
    return _row(name, _whole(mine), _whole(other), _change(mine, other), "")


def events(
    name: str, mine: int | None, of_mine: int | None, other: int | None, of_other: int | None, *, is_apart: bool
) -> dict[str, Any]:
    """Return two counts of events beside each other, and whether there is more of it for each person.

    `is_apart` says that no event is in both: only then a chance of its own stands behind each.
    """
    worth = ""
    if is_apart and mine and other and of_mine and of_other:
        low, high = intervals.rate_ratio(mine, of_mine, other, of_other)
        worth = (
            _("For each person taking part they cannot be told apart (between %(low)s and %(high)s times).",
              low=_times(low), high=_times(high))
            if low <= 1 <= high
            else _("For each person taking part between %(low)s and %(high)s times as many.",
                   low=_times(low), high=_times(high))
        )  # fmt: skip
    return _row(name, _whole(mine), _whole(other), _change(mine, other), worth)


def shares(
    name: str, mine: tuple[int | None, int | None], other: tuple[int | None, int | None], *, is_apart: bool
) -> dict[str, Any]:
    """Return two shares, each as part and whole, beside each other with the interval of their difference."""
    one, two = _share(*mine), _share(*other)
    if one is None or two is None:
        return _row(name, _percent(one), _percent(two), "", "")
    points = _("%(points)s points", points=format_decimal(float(100 * (one - two)), "+#,##0.0;-#,##0.0"))
    worth = ""
    if is_apart:
        low, high = intervals.difference(_int(mine[0]), _int(mine[1]), _int(other[0]), _int(other[1]))
        said = {"low": format_decimal(100 * low, "+0.0;-0.0"), "high": format_decimal(100 * high, "+0.0;-0.0")}
        worth = (
            _("They cannot be told apart (between %(low)s and %(high)s points).", **said)
            if low <= 0 <= high
            else _("Between %(low)s and %(high)s points.", **said)
        )
    return _row(name, _percent(one), _percent(two), points, worth)


def _row(name: str, mine: str | None, other: str | None, difference: str, worth: str) -> dict[str, Any]:
    return {"name": name, "mine": mine, "other": other, "difference": difference, "worth": worth}


def _share(part: int | None, of: int | None) -> Fraction | None:
    return Fraction(part, of) if part is not None and of and part <= of else None


def _int(value: int | None) -> int:
    return value or 0


def _whole(value: int | None) -> str | None:
    return None if value is None else whole(value)


def _percent(value: Fraction | None) -> str | None:
    return None if value is None else str(_("%(number)s %%", number=format_decimal(float(100 * value), "#,##0.#")))


def _times(value: float) -> str:
    return str(format_decimal(value, "#,##0.##"))


def _change(mine: int | None, other: int | None) -> str:
    if mine is None or other is None:
        return ""
    if not other:
        return format_decimal(mine - other, "+#,##0;-#,##0") if mine else _("the same")
    if mine == other:
        return _("the same")
    share = format_decimal(float(Fraction(100 * (mine - other), other)), "+#,##0.#;-#,##0.#")
    return str(_("%(amount)s (%(share)s %%)", amount=format_decimal(mine - other, "+#,##0;-#,##0"), share=share))
