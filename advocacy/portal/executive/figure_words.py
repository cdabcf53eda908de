"""A frozen figure in words: its value with its unit, its interval, why it is missing, and what it meant then."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from advocacy.activity.kinds import Cause
from advocacy.portal.measures import exact_decimal, times
from advocacy.portal.presenting import day, moment, translated, whole
from advocacy.programme.models import ReportFigure


def said(figure: ReportFigure, exact: str | None = None) -> str | None:
    """Return a figure's value, or another exact value of the same metric, with its unit; None where there is none."""
    text = exact if exact is not None else figure.value_exact
    return None if text is None else _with_unit(figure.unit, Fraction(text))


def between_words(figure: ReportFigure) -> str:
    """Return the interval in words, empty where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    low, high = (_with_unit(figure.unit, Fraction(end)) for end in (figure.low, figure.high))
    return str(_("between %(low)s and %(high)s", low=low, high=high))


def parts_words(figure: ReportFigure) -> str:
    """Return what was divided by what, or how many observations stand behind a number that is not their count."""
    if figure.numerator is not None and figure.denominator is not None:
        return str(_("%(part)s of %(whole)s", part=whole(figure.numerator), whole=whole(figure.denominator)))
    if figure.n is not None and figure.n != figure.value:
        return str(_("%(count)s observations", count=whole(figure.n)))
    return ""


def _with_unit(unit: str, value: Fraction) -> str:
    if unit == "share":
        return str(_("%(number)s %%", number=format_decimal(exact_decimal(value * 100, 1), "#,##0.#")))
    if unit == "times":
        return str(_("%(ratio)s times", ratio=times(value)))
    if unit == "index":
        return str(format_decimal(exact_decimal(value, 3), "0.###"))
    number = str(format_decimal(exact_decimal(value, 1), "#,##0.#"))
    named = {
        "days": _("%(number)s days", number=number),
        "hours": _("%(number)s hours", number=number),
    }
    return str(named.get(unit, number))


def reason_words(reason: str | None) -> str:
    """Return why there is no number."""
    told = {
        "suppressed": _("not shown: too few people"),
        "not_collected": _("not collected"),
        "no_denominator": _("nothing to compare with"),
        "below_min_n": _("too few observations to mean anything"),
        "not_reachable": _("not reached"),
    }
    return str(told.get(reason or "", ""))


def cause_words(causes: Iterable[Cause]) -> str:
    """Return why a number became another."""
    told = {
        Cause.EVENTS: _("something came in late"),
        Cause.CORRECTION: _("something was corrected"),
        Cause.CHOICE: _("people chose to take part, or no longer, or changed units"),
        Cause.RULES: _("clicks were judged anew"),
        Cause.DEFINITION: _("it is counted in another way"),
        Cause.CALENDAR: _("days are cut in another time zone"),
    }
    return ", ".join(str(told[cause]) for cause in sorted(causes))


def definition_of(figure: ReportFigure) -> dict[str, Any]:
    """Return what the figure meant when it was frozen, as its number opens it."""
    return {
        "id": figure.metric.replace(".", "-").replace("_", "-"),
        "name": translated(figure.name),
        "summary": translated(figure.definition),
        "formula": translated(figure.formula),
        "window": f"{translated(figure.counted_over)}, {day(figure.on_day)}",
        "denominator": translated(figure.out_of) if figure.out_of != "none" else "",
        "as_of": moment(figure.as_of) if figure.as_of is not None else "",
        "evidence": figure.evidence,
        "version": figure.version,
        "hash": figure.definition_hash,
    }
