"""The scenario calculator: any company's numbers, exact, and beside them what hangs on who joins."""

from collections.abc import Mapping
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
from advocacy.measurement.scenario import Inputs, ScenarioError, scenario, work_out
from advocacy.portal.executive import scenario_form, what_if
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.measures import exact_decimal, times
from advocacy.portal.pages import FormErrors, page

SHOWN_SHARES = (1, 3, 5, 10, 25, 50, 100)


@blueprint.get("/scenario", endpoint="scenario")
@requires(Permission.MEASUREMENT_READ)
def scenario_page() -> Response:
    presets = [preset for preset in (_own(), what_if.ibm()) if preset is not None]
    chosen = next((preset for preset in presets if preset.key == request.args.get("preset")), None)
    if chosen is None and not any(name in request.args for name in scenario_form.REQUIRED):
        chosen = presets[-1]
    values = scenario_form.values_of(chosen, request.args)
    errors, found = FormErrors(), None
    try:
        inputs = scenario_form.inputs_of(values)
        found = _shown(inputs, work_out(inputs))
    except ScenarioError as error:
        field = error.field if error.field in values else "employees"
        errors[field] = [scenario_form.said(error)]
    return page(
        "executive/scenario.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        found=found,
        presets=presets,
        chosen=chosen,
        choices=scenario_form.choices(),
        is_refined=scenario_form.is_refined(values) or bool(errors),
    )


def _own() -> what_if.Preset | None:
    connection = session.connection()
    try:
        unit_key = queries.visible_unit(connection, None, visible_to=current_actor())
        return what_if.own(queries.amplification(connection, unit_key=unit_key))
    except NotFound:
        return None


def _shown(inputs: Inputs, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario as the page says it: exact numbers first, then those that hang on chance."""
    details, break_even = found["details"], found["break_even_exact"]
    share = Fraction(str(found["participation"]))
    return {
        "employees": _whole(found["employees"]),
        "percent": format_decimal(exact_decimal(share * 100, 3), "#,##0.###"),
        "ratio": times(found["ratio_exact"]),
        "ratio_exact": found["ratio_exact"],
        "potential": _whole(found["potential"]),
        "activated": _whole(found["activated"]),
        "break_even": format_decimal(exact_decimal(Fraction(break_even) * 100, 1), "#,##0.#") if break_even else None,
        "break_even_exact": break_even,
        "is_reachable": break_even is not None and Fraction(break_even) <= 1,
        "is_uneven": details["networks"]["gini"] > 0,
        "who": inputs.who,
        "range": _range(details["ratio"], "#,##0.###"),
        "joiners": _whole(details["joiners"]),
        "draws": _whole(details["draws"]),
        "networks": _networks(details["networks"]),
        "break_evens": [
            {"name": name, "percent": None if value is None else format_decimal(value * 100, "#,##0.#")}
            for name, value in zip(scenario_form.who_names(), details["break_even"].values(), strict=True)
        ],
        "unique": _range(details["unique"], "#,##0"),
        "net": _range(details["net"], "#,##0"),
        "seen": _range((details["realised"] or {}).get("people"), "#,##0"),
        "views": _range((details["realised"] or {}).get("views"), "#,##0"),
        "source": (details["realised"] or {}).get("source"),
        "curve": _curve(details["curve"]),
        "rows": _rows(inputs, found),
    }


def _whole(value: float) -> str:
    return str(format_decimal(exact_decimal(Fraction(str(value)), 0)))


def _range(spread: Mapping[str, float] | None, pattern: str) -> dict[str, str] | None:
    """Return the ends (and the middle) of what may come out as text; equal ends are one number."""
    if spread is None:
        return None
    said = {name: str(format_decimal(value, pattern)) for name, value in spread.items()}
    return said | {"is_one": str(said["low"] == said["high"]) if said["low"] == said["high"] else ""}


def _networks(shape: Mapping[str, Any]) -> list[tuple[str, str]]:
    percent = {name: format_decimal(shape[name] * 100, "#,##0.#") for name in ("top_1_percent", "top_10_percent")}
    return [
        (_("Mean"), format_decimal(shape["mean"], "#,##0.##")),
        (_("Half have at most"), format_decimal(shape["median"], "#,##0.##")),
        (_("Held by the best connected 1 %"), _("%(number)s %%", number=percent["top_1_percent"])),
        (_("Held by the best connected 10 %"), _("%(number)s %%", number=percent["top_10_percent"])),
        (_("Gini index"), format_decimal(shape["gini"], "0.###")),
    ]


def _curve(points: list[dict[str, float]]) -> dict[str, Any] | None:
    """Return the ratio against participation for each way of joining, as a chart draws it."""
    if not points:
        return None
    names = scenario_form.who_names()
    return {
        "kind": "line",
        "labels": [_("%(number)s %%", number=format_decimal(p["participation"] * 100, "#,##0.#")) for p in points],
        "series": [
            {"name": name, "values": [round(point[who], 4) for point in points], "tone": tone}
            for who, name, tone in zip(("random", "best", "least"), names, (3, 2, 1), strict=True)
        ],
        "mark": {"value": 1, "name": _("equal to the brand")},
        "unit": _("times the brand"),
    }


def _rows(inputs: Inputs, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    each = Fraction(str(found["audience"]))
    for percent in SHOWN_SHARES:
        other = scenario(
            employees=inputs.employees, audience=each, brand=inputs.brand, participation=Fraction(percent, 100)
        )
        rows.append(
            {
                "percent": percent,
                "people": _whole(float(Fraction(str(found["employees"])) * percent / 100)),
                "activated": _whole(other["activated"]),
                "ratio": times(other["ratio_exact"]),
            }
        )
    return rows
