"""Words to avoid: the list, trying a text against it, and adding a phrase with its reason."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import phrases as service
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.identity.queries import names_of_accounts
from advocacy.people.protected_speech import findings_in_phrase
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page, page

LONGEST_TRY = 10_000


def _phrases_page(errors: FormErrors | None = None, *, status: int | None = None) -> Response:
    listed = service.avoided_phrases()
    answer = form_page(
        "administration/phrases.html",
        errors or FormErrors(),
        phrases=listed,
        authors=names_of_accounts({row.added_by for row in listed}),
        protected=findings_in_phrase(request.form.get("phrase", "")),
        found=None,
        may_write=current_actor().may(Permission.SETTINGS_WRITE),
    )
    answer.status_code = status or answer.status_code
    return answer


@blueprint.get("/settings/phrases")
@requires(Permission.SETTINGS_READ)
def phrases() -> Response:
    return _phrases_page()


@blueprint.post("/settings/phrases")
@requires(Permission.SETTINGS_WRITE)
def add_phrase() -> AnyResponse:
    try:
        row = service.add_phrase(
            current_actor(),
            phrase=request.form.get("phrase", ""),
            why=request.form.get("why", ""),
            instead=request.form.get("instead") or None,
            is_blocking=request.form.get("is_blocking") == "yes",
            override_reason=request.form.get("override_reason") or None,
        )
    except Invalid as error:
        return _phrases_page(FormErrors.from_domain(error))
    except Conflict as error:
        return _phrases_page(FormErrors({"phrase": [error.detail]}), status=error.status)
    flash(_("“%(phrase)s” is on the list.", phrase=row.phrase), "success")
    return redirect(url_for("administration.phrases"))


@blueprint.post("/settings/phrases/<uuid:phrase_id>/remove")
@requires(Permission.SETTINGS_WRITE)
def remove_phrase(phrase_id: UUID) -> AnyResponse:
    row = service.remove_phrase(current_actor(), phrase_id)
    flash(_("“%(phrase)s” is off the list.", phrase=row.phrase), "success")
    return redirect(url_for("administration.phrases"))


@blueprint.post("/settings/phrases/try")
@requires(Permission.SETTINGS_READ)
def try_phrases() -> Response:
    """Answer which phrases a text holds. Nothing of it is kept."""
    text = request.form.get("try_text", "").replace("\r\n", "\n")[:LONGEST_TRY]
    found = [
        {"state": "stop" if hit.phrase.is_blocking else "hint", "text": service.tell(hit)}
        for hit in service.find_phrases(text)
    ]
    if not found:
        found = [{"state": "ok", "text": _("None of the phrases stands in it.")}]
    return page("employee/share_checks.html", checks=found, preview=None)
