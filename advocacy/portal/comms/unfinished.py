"""Keeping a form while somebody writes, offering it again, and throwing it away."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content import queries, unfinished
from advocacy.content.models import ContentItem
from advocacy.foundation.access import Permission
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.compose_form import FormOfItem, values_of_form
from advocacy.portal.pages import page

NOT_KEPT = ("csrf_token", "action", "picture")


def _item(item_id: str) -> ContentItem | None:
    try:
        return queries.get_item(UUID(item_id), visible_to=current_actor()) if item_id else None
    except ValueError:
        return None


@blueprint.post("/studio/autosave")
@requires(Permission.CONTENT_WRITE)
def autosave() -> Response:
    """Keep what stands in the form. No version is made, and nobody else sees it."""
    values = {name: request.form.getlist(name) for name in request.form if name not in NOT_KEPT}
    kept = unfinished.keep_form(current_actor(), _item(request.args.get("item", "")), values)
    return page("comms/autosaved.html", at=kept.saved_at)


@blueprint.post("/studio/autosave/drop")
@requires(Permission.CONTENT_WRITE)
def drop_unfinished() -> AnyResponse:
    """Throw away what was not saved."""
    item = _item(request.form.get("item", ""))
    unfinished.drop_form(current_actor(), item)
    flash(_("Thrown away. What was saved before stands."), "success")
    return redirect(url_for("comms.edit", item_id=item.id) if item is not None else url_for("comms.compose"))


def values_of_unfinished(kept: dict[str, list[str]]) -> dict[str, Any]:
    """Return a kept form in the shape the template shows."""
    form: MultiDict[str, str] = MultiDict([(name, value) for name, values in kept.items() for value in values])
    return values_of_form(FormOfItem(form))
