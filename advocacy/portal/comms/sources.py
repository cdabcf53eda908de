"""Sources: which feeds are read, and in plain words how it went last."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.sources import queries, service
from advocacy.content.sources.feeds import SourceKind
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.people.queries import unit_tree
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page


def kind_of_source(kind: SourceKind | None) -> str:
    return {
        SourceKind.RSS: _("RSS"),
        SourceKind.ATOM: _("Atom"),
        SourceKind.JSON_FEED: _("JSON Feed"),
        SourceKind.JOBS: _("Openings of a page"),
        None: _("not read yet"),
    }[kind]


def _page(errors: FormErrors | None = None, status: int | None = None) -> Response:
    actor = current_actor()
    reach = actor.unit_keys_for(Permission.CONTENT_WRITE)
    rows = queries.list_sources(visible_to=actor)
    response = form_page(
        "comms/sources.html",
        errors or FormErrors(),
        rows=rows,
        paused=sum(1 for row in rows if row.source.paused_at is not None),
        failing=sum(1 for row in rows if row.source.paused_at is None and row.source.failures > 0),
        units=[
            (str(node.id), "\u2003" * node.depth + node.name)
            for node in unit_tree()
            if reach is None or node.key in reach
        ],
        told=service.told,
        kind_of_source=kind_of_source,
    )
    if status is not None:
        response.status_code = status
    return response


@blueprint.get("/studio/sources")
@requires(Permission.CONTENT_WRITE)
def sources() -> Response:
    return _page()


@blueprint.post("/studio/sources")
@requires(Permission.CONTENT_WRITE)
def add_source() -> AnyResponse:
    unit = request.form.get("unit_id", "")
    try:
        unit_id = UUID(unit) if unit else None
    except ValueError:
        return _page(FormErrors({"unit_id": [_("Choose from the list.")]}))
    try:
        service.add_source(
            current_actor(),
            url=request.form.get("url", ""),
            title=request.form.get("title", ""),
            unit_id=unit_id,
        )
    except Invalid as error:
        return _page(FormErrors.from_domain(error))
    except Conflict as error:
        return _page(FormErrors({"url": [error.detail]}), status=error.status)
    flash(_("It is being read now. What it offers comes into the inbox within a minute."), "success")
    return redirect(url_for("comms.sources"))


@blueprint.post("/studio/sources/<uuid:source_id>/pause")
@requires(Permission.CONTENT_WRITE)
def pause_source(source_id: UUID) -> AnyResponse:
    service.change_source(current_actor(), source_id, is_paused=True)
    flash(_("It is not read any more until somebody resumes it."), "success")
    return redirect(url_for("comms.sources"))


@blueprint.post("/studio/sources/<uuid:source_id>/resume")
@requires(Permission.CONTENT_WRITE)
def resume_source(source_id: UUID) -> AnyResponse:
    service.change_source(current_actor(), source_id, is_paused=False)
    flash(_("It is being read again."), "success")
    return redirect(url_for("comms.sources"))


@blueprint.post("/studio/sources/<uuid:source_id>/poll")
@requires(Permission.CONTENT_WRITE)
def poll_source(source_id: UUID) -> AnyResponse:
    try:
        service.poll_now(current_actor(), source_id)
        flash(_("It is being read now."), "success")
    except Conflict as error:
        flash(error.detail, "warning")
    return redirect(url_for("comms.sources"))


@blueprint.post("/studio/sources/<uuid:source_id>/remove")
@requires(Permission.CONTENT_WRITE)
def remove_source(source_id: UUID) -> AnyResponse:
    service.remove_source(current_actor(), source_id)
    flash(_("Removed, with what it offered. Items made from it stay."), "success")
    return redirect(url_for("comms.sources"))
