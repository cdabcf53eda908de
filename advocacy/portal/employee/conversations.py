"""Conversations: noted in ten seconds, owned by the one who had them."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.conversations import queries, service
from advocacy.conversations.limits import LONGEST_ACCOUNT, LONGEST_NOTE
from advocacy.conversations.schemas import ConversationIn
from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.employee.definitions import own_definitions
from advocacy.portal.employee.words import kind_words, outcome_words, role_words
from advocacy.portal.pages import FormErrors, form_page, load_form, page
from advocacy.sharing.queries import SharedItem, shared_item

ROWS = 30
NOON = time(12)


@blueprint.get("/conversations")
@requires(Permission.CONVERSATIONS_READ)
def conversations() -> Response:
    actor = current_actor()
    found = queries.conversations_of(actor, limit=ROWS, cursor=request.args.get("cursor"))
    return page(
        "employee/conversations.html",
        conversations=found.rows,
        next_cursor=found.next_cursor,
        is_first_page="cursor" not in request.args,
        total=queries.count_conversations(actor),
        takes_part=_takes_part(actor),
        kinds=kind_words(),
        outcomes=outcome_words(),
        roles=role_words(),
        definitions=own_definitions(),
    )


def _takes_part(actor: Actor) -> bool:
    return people.has_consent(require_self(actor), Purpose.TAKE_PART)


def _asked_share(actor: Actor) -> SharedItem | None:
    """Return the share the form is about. Raises NotFound for somebody else's."""
    text = request.values.get("share") or request.form.get("share_id")
    if not text:
        return None
    try:
        return shared_item(UUID(text), visible_to=actor)
    except ValueError:
        return None


def _form(errors: FormErrors) -> Response:
    actor = current_actor()
    shared = _asked_share(actor)
    kinds, outcomes, roles = kind_words(), outcome_words(), role_words()
    return form_page(
        "employee/note_conversation.html",
        errors,
        shared=shared,
        takes_part=_takes_part(actor),
        kind_options=[{"value": kind.value, "label": label} for kind, label in kinds.items()],
        outcome_options=[{"value": outcome.value, "label": label} for outcome, label in outcomes.items()],
        role_options=[(role.value, label) for role, label in roles.items()],
        today=clock.day_of(clock.now(), preferences.zone()),
        longest_account=LONGEST_ACCOUNT,
        longest_note=LONGEST_NOTE,
    )


@blueprint.get("/conversations/new")
@requires(Permission.CONVERSATIONS_WRITE)
def note_conversation() -> Response:
    return _form(FormErrors())


@blueprint.post("/conversations/new")
@requires(Permission.CONVERSATIONS_WRITE)
def save_conversation() -> AnyResponse:
    values, errors = load_form(ConversationIn(exclude=("occurred_at",)))
    errors = FormErrors({name: _plainly(name, texts) for name, texts in errors.items()})
    happened = _happened(errors)
    if not errors:
        try:
            service.log_conversation(current_actor(), occurred_at=happened, **values)
        except Invalid as error:
            errors = FormErrors.from_domain(error)
        except Conflict as error:
            errors = FormErrors({"buying_role": [error.detail]})
    if errors:
        return _form(errors)
    flash(_("Noted. Only you can read it."), "success")
    if values.get("share_id"):
        return redirect(url_for("employee.share", share_id=values["share_id"]))
    return redirect(url_for("employee.conversations"))


def _plainly(name: str, texts: list[str]) -> list[str]:
    return {"kind": [_("Say who it was with.")], "outcome": [_("Say how it stands.")]}.get(name, texts)


def _happened(errors: FormErrors) -> datetime | None:
    """Return the middle of the day that was entered; none means now. What is no day goes into `errors`."""
    text = request.form.get("when", "").strip()
    if not text:
        return None
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        errors["when"] = [_("Enter a day such as 2026-11-22.")]
        return None
    zone: Any = preferences.zone()
    if day >= clock.day_of(clock.now(), zone):
        if day > clock.day_of(clock.now(), zone):
            errors["when"] = [_("This day has not come yet.")]
        return None
    return datetime.combine(day, NOON, tzinfo=zone)
