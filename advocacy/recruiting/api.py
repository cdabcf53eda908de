"""The JSON API of recruiting: messages of applicant tracking systems, connections, openings."""

from typing import Any
from uuid import UUID

from flask import request

from advocacy.foundation import preferences, ratelimit
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import NotSignedIn
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint, PageFilter
from advocacy.foundation.web import asks_nobody, body_up_to, current_actor, public, requires
from advocacy.recruiting import openings, queries, service
from advocacy.recruiting.models import AtsConnection
from advocacy.recruiting.schemas import (
    ConnectionIn,
    ConnectionsOut,
    NewSecretOut,
    OpeningChangeIn,
    OpeningIn,
    OpeningOut,
    ReceiptOut,
)

blueprint = ApiBlueprint("recruiting", description="Openings, and what became of applications.")


@blueprint.post("/hooks/recruiting/<uuid:connection_id>")
@body_up_to(service.LARGEST_MESSAGE_BYTES)
@asks_nobody
@public  # the signature over the raw body says who is speaking
@blueprint.response(200, ReceiptOut)
@blueprint.refusal(401)
@blueprint.refusal(413)
@blueprint.refusal(422)
def receive(connection_id: UUID) -> dict[str, bool]:
    """Take a message signed as Standard Webhooks says. A repeat is answered alike and changes nothing."""
    raw = request.get_data(cache=True)
    headers = {name.lower(): value for name, value in request.headers.items()}
    # Only wrong signatures count, so that no number of true messages is too many.
    guesses = (ratelimit.API_PER_ADDRESS, "hook", ratelimit.network_of(request.remote_addr))
    ratelimit.refuse_when_exhausted(ratelimit.limiter().standing(*guesses))
    try:
        return {"is_new": service.receive_event(connection_id, headers=headers, raw=raw)}
    except NotSignedIn:
        ratelimit.limiter().hit(*guesses)
        raise


@blueprint.get("/recruiting/connections")
@requires(Permission.RECRUITING_READ)
@blueprint.response(200, ConnectionsOut)
def connections() -> dict[str, Any]:
    """Return the systems that report applications."""
    return {"data": queries.connections(current_actor())}


@blueprint.post("/recruiting/connections")
@requires(Permission.RECRUITING_WRITE)
@blueprint.arguments(ConnectionIn)
@blueprint.response(201, NewSecretOut)
def make_connection(connection: dict[str, Any]) -> dict[str, Any]:
    """Let a system report applications. Its secret is in this answer and nowhere else."""
    return _with_secret(*service.make_connection(current_actor(), **connection))


@blueprint.post("/recruiting/connections/<uuid:connection_id>/secrets")
@requires(Permission.RECRUITING_WRITE)
@blueprint.response(201, NewSecretOut)
def rotate_secret(connection_id: UUID) -> dict[str, Any]:
    """Make a new secret; the one before it goes on working."""
    return _with_secret(*service.rotate_secret(current_actor(), connection_id))


@blueprint.delete("/recruiting/connections/<uuid:connection_id>")
@requires(Permission.RECRUITING_WRITE)
@blueprint.response(204)
def close_connection(connection_id: UUID) -> None:
    """Stop listening to a system. What it reported stays."""
    service.close_connection(current_actor(), connection_id)


@blueprint.get("/openings")
@requires(Permission.RECRUITING_READ)
@blueprint.arguments(PageFilter, location="query")
@blueprint.pages_of(OpeningOut)
def list_openings(filters: dict[str, Any]) -> Page[queries.OpeningRow]:
    """Return the openings of one's own units, latest first."""
    return queries.openings(current_actor(), **filters)


@blueprint.post("/openings")
@requires(Permission.RECRUITING_WRITE)
@blueprint.arguments(OpeningIn)
@blueprint.response(201, OpeningOut)
def make_opening(opening: dict[str, Any]) -> queries.OpeningRow:
    """Tell of an opening."""
    return queries.opening_row(openings.make_opening(current_actor(), **opening))


@blueprint.get("/openings/<uuid:opening_id>")
@requires(Permission.RECRUITING_READ)
@blueprint.response(200, OpeningOut)
def opening(opening_id: UUID) -> queries.OpeningRow:
    """Return an opening."""
    return queries.opening_row(queries.get_opening(opening_id, visible_to=current_actor()))


@blueprint.patch("/openings/<uuid:opening_id>")
@requires(Permission.RECRUITING_WRITE)
@blueprint.arguments(OpeningChangeIn)
@blueprint.response(200, OpeningOut)
def change_opening(changes: dict[str, Any], opening_id: UUID) -> queries.OpeningRow:
    """Change an opening; what is not mentioned stays."""
    return queries.opening_row(openings.change_opening(current_actor(), opening_id, **changes))


def _with_secret(connection: AtsConnection, secret: str) -> dict[str, Any]:
    return {
        "id": connection.id,
        "name": connection.name,
        "is_active": connection.is_active,
        "created_at": connection.created_at,
        "secret": secret,
        "url": f"{preferences.deployment().portal_url}/api/v1/hooks/recruiting/{connection.id}",
    }
