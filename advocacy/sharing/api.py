"""The JSON API of sharing. Everything here is one's own."""

from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from advocacy.content.queries import get_live_item
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import NotFound
from advocacy.foundation.pagination import Page
from advocacy.foundation.rest import ApiBlueprint, PageFilter
from advocacy.foundation.web import current_actor, requires, signed_in
from advocacy.sharing import queries, service
from advocacy.sharing.models import EngagementSnapshot
from advocacy.sharing.schemas import (
    ConfirmationIn,
    EngagementIn,
    EngagementOut,
    NetworksOut,
    ShareIn,
    ShareOut,
    SuggestionFilter,
    SuggestionOut,
)
from config.networks import find_network, networks, version

blueprint = ApiBlueprint("sharing", description="Taking an item to one's own networks in one's own words.")


@blueprint.post("/shares")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(ShareIn)
@blueprint.response(201, ShareOut)
def open_share(share: dict[str, Any]) -> queries.SharedItem:
    """Open a share: returns the tracked link, the final text and the address of the network's dialog."""
    opened = service.open_share(current_actor(), network_key=share.pop("network"), **share)
    return queries.shared_item(opened.share.id, visible_to=current_actor())


@blueprint.get("/shares")
@requires(Permission.SHARES_READ)
@blueprint.arguments(PageFilter, location="query")
@blueprint.pages_of(ShareOut)
def shares(filters: dict[str, Any]) -> Page[queries.SharedItem]:
    """Return one's own shares, newest first."""
    return queries.shares_of(current_actor(), **filters)


@blueprint.get("/shares/<uuid:share_id>")
@requires(Permission.SHARES_READ)
@blueprint.response(200, ShareOut)
def share(share_id: UUID) -> queries.SharedItem:
    """Return one's own share with the clicks on its link."""
    return queries.shared_item(share_id, visible_to=current_actor())


@blueprint.post("/shares/<uuid:share_id>/confirm")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(ConfirmationIn)
@blueprint.response(200, ShareOut)
def confirm(confirmation: dict[str, Any], share_id: UUID) -> queries.SharedItem:
    """Say that one posted it. Repeating changes nothing."""
    service.confirm_share(current_actor(), share_id, **confirmation)
    return queries.shared_item(share_id, visible_to=current_actor())


@blueprint.put("/shares/<uuid:share_id>/engagement")
@requires(Permission.SHARES_WRITE)
@blueprint.arguments(EngagementIn)
@blueprint.response(200, EngagementOut)
def report_engagement(numbers: dict[str, Any], share_id: UUID) -> EngagementSnapshot:
    """Enter what the network shows about the post. Earlier numbers are kept; the latest counts."""
    return service.report_engagement(current_actor(), share_id, **numbers)


@blueprint.get("/feed/<uuid:item_id>/caption")
@requires(Permission.FEED_READ)
@blueprint.arguments(SuggestionFilter, location="query")
@blueprint.response(200, SuggestionOut)
def suggest_caption(filters: dict[str, Any], item_id: UUID) -> dict[str, Any]:
    """Return a wording that nobody around used on this network lately, if there is one."""
    actor = current_actor()
    network = find_network(filters["network"])
    if network is None:
        raise NotFound(_("There is no such network."))
    caption = service.caption_for(actor, get_live_item(item_id, visible_to=actor), network)
    return {"caption_id": caption.id if caption else None, "text": caption.text if caption else None}


@blueprint.get("/networks")
@signed_in
@blueprint.response(200, NetworksOut)
def all_networks() -> dict[str, Any]:
    """Return the networks and their rules."""
    return {"version": version(), "data": networks()}
