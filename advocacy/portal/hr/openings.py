"""Openings: known by their reference in the applicant tracking system, one by one or from a file."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import body_up_to, current_actor, requires
from advocacy.people.queries import unit_tree
from advocacy.portal import kept_files
from advocacy.portal.hr.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page, page
from advocacy.recruiting import openings as service
from advocacy.recruiting import queries
from advocacy.recruiting.files import (
    APPLICATIONS,
    OPENINGS,
    FileRefused,
    FileReport,
    import_events_csv,
    import_openings_csv,
)

ROWS = 50
LARGEST_FILE = 20_000_000
KINDS = {"openings": OPENINGS, "applications": APPLICATIONS}


def _openings_page(actor: Actor, errors: FormErrors | None = None) -> Response:
    found = queries.openings(actor, limit=ROWS, cursor=request.args.get("cursor"))
    reach = actor.unit_keys_for(Permission.RECRUITING_WRITE)
    return form_page(
        "hr/openings.html",
        errors or FormErrors(),
        rows=found.rows,
        next_cursor=found.next_cursor,
        is_first="cursor" not in request.args,
        units=[node for node in unit_tree() if reach is None or node.key in reach],
        may_write=actor.may(Permission.RECRUITING_WRITE),
        may_everywhere=reach is None,
    )


@blueprint.get("/recruiting/openings")
@requires(Permission.RECRUITING_READ)
def openings() -> Response:
    return _openings_page(current_actor())


@blueprint.post("/recruiting/openings")
@requires(Permission.RECRUITING_WRITE)
def add_opening() -> AnyResponse:
    actor, errors = current_actor(), FormErrors()
    values: dict[str, Any] = {name: request.form.get(name) for name in ("title", "family", "place", "url")}
    try:
        unit = request.form.get("unit_id", "")
        values["unit_id"] = UUID(unit) if unit else None
    except ValueError:
        errors["unit_id"] = [_("Choose from the list.")]
    try:
        closes_on = request.form.get("closes_on", "")
        values["closes_on"] = date.fromisoformat(closes_on) if closes_on else None
    except ValueError:
        errors["closes_on"] = [_("Enter a day.")]
    if errors:
        return _openings_page(actor, errors)
    try:
        opening = service.make_opening(actor, reference=request.form.get("reference", ""), **values)
    except Conflict as error:
        return _openings_page(actor, FormErrors({"reference": [error.detail]}))
    except Invalid as error:
        return _openings_page(actor, FormErrors.from_domain(error))
    flash(_("%(reference)s is on the list.", reference=opening.reference), "success")
    return redirect(url_for("hr.openings"))


# --- Files.


def _file_page(kind: str, errors: FormErrors | None = None, status: int = 200, **context: Any) -> Response:
    columns = KINDS[kind]
    return page(
        "hr/import.html",
        status=status,
        errors=errors or FormErrors(),
        kind=kind,
        required=columns.required,
        optional=columns.optional,
        **{"report": None, "refused": None, "token_of_file": "", **context},
    )


def _kind() -> str:
    wanted = request.values.get("kind", "openings")
    return wanted if wanted in KINDS else "openings"


def _take_over(kind: str, path: Any, actor: Actor, *, is_dry_run: bool) -> FileReport:
    take_over = import_openings_csv if kind == "openings" else import_events_csv
    return take_over(path, actor=actor, is_dry_run=is_dry_run)


@blueprint.get("/recruiting/import")
@requires(Permission.RECRUITING_WRITE)
def import_form() -> Response:
    require_in(current_actor(), Permission.RECRUITING_WRITE, None)
    return _file_page(_kind())


@blueprint.post("/recruiting/import")
@requires(Permission.RECRUITING_WRITE)
@body_up_to(LARGEST_FILE)
def check_file() -> Response:
    """Say what a file would do, and keep it for an hour. Nothing is changed."""
    actor, kind = current_actor(), _kind()
    require_in(actor, Permission.RECRUITING_WRITE, None)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _file_page(kind, FormErrors({"file": [_("Choose a file.")]}), 422)
    token, path = kept_files.keep(actor, upload)
    try:
        report = _take_over(kind, path, actor, is_dry_run=True)
    except FileRefused as error:
        kept_files.forget(path)
        return _file_page(kind, FormErrors({"": [error.detail]}), 422, refused=error.report)
    except Invalid as error:
        kept_files.forget(path)
        return _file_page(kind, FormErrors({"file": [error.detail]}), 422)
    return _file_page(kind, report=report, token_of_file=token)


@blueprint.post("/recruiting/import/confirm")
@requires(Permission.RECRUITING_WRITE)
def import_file() -> AnyResponse:
    actor, kind = current_actor(), _kind()
    require_in(actor, Permission.RECRUITING_WRITE, None)
    path = kept_files.find(actor, request.form.get("token", ""))
    if path is None:
        return _file_page(
            kind, FormErrors({"file": [_("The checked file is gone after an hour. Choose it again.")]}), 422
        )
    try:
        report = _take_over(kind, path, actor, is_dry_run=False)
    except FileRefused as error:
        return _file_page(kind, FormErrors({"": [error.detail]}), 422, refused=error.report)
    kept_files.forget(path)
    flash(
        _(
            "%(rows)s rows: %(created)s new, %(changed)s changed, %(same)s as before.",
            rows=report.rows,
            created=report.created,
            changed=report.changed,
            same=report.unchanged,
        ),
        "success",
    )
    return redirect(url_for("hr.openings"))
