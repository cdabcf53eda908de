"""The JSON API of chats: connecting Slack and Teams, being told in Slack, and what Slack tells us."""

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from advocacy.foundation import ratelimit
from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.errors import NotFound, NotSignedIn
from advocacy.foundation.rest import ApiBlueprint
from advocacy.foundation.web import asks_nobody, body_up_to, current_actor, public, requires
from advocacy.notifications.chat_models import ChatConnection, ChatMember
from advocacy.notifications.chat_schemas import ConnectionOut, ConnectionsOut, MemberOut, PressOut, SlackIn, TeamsIn
from advocacy.notifications.queries import chats as queries
from advocacy.notifications.service.chats import connecting, joining, receiving

blueprint = ApiBlueprint(
    "chats", module="advocacy.notifications.chats.api", description="Slack and Teams: connecting them, and being told."
)


@blueprint.post("/hooks/slack/interactions")
@body_up_to(receiving.LARGEST_BYTES)
@asks_nobody
@public  # the signature over the raw body says who is speaking
@blueprint.response(200, PressOut)
@blueprint.refusal(401)
@blueprint.refusal(413)
@blueprint.refusal(422)
def slack_interactions() -> dict[str, bool]:
    """Take what somebody pressed in Slack, signed as Slack does. A repeat is answered alike and changes nothing."""
    raw = request.get_data(cache=True)
    headers = {name.lower(): value for name, value in request.headers.items()}
    # Only wrong signatures count, so that no number of true messages is too many.
    guesses = (ratelimit.API_PER_ADDRESS, "hook", ratelimit.network_of(request.remote_addr))
    ratelimit.refuse_when_exhausted(ratelimit.limiter().standing(*guesses))
    try:
        return {"is_new": receiving.receive_press(headers=headers, raw=raw)}
    except NotSignedIn:
        ratelimit.limiter().hit(*guesses)
        raise


@blueprint.get("/chats")
@requires(Permission.SETTINGS_READ)
@blueprint.response(200, ConnectionsOut)
def connections() -> dict[str, Any]:
    """Return what is connected to Slack and Teams, and how it is doing."""
    return {"data": queries.connections(current_actor())}


@blueprint.put("/chats/slack")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(SlackIn)
@blueprint.response(200, ConnectionOut)
def connect_slack(body: dict[str, Any]) -> ChatConnection:
    """Connect Slack, or give it new secrets. They are checked in the background; the state tells how that went."""
    return connecting.connect_slack(current_actor(), **body)


@blueprint.post("/chats/teams")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(TeamsIn)
@blueprint.response(201, ConnectionOut)
@blueprint.refusal(409)
def connect_teams(body: dict[str, Any]) -> ChatConnection:
    """Connect one channel of Teams by the address of its flow."""
    return connecting.connect_teams(current_actor(), **body)


@blueprint.post("/chats/<uuid:connection_id>/test")
@requires(Permission.SETTINGS_WRITE)
@blueprint.response(202, ConnectionOut)
def ask_for_test(connection_id: UUID) -> ChatConnection:
    """Have a test message sent: in Slack to oneself, in Teams into the channel. The connection tells how it went."""
    return connecting.ask_for_test(current_actor(), connection_id)


@blueprint.delete("/chats/<uuid:connection_id>")
@requires(Permission.SETTINGS_WRITE)
@blueprint.response(204)
def disconnect(connection_id: UUID) -> None:
    """End a connection. Its secrets and who was told there are forgotten, what waits is cancelled."""
    connecting.disconnect(current_actor(), connection_id)


@blueprint.get("/me/slack")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, MemberOut)
@blueprint.refusal(404)
def slack_member() -> ChatMember:
    """Return how it stands with oneself in Slack."""
    found = queries.member_of(current_actor())
    if found is None:
        raise NotFound(_("You are not told in Slack."))
    return found


@blueprint.put("/me/slack")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(202, MemberOut)
@blueprint.refusal(409)
def join_slack() -> ChatMember:
    """Ask to be told in Slack: one is looked up there by one's mail address, in the background."""
    return joining.join_slack(current_actor())


@blueprint.delete("/me/slack")
@requires(Permission.PROFILE_READ)  # nobody needs a right to be left alone
@blueprint.response(204)
def leave_slack() -> None:
    """Be told in Slack no more. It is committed before this answers."""
    joining.leave_slack(require_self(current_actor()))
