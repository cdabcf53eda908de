"""The scenario calculator: any company's numbers, exact, with where ours and the illustration's come from."""

from fractions import Fraction
from typing import Any

from flask import Response, request
from flask_babel import format_decimal
from flask_babel import gettext as _

from advocacy.foundation.access import Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import queries
from advocacy.measurement.scenario import ScenarioError, scenario
from advocacy.portal.executive import what_if
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.measures import exact_decimal, times
from advocacy.portal.pages import FormErrors, page

FIELDS = ("employees", "audience", "brand", "participation")
SHOWN_SHARES = (1, 3, 5, 10, 25, 50, 100)


@blueprint.get("/scenario", endpoint="scenario")
@requires(Permission.MEASUREMENT_READ)
def scenario_page() -> Response:
    presets = [preset for preset in (_own(), what_if.ibm()) if preset is not None]
    chosen = next((preset for preset in presets if preset.key == request.args.get("preset")), None)
    if chosen is None and not any(name in request.args for name in FIELDS):
        chosen = presets[-1]
    values = _values(chosen) if chosen is not None else {name: request.args.get(name, "").strip() for name in FIELDS}
    errors, found = FormErrors(), None
    try:
        found = _worked_out(values)
    except ScenarioError as error:
        errors[error.field] = [_said(error)]
    return page(
        "executive/scenario.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        found=found,
        presets=presets,
        chosen=chosen,
    )


def _own() -> what_if.Preset | None:
    connection = session.connection()
    try:
        unit_key = queries.visible_unit(connection, None, visible_to=current_actor())
        return what_if.own(queries.amplification(connection, unit_key=unit_key))
    except NotFound:
        return None


def _values(preset: what_if.Preset) -> dict[str, str]:
    return {
        "employees": str(preset.employees),
        "audience": f"{exact_decimal(preset.audience, 2).normalize():f}",
        "brand": str(preset.brand),
        "participation": f"{exact_decimal(preset.participation * 100, 1).normalize():f}",
    }


def _said(error: ScenarioError) -> str:
    if error.field == "participation":
        return _("Enter a share from 0 to 100 per cent.")
    return (
        _("Enter a number such as 350000, not negative.")
        if error.field != "employees"
        else _("Enter a whole number of people.")
    )


def _worked_out(values: dict[str, str]) -> dict[str, Any]:
    """Return the scenario and a few others beside it. Raises ScenarioError."""
    cleaned = {name: value.replace(" ", "").replace("\u00a0", "") for name, value in values.items()}
    try:
        share = Fraction(cleaned["participation"] or "x") / 100 if len(cleaned["participation"]) < 30 else Fraction(2)
    except (ValueError, ZeroDivisionError):
        raise ScenarioError("participation", "must be a number.") from None
    if not 0 <= share <= 1:
        raise ScenarioError("participation", "must be between 0 and 100.")
    inputs: dict[str, Any] = {name: cleaned[name] for name in ("employees", "audience", "brand")}
    found = scenario(**inputs, participation=share)
    rows = []
    for percent in SHOWN_SHARES:
        other = scenario(**inputs, participation=Fraction(percent, 100))
        people = Fraction(cleaned["employees"]) * percent / 100
        rows.append(
            {
                "percent": percent,
                "people": format_decimal(exact_decimal(people, 0)),
                "activated": format_decimal(exact_decimal(Fraction(str(other["activated"])), 0)),
                "ratio": times(other["ratio_exact"]),
            }
        )
    break_even = found["break_even_exact"]
    return {
        "employees": format_decimal(exact_decimal(Fraction(cleaned["employees"]), 0)),
        "percent": format_decimal(exact_decimal(share * 100, 3), "#,##0.###"),
        "ratio": times(found["ratio_exact"]),
        "ratio_exact": found["ratio_exact"],
        "potential": format_decimal(exact_decimal(Fraction(str(found["potential"])), 0)),
        "activated": format_decimal(exact_decimal(Fraction(str(found["activated"])), 0)),
        "break_even": format_decimal(exact_decimal(Fraction(break_even) * 100, 1), "#,##0.#") if break_even else None,
        "break_even_exact": break_even,
        "is_reachable": break_even is not None and Fraction(break_even) <= 1,
        "rows": rows,
    }
