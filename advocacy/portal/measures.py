"""Figures as pages show them: with a definition behind each, exact, and with the reason where one is missing."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import format_decimal
from flask_babel import gettext as _

from advocacy.foundation.errors import NotFound
from advocacy.measurement.catalogue import PRIVACY, Metric
from advocacy.portal.presenting import day, moment, translated

SIGNIFICANT = 3


def definitions_of(
    metrics: Iterable[Metric], *, on: date, as_of: datetime | None, prefix: str = ""
) -> list[dict[str, Any]]:
    """Return each metric as the definition that its number opens."""
    told = moment(as_of) if as_of is not None else _("not counted yet")
    return [
        {
            "id": f"{prefix}{metric.short}",
            "name": translated(metric.name),
            "summary": translated(metric.definition),
            "formula": translated(metric.formula),
            "window": f"{translated(metric.window)}, {day(on)}",
            "denominator": translated(metric.denominator) if metric.denominator != "none" else "",
            "as_of": told,
            "evidence": metric.evidence,
            "excluded": " ".join(map(translated, metric.caveats)),
            "question": translated(metric.question),
            "privacy": translated(PRIVACY[metric.privacy]),
            "version": metric.version,
            "hash": metric.definition_hash,
            "key": metric.key,
        }
        for metric in metrics
    ]


def exact_decimal(value: Fraction, places: int) -> Decimal:
    """Return a fraction rounded half to even, without passing through a float."""
    scaled = Decimal(value.numerator) / Decimal(value.denominator)
    return scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


def times(value: Fraction | str | None) -> str | None:
    """Return a ratio with three significant digits, such as 3.5 or 0.105."""
    if value is None:
        return None
    fraction = Fraction(value)
    places, size = SIGNIFICANT - 1, abs(fraction)
    if size >= 100:
        places = 0
    elif size >= 10:
        places = 1
    elif 0 < size < 1:
        while size < 1 and places < 6:
            size, places = size * 10, places + 1
        places -= 1
        places = max(places, SIGNIFICANT)
    return str(format_decimal(exact_decimal(fraction, places), "#,##0.######"))


def per_cent(part: int | None, whole: int | None) -> str | None:
    """Return a share in per cent, or None where a side of it is missing."""
    if part is None or not whole:
        return None
    return _("%(number)s %%", number=format_decimal(exact_decimal(Fraction(100 * part, whole), 1), "#,##0.#"))


def unit_in_address() -> UUID | None:
    """Return the unit a page was asked for, or None. Raises NotFound for what is no id."""
    value = request.args.get("unit", "")
    try:
        return UUID(value) if value else None
    except ValueError as error:
        raise NotFound(_("There is no such unit, or no numbers of it for you.")) from error


def day_in_address() -> date | None:
    """Return the day a page was asked for; what is no day counts as none."""
    try:
        return date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return None
