"""What somebody is asked about one of their posts, answered on Today."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.employee.blueprint import blueprint
from advocacy.sharing import corrections


@blueprint.post("/asked/<uuid:correction_id>")
@requires(Permission.SHARES_WRITE)
def answer_correction(correction_id: UUID) -> AnyResponse:
    said = request.form.get("answer", "")
    if said not in {"done", "cannot"}:
        raise Invalid.field("answer", _("Choose one of the two answers."))
    corrections.answer(current_actor(), correction_id, is_done=said == "done", note=request.form.get("note", ""))
    flash(_("Thank you. Those who asked see your answer, not your name."), "success")
    return redirect(url_for("employee.today"))
