"""What a link in a mail opens without signing in: sharing one item, to its end, and the way to stop the mail.

Mail programs and scanners open links by themselves, so opening one changes nothing: only a button does.
"""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.queries import get_live_item
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.errors import Invalid, NotFound, NotSignedIn
from advocacy.foundation.web import find_actor, public
from advocacy.learning.taking import LessonsNeeded, require_lessons
from advocacy.notifications import queries, service
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.sharing import checks_page, open_as_entered, sheet_page, to_paste, way_on
from advocacy.portal.pages import FormErrors, form_page, load_form, page
from advocacy.sharing import service as sharing
from advocacy.sharing.digests.links import read_sheet_link, read_stop_link
from advocacy.sharing.queries import SharedItem, has_shared, shared_item
from advocacy.sharing.schemas import ConfirmationIn

MAIL = "mail:suggestions"


@blueprint.get("/from-mail/<token>")
@public  # whoever holds the link; it opens one item and nothing else
def from_mail(token: str) -> AnyResponse:
    reader, item_id = read_sheet_link(token)
    if _is_somebody_signed_in():
        return _own_sheet(item_id)
    if not people.has_consent(require_self(reader), Purpose.TAKE_PART):
        return page("from_mail/stopped.html")
    # Said before anything is written, so that no words are lost.
    key = require_self(reader)
    try:
        require_lessons(key, has_shared=has_shared(key))
    except LessonsNeeded:  # which ones is for the person alone, and whoever holds the link may be somebody else
        raise NotSignedIn(_("Sign in to go on.")) from None
    return _sheet(reader, item_id, token)


@blueprint.post("/from-mail/<token>")
@public  # as above
def share_from_mail(token: str) -> AnyResponse:
    """Write the share down for the person whose link it is, and show the way on to the network."""
    reader, item_id = read_sheet_link(token)
    if _is_somebody_signed_in():
        return _own_sheet(item_id)
    try:
        opened = open_as_entered(reader, item_id)
    except LessonsNeeded:
        return _sheet(reader, item_id, token, FormErrors({"text": [_("Sign in to go on.")]}))
    except Invalid as error:
        return _sheet(reader, item_id, token, FormErrors.from_domain(error))
    return way_on(opened, url_for("employee.shared_from_mail", token=token, share_id=opened.share.id))


@blueprint.post("/from-mail/<token>/checks")
@public  # as above
def check_text_from_mail(token: str) -> Response:
    """Answer the checks of a text while it is written. Nothing is stored."""
    reader, item_id = read_sheet_link(token)
    return checks_page(reader, get_live_item(item_id, visible_to=reader))


@blueprint.get("/from-mail/<token>/shares/<uuid:share_id>")
@public  # whoever holds the link; it shows what was written by it, and nothing else of the person
def shared_from_mail(token: str, share_id: UUID) -> AnyResponse:
    """Show the way on to the network again, and ask whether it was posted."""
    reader, item_id = read_sheet_link(token)
    if _is_somebody_signed_in():
        return redirect(url_for("employee.shared", share_id=share_id))
    return _shared(reader, item_id, token, share_id, FormErrors())


@blueprint.post("/from-mail/<token>/shares/<uuid:share_id>")
@public  # as above
def confirm_from_mail(token: str, share_id: UUID) -> AnyResponse:
    """Take the person's word that it is posted: who shares from a mail need not sign in to say so."""
    reader, item_id = read_sheet_link(token)
    found = _written_by_link(reader, item_id, share_id)
    values, errors = load_form(ConfirmationIn())
    if not errors:
        try:
            sharing.confirm_share(reader, found.share.id, **values)
        except Invalid as error:
            errors = FormErrors.from_domain(error)
    if errors:
        return _shared(reader, item_id, token, share_id, errors)
    return redirect(url_for("employee.shared_from_mail", token=token, share_id=share_id))


def _is_somebody_signed_in() -> bool:
    """Return whether an employee is: they share as themselves, also when a colleague handed them the link."""
    present = find_actor()
    return present is not None and present.employee_key is not None


def _own_sheet(item_id: UUID) -> AnyResponse:
    """Lead to the sheet of whoever is signed in. A plan opens there with its words if it is theirs."""
    return redirect(url_for("employee.share_sheet", item_id=item_id, plan=request.values.get("plan")))


def _sheet(reader: Actor, item_id: UUID, token: str, errors: FormErrors | None = None) -> Response:
    try:
        entry = get_live_item(item_id, visible_to=reader)
    except NotFound:
        return page("from_mail/over.html")
    return sheet_page("from_mail/share.html", reader, entry, errors, deals=False, plans=False, token=token)


def _written_by_link(reader: Actor, item_id: UUID, share_id: UUID) -> SharedItem:
    """Return what the person wrote about the one item of their link. Raises NotFound for every other share."""
    found = shared_item(share_id, visible_to=reader)
    if found.item_id != item_id:
        raise NotFound(_("There is no such share of yours."))
    return found


def _shared(reader: Actor, item_id: UUID, token: str, share_id: UUID, errors: FormErrors) -> Response:
    found = _written_by_link(reader, item_id, share_id)
    if not people.has_consent(require_self(reader), Purpose.TAKE_PART):
        return page("from_mail/stopped.html")
    return form_page("from_mail/shared.html", errors, shared=found, to_paste=to_paste(found), token=token)


# --- Stopping the mail. Whoever holds the link may, without signing in; a mail program may do it for its reader.


@blueprint.get("/mail-off/<token>")
@public  # whoever holds the link; it shows two buttons and does nothing
def mail_off(token: str) -> Response:
    choices = queries.choices_of(read_stop_link(token))
    return page(
        "from_mail/mail_off.html",
        token=token,
        is_mail_off=MAIL in choices.muted or choices.is_everything_off,
        is_everything_off=choices.is_everything_off,
    )


@blueprint.post("/mail-off/<token>")
@public  # RFC 8058: the mail program posts `List-Unsubscribe=One-Click` without cookies. Twice is once
def stop_mail(token: str) -> Response:
    """Stop the digest, or everything where that button was pressed; it stands before this answers."""
    key = read_stop_link(token)
    if request.form.get("what") == "everything":
        service.turn_everything_off(key)
    else:
        service.mute(key, MAIL)
    return mail_off(token)
