"""Versions of an item: what each said, and what changed from one to another."""

from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _

from advocacy.content import queries
from advocacy.content.models import ContentVersion
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.identity.queries import names_of_accounts
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.differences import differences
from advocacy.portal.comms.drafts import draft_of
from advocacy.portal.pages import page


@blueprint.get("/studio/<uuid:item_id>/versions/<int:number>")
@requires(Permission.CONTENT_READ)
def version(item_id: UUID, number: int) -> Response:
    """Show what a version changed, against the one before it or the one that is named."""
    item = queries.get_item(item_id, visible_to=current_actor())
    versions = queries.versions_of(item)
    shown = _numbered(versions, number)
    against = request.args.get("against", "")
    others = [one for one in versions if one.id != shown.id]
    wanted = int(against) if against.isdecimal() and len(against) < 9 and int(against) != number else number - 1
    other = _numbered(versions, wanted, shown)
    return page(
        "comms/version.html",
        item=item,
        version=shown,
        other=other,
        others=others,
        changes=differences(draft_of(item, other), draft_of(item, shown)) if other.id != shown.id else [],
        names=names_of_accounts({shown.created_by, other.created_by}),
        reviews=[review for review in queries.reviews_of(item) if review.version_id == shown.id],
    )


def _numbered(versions: list[ContentVersion], number: int, instead: ContentVersion | None = None) -> ContentVersion:
    found = next((one for one in versions if one.number == number), instead)
    if found is None:
        raise NotFound(_("There is no such version."))
    return found
