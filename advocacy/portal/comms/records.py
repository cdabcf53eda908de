"""Evidence of an item: what was approved, and by exception, when two others agree, what people made of it."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import queries
from advocacy.content.evidence import zip_of
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page, language
from advocacy.sharing import records as service
from advocacy.sharing.record_keeping import OPEN_FOR


def _page(item_id: UUID, errors: FormErrors | None = None, *, status: int | None = None) -> Response:
    actor = current_actor()
    requests = service.requests_of(actor, item_id)
    item = queries.get_item(item_id, visible_to=actor)
    answer = form_page(
        "comms/records.html",
        errors or FormErrors(),
        item=item,
        title=queries.text_of(queries.current_version(item).id, language()).title,
        requests=requests,
        may_ask=item.is_product and not any(one.is_waiting for one in requests),
        approvals=service.APPROVALS,
        open_days=OPEN_FOR.days,
    )
    answer.status_code = status or answer.status_code
    return answer


@blueprint.get("/studio/<uuid:item_id>/records")
@requires(Permission.CONTENT_REVIEW)
def records(item_id: UUID) -> Response:
    return _page(item_id)


@blueprint.post("/studio/<uuid:item_id>/records")
@requires(Permission.CONTENT_REVIEW)
def ask_for_records(item_id: UUID) -> AnyResponse:
    try:
        service.ask(current_actor(), item_id, reason=request.form.get("reason", ""))
    except Invalid as error:
        return _page(item_id, FormErrors.from_domain(error))
    except Conflict as error:
        return _page(item_id, FormErrors({"": [error.detail]}), status=error.status)
    flash(_("Asked. Two others have to agree."), "success")
    return redirect(url_for("comms.records", item_id=item_id))


@blueprint.post("/studio/<uuid:item_id>/records/<uuid:request_id>/approve")
@requires(Permission.CONTENT_REVIEW)
def approve_records(item_id: UUID, request_id: UUID) -> AnyResponse:
    made = service.approve(current_actor(), request_id)
    is_open = made.opened_at is not None
    flash(
        _("It is open. Everybody whose text it is was told.") if is_open else _("You agreed. One more person has to."),
        "success",
    )
    return redirect(url_for("comms.records", item_id=item_id))


@blueprint.get("/studio/records/<uuid:request_id>.zip")
@requires(Permission.CONTENT_REVIEW)
def records_pack(request_id: UUID) -> Response:
    """Answer the evidence with the shared texts as a file."""
    answer = Response(zip_of(service.evidence_with_texts(current_actor(), request_id)), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="records-{request_id}.zip"'
    return answer
