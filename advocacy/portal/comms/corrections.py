"""Posts to mend: a wrong post about a product is proposed, two others agree, and its author is asked."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page
from advocacy.sharing import corrections as service
from advocacy.sharing.correction_models import Asks, CorrectionState


def asks_name(asks: Asks) -> str:
    return {Asks.TAKE_DOWN: _("take the post down"), Asks.DISCLOSE: _("say in the post where they work")}[asks]


def state_name(state: CorrectionState) -> str:
    return {
        CorrectionState.PROPOSED: _("waits for agreement"),
        CorrectionState.ASKED: _("asked, no answer yet"),
        CorrectionState.DONE: _("done"),
        CorrectionState.CANNOT: _("cannot be done"),
        CorrectionState.DROPPED: _("left"),
    }[state]


def _page(errors: FormErrors | None = None, *, status: int | None = None) -> Response:
    answer = form_page(
        "comms/corrections.html",
        errors or FormErrors(),
        corrections=service.corrections_for(current_actor()),
        asks_options=[{"value": asks.value, "label": asks_name(asks).capitalize()} for asks in Asks],
        asks_name=asks_name,
        state_name=state_name,
        approvals=service.APPROVALS,
    )
    answer.status_code = status or answer.status_code
    return answer


@blueprint.get("/posts-to-mend")
@requires(Permission.POSTS_CORRECT)
def corrections() -> Response:
    return _page()


@blueprint.post("/posts-to-mend")
@requires(Permission.POSTS_CORRECT)
def propose_correction() -> AnyResponse:
    asks = request.form.get("asks", "")
    if asks not in set(Asks):
        return _page(FormErrors({"asks": [_("Choose from the list.")]}))
    try:
        service.propose(
            current_actor(),
            address=request.form.get("address", ""),
            asks=Asks(asks),
            reason=request.form.get("reason", ""),
        )
    except Invalid as error:
        return _page(FormErrors.from_domain(error))
    except Conflict as error:
        return _page(FormErrors({"address": [error.detail]}), status=error.status)
    flash(_("Proposed. Two others have to agree before anybody is asked."), "success")
    return redirect(url_for("comms.corrections"))


@blueprint.post("/posts-to-mend/<uuid:correction_id>/approve")
@requires(Permission.POSTS_CORRECT)
def approve_correction(correction_id: UUID) -> AnyResponse:
    made = service.approve(current_actor(), correction_id)
    is_asked = made.state is CorrectionState.ASKED
    flash(_("The author is asked.") if is_asked else _("You agreed. One more person has to."), "success")
    return redirect(url_for("comms.corrections"))


@blueprint.post("/posts-to-mend/<uuid:correction_id>/drop")
@requires(Permission.POSTS_CORRECT)
def drop_correction(correction_id: UUID) -> AnyResponse:
    service.drop(current_actor(), correction_id)
    flash(_("Left. Nobody was asked."), "success")
    return redirect(url_for("comms.corrections"))
