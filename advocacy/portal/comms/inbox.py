"""The inbox: what sources offered and colleagues suggested, one decision each."""

from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from advocacy.content.destinations import is_allowed_host
from advocacy.content.sources import inbox as deciding
from advocacy.content.sources import queries
from advocacy.content.sources.models import EntryState
from advocacy.content.sources.queries import SUGGESTED, InboxRow
from advocacy.content.unfurling import service as unfurling
from advocacy.foundation.access import Permission
from advocacy.foundation.db import session
from advocacy.foundation.errors import AdvocacyError, Conflict, Invalid, NotFound, TooManyRequests
from advocacy.foundation.web import current_actor, requires
from advocacy.foundation.web_addresses import read_address
from advocacy.portal.comms.blueprint import blueprint
from advocacy.portal.comms.labels import kind_name, state_name, state_tone
from advocacy.portal.pages import is_htmx, page

ROWS = 30
MOST_UNDONE = 100


def host_of(url: str) -> str:
    try:
        return read_address(url).host.removeprefix("www.")
    except ValueError:
        return ""


def _filters() -> dict[str, Any]:
    """Return what the address asks for; nonsense counts as nothing."""
    state = request.values.get("state", "")
    source = request.values.get("source", "")
    try:
        source_id = UUID(source) if source and source != SUGGESTED else None
    except ValueError:
        source_id = None
    return {
        "state": EntryState(state) if state in set(EntryState) else EntryState.NEW,
        "source_id": source_id,
        "suggested": source == SUGGESTED,
    }


def _address(**more: Any) -> str:
    """Return the address of the inbox as it is looked at now, with `more` in it; None leaves something out."""
    filters = _filters()
    parts: dict[str, Any] = {
        "state": filters["state"].value if filters["state"] is not EntryState.NEW else None,
        "source": SUGGESTED if filters["suggested"] else filters["source_id"],
    }
    return url_for("comms.inbox", **(parts | more))


def _undoable() -> list[str]:
    """Return what was just dismissed, as the address names it."""
    found = []
    for text in request.args.get("undo", "").split(",")[:MOST_UNDONE]:
        try:
            found.append(str(UUID(text)))
        except ValueError:
            continue
    return found


@blueprint.get("/studio/inbox")
@requires(Permission.CONTENT_WRITE)
def inbox() -> AnyResponse:
    actor, filters = current_actor(), _filters()
    try:
        found = queries.inbox(visible_to=actor, limit=ROWS, cursor=request.args.get("cursor"), **filters)
    except (Invalid, NotFound):  # a cursor of another list, a source that is gone
        return redirect(url_for("comms.inbox"))
    return page(
        "comms/inbox.html",
        rows=found.rows,
        names_units=len({row.unit_name for row in found.rows}) > 1,
        waiting=queries.count_waiting(visible_to=actor),
        sources=queries.list_sources(visible_to=actor),
        chosen=SUGGESTED if filters["suggested"] else str(filters["source_id"] or ""),
        state=filters["state"].value,
        states=[
            {"label": label, "href": _address(state=value, cursor=None), "current": filters["state"].value == value}
            for value, label in (("new", _("New")), ("accepted", _("Accepted")), ("dismissed", _("Dismissed")))
        ],
        next_url=_address(cursor=found.next_cursor) if found.next_cursor else None,
        is_first=not request.args.get("cursor"),
        first_url=_address(),
        undo=_undoable(),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "host_of": host_of,
        "is_allowed_host": is_allowed_host,
        "kind_name": kind_name,
        "state_name": state_name,
        "state_tone": state_tone,
    }


@blueprint.post("/studio/inbox")
@requires(Permission.CONTENT_WRITE)
def decide_entries() -> AnyResponse:
    """Do one thing with everything that was ticked; what could not be done stays and says why."""
    actor = current_actor()
    decision = request.form.get("decision", "")
    try:
        ids = [UUID(text) for text in request.form.getlist("entry")]
    except ValueError:
        ids = []
    if decision not in {"accept", "dismiss", "restore"} or not ids:
        flash(_("Tick what it is about first."), "warning")
        return redirect(_address())
    decided = deciding.decide_entries(actor, ids, decision=decision)
    done = len(decided.done)
    if done:
        flash(
            {
                "accept": ngettext("One draft was made.", "%(num)s drafts were made.", done),
                "dismiss": ngettext("One entry was dismissed.", "%(num)s entries were dismissed.", done),
                "restore": ngettext("One entry is back.", "%(num)s entries are back.", done),
            }[decision],
            "success",
        )
    for title, why in decided.refused[:5]:
        flash(_("“%(title)s” stays: %(why)s", title=title, why=why), "warning")
    undo = ",".join(str(entry.id) for entry in decided.done) if decision == "dismiss" else None
    return redirect(_address(undo=undo or None))


@blueprint.post("/studio/inbox/<uuid:entry_id>/accept")
@requires(Permission.CONTENT_WRITE)
def accept_entry(entry_id: UUID) -> AnyResponse:
    """Make a draft and open it; its page is read meanwhile, for the picture and what the feed did not say."""
    actor = current_actor()
    try:
        with session.begin_nested():  # a redirect commits, so what was begun must not stay
            item = deciding.accept_entry(actor, entry_id, answer=request.form.get("answer", ""))
    except (Conflict, Invalid) as error:
        flash(_detail(error), "warning")
        return redirect(_address())
    try:
        unfurl = unfurling.request_unfurl(actor, url=queries.get_entry(entry_id, visible_to=actor).url).id
    except TooManyRequests:
        unfurl = None  # the draft is there; its picture can be fetched later
    flash(_("Here is the draft. Make it yours, then send it to review."), "success")
    return redirect(url_for("comms.edit", item_id=item.id, unfurl=unfurl))


@blueprint.post("/studio/inbox/<uuid:entry_id>/dismiss")
@requires(Permission.CONTENT_WRITE)
def dismiss_entry(entry_id: UUID) -> AnyResponse:
    return _decided(entry_id, "dismiss")


@blueprint.post("/studio/inbox/<uuid:entry_id>/restore")
@requires(Permission.CONTENT_WRITE)
def restore_entry(entry_id: UUID) -> AnyResponse:
    return _decided(entry_id, "restore")


def _decided(entry_id: UUID, decision: str) -> AnyResponse:
    actor = current_actor()
    problem = None
    try:
        with session.begin_nested():
            if decision == "dismiss":
                deciding.dismiss_entry(actor, entry_id, answer=request.form.get("answer", ""))
            else:
                deciding.restore_entry(actor, entry_id)
    except (Conflict, Invalid) as error:
        problem = _detail(error)
    if is_htmx():
        (row,) = queries.rows_of([queries.get_entry(entry_id, visible_to=actor)])
        return _row(row, problem)
    flash(
        problem or (_("Dismissed.") if decision == "dismiss" else _("It is back.")), "warning" if problem else "success"
    )
    return redirect(_address(undo=entry_id if decision == "dismiss" and problem is None else None))


def _row(row: InboxRow, problem: str | None) -> Response:
    """Return one row. Whoever decides by a key has gone on to the next one already, so the focus stays there."""
    return page(
        "comms/inbox_entry.html",
        row=row,
        problem=problem,
        state=_filters()["state"].value,
        takes_focus=request.form.get("by_key") != "yes",
        names_units=False,
        **_words(),
    )


def _detail(error: AdvocacyError) -> str:
    return error.problems[0].detail if error.problems else error.detail
