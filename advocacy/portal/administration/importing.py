"""Importing the roster: the file is checked as a whole first, and only a second step changes anything."""

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import body_up_to, current_actor, requires
from advocacy.people.roster import PEOPLE
from advocacy.people.service import ImportReport, RosterRefused, import_people
from advocacy.portal import kept_files
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.pages import FormErrors, page

# A roster of a hundred thousand people has about this size; larger ones take the command line.
LARGEST_FILE = 20_000_000


def _import_page(errors: FormErrors | None = None, status: int = 200, **context: object) -> Response:
    return page(
        "administration/import.html",
        status=status,
        errors=errors or FormErrors(),
        required=PEOPLE.required,
        optional=PEOPLE.optional,
        **{
            "report": None,
            "refused": None,
            "token_of_file": "",
            "accepts_many_leavers": False,
            "is_complete": False,
            "asks_again": "",
            **context,
        },
    )


def _asks_for_leavers() -> tuple[bool, bool]:
    return request.form.get("is_complete") == "yes", request.form.get("accepts_many_leavers") == "yes"


@blueprint.get("/people/import")
@requires(Permission.PEOPLE_WRITE)
def import_form() -> Response:
    require_in(current_actor(), Permission.PEOPLE_WRITE, None)
    return _import_page()


@blueprint.post("/people/import")
@requires(Permission.PEOPLE_WRITE)
@body_up_to(LARGEST_FILE)
def check_file() -> Response:
    """Say what the file would change, and keep it for an hour. Nothing is changed."""
    actor = current_actor()
    require_in(actor, Permission.PEOPLE_WRITE, None)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _import_page(FormErrors({"file": [_("Choose a file.")]}), 422)
    token, path = kept_files.keep(actor, upload)
    is_complete, accepts = _asks_for_leavers()
    try:
        report = import_people(
            path, actor=actor, is_complete=is_complete, is_dry_run=True, accepts_many_leavers=accepts
        )
    except RosterRefused as error:
        kept_files.forget(path)
        return _import_page(FormErrors({"": [error.detail]}), 422, refused=error.report, is_complete=is_complete)
    except Conflict as error:
        if error.code == "too_many_would_leave":
            kept_files.forget(path)
            return _import_page(FormErrors(), 422, asks_again=error.detail, is_complete=is_complete)
        kept_files.forget(path)
        raise
    except Invalid as error:
        kept_files.forget(path)
        return _import_page(FormErrors({"file": [error.detail]}), 422, is_complete=is_complete)
    return _import_page(report=report, token_of_file=token, is_complete=is_complete, accepts_many_leavers=accepts)


@blueprint.post("/people/import/confirm")
@requires(Permission.PEOPLE_WRITE)
def import_file() -> AnyResponse:
    actor = current_actor()
    path = kept_files.find(actor, request.form.get("token", ""))
    if path is None:
        return _import_page(FormErrors({"file": [_("The checked file is gone after an hour. Choose it again.")]}), 422)
    is_complete, accepts = _asks_for_leavers()
    try:
        report = import_people(path, actor=actor, is_complete=is_complete, accepts_many_leavers=accepts)
    except RosterRefused as error:
        return _import_page(FormErrors({"": [error.detail]}), 422, refused=error.report, is_complete=is_complete)
    except Invalid as error:
        return _import_page(FormErrors({"file": [error.detail]}), 422, is_complete=is_complete)
    kept_files.forget(path)
    _tell(actor, report)
    return redirect(url_for("administration.people"))


def _tell(_actor: Actor, report: ImportReport) -> None:
    flash(
        _(
            "%(rows)s rows: %(created)s new people, %(changed)s changed, %(moved)s moved, %(left)s left, "
            "%(same)s as before.",
            rows=report.rows,
            created=report.created,
            changed=report.changed,
            moved=report.moved,
            left=report.left,
            same=report.unchanged,
        ),
        "success",
    )
