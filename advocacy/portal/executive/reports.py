"""Frozen reports: the list, freezing one, and one as it is read on a screen, on paper and as a PDF."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import queries as measurement
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.executive.figure_words import (
    between_words,
    cause_words,
    definition_of,
    parts_words,
    reason_words,
    said,
)
from advocacy.portal.executive.measures import domains
from advocacy.portal.pages import FormErrors, form_page, page
from advocacy.portal.presenting import day, translated
from advocacy.programme import queries, service
from advocacy.programme.limits import LONGEST_NAME, LONGEST_NOTE
from advocacy.programme.queries import FigureNow

# The service's names of fields as the API says them, and as the form does.
DAYS = {"from": "first", "to": "last"}
LEADING = ("amp.ratio_potential", "act.participation_rate")


@blueprint.get("/reports")
@requires(Permission.PROGRAMME_READ)
def reports() -> Response:
    return _reports_page(FormErrors())


@blueprint.post("/reports")
@requires(Permission.PROGRAMME_WRITE)
def freeze_report() -> AnyResponse:
    errors = FormErrors()
    days = {name: _day(name, errors) for name in DAYS.values()}
    if errors:
        return _reports_page(errors)
    try:
        report = service.freeze_report(
            current_actor(), title=request.form.get("title", ""), note=request.form.get("note", ""), **days
        )
    except Invalid as error:
        told = FormErrors.from_domain(error)
        return _reports_page(FormErrors({DAYS.get(name, name): texts for name, texts in told.items()}))
    except Conflict as error:
        return _reports_page(FormErrors({"last": [error.detail]}))
    flash(_("Frozen. These numbers stay as they are for ever."), "success")
    return redirect(url_for("executive.report", report_id=report.id))


def _day(name: str, errors: FormErrors) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        errors[name] = [_("Enter a day.")]
        return None


def _reports_page(errors: FormErrors) -> Response:
    counted = measurement.last_counted_day(session.connection(), service.PAGE)
    actor = current_actor()
    found = queries.reports(visible_to=actor, cursor=request.args.get("cursor") or None)
    return form_page(
        "executive/reports.html",
        errors,
        rows=found.rows,
        next_cursor=found.next_cursor,
        is_first=not request.args.get("cursor"),
        counted=counted,
        days={"first": counted.replace(day=1).isoformat(), "last": counted.isoformat()} if counted else {},
        may_write=actor.may(Permission.PROGRAMME_WRITE),
        longest={"name": LONGEST_NAME, "note": LONGEST_NOTE},
    )


@blueprint.get("/reports/<uuid:report_id>")
@requires(Permission.PROGRAMME_READ)
def report(report_id: UUID) -> Response:
    found = queries.get_report(report_id, visible_to=current_actor())
    figures = queries.figures_of(found.report, visible_to=current_actor())
    rows = [_row(one) for one in figures]
    known = [row for row in rows if row["value"] is not None]
    # What was not known then became known, and is told with what was not; nothing of it was restated.
    changed = [row for row in known if row["status"] in {"restated", "untold"}]
    return page(
        "executive/report.html",
        one=found.report,
        frozen_by=found.frozen_by,
        lead=_lead(figures),
        sections=[
            {"key": key, "name": name, "rows": [row for row in known if row["domain"] == key]}
            for key, name in domains()
            if any(row["domain"] == key for row in known)
        ],
        unknown=[row for row in rows if row["value"] is None],
        changed=ngettext("%(num)s number was restated since.", "%(num)s numbers were restated since.", len(changed))
        if changed
        else "",
        definitions=[definition_of(one.figure) for one in figures],
    )


def _lead(figures: Sequence[FigureNow]) -> dict[str, dict[str, str]]:
    """Return the numbers the first sentence is made of, those there are, with the definitions they open."""
    kept = {one.figure.metric: one.figure for one in figures if one.figure.value is not None}
    return {
        key.partition(".")[2]: {"text": str(said(kept[key])), "id": definition_of(kept[key])["id"]}
        for key in LEADING
        if key in kept
    }


def _row(one: FigureNow) -> dict[str, Any]:
    figure, now = one.figure, one.now
    is_small = figure.is_small_sample and bool(between_words(figure))
    return {
        "id": definition_of(figure)["id"],
        "domain": figure.metric.partition(".")[0],
        "name": translated(figure.name),
        "value": said(figure),
        # Of a few observations the interval says more than the value, and comes first.
        "first": between_words(figure) if is_small else said(figure),
        "between": _("in the sample %(value)s", value=said(figure)) if is_small else between_words(figure),
        "told_on": day(figure.told_on) if figure.told_on is not None else "",
        "parts": parts_words(figure),
        "reason": reason_words(figure.reason),
        "on": day(figure.on_day),
        "is_provisional": figure.state == "provisional",
        "status": now.status,
        "now": said(figure, now.value_exact) if now.value_exact is not None else reason_words(now.reason),
        "causes": cause_words(now.causes),
        "is_other_definition": now.is_other_definition,
    }
