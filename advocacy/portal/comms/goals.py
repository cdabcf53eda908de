"""Goals of units: how large a part of each wants to take an active part, and where it stands."""

from datetime import date
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.people.queries import unit_tree
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.employee.together import goal_definitions
from advocacy.portal.pages import FormErrors, form_page
from advocacy.programme.recognition import queries, service
from advocacy.programme.recognition.limits import LONGEST_WHY


def _page(errors: FormErrors | None = None, status: int | None = None) -> Response:
    reach = current_actor().unit_keys_for(Permission.CONTENT_WRITE)
    units = [node for node in unit_tree() if reach is None or node.key in reach]
    goals = queries.goals_of([node.key for node in units])
    response = form_page(
        "comms/goals.html",
        errors or FormErrors(),
        goals=goals,
        units=[(str(node.id), "\u2003" * node.depth + node.name) for node in units],
        is_on=queries.is_on("goals"),
        longest=LONGEST_WHY,
        smallest=preferences.smallest_group(),
        definitions=goal_definitions(goals),
    )
    if status is not None:
        response.status_code = status
    return response


@blueprint.get("/goals")
@requires(Permission.CONTENT_WRITE)
def goals() -> Response:
    return _page()


@blueprint.post("/goals")
@requires(Permission.CONTENT_WRITE)
def set_goal() -> AnyResponse:
    errors, given = FormErrors(), request.form.get("target_percent", "").strip()
    if not (given.isascii() and given.isdecimal() and len(given) < 4):
        errors["target_percent"] = [_("Enter a whole number from 1 to 100.")]
    try:
        until = date.fromisoformat(request.form.get("until", ""))
    except ValueError:
        errors["until"] = [_("Choose a day within the next twelve months.")]
    try:
        unit_id = UUID(request.form.get("unit_id", ""))
    except ValueError:
        errors["unit_id"] = [_("Choose from the list.")]
    if errors:
        return _page(errors)
    try:
        service.set_goal(
            current_actor(), unit_id, target_percent=int(given), until=until, why=request.form.get("why", "")
        )
    except Invalid as error:
        return _page(FormErrors.from_domain(error))
    except Conflict as error:
        return _page(FormErrors({"": [error.detail]}), status=error.status)
    flash(_("Set. Everybody in the unit sees it, as a rate and never as a list of people."), "success")
    return redirect(url_for("comms.goals"))


@blueprint.post("/goals/<uuid:unit_id>/end")
@requires(Permission.CONTENT_WRITE)
def end_goal(unit_id: UUID) -> AnyResponse:
    service.end_goal(current_actor(), unit_id)
    flash(_("Ended."), "success")
    return redirect(url_for("comms.goals"))
