"""The organisation's code to scan for an item: for a poster, a slide or a table at an event."""

from uuid import UUID

from flask import Response, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.models import ItemState
from advocacy.foundation.access import Permission
from advocacy.foundation.web import current_actor, requires
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.employee.definitions import click_definitions
from advocacy.portal.employee.qr_code import picture_of
from advocacy.portal.pages import page
from advocacy.sharing import qr_codes


@blueprint.get("/studio/<uuid:item_id>/qr")
@requires(Permission.CONTENT_READ)
def qr_code(item_id: UUID) -> Response:
    item, code = qr_codes.find_for_item(current_actor(), item_id)
    return page(
        "comms/qr_code.html",
        item=item,
        code=code,
        title=qr_codes.title_of(item),
        is_live=item.state is ItemState.LIVE,
        definitions=click_definitions(code.clicks.as_of) if code is not None else [],
    )


@blueprint.post("/studio/<uuid:item_id>/qr")
@requires(Permission.CONTENT_WRITE)
def make_qr_code(item_id: UUID) -> AnyResponse:
    qr_codes.make_for_item(current_actor(), item_id)
    flash(_("The code is ready. It stays the same as long as this item is live."), "success")
    return redirect(url_for("comms.qr_code", item_id=item_id))


@blueprint.get("/studio/<uuid:item_id>/qr.<any(svg, png):kind>")
@requires(Permission.CONTENT_READ)
def qr_picture(item_id: UUID, kind: str) -> Response:
    return picture_of(qr_codes.find_for_item(current_actor(), item_id)[1], kind)
