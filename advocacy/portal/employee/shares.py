"""What somebody shared: the step after the dialog, the list, one share with its clicks and numbers."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.conversations import queries as conversations
from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.definitions import click_definitions
from advocacy.portal.employee.sharing import to_paste
from advocacy.portal.employee.words import kind_words, outcome_words
from advocacy.portal.pages import FormErrors, form_page, load_form, page
from advocacy.sharing import queries, service
from advocacy.sharing.schemas import ConfirmationIn, EngagementIn

ROWS = 20


@blueprint.get("/shares")
@requires(Permission.SHARES_READ)
def shares() -> Response:
    actor = current_actor()
    found = queries.shares_of(actor, limit=ROWS, cursor=request.args.get("cursor"))
    return page(
        "employee/shares.html",
        shares=found.rows,
        next_cursor=found.next_cursor,
        is_first_page="cursor" not in request.args,
        totals=queries.own_totals(actor),
        takes_part=people.has_consent(require_self(actor), Purpose.TAKE_PART),
        definitions=click_definitions(),
    )


@blueprint.get("/shares/<uuid:share_id>/posted")
@requires(Permission.SHARES_READ)
def shared(share_id: UUID) -> Response:
    """Ask whether it was posted: the networks do not tell us."""
    return _shared_page(share_id, FormErrors())


def _shared_page(share_id: UUID, errors: FormErrors) -> Response:
    found = queries.shared_item(share_id, visible_to=current_actor())
    return form_page("employee/shared.html", errors, shared=found, to_paste=to_paste(found))


@blueprint.post("/shares/<uuid:share_id>/posted")
@requires(Permission.SHARES_WRITE)
def confirm_share(share_id: UUID) -> AnyResponse:
    values, errors = load_form(ConfirmationIn())
    if not errors:
        try:
            service.confirm_share(current_actor(), share_id, **values)
        except Invalid as error:
            errors = FormErrors.from_domain(error)
    if errors:
        return _shared_page(share_id, errors)
    flash(_("Noted. Clicks appear here within a minute."), "success")
    return redirect(url_for("employee.share", share_id=share_id))


def _share_page(share_id: UUID, errors: FormErrors) -> Response:
    actor = current_actor()
    found = queries.shared_item(share_id, visible_to=actor)
    engagement = found.engagement
    entered: dict[str, Any] = {
        name: getattr(engagement, name) if engagement is not None else None
        for name in ("impressions", "reactions", "comments", "reshares")
    }
    context: dict[str, Any] = {
        "shared": found,
        "is_catching_up": queries.is_catching_up(),
        "talks": conversations.conversations_of_share(actor, found.share),
        "kinds": kind_words(),
        "outcomes": outcome_words(),
        "definitions": click_definitions(found.clicks.as_of),
    }
    if errors:
        return form_page("employee/share.html", errors, **context)
    return page("employee/share.html", errors={}, values=entered, **context)


@blueprint.get("/shares/<uuid:share_id>")
@requires(Permission.SHARES_READ)
def share(share_id: UUID) -> Response:
    return _share_page(share_id, FormErrors())


@blueprint.post("/shares/<uuid:share_id>/engagement")
@requires(Permission.SHARES_WRITE)
def report_engagement(share_id: UUID) -> AnyResponse:
    values, errors = load_form(EngagementIn(only=("impressions", "reactions", "comments", "reshares")), **_numbers())
    if not errors:
        try:
            service.report_engagement(current_actor(), share_id, **values)
        except Invalid as error:
            errors = FormErrors.from_domain(error)
        except Conflict as error:
            errors = FormErrors({"": [error.detail]})
    if errors:
        return _share_page(share_id, errors)
    flash(_("Kept, with today's date. Earlier numbers stay as they were."), "success")
    return redirect(url_for("employee.share", share_id=share_id))


def _numbers() -> dict[str, Any]:
    """Return the filled-in numbers as numbers; what is none stays as typed, and the schema says so."""
    found: dict[str, Any] = {}
    for name in ("impressions", "reactions", "comments", "reshares"):
        text = request.form.get(name, "").strip().replace(" ", "").replace(",", "").replace(".", "")
        if text:
            found[name] = int(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else text
    return found
