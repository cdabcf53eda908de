"""The JSON API of recognition: highlights, thanks, milestones, and goals of units."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.errors import NotFound
from advocacy.foundation.rest import ApiBlueprint
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement.catalogue import BY_KEY
from advocacy.people.queries import get_unit
from advocacy.programme.recognition import queries, service, teams
from advocacy.programme.recognition.schemas import (
    GoalIn,
    GoalsOut,
    HighlightIn,
    RecognitionOut,
    TeamsOut,
    ThanksIn,
    WeeksOut,
)

blueprint = ApiBlueprint(
    "recognition", module="advocacy.programme.recognition.api", description="Thanks between colleagues, without spam."
)


@blueprint.get("/recognition")
@requires(Permission.FEED_READ)
@blueprint.response(200, RecognitionOut)
def recognition() -> dict[str, Any]:
    """Return what colleagues show, what one may show oneself, one's own thanks and milestones."""
    return _recognition(current_actor())


@blueprint.post("/recognition/highlights")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(HighlightIn)
@blueprint.response(201, RecognitionOut)
def show_highlight(wanted: dict[str, Any]) -> dict[str, Any]:
    """Show something of one's own to colleagues."""
    service.show_highlight(current_actor(), **wanted)
    return _recognition(current_actor())


@blueprint.delete("/recognition/highlights/<uuid:highlight_id>")
@requires(Permission.SHARES_WRITE)
@blueprint.response(204)
def hide_highlight(highlight_id: UUID) -> None:
    """Take a highlight of one's own back, with the thanks for it."""
    service.hide_highlight(current_actor(), highlight_id)


@blueprint.put("/recognition/highlights/<uuid:highlight_id>/thanks")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(ThanksIn)
@blueprint.response(204)
def thank(said: dict[str, Any], highlight_id: UUID) -> None:
    """Thank a colleague for a highlight they show. Twice is once."""
    service.thank(current_actor(), highlight_id, **said)


@blueprint.delete("/recognition/highlights/<uuid:highlight_id>/thanks")
@requires(Permission.SHARES_WRITE)
@blueprint.response(204)
def take_thanks_back(highlight_id: UUID) -> None:
    """Take one's own thanks back."""
    service.take_thanks_back(current_actor(), highlight_id)


@blueprint.delete("/recognition/highlights/<uuid:highlight_id>/thanks/<uuid:giver_id>")
@requires(Permission.SHARES_WRITE)
@blueprint.response(204)
def remove_thanks(highlight_id: UUID, giver_id: UUID) -> None:
    """Remove somebody's thanks from a highlight of one's own."""
    service.remove_thanks(current_actor(), highlight_id, giver_id)


@blueprint.get("/recognition/weeks")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, WeeksOut)
@blueprint.refusal(404)
def weeks() -> dict[str, Any]:
    """Return one's own weeks in points, for oneself alone."""
    found = teams.own_weeks(current_actor())
    if found is None:
        raise NotFound(_("Own weeks are switched off, or you do not take part."))
    return {"weeks": found.weeks, "best": found.best, "as_of": found.as_of, "definition": _definition(teams.OWN_SCORE)}


@blueprint.get("/recognition/teams")
@requires(Permission.FEED_READ)
@blueprint.response(200, TeamsOut)
@blueprint.refusal(404)
def team_scores() -> dict[str, Any]:
    """Return the scores of the teams beside one's own. People are never listed."""
    found = teams.team_list(current_actor())
    if found is None:
        raise NotFound(_("There is no list of teams here."))
    return {**asdict(found), "definition": _definition(teams.TEAM_SCORE)}


@blueprint.get("/goals")
@requires(Permission.FEED_READ)
@blueprint.response(200, GoalsOut)
def goals() -> dict[str, Any]:
    """Return the goals of one's own unit and of those above it, with where they stand."""
    return {"data": queries.goals_for(current_actor()) if queries.is_on("goals") else []}


@blueprint.put("/units/<uuid:unit_id>/goal")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(GoalIn)
@blueprint.response(200, GoalsOut)
def set_goal(wanted: dict[str, Any], unit_id: UUID) -> dict[str, Any]:
    """Set the goal of a unit one writes for; it replaces the one before."""
    service.set_goal(current_actor(), unit_id, **wanted)
    return {"data": queries.goals_of([get_unit(unit_id).key])}


@blueprint.delete("/units/<uuid:unit_id>/goal")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(204)
def end_goal(unit_id: UUID) -> None:
    """End the goal of a unit."""
    service.end_goal(current_actor(), unit_id)


def _recognition(actor: Actor) -> dict[str, Any]:
    thanks, milestones = queries.is_on("thanks"), queries.is_on("milestones")
    return {
        "highlights": queries.highlights_shown(visible_to=actor) if thanks else [],
        "offered": queries.highlights_offered(actor) if thanks else [],
        "received": queries.thanks_received(actor),
        "milestones": queries.milestones_of(actor) if milestones else [],
    }


def _definition(key: str) -> dict[str, Any]:
    return BY_KEY[key].as_definition()
