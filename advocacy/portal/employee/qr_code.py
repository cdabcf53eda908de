"""A code to scan for an item: on a card to print, as a picture for a slide, with its own tracked link."""

from uuid import UUID

from flask import Response, flash, make_response, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Permission, require_self
from advocacy.foundation.errors import NotFound
from advocacy.foundation.web import current_actor, requires
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.definitions import click_definitions
from advocacy.portal.pages import page
from advocacy.sharing import qr_codes
from advocacy.sharing.qr_codes import QrCode

KINDS = {"svg": "image/svg+xml", "png": "image/png"}


@blueprint.get("/items/<uuid:item_id>/qr")
@requires(Permission.SHARES_READ)
def qr_code(item_id: UUID) -> Response:
    actor = current_actor()
    entry, code = qr_codes.find_own(actor, item_id)
    return page(
        "employee/qr_code.html",
        entry=entry,
        code=code,
        takes_part=people.has_consent(require_self(actor), Purpose.TAKE_PART),
        definitions=click_definitions(code.clicks.as_of) if code is not None else [],
    )


@blueprint.post("/items/<uuid:item_id>/qr")
@requires(Permission.SHARES_WRITE)
def make_qr_code(item_id: UUID) -> AnyResponse:
    qr_codes.make_own(current_actor(), item_id)
    flash(_("Your code is ready. It stays the same as long as this item is live."), "success")
    return redirect(url_for("employee.qr_code", item_id=item_id))


@blueprint.get("/items/<uuid:item_id>/qr.<any(svg, png):kind>")
@requires(Permission.SHARES_READ)
def qr_picture(item_id: UUID, kind: str) -> Response:
    return picture_of(qr_codes.find_own(current_actor(), item_id)[1], kind)


def picture_of(code: QrCode | None, kind: str) -> Response:
    """Return the picture of a code as a file. Raises NotFound where there is none."""
    if code is None:
        raise NotFound(_("There is no code yet. Make it first."))
    answer = make_response(code.svg if kind == "svg" else code.png)
    answer.headers["Content-Type"] = KINDS[kind]
    answer.headers["Content-Disposition"] = f'inline; filename="qr-{code.link.code}.{kind}"'
    return answer
