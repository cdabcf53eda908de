"""Browsers that take pushes: chosen on the device itself, taken away from anywhere."""

from uuid import UUID

from flask import Response, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.web import asks_nobody, current_actor, public, requires
from advocacy.notifications import service
from advocacy.portal import assets
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.presenting import browser


@blueprint.get("/service-worker.js")
@public  # browsers fetch it by themselves; there is nothing of anybody in it
@asks_nobody
def service_worker() -> Response:
    """Answer the script that shows pushes. It stands at the root because it may reach no further up than it stands."""
    answer = make_response((assets.BUILD_FOLDER / assets.manifest()["service-worker.js"]).read_bytes())
    answer.headers["Content-Type"] = "text/javascript; charset=utf-8"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.post("/notifications/browsers")
@requires(Permission.PROFILE_WRITE)
def add_browser() -> AnyResponse:
    """Let the browser that sends this take pushes."""
    service.subscribe(
        current_actor(),
        endpoint=request.form.get("endpoint", ""),
        p256dh=request.form.get("p256dh", ""),
        auth=request.form.get("auth", ""),
        device=browser(request.user_agent.string),
    )
    flash(_("This browser shows you what is new, never in your quiet hours."), "success")
    return redirect(url_for("employee.notification_settings", _anchor="browsers"))


@blueprint.post("/notifications/browsers/<uuid:subscription_id>/remove")
@requires(Permission.PROFILE_READ)  # nobody needs a right to close a door
def remove_browser(subscription_id: UUID) -> AnyResponse:
    service.unsubscribe(current_actor(), subscription_id)
    flash(_("That browser takes no more messages."), "success")
    return redirect(url_for("employee.notification_settings", _anchor="browsers"))
