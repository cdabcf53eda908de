"""The JSON API of the programme: scenarios that were kept, reports that were frozen."""

from typing import Any
from uuid import UUID

from advocacy.foundation.access import Permission
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint, PageFilter
from advocacy.foundation.web import current_actor, requires
from advocacy.programme import queries, service
from advocacy.programme.reproduction import reproduce
from advocacy.programme.schemas import (
    FreezeIn,
    OpenedReportOut,
    ReopenedScenarioOut,
    ReportOut,
    ScenarioFilter,
    ScenarioIn,
    ScenarioOut,
)

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


@blueprint.get("/reports")
@requires(Permission.PROGRAMME_READ)
@blueprint.arguments(PageFilter, location="query")
@blueprint.pages_of(ReportOut)
def reports(filters: dict[str, Any]) -> Page[queries.FrozenReport]:
    """Return frozen reports without their figures, newest first."""
    return queries.reports(visible_to=current_actor(), **filters)


@blueprint.post("/reports")
@requires(Permission.PROGRAMME_WRITE)
@blueprint.arguments(FreezeIn)
@blueprint.response(201, OpenedReportOut)
def freeze_report(report: dict[str, Any]) -> dict[str, Any]:
    """Freeze the organisation's numbers as of a day. What is frozen stays for ever."""
    return _opened(service.freeze_report(current_actor(), **report).id)


@blueprint.get("/reports/<uuid:report_id>")
@requires(Permission.PROGRAMME_READ)
@blueprint.response(200, OpenedReportOut)
def report(report_id: UUID) -> dict[str, Any]:
    """Return a frozen report with its figures, and what each of them is today."""
    return _opened(report_id)


def _opened(report_id: UUID) -> dict[str, Any]:
    found = queries.get_report(report_id, visible_to=current_actor())
    figures = queries.figures_of(found.report, visible_to=current_actor())
    return {"report": found.report, "frozen_by": found.frozen_by, "figures": figures}


def _reopened(scenario_id: UUID) -> dict[str, Any]:
    saved = queries.get_scenario(scenario_id, visible_to=current_actor())
    return {"scenario": saved.scenario, "saved_by": saved.saved_by, "today": reproduce(saved.scenario)}
