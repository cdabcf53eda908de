"""The JSON API of the programme: scenarios that were saved."""

from typing import Any
from uuid import UUID

from advocacy.foundation.access import Permission
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint
from advocacy.foundation.web import current_actor, requires
from advocacy.programme import queries, service
from advocacy.programme.reproduction import reproduce
from advocacy.programme.schemas import ReopenedScenarioOut, ScenarioFilter, ScenarioIn, ScenarioOut

blueprint = ApiBlueprint("programme", description="What the organisation keeps in order to decide.")


@blueprint.get("/scenarios")
@requires(Permission.PROGRAMME_READ)
@blueprint.arguments(ScenarioFilter, location="query")
@blueprint.pages_of(ScenarioOut)
def scenarios(filters: dict[str, Any]) -> Page[queries.SavedScenario]:
    """Return saved scenarios, newest first."""
    return queries.scenarios(visible_to=current_actor(), **filters)


@blueprint.post("/scenarios")
@requires(Permission.PROGRAMME_WRITE)
@blueprint.arguments(ScenarioIn)
@blueprint.response(201, ReopenedScenarioOut)
def save_scenario(scenario: dict[str, Any]) -> dict[str, Any]:
    """Work a scenario out and keep it. What is kept never changes: save another one instead."""
    return _reopened(service.save_scenario(current_actor(), **scenario).id)


@blueprint.get("/scenarios/<uuid:scenario_id>")
@requires(Permission.PROGRAMME_READ)
@blueprint.response(200, ReopenedScenarioOut)
def scenario(scenario_id: UUID) -> dict[str, Any]:
    """Return a saved scenario, and whether it would come out the same today."""
    return _reopened(scenario_id)


@blueprint.post("/scenarios/<uuid:scenario_id>/archive")
@requires(Permission.PROGRAMME_WRITE)
@blueprint.response(200, ReopenedScenarioOut)
def archive_scenario(scenario_id: UUID) -> dict[str, Any]:
    """Put a scenario away. It can still be opened; doing it again changes nothing."""
    return _reopened(service.archive_scenario(current_actor(), scenario_id).id)


def _reopened(scenario_id: UUID) -> dict[str, Any]:
    saved = queries.get_scenario(scenario_id, visible_to=current_actor())
    return {"scenario": saved.scenario, "saved_by": saved.saved_by, "today": reproduce(saved.scenario)}
