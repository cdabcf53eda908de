"""A range of days, kept in the address: the last 30, 90 or 365, or from one day to another, by day, week or month."""

import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _

from advocacy.measurement.catalogue import BY_KEY
from advocacy.measurement.catalogue.metric import Dimension
from advocacy.measurement.exports import MOST_ROWS
from advocacy.measurement.queries import EARLIEST
from advocacy.measurement.reading.periods import MOST_POINTS
from advocacy.portal.presenting import translated

PRESETS = (30, 90, 365)
# Up to how many days are drawn day by day, and then week by week, where nobody says otherwise.
BY_DAY, BY_WEEK = 31, 120
STEPS: tuple[Dimension, ...] = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Range:
    """Days from `first` to `last`, drawn in steps of `by`; `preset` is how many the reader chose by a word.

    `query` is what keeps it in an address. `problem` says what could not be taken as it was asked.
    """

    first: date
    last: date
    by: Dimension
    preset: int | None
    query: Mapping[str, str]
    problem: str

    @property
    def before(self) -> tuple[date, date]:
        """Return the range of equal length that ends where this one begins."""
        days = (self.last - self.first).days
        return self.first - timedelta(days=days + 1), self.first - timedelta(days=1)


def range_in_address(newest: date, *, steps: tuple[Dimension, ...] = STEPS, preset: int = 90) -> Range:
    """Return the range a page was asked for. What is no day, or no range, counts as not asked, and is said."""
    problem = ""
    last = _day("to") or _day("on")
    if last is not None and last > newest:
        problem, last = _("That day has not come yet. Choose today or a day before it."), None
    elif last is not None and last < EARLIEST:
        problem, last = _("That is before anything was counted. Choose a later day."), None
    query = {"to": last.isoformat()} if last is not None else {}
    last = last or newest
    first = _day("from")
    chosen: int | None = None
    if first is not None and not 0 <= (last - first).days < MOST_ROWS:
        problem = _("The first day must not be after the last, and not more than %(days)s days before it.",
                    days=MOST_ROWS)  # fmt: skip
        first = None
    if first is None:
        asked = request.args.get("days", "")
        chosen = next((days for days in PRESETS if str(days) == asked), preset)
        first = last - timedelta(days=chosen - 1)
        query |= {"days": asked} if asked == str(chosen) else {}
    else:
        query["from"] = first.isoformat()
    length = (last - first).days + 1
    by = next((step for step in steps if step == request.args.get("by", "")), None)
    if by is not None and length <= _most_days(by):
        query["by"] = by
    else:
        by = _usual(length, steps)
    return Range(first, last, by, chosen, query, problem)


def chooser(chosen: Range, endpoint: str, kept: Mapping[str, str], steps: tuple[Dimension, ...] = STEPS) -> Any:
    """Return the links and the form of the range; `kept` is what else stands in the address."""
    base = {**kept, **{key: value for key, value in chosen.query.items() if key in {"to", "by"}}}
    length = (chosen.last - chosen.first).days + 1
    names = {30: _("30 days"), 90: _("90 days"), 365: _("A year")}
    words = {"day": _("By day"), "week": _("By week"), "month": _("By month")}
    return {
        "first": chosen.first.isoformat(),
        "last": chosen.last.isoformat(),
        "is_custom": chosen.preset is None,
        "presets": [
            {
                "label": names[days],
                "href": _address(endpoint, {**base, "days": str(days)}),
                "current": days == chosen.preset,
            }
            for days in PRESETS
        ],
        "steps": [
            {
                "label": words[step],
                "href": _address(endpoint, {**kept, **chosen.query, "by": step}),
                "current": step == chosen.by,
            }
            for step in steps
            if length <= _most_days(step)
        ],
        "action": url_for(endpoint),
        "hidden": {**kept, **({"by": chosen.query["by"]} if "by" in chosen.query else {})},
    }


def _address(endpoint: str, values: Mapping[str, str]) -> str:
    return url_for(endpoint, _external=False, **values)


def _most_days(by: Dimension) -> int:
    """Return how many days fit in as many steps, on whichever day of a step they begin."""
    return (MOST_POINTS[by] - 1) * {"day": 1, "week": 7, "month": 28}[by] + 1


def _usual(length: int, steps: tuple[Dimension, ...]) -> Dimension:
    wanted: Dimension = "day" if length <= BY_DAY else "week" if length <= BY_WEEK else "month"
    return wanted if wanted in steps else steps[-1]


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def files_of(keys: Iterable[str], *, unit: UUID, chosen: Range, by: Dimension | None = None) -> list[dict[str, Any]]:
    """Return the addresses of the same numbers as files, of the unit and the days that are shown."""
    kinds = [("csv", "CSV")]
    if importlib.util.find_spec("pyarrow") is not None:
        kinds.append(("parquet", "Parquet"))
    scope = {"unit": str(unit), "from": chosen.first.isoformat(), "to": chosen.last.isoformat(), "by": by or chosen.by}
    return [
        {
            "name": translated(BY_KEY[key].name),
            "links": [
                {
                    "label": label,
                    "href": _address("executive.measure_file", {"key": key, "format": kind, **scope}),
                }
                for kind, label in kinds
            ],
        }
        for key in keys
    ]
