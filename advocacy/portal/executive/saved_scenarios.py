"""Scenarios that were saved: the list, one with its kept numbers, and two or three side by side."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.executive import scenario_plots
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.executive.scenario_definitions import definitions
from advocacy.portal.executive.scenario_form import address_of
from advocacy.portal.executive.scenario_words import shown
from advocacy.portal.pages import page
from advocacy.programme import queries, service
from advocacy.programme.limits import MOST_COMPARED
from advocacy.programme.queries import SavedScenario
from advocacy.programme.reproduction import reproduce


@blueprint.get("/scenario/saved")
@requires(Permission.PROGRAMME_READ)
def saved_scenarios() -> Response:
    is_archived = request.args.get("archived") == "yes"
    actor = current_actor()
    found = queries.scenarios(visible_to=actor, is_archived=is_archived, cursor=request.args.get("cursor") or None)
    return page(
        "executive/saved_scenarios.html",
        rows=[_row(saved) for saved in found.rows],
        next_cursor=found.next_cursor,
        is_first=not request.args.get("cursor"),
        is_archived=is_archived,
        most=MOST_COMPARED,
    )


@blueprint.get("/scenario/saved/<uuid:scenario_id>")
@requires(Permission.PROGRAMME_READ)
def saved_scenario(scenario_id: UUID) -> Response:
    actor = current_actor()
    saved = queries.get_scenario(scenario_id, visible_to=actor)
    today = reproduce(saved.scenario)
    return page(
        "executive/saved_scenario.html",
        saved=saved,
        found=shown(saved.scenario.inputs, saved.scenario.results),
        today=today,
        now=shown(saved.scenario.inputs, today.results) if today.results is not None and not today.is_same else None,
        address=address_of(saved.scenario.inputs),
        may_write=actor.may(Permission.PROGRAMME_WRITE),
        definitions=definitions(),
    )


@blueprint.get("/scenario/compare")
@requires(Permission.PROGRAMME_READ)
def compare_scenarios() -> Response:
    found = queries.scenarios_of(_ids_in_address(), visible_to=current_actor())
    columns = [_row(saved) for saved in found]
    return page(
        "executive/compare_scenarios.html",
        columns=columns,
        inputs=_inputs_beside(columns),
        picture=scenario_plots.intervals([saved.scenario.results["details"]["ratio"] for saved in found]),
        versions={(saved.scenario.model_version, saved.scenario.definition_hash) for saved in found},
        definitions=definitions(),
    )


@blueprint.post("/scenario/saved/<uuid:scenario_id>/archive")
@requires(Permission.PROGRAMME_WRITE)
def archive_scenario(scenario_id: UUID) -> AnyResponse:
    service.archive_scenario(current_actor(), scenario_id)
    flash(_("Put away. It stays among the scenarios that were put away."), "success")
    return redirect(url_for("executive.saved_scenarios"))


def _ids_in_address() -> list[UUID]:
    """Return which scenarios are meant. Raises Invalid for fewer than two or too many."""
    try:
        ids = list(dict.fromkeys(UUID(text) for text in request.args.getlist("id")))
    except ValueError:
        ids = []
    if not 2 <= len(ids) <= MOST_COMPARED:
        raise Invalid(_("Choose two or three scenarios to compare."))
    return ids


def _row(saved: SavedScenario) -> dict[str, Any]:
    return {"saved": saved, "found": shown(saved.scenario.inputs, saved.scenario.results)}


def _inputs_beside(columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what each scenario assumed, a line an input, those that differ marked."""
    told = [{name: (label, value) for name, label, value in column["found"]["assumed"]} for column in columns]
    names = list(dict.fromkeys(name for one in told for name in one))
    return [
        {
            "label": next(one[name][0] for one in told if name in one),
            "values": [one[name][1] if name in one else "–" for one in told],
            "differs": len({one.get(name) for one in told}) > 1,
        }
        for name in names
    ]
