"""Being told in Slack: asked for by the person alone, and ended by one button."""

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.errors import Conflict
from advocacy.foundation.web import current_actor, requires
from advocacy.notifications.service.chats import joining
from advocacy.portal.employee.blueprint import blueprint


@blueprint.post("/notifications/slack")
@requires(Permission.PROFILE_WRITE)
def join_slack() -> AnyResponse:
    try:
        joining.join_slack(current_actor())
    except Conflict as error:
        flash(error.detail, "error")
    return redirect(url_for("employee.notification_settings", _anchor="slack"))


@blueprint.post("/notifications/slack/leave")
@requires(Permission.PROFILE_READ)  # nobody needs a right to be left alone
def leave_slack() -> AnyResponse:
    joining.leave_slack(require_self(current_actor()))
    flash(_("Nothing is sent to you in Slack any more, and we forgot who you are there."), "success")
    return redirect(url_for("employee.notification_settings", _anchor="slack"))
