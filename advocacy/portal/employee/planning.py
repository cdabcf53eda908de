"""Sharing later: at a chosen moment the sheet opens with one's own words, or they are posted with one's account."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.queries import get_live_item
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid, PreconditionFailed
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.sharing import chosen_caption, plan_in_form, sheet
from advocacy.portal.employee.text_checks import discloses
from advocacy.portal.pages import FormErrors, page
from advocacy.portal.presenting import own_moment_in_words
from advocacy.sharing import planning, queries


@blueprint.post("/items/<uuid:item_id>/plan")
@requires(Permission.SHARES_WRITE)
def plan_share(item_id: UUID) -> AnyResponse:
    """Keep the words of the sheet for the chosen moment, anew or in the place of the plan it was opened with."""
    actor = current_actor()
    entry = get_live_item(item_id, visible_to=actor)
    plan = plan_in_form(actor, entry.key)
    try:
        entered: dict[str, Any] = {
            "network_key": request.form.get("network", ""),
            "text": request.form.get("text", ""),
            "planned_for": planning.local_moment(request.form.get("planned_for", ""), planning.clock_of(actor)[1]),
            "caption_id": chosen_caption(actor, item_id),
            "server": request.form.get("server") or None,
            "discloses": discloses(),
            "posts": request.form.get("posts") == "yes",
        }
        if plan is None:
            plan = planning.plan_share(actor, item_id=item_id, **entered)
        else:
            seen = request.form.get("plan_version", type=int)
            planning.change_plan(actor, plan.id, **entered, seen_version=seen)
    except Invalid as error:
        return sheet(actor, entry, FormErrors.from_domain(error))
    except (Conflict, PreconditionFailed) as error:
        return sheet(actor, entry, FormErrors({"planned_for": [error.detail]}))
    shown = planning.shown(actor, plan)
    when = own_moment_in_words(shown.local)
    if plan.posts:
        flash(_("It goes out with your account on %(when)s, as it stands there.", when=when), "success")
    else:
        flash(_("We remind you on %(when)s. Nothing is posted for you.", when=when), "success")
    return redirect(url_for("employee.planned"))


@blueprint.get("/planned")
@requires(Permission.SHARES_READ)
def planned() -> Response:
    return page("employee/planned.html", plans=planning.open_plans(current_actor()))


@blueprint.get("/planned/<uuid:plan_id>")
@requires(Permission.SHARES_READ)
def open_planned(plan_id: UUID) -> AnyResponse:
    """Open the sheet with the words of a plan; where that cannot be any more, show them and say why."""
    actor = current_actor()
    shown = planning.shown(actor, queries.get_plan(plan_id, visible_to=actor))
    if shown.plan.is_open and not shown.is_over:
        return redirect(url_for("employee.share_sheet", item_id=shown.item_id, plan=plan_id))
    return page("employee/planned_over.html", shown=shown)


@blueprint.post("/planned/<uuid:plan_id>/cancel")
@requires(Permission.SHARES_READ)  # nobody needs a right to let something be
def cancel_plan(plan_id: UUID) -> AnyResponse:
    planning.cancel_plan(current_actor(), plan_id)
    flash(_("Cancelled. You are not reminded, and nothing goes out."), "success")
    return redirect(url_for("employee.planned"))
