"""What a link in a mail opens without signing in: one item's share sheet, and the way to stop the mail.

Mail programs and scanners open links by themselves, so opening one changes nothing: only a button does.
"""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.queries import FeedEntry, get_live_item
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.foundation.web import find_actor, public
from advocacy.notifications import queries, service
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.sharing import FIRST_CHIPS, chips_for, starting_point, to_paste
from advocacy.portal.pages import FormErrors, form_page, page
from advocacy.sharing import service as sharing
from advocacy.sharing.digests.links import read_sheet_link, read_stop_link
from advocacy.sharing.limits import LONGEST_TEXT

MAIL = "mail:suggestions"


@blueprint.get("/from-mail/<token>")
@public  # whoever holds the link; it opens one item and nothing else
def from_mail(token: str) -> AnyResponse:
    reader, item_id = read_sheet_link(token)
    if _is_somebody_signed_in():
        return redirect(url_for("employee.share_sheet", item_id=item_id))
    entry = _entry(reader, item_id)
    if entry is None:
        return page("from_mail/over.html")
    if not people.has_consent(require_self(reader), Purpose.TAKE_PART):
        return page("from_mail/stopped.html")
    return _sheet(reader, entry, token)


@blueprint.post("/from-mail/<token>")
@public  # as above
def share_from_mail(token: str) -> AnyResponse:
    """Write the share down for the person whose link it is, and show the way on to the network."""
    reader, item_id = read_sheet_link(token)
    if _is_somebody_signed_in():
        return redirect(url_for("employee.share_sheet", item_id=item_id))
    try:
        opened = sharing.open_share(
            reader,
            item_id=item_id,
            network_key=request.form.get("network", ""),
            text=request.form.get("text", ""),
            server=request.form.get("server") or None,
        )
    except Invalid as error:
        entry = _entry(reader, item_id)
        if entry is None:
            return page("from_mail/over.html")
        return _sheet(reader, entry, token, FormErrors.from_domain(error))
    return page("from_mail/shared.html", text=to_paste(opened), intent_url=opened.intent_url)


def _is_somebody_signed_in() -> bool:
    """Return whether an employee is: they share as themselves, also when a colleague handed them the link."""
    present = find_actor()
    return present is not None and present.employee_key is not None


def _entry(reader: Actor, item_id: UUID) -> FeedEntry | None:
    try:
        return get_live_item(item_id, visible_to=reader)
    except NotFound:
        return None


def _sheet(reader: Actor, entry: FeedEntry, token: str, errors: FormErrors | None = None) -> Response:
    chips = chips_for(reader, entry)
    wanted = request.values.get("network", "")
    chosen = next((chip.network for chip in chips if chip.network.key == wanted), chips[0].network)
    caption = starting_point(reader, entry, chosen, deals=False)
    context: dict[str, Any] = {
        "entry": entry,
        "chips": chips,
        "first_chips": FIRST_CHIPS,
        "chosen": chosen,
        "is_locked": entry.version.is_text_locked,
        "longest": LONGEST_TEXT,
        "token": token,
    }
    if errors:
        return form_page("from_mail/share.html", errors, **context)
    values = {"text": caption.text if caption is not None else "", "network": chosen.key}
    return page("from_mail/share.html", errors={}, values=values, **context)


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
