"""Slack and Teams: connecting them, trying them, and how they are doing. No secret is ever shown again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation import clock, preferences
from advocacy.foundation.access import Permission
from advocacy.foundation.errors import Conflict, Invalid
from advocacy.foundation.web import current_actor, requires
from advocacy.notifications.chat_models import ChatConnection, ChatService, ConnectionState
from advocacy.notifications.queries import chats as queries
from advocacy.notifications.service.chats import connecting
from advocacy.people.queries import unit_tree
from advocacy.portal.administration.blueprint import blueprint
from advocacy.portal.chat_words import reason_in_words
from advocacy.portal.pages import FormErrors, form_page, mark_of, part_again
from advocacy.portal.presenting import ago

UNDER_WAY = frozenset({connecting.WAITING, "sending"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A connection with how it stands, in words. While something is under way the page looks again by itself."""

    row: ChatConnection
    badge: tuple[str, str]
    unit: str | None
    is_under_way: bool
    error: str
    tested: str

    @property
    def mark(self) -> str:
        times = (self.row.last_sent_at, self.row.last_error_at, self.row.tested_at)
        return mark_of(self.badge, self.error, self.tested, self.is_under_way, [time and ago(time) for time in times])

    @property
    def is_slack(self) -> bool:
        return self.row.service is ChatService.SLACK


def _shown(row: ChatConnection, units: dict[int, str]) -> Shown:
    is_paused = row.paused_until is not None and row.paused_until > clock.now()
    badge = {
        ConnectionState.CHECKING: (_("being checked"), "warn"),
        ConnectionState.WORKING: (_("waits a moment"), "warn") if is_paused else (_("works"), "good"),
        ConnectionState.BROKEN: (_("takes nothing"), "bad"),
    }[row.state]
    outcome = row.test_outcome
    if outcome is None or outcome in UNDER_WAY:
        tested = ""
    else:
        tested = _("It arrived.") if outcome == "sent" else reason_in_words(outcome)
    is_under_way = row.state is ConnectionState.CHECKING or outcome in UNDER_WAY
    error = reason_in_words(row.last_error) if row.last_error else ""
    return Shown(row, badge, units.get(row.unit_key or 0), is_under_way, error, tested)


def _chats_page(errors: FormErrors | None = None) -> Response:
    actor = current_actor()
    tree = unit_tree()
    units = {node.key: node.name for node in tree}
    found = [_shown(row, units) for row in queries.connections(actor)]
    return form_page(
        "administration/chats.html",
        errors or FormErrors(),
        slack=next((one for one in found if one.is_slack), None),
        channels=[one for one in found if not one.is_slack],
        units=[(str(node.id), node.full_name) for node in tree],
        hook_url=f"{preferences.deployment().portal_url}/api/v1/hooks/slack/interactions",
        may_write=actor.may(Permission.SETTINGS_WRITE),
        is_person=actor.employee_key is not None,
    )


@blueprint.get("/settings/chats")
@requires(Permission.SETTINGS_READ)
def chats() -> Response:
    return _chats_page()


@blueprint.get("/settings/chats/<uuid:connection_id>/state")
@requires(Permission.SETTINGS_READ)
def chat_state(connection_id: UUID) -> Response:
    """Answer how one connection is doing, as a part of the page."""
    row = queries.get_connection(connection_id, visible_to=current_actor())
    one = _shown(row, {})
    return part_again("administration/chat_state.html", one.mark, one=one)


@blueprint.post("/settings/chats/slack")
@requires(Permission.SETTINGS_WRITE)
def connect_slack() -> AnyResponse:
    return _after(
        lambda: connecting.connect_slack(
            current_actor(),
            bot_token=request.form.get("bot_token", ""),
            signing_secret=request.form.get("signing_secret", ""),
        ),
        _("Kept. Slack is asked whether it knows this token."),
    )


@blueprint.post("/settings/chats/teams")
@requires(Permission.SETTINGS_WRITE)
def connect_teams() -> AnyResponse:
    return _after(
        lambda: connecting.connect_teams(
            current_actor(),
            name=request.form.get("name", ""),
            url=request.form.get("url", ""),
            unit_id=_unit_id(request.form.get("unit_id", "")),
        ),
        _("Kept. Send a test message to see it arrive."),
    )


@blueprint.post("/settings/chats/<uuid:connection_id>/test")
@requires(Permission.SETTINGS_WRITE)
def test_chat(connection_id: UUID) -> AnyResponse:
    connecting.ask_for_test(current_actor(), connection_id)
    return redirect(url_for("administration.chats"))


@blueprint.post("/settings/chats/<uuid:connection_id>/disconnect")
@requires(Permission.SETTINGS_WRITE)
def disconnect_chat(connection_id: UUID) -> AnyResponse:
    connecting.disconnect(current_actor(), connection_id)
    flash(_("Disconnected. Nothing of its secrets is kept."), "success")
    return redirect(url_for("administration.chats"))


def _after(act: Any, done: str) -> AnyResponse:
    try:
        act()
    except Invalid as error:
        return _chats_page(FormErrors.from_domain(error))
    except Conflict as error:
        return _chats_page(FormErrors({"": [error.detail]}))
    flash(done, "success")
    return redirect(url_for("administration.chats"))


def _unit_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid.field("unit_id", _("Choose a unit from the list.")) from error
