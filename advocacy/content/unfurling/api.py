"""The JSON API of reading a page for a draft."""

from typing import Any
from uuid import UUID

from advocacy.content import queries
from advocacy.content.unfurling import service
from advocacy.content.unfurling.models import Unfurl, UnfurlState
from advocacy.content.unfurling.schemas import UnfurlIn, UnfurlOut
from advocacy.foundation.access import Permission
from advocacy.foundation.rest import ApiBlueprint
from advocacy.foundation.web import current_actor, requires

RETRY_AFTER = "1"

blueprint = ApiBlueprint(
    "unfurling", module="advocacy.content.unfurling.api", description="Having a page read, to start a draft from it."
)


@blueprint.post("/unfurls")
@requires(Permission.CONTENT_WRITE)
@blueprint.arguments(UnfurlIn)
@blueprint.response(202, UnfurlOut)
def request_unfurl(wanted: dict[str, Any]) -> Any:
    """Have a page read in the background; `Location` tells where the answer will be."""
    unfurl = service.request_unfurl(current_actor(), **wanted)
    return _answer(unfurl), 202, {"Location": f"/api/v1/unfurls/{unfurl.id}", "Retry-After": RETRY_AFTER}


@blueprint.get("/unfurls/<uuid:unfurl_id>")
@requires(Permission.CONTENT_WRITE)
@blueprint.response(200, UnfurlOut)
def unfurl(unfurl_id: UUID) -> Any:
    """Return how reading a page stands that one asked for oneself."""
    found = service.get_unfurl(unfurl_id, visible_to=current_actor())
    return _answer(found), 200, {"Retry-After": RETRY_AFTER} if found.state is UnfurlState.WAITING else {}


def _answer(unfurl: Unfurl) -> dict[str, Any]:
    problem = service.problem_of(unfurl)
    return {
        **{name: getattr(unfurl, name) for name in ("id", "url", "state", "image_sha256", "created_at")},
        "problem": {"code": unfurl.refusal or "given_up", "detail": problem} if problem else None,
        "found": service.told_facts(unfurl),
        "image_url": queries.image_url(unfurl.image_sha256),
    }
