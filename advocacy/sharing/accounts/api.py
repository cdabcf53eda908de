"""The JSON API of connected accounts. Connecting itself needs a browser that goes to the network and comes back."""

from typing import Any
from uuid import UUID, uuid4

from advocacy.foundation.access import Permission
from advocacy.foundation.rest import ApiBlueprint, require_match, with_etag
from advocacy.foundation.web import current_actor, requires
from advocacy.sharing.account_models import NetworkPost
from advocacy.sharing.account_schemas import (
    AccountsOut,
    NetworkAccessesOut,
    NetworkAccessIn,
    NetworkAccessOut,
    PostAnswerIn,
    PostIn,
    PostOut,
)
from advocacy.sharing.accounts import access, connecting, describing, pressing

blueprint = ApiBlueprint(
    "connected-accounts",
    module="advocacy.sharing.accounts.api",
    description="Accounts that people connect to networks, and posting with them at their own press.",
)


@blueprint.get("/me/connected-accounts")
@requires(Permission.PROFILE_READ)
@blueprint.response(200, AccountsOut)
def connected_accounts() -> dict[str, Any]:
    """Return one's own connected accounts, and the networks that take one. Connecting is done in the portal."""
    actor = current_actor()
    return {"data": access.accounts_of(actor), "networks": [network.key for network in access.networks_on()]}


@blueprint.delete("/me/connected-accounts/<network>")
@requires(Permission.PROFILE_WRITE)
@blueprint.response(204)
def disconnect_account(network: str) -> None:
    """Disconnect at once. What we were given is deleted, and the network is told in the background."""
    connecting.disconnect(current_actor(), network)


@blueprint.post("/me/posts")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(PostIn)
@blueprint.response(202, PostOut)
def post_now(wanted: dict[str, Any]) -> dict[str, Any]:
    """Open a share and post it with one's own account: one press. Send an Idempotency-Key, so that it stays one."""
    post = pressing.post_now(current_actor(), press_key=uuid4(), network_key=wanted.pop("network"), **wanted)
    return describing.described(post)


@blueprint.post("/shares/<uuid:share_id>/post")
@requires(Permission.SHARES_WRITE)
@blueprint.response(202, PostOut)
def post_share(share_id: UUID) -> dict[str, Any]:
    """Post a share that is open. While a post of it is under way or out, that one is returned."""
    return describing.described(pressing.press(current_actor(), share_id))


@blueprint.get("/shares/<uuid:share_id>/post")
@requires(Permission.SHARES_READ)
@blueprint.response(200, PostOut)
def share_post(share_id: UUID) -> dict[str, Any]:
    """Return what became of a post."""
    return describing.described(_post(share_id))


@blueprint.delete("/shares/<uuid:share_id>/post")
@requires(Permission.SHARES_WRITE)
@blueprint.response(200, PostOut)
def cancel_post(share_id: UUID) -> dict[str, Any]:
    """Take back a press that still waits."""
    return describing.described(pressing.cancel(current_actor(), share_id))


@blueprint.post("/shares/<uuid:share_id>/post/answer")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(PostAnswerIn)
@blueprint.response(200, PostOut)
def answer_post(said: dict[str, Any], share_id: UUID) -> dict[str, Any]:
    """Say whether a post is there whose outcome is unknown. A no lets one press again."""
    return describing.described(pressing.say_what_became(current_actor(), share_id, **said))


@blueprint.get("/network-access")
@requires(Permission.SETTINGS_READ)
@blueprint.response(200, NetworkAccessesOut)
def network_accesses() -> dict[str, Any]:
    """Return every network that could take connected accounts: what it costs and demands, and what was decided."""
    return {"data": describing.accesses()}


@blueprint.get("/network-access/<network>")
@requires(Permission.SETTINGS_READ)
@blueprint.response(200, NetworkAccessOut)
def network_access(network: str) -> Any:
    """Return one network. Its ETag is needed to change it."""
    found = describing.access(network)
    return with_etag(found, found["version"])


@blueprint.put("/network-access/<network>")
@requires(Permission.SETTINGS_WRITE)
@blueprint.arguments(NetworkAccessIn)
@blueprint.response(200, NetworkAccessOut)
@blueprint.refusal(412)
@blueprint.refusal(428)
def change_network_access(wanted: dict[str, Any], network: str) -> Any:
    """Switch a network on or off; needs If-Match. Switching on says that cost and terms are known."""
    seen = describing.access(network)["version"]
    require_match(seen)
    access.change_access(current_actor(), network, seen_version=seen, **wanted)
    found = describing.access(network)
    return with_etag(found, found["version"])


def _post(share_id: UUID) -> NetworkPost:
    return pressing.post_of(share_id, visible_to=current_actor())
