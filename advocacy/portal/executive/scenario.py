"""The scenario calculator: any company's numbers, live, with what hangs on who joins; and keeping what it said."""

from collections.abc import Mapping

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import queries
from advocacy.measurement.scenario import ScenarioError, work_out
from advocacy.portal.executive import scenario_form, what_if
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.executive.scenario_definitions import definitions
from advocacy.portal.executive.scenario_words import shown
from advocacy.portal.pages import FormErrors, page
from advocacy.programme import queries as programme
from advocacy.programme import service
from advocacy.programme.limits import LONGEST_NAME, LONGEST_NOTE

FEW_SAVED = 5
SAVED_FIELDS = ("name", "note")


@blueprint.get("/scenario", endpoint="scenario")
@requires(Permission.MEASUREMENT_READ)
def scenario_page() -> Response:
    return _scenario_page(request.args)


@blueprint.post("/scenario")
@requires(Permission.PROGRAMME_WRITE)
def save_scenario() -> AnyResponse:
    values = scenario_form.values_of(None, request.form)
    try:
        inputs = scenario_form.inputs_of(values)
        name, note = (request.form.get(field, "") for field in SAVED_FIELDS)
        saved = service.save_scenario(current_actor(), name=name, note=note, inputs=inputs)
    except ScenarioError:
        return _scenario_page(request.form)  # which says what is wrong with the numbers
    except Invalid as error:
        return _scenario_page(request.form, FormErrors.from_domain(error))
    flash(_("Kept. These numbers stay as they are now."), "success")
    return redirect(url_for("executive.saved_scenario", scenario_id=saved.id))


def _scenario_page(given: Mapping[str, str], errors: FormErrors | None = None) -> Response:
    presets = [preset for preset in (_own(), what_if.ibm()) if preset is not None]
    chosen = next((preset for preset in presets if preset.key == given.get("preset")), None)
    if chosen is None and not any(name in given for name in scenario_form.REQUIRED):
        chosen = presets[-1]
    values = scenario_form.values_of(chosen, given)
    errors, found = errors or FormErrors(), None
    try:
        inputs = scenario_form.inputs_of(values)
        found = shown(inputs.canonical(), work_out(inputs))
    except ScenarioError as error:
        field = error.field if error.field in values else "employees"
        errors[field] = [scenario_form.said(error)]
    actor = current_actor()
    may_read = actor.may(Permission.PROGRAMME_READ)
    return page(
        "executive/scenario.html",
        status=422 if errors else 200,
        values=values,
        kept={field: given.get(field, "") for field in SAVED_FIELDS},
        errors=errors,
        found=found,
        presets=presets,
        chosen=chosen,
        is_illustration=what_if.is_illustration(values),
        choices=scenario_form.choices(),
        is_refined=scenario_form.is_refined(values) or bool(errors.keys() & set(scenario_form.FOLDED)),
        steps=what_if.STEPS,
        may_write=actor.may(Permission.PROGRAMME_WRITE),
        saved=programme.scenarios(visible_to=actor, limit=FEW_SAVED).rows if may_read else None,
        longest={"name": LONGEST_NAME, "note": LONGEST_NOTE},
        definitions=definitions(),
    )


def _own() -> what_if.Preset | None:
    connection = session.connection()  # one preset is no reason to need the replica
    try:
        unit_key = queries.visible_unit(connection, None, visible_to=current_actor())
        return what_if.own(queries.amplification(connection, unit_key=unit_key))
    except NotFound:
        return None
