"""Suggest: an employee names a page worth sharing, with a word why, and hears what became of it."""

import re
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.sources import queries, suggesting
from advocacy.content.sources.suggesting import LONGEST_WHY
from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.errors import Invalid, TooManyRequests
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page

TOO_MANY = 429
LONGEST_URL = 2_000
ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def _page(errors: FormErrors | None = None, status: int | None = None) -> Response:
    response = form_page(
        "employee/suggestions.html",
        errors or FormErrors(),
        own=queries.own_suggestions(require_self(current_actor())),
        handed_over=_handed_over(),
        longest=LONGEST_WHY,
    )
    if status is not None:
        response.status_code = status
    return response


def _handed_over() -> dict[str, str]:
    """Return what a phone or a link handed over, as the form takes it. Phones often put the address into the text."""
    title, text, url = (
        "".join(part for part in request.args.get(name, "") if part.isprintable() or part.isspace())
        for name in ("title", "text", "url")
    )
    found = ADDRESS.search(f"{url} {text} {title}")
    word = " ".join(ADDRESS.sub(" ", text).split() or ADDRESS.sub(" ", title).split())
    return {"url": found[0][:LONGEST_URL] if found is not None else url[:LONGEST_URL], "why": word[:LONGEST_WHY]}


@blueprint.get("/suggestions")
@requires(Permission.FEED_READ)
def suggestions() -> Response:
    return _page()


@blueprint.post("/suggestions")
@requires(Permission.SHARES_WRITE)
def suggest() -> AnyResponse:
    try:
        made = suggesting.suggest(current_actor(), url=request.form.get("url", ""), why=request.form.get("why", ""))
    except Invalid as error:
        return _page(FormErrors.from_domain(error))
    except TooManyRequests as error:
        return _page(FormErrors({"": [error.detail]}), status=TOO_MANY)
    if made.answered_at is None:
        flash(_("Thank you. Somebody looks at it, and you hear what became of it."), "success")
    else:
        flash(made.answer or _("It was taken up already. Thank you for thinking of it."), "success")
    return redirect(url_for("employee.suggestions"))


@blueprint.post("/suggestions/<uuid:suggestion_id>/withdraw")
@requires(Permission.SHARES_WRITE)
def withdraw_suggestion(suggestion_id: UUID) -> AnyResponse:
    suggesting.withdraw_suggestion(current_actor(), suggestion_id)
    flash(_("Taken back. Nobody sees it any more."), "success")
    return redirect(url_for("employee.suggestions"))
