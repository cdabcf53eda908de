"""Numbers out of a network's own export: looked at first, kept only when the person says so."""

from datetime import date
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import body_up_to, current_actor, requires
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal import kept_files
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.pages import FormErrors, page
from advocacy.sharing.exports.formats import FORMATS
from advocacy.sharing.exports.keeping import ExportReport, keep_export
from config.networks import networks

LARGEST_FILE = 5_000_000


def _today() -> date:
    return clock.day_of(clock.now(), preferences.zone())


def measure_names() -> dict[str, str]:
    """Return what people call the measures of a post."""
    return {
        "impressions": _("Impressions"),
        "reactions": _("Reactions"),
        "comments": _("Comments"),
        "reshares": _("Reshares"),
    }


def _numbers_page(
    errors: FormErrors | None = None, *, report: ExportReport | None = None, token_of_file: str = ""
) -> Response:
    values: dict[str, Any] = {
        "network": request.form.get("network", "linkedin"),
        "observed_on": request.form.get("observed_on", _today().isoformat()),
    }
    return page(
        "employee/exported_numbers.html",
        status=422 if errors else 200,
        errors=errors or FormErrors(),
        values=values,
        networks=[(network.key, network.name) for network in networks() if network.key in FORMATS],
        today=_today().isoformat(),
        report=report,
        token_of_file=token_of_file,
        measures=measure_names(),
        takes_part=people.has_consent(require_self(current_actor()), Purpose.TAKE_PART),
    )


def _observed_on() -> date:
    try:
        return date.fromisoformat(request.form.get("observed_on", ""))
    except ValueError as error:
        raise Invalid.field("observed_on", _("Enter a day.")) from error


@blueprint.get("/shares/numbers")
@requires(Permission.SHARES_READ)
def numbers_form() -> Response:
    return _numbers_page()


@blueprint.post("/shares/numbers")
@requires(Permission.SHARES_WRITE)
@body_up_to(LARGEST_FILE)
def check_numbers() -> Response:
    """Say what the export tells about one's own shares, and keep the file for an hour. Nothing is stored."""
    actor = current_actor()
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _numbers_page(FormErrors({"file": [_("Choose a file.")]}))
    token, path = kept_files.keep(actor, upload)
    try:
        report = keep_export(
            actor, request.form.get("network", ""), path.read_bytes(), observed_on=_observed_on(), is_dry_run=True
        )
    except Invalid as error:
        kept_files.forget(path)
        found = FormErrors.from_domain(error)
        return _numbers_page(FormErrors({"file": found[""]}) if "" in found else found)
    return _numbers_page(report=report, token_of_file=token)


@blueprint.post("/shares/numbers/keep")
@requires(Permission.SHARES_WRITE)
def keep_numbers() -> AnyResponse:
    actor = current_actor()
    path = kept_files.find(actor, request.form.get("token", ""))
    if path is None:
        return _numbers_page(FormErrors({"file": [_("The checked file is gone after an hour. Choose it again.")]}))
    try:
        report = keep_export(actor, request.form.get("network", ""), path.read_bytes(), observed_on=_observed_on())
    except Invalid as error:
        return _numbers_page(FormErrors.from_domain(error))
    kept_files.forget(path)
    flash(
        ngettext(
            "Numbers of %(num)s post are kept. Earlier ones stay as they were.",
            "Numbers of %(num)s posts are kept. Earlier ones stay as they were.",
            report.new,
        ),
        "success",
    )
    return redirect(url_for("employee.shares"))
