"""Where links may lead, and which addresses are the organisation's own."""

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import destinations
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page
from advocacy.sharing import ranges


def _hosts_page(errors: FormErrors | None = None) -> Response:
    return form_page(
        "administration/hosts.html",
        errors or FormErrors(),
        hosts=destinations.allowed_hosts(),
        ranges=ranges.internal_ranges(),
        may_write=current_actor().may(Permission.SETTINGS_WRITE),
    )


@blueprint.get("/settings/hosts")
@requires(Permission.SETTINGS_READ)
def hosts() -> Response:
    return _hosts_page()


@blueprint.post("/settings/hosts")
@requires(Permission.SETTINGS_WRITE)
def add_host() -> AnyResponse:
    try:
        row = destinations.allow_host(
            current_actor(),
            request.form.get("host", ""),
            includes_subdomains=request.form.get("includes_subdomains") == "yes",
        )
    except Invalid as error:
        return _hosts_page(FormErrors.from_domain(error))
    flash(_("Links may lead to %(host)s.", host=row.host), "success")
    return redirect(url_for("administration.hosts"))


@blueprint.post("/settings/hosts/remove")
@requires(Permission.SETTINGS_WRITE)
def remove_host() -> AnyResponse:
    host = request.form.get("host", "")
    destinations.forbid_host(current_actor(), host)
    flash(_("Links to %(host)s stop within seconds.", host=host), "success")
    return redirect(url_for("administration.hosts"))


@blueprint.post("/settings/ranges")
@requires(Permission.SETTINGS_WRITE)
def add_range() -> AnyResponse:
    try:
        row = ranges.add_internal_range(
            current_actor(), request.form.get("range", ""), note=request.form.get("note", "")
        )
    except Invalid as error:
        return _hosts_page(FormErrors.from_domain(error))
    flash(_("Clicks from %(range)s count as colleagues.", range=row.range), "success")
    return redirect(url_for("administration.hosts"))


@blueprint.post("/settings/ranges/remove")
@requires(Permission.SETTINGS_WRITE)
def remove_range() -> AnyResponse:
    ranges.remove_internal_range(current_actor(), request.form.get("range", ""))
    flash(_("Clicks from there count like any others."), "success")
    return redirect(url_for("administration.hosts"))
