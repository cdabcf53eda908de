"""Connections: systems that tell us of applications by signed messages. A secret is shown once."""

from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import preferences
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.hr.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page
from advocacy.recruiting import queries, service
from advocacy.recruiting.models import AtsConnection


def address_of(connection: AtsConnection) -> str:
    """Return where a system sends its messages."""
    return f"{preferences.deployment().portal_url}/api/v1/hooks/recruiting/{connection.id}"


def _connections_page(
    actor: Actor, errors: FormErrors | None = None, shown: tuple[AtsConnection, str] | None = None
) -> Response:
    found = queries.connections(actor)
    return form_page(
        "hr/connections.html",
        errors or FormErrors(),
        connections=found,
        received=queries.last_received({connection.id: queries.source_of(connection) for connection in found}),
        address_of=address_of,
        problems=queries.inbox_problems(actor, 10),
        waiting=queries.count_waiting(),
        shown=shown,
        may_write=actor.may_in(Permission.RECRUITING_WRITE, None),
    )


@blueprint.get("/recruiting/connections")
@requires(Permission.RECRUITING_READ)
def connections() -> Response:
    return _connections_page(current_actor())


@blueprint.post("/recruiting/connections")
@requires(Permission.RECRUITING_WRITE)
def add_connection() -> Response:
    """Make a connection and show its secret in this very answer: it is nowhere to be read again."""
    actor = current_actor()
    try:
        made = service.make_connection(actor, request.form.get("name", ""))
    except Conflict as error:
        return _connections_page(actor, FormErrors({"name": [error.detail]}))
    except Invalid as error:
        return _connections_page(actor, FormErrors.from_domain(error))
    return _connections_page(actor, shown=made)


@blueprint.post("/recruiting/connections/<uuid:connection_id>/secret")
@requires(Permission.RECRUITING_WRITE)
def rotate_secret(connection_id: UUID) -> Response:
    actor = current_actor()
    return _connections_page(actor, shown=service.rotate_secret(actor, connection_id))


@blueprint.post("/recruiting/connections/<uuid:connection_id>/close")
@requires(Permission.RECRUITING_WRITE)
def close_connection(connection_id: UUID) -> AnyResponse:
    service.close_connection(current_actor(), connection_id)
    flash(_("We listen to it no more. What it reported stays."), "success")
    return redirect(url_for("hr.connections"))
