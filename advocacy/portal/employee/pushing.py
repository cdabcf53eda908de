"""Browsers that take pushes: chosen on the device itself, taken away from anywhere."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.web import current_actor, requires
from advocacy.notifications import service
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.pages import NO_CONTENT
from advocacy.portal.presenting import browser


@blueprint.post("/notifications/browsers")
@requires(Permission.PROFILE_WRITE)
def add_browser() -> Response:
    """Let the browser that sends this take pushes. Only a script can ask; its page is loaded again and says so."""
    service.subscribe(
        current_actor(),
        endpoint=request.form.get("endpoint", ""),
        p256dh=request.form.get("p256dh", ""),
        auth=request.form.get("auth", ""),
        device=browser(request.user_agent.string),
    )
    flash(_("This browser shows you what is new, never in your quiet hours."), "success")
    return Response(status=NO_CONTENT)


@blueprint.post("/notifications/browsers/<uuid:subscription_id>/remove")
@requires(Permission.PROFILE_READ)  # nobody needs a right to close a door
def remove_browser(subscription_id: UUID) -> AnyResponse:
    service.unsubscribe(current_actor(), subscription_id)
    flash(_("That browser takes no more messages."), "success")
    return redirect(url_for("employee.notification_settings", _anchor="browsers"))
