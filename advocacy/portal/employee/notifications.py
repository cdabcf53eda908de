"""Notifications: what one was told, and how one wants to be told. Everything off is one click from here."""

from typing import Any
from uuid import UUID

from babel import dates
from flask import Response, flash, redirect, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from advocacy.foundation.access import Actor, Permission, require_self
from advocacy.foundation.errors import Invalid, NotFound, PreconditionFailed
from advocacy.foundation.web import current_actor, requires
from advocacy.notifications import queries, service
from advocacy.notifications.chat_models import MemberState
from advocacy.notifications.choices import (
    MOST_A_DAY_ALLOWED,
    OFFERED,
    Choices,
    local_now,
    offered_pairs,
    pair,
    zone_names,
)
from advocacy.notifications.models import Channel, Subject
from advocacy.notifications.queries import chats
from advocacy.notifications.schemas import ChoicesIn
from advocacy.notifications.senders import web_push
from advocacy.notifications.wording import told
from advocacy.people import queries as people
from advocacy.people.models import Purpose
from advocacy.portal.chat_words import reason_in_words
from advocacy.portal.employee.blueprint import blueprint
from advocacy.portal.pages import FormErrors, form_page, load_form, page

ROWS = 20
HOURS_A_DAY = 24
NUMBERS = ("digest_hour", "quiet_from", "quiet_until", "most_a_day", "most_a_week")


@blueprint.get("/notifications")
@requires(Permission.PROFILE_READ)
def notifications() -> Response:
    actor = current_actor()
    found = queries.notifications_of(actor, limit=ROWS, cursor=request.args.get("cursor"))
    return page(
        "employee/notifications.html",
        lines=[(row, told(row)) for row in found.rows],
        unread=queries.count_unread(require_self(actor)),
        next_cursor=found.next_cursor,
        is_first_page="cursor" not in request.args,
        is_off=queries.choices_of(require_self(actor)).is_everything_off,
    )


@blueprint.post("/notifications/read")
@requires(Permission.PROFILE_WRITE)
def read_notifications() -> AnyResponse:
    service.mark_read(current_actor())
    return redirect(url_for("employee.notifications"))


@blueprint.post("/notifications/<uuid:notification_id>/open")
@requires(Permission.PROFILE_WRITE)
def open_notification(notification_id: UUID) -> AnyResponse:
    """Mark one line read and go where it leads."""
    actor = current_actor()
    line = queries.get_notification(notification_id, visible_to=actor)
    service.mark_read(actor, [line.id])
    return redirect(told(line).path)


# --- How one wants to be told.


def _subject_words(channel: Channel, subject: Subject) -> tuple[str, str]:
    if channel is Channel.WEB_PUSH:
        return _("Something new to share"), _("On the browsers you chose, never in your quiet hours")
    if channel is Channel.SLACK:
        return _("Something new to share"), _("As a message for you alone, never in your quiet hours")
    if channel is Channel.MAIL:
        return _("What Today shows"), _("On the days below, and only when something in it is new")
    return {
        Subject.SUGGESTIONS: (_("Something new to share"), _("When your colleagues in communications tell of an item")),
        Subject.THANKS: (
            _("Thanks"),
            _("When colleagues thank you for something you show; one line until you read it"),
        ),
        Subject.ANSWERS: (_("What became of my shares"), _("When the first person opens a link of yours")),
    }[subject]


def _channel_words(channel: Channel) -> str:
    return {
        Channel.IN_APP: _("In the portal, behind the bell"),
        Channel.MAIL: _("By mail"),
        Channel.WEB_PUSH: _("As a message of the browser"),
        Channel.SLACK: _("In Slack"),
    }[channel]


def _shown_pairs(actor: Actor) -> set[str]:
    """Return what the page offers: Slack only to those who are told there. What is not offered keeps as it is."""
    member = chats.member_of(actor)
    is_in_slack = member is not None and member.state is MemberState.CONNECTED and chats.slack_is_offered()
    return {name for name in offered_pairs() if is_in_slack or not name.startswith(f"{Channel.SLACK.value}:")}


def _matrix(shown: set[str]) -> list[dict[str, Any]]:
    """Return each channel with what it can carry, as boxes to tick."""
    return [
        {
            "channel": channel.value,
            "label": _channel_words(channel),
            "options": [
                {"value": pair(channel, subject), "label": words, "hint": hint}
                for subject in subjects
                for words, hint in [_subject_words(channel, subject)]
            ],
        }
        for channel, subjects in OFFERED.items()
        if any(pair(channel, subject) in shown for subject in subjects)
    ]


def _weekdays() -> list[dict[str, Any]]:
    names = dates.get_day_names("wide", context="stand-alone", locale=get_locale() or "en")
    return [{"value": number, "label": names[number - 1]} for number in range(1, 8)]


def _hours() -> list[tuple[int, str]]:
    return [(hour, f"{hour:02d}:00") for hour in range(HOURS_A_DAY)]


def _shown(choices: Choices) -> dict[str, Any]:
    return {
        "on": [name for name in offered_pairs() if name not in choices.muted],
        "time_zone": choices.time_zone or "",
        "digest_days": list(choices.digest_days),
        "digest_hour": choices.digest_hour,
        "quiet_from": "" if choices.quiet_from is None else choices.quiet_from,
        "quiet_until": "" if choices.quiet_until is None else choices.quiet_until,
        "most_a_day": choices.most_a_day,
        "most_a_week": choices.most_a_week,
        "version": choices.version,
    }


def settings_page(
    actor: Actor, errors: FormErrors | None = None, *, feed_addresses: dict[str, str] | None = None
) -> Response:
    """Render the choices; `feed_addresses` holds a secret that was made just now and is shown this once."""
    key = require_self(actor)
    choices, employee = queries.choices_of(key), people.employee_of(actor)
    zone = choices.zone_of(employee.time_zone)
    context: dict[str, Any] = {
        "choices": choices,
        "matrix": _matrix(_shown_pairs(actor)),
        "slack": chats.member_of(actor),
        "slack_is_offered": chats.slack_is_offered(),
        "reason_in_words": reason_in_words,
        "weekdays": _weekdays(),
        "hours": _hours(),
        "zones": [(name, name.replace("_", " ")) for name in sorted(zone_names()) if "/" in name],
        "zone": zone.key,
        "local": local_now(zone),
        "most_a_day_allowed": MOST_A_DAY_ALLOWED,
        "address": employee.email,
        "takes_part": people.has_consent(key, Purpose.TAKE_PART),
        "browsers": queries.browsers_of(actor),
        "push_key": web_push.public_key(),
        "feed": queries.private_feed_of(actor),
        "feed_addresses": feed_addresses,
    }
    if errors:
        return form_page("employee/notification_settings.html", errors, **context)
    return page("employee/notification_settings.html", errors={}, values=_shown(choices), **context)


@blueprint.get("/notifications/settings")
@requires(Permission.PROFILE_READ)
def notification_settings() -> Response:
    return settings_page(current_actor())


@blueprint.post("/notifications/settings")
@requires(Permission.PROFILE_WRITE)
def change_notification_settings() -> AnyResponse:
    actor = current_actor()
    on, shown = set(request.form.getlist("on")), _shown_pairs(actor)
    kept = set(queries.choices_of(require_self(actor)).muted) - shown
    off = [name for name in offered_pairs() if name in kept or (name in shown and name not in on)]
    values, errors = load_form(ChoicesIn(), off=off, **_numbers())
    if not errors:
        try:
            service.change_choices(actor, seen_version=_seen_version(), **values)
        except (Invalid, PreconditionFailed) as error:
            errors = FormErrors.from_domain(error) if isinstance(error, Invalid) else FormErrors({"": [error.detail]})
    if errors:
        return settings_page(actor, errors)
    flash(_("Your choices are kept. They hold from now."), "success")
    return redirect(url_for("employee.notification_settings"))


def _numbers() -> dict[str, Any]:
    """Return the numbers of the form as numbers; what is none stays a text, for the schema to refuse."""

    def number(text: str) -> int | str:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text

    single = {name: number(request.form[name]) for name in NUMBERS if request.form.get(name)}
    return single | {"digest_days": [number(text) for text in request.form.getlist("digest_days") if text]}


def _seen_version() -> int:
    try:
        return int(request.form.get("version", "0"))
    except ValueError:
        raise NotFound(_("There is no such version of your choices.")) from None


@blueprint.post("/notifications/off")
@requires(Permission.PROFILE_READ)  # nobody needs a right to be left alone
def notifications_off() -> AnyResponse:
    service.turn_everything_off(require_self(current_actor()))
    flash(_("Everything is off. Links to sign in still come when you ask for them."), "success")
    return redirect(url_for("employee.notification_settings"))


@blueprint.post("/notifications/on")
@requires(Permission.PROFILE_WRITE)
def notifications_on() -> AnyResponse:
    service.turn_on_again(current_actor())
    flash(_("Your choices count again."), "success")
    return redirect(url_for("employee.notification_settings"))
