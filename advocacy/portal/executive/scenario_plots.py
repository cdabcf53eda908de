"""Where the marks of a scenario's pictures stand, in per cent of their width and height. Templates draw them."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

COLUMNS = 24
MARGIN = 0.04
MOST_TICKS = 5
HEADROOM = 1.08
# Below this part of the picture's height the brand's line would leave nothing to see of the scenario itself.
LOWEST_SHARE_OF_BRAND = 0.1
# How near an end words are moved inwards: a sentence sooner than a number.
EDGE, EDGE_OF_SENTENCE = 6, 34

Picture = dict[str, Any]


def ticks(low: float, high: float, most: int = MOST_TICKS) -> list[tuple[float, str]]:
    """Return round values between two ends with their words, as few as leave the words room."""
    if not high > low:
        return []
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
    places = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if round(step / power, 6) == 2.5 else 0)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    pattern = "#,##0." + "0" * places if places else "#,##0"
    return [
        (number * step, str(format_decimal(number * step, pattern if number else "0")))
        for number in range(first, last + 1)
    ]


def dots(outcomes: Sequence[float], spread: Mapping[str, float]) -> Picture | None:
    """Return equally likely outcomes as stacked dots, with the interval and its middle; None where all agree."""
    if len(outcomes) < 2 or outcomes[0] == outcomes[-1]:
        return None
    span = outcomes[-1] - outcomes[0]
    start, width = outcomes[0] - MARGIN * span, (1 + 2 * MARGIN) * span

    def place(value: float) -> float:
        return 100 * (value - start) / width

    stacks = Counter(min(COLUMNS - 1, int(COLUMNS * place(value) / 100)) for value in outcomes)
    return {
        "dots": [
            {"x": 100 * (column + 0.5) / COLUMNS, "row": row}
            for column, height in sorted(stacks.items())
            for row in range(height)
        ],
        "rows": max(stacks.values()),
        "each": format_decimal(100 / len(outcomes), "#,##0.#"),
        "low": place(spread["low"]),
        "middle": place(spread["middle"]),
        "high": place(spread["high"]),
        "brand": place(1) if start < 1 < start + width else None,
        "ticks": _placed((place(value), words) for value, words in ticks(start, start + width)),
    }


def curve(details: Mapping[str, Any], *, who: str, participation: float, names: Mapping[str, str]) -> Picture | None:
    """Return the ratio against participation, a line for each way of joining, with the choice and the break-even.

    Where networks do not differ it does not matter who joins, and there is one line.
    """
    points: list[dict[str, float]] = list(details["curve"])
    if not points or details["ratio"] is None:
        return None
    ways = ["least", "best", "random"] if details["networks"]["gini"] > 0 else ["random"]
    total = points[-1]["random"]
    has_brand = total * HEADROOM >= 1 or total >= LOWEST_SHARE_OF_BRAND
    top = max(total, 1.0 if has_brand else 0.0) * HEADROOM or 1.0

    def height(value: float) -> float:
        return 100 * (1 - value / top)

    break_even = details["break_even"][who]
    return {
        "lines": [
            {
                "who": way,
                "name": names[way],
                "path": "M0,1000 "
                + " ".join(f"L{1000 * p['participation']:.1f},{10 * height(p[way]):.1f}" for p in points),
            }
            for way in ways
        ],
        "chosen": {
            "x": 100 * participation,
            **{name: height(value) for name, value in details["ratio"].items()},
        },
        "break_even": None if break_even is None else _labelled(100 * break_even, EDGE_OF_SENTENCE),
        "brand": height(1) if has_brand else None,
        "x_ticks": _placed(
            (value, _("%(number)s %%", number=format_decimal(value, "#,##0"))) for value in (0, 25, 50, 75, 100)
        ),
        "y_ticks": [{"y": height(value), "text": words} for value, words in ticks(0, top, 4) if value > 0],
    }


def intervals(spreads: Sequence[Mapping[str, float] | None]) -> Picture | None:
    """Return intervals of several scenarios on one scale that begins at nothing; None where none has a ratio."""
    known = [spread for spread in spreads if spread is not None]
    top = max((spread["high"] for spread in known), default=0.0) * HEADROOM
    if top <= 0:
        return None
    return {
        "rows": [
            None if spread is None else {name: 100 * value / top for name, value in spread.items()}
            for spread in spreads
        ],
        "brand": 100 / top if top >= 1 else None,
        "ticks": _placed((100 * value / top, words) for value, words in ticks(0, top)),
    }


def _placed(found: Any) -> list[Picture]:
    return [_labelled(place) | {"text": words} for place, words in found]


def _labelled(place: float, edge: float = EDGE) -> Picture:
    """Return a place with where its words begin: near an end they start from that end, so that they stay inside."""
    return {"x": place, "anchor": "start" if place < edge else "end" if place > 100 - edge else "middle"}
