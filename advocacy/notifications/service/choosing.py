"""Deciding how to be told. Every decision stands before the answer, and turning off needs nobody's permission."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _

from advocacy.foundation import clock
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, PreconditionFailed
from advocacy.notifications.choices import (
    MOST_A_DAY_ALLOWED,
    MOST_A_WEEK_ALLOWED,
    Choices,
    choices_in,
    is_quiet,
    known_zone,
    offered_pairs,
)
from advocacy.notifications.models import NotificationPreference
from advocacy.notifications.service import stops
from advocacy.notifications.service.preference_rows import locked_row

HOURS = range(24)
WEEKDAYS = range(1, 8)


def change_choices(
    actor: Actor,
    *,
    seen_version: int | None,
    off: Iterable[str],
    time_zone: str | None,
    digest_days: Iterable[int],
    digest_hour: int,
    quiet_from: int | None,
    quiet_until: int | None,
    most_a_day: int,
    most_a_week: int,
) -> Choices:
    """Keep how the actor wants to be told. `off` holds `channel:subject` pairs; hours are on the person's own clock.

    Raises Invalid for what cannot be, and PreconditionFailed when it changed since `seen_version`; without one
    the last word counts.
    """
    chosen: dict[str, Any] = {
        "muted": sorted(set(off)),
        "time_zone": time_zone or None,
        "digest_days": sorted(set(digest_days)),
        "digest_hour": digest_hour,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "most_a_day": most_a_day,
        "most_a_week": most_a_week,
    }
    _check(chosen)
    row = locked_row(require_self(actor))
    if seen_version is not None and seen_version != row.version:
        raise PreconditionFailed(_("Your choices changed meanwhile, perhaps in another window. Look again and decide."))
    return _write(row, chosen)


def turn_everything_off(employee_key: int) -> Choices:
    """Stop every message to somebody but those about the account itself. Twice is once; the choices are kept."""
    row = locked_row(employee_key)
    return choices_in(row) if row.everything_off_at is not None else _write(row, {"everything_off_at": clock.now()})


def mute(employee_key: int, what: str) -> Choices:
    """Turn one `channel:subject` off for somebody, as a mail program may for its reader. Twice is once."""
    row = locked_row(employee_key)
    return choices_in(row) if what in row.muted else _write(row, {"muted": sorted({*row.muted, what})})


def unmute(employee_key: int, what: str) -> Choices:
    """Turn one `channel:subject` on again for somebody who asked for it. Twice is once."""
    row = locked_row(employee_key)
    return _write(row, {"muted": sorted(set(row.muted) - {what})}) if what in row.muted else choices_in(row)


def turn_on_again(actor: Actor) -> Choices:
    """Let the actor's choices count again, and try their mail address again."""
    row = locked_row(require_self(actor))
    return _write(row, {"everything_off_at": None, "mail_paused_at": None, "mail_pause_reason": None})


def _write(row: NotificationPreference, values: dict[str, Any]) -> Choices:
    before = choices_in(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at = clock.now()
    session.flush()  # what the database refuses must fail here, not at the edge
    after = choices_in(row)
    stops.keep_choices(row.employee_key, before, after, row.changed_at)
    return after


def _check(chosen: dict[str, Any]) -> None:
    """Raise Invalid for the first thing that cannot be, with what could."""
    if set(chosen["muted"]) - set(offered_pairs()):
        raise Invalid.field("off", _("There is no such message to turn off."))
    if chosen["time_zone"] is not None and known_zone(chosen["time_zone"]) is None:
        raise Invalid.field("time_zone", _("Choose a time zone from the list, such as Europe/Berlin."))
    if not set(chosen["digest_days"]) <= set(WEEKDAYS):
        raise Invalid.field("digest_days", _("A day is a number from 1, Monday, to 7, Sunday."))
    for name in ("digest_hour", "quiet_from", "quiet_until"):
        if chosen[name] is not None and chosen[name] not in HOURS:
            raise Invalid.field(name, _("An hour is a whole number from 0 to 23."))
    if (chosen["quiet_from"] is None) != (chosen["quiet_until"] is None):
        raise Invalid.field("quiet_until", _("Quiet hours need a beginning and an end, or neither."))
    if is_quiet(chosen["digest_hour"], chosen["quiet_from"], chosen["quiet_until"]):
        raise Invalid.field("digest_hour", _("This hour lies in your quiet hours. Choose another one."))
    if not 1 <= chosen["most_a_day"] <= MOST_A_DAY_ALLOWED:
        raise Invalid.field("most_a_day", _("Choose from 1 to %(most)s messages a day.", most=MOST_A_DAY_ALLOWED))
    if not chosen["most_a_day"] <= chosen["most_a_week"] <= MOST_A_WEEK_ALLOWED:
        raise Invalid.field(
            "most_a_week",
            _("Choose at least as many as on one day, and at most %(most)s a week.", most=MOST_A_WEEK_ALLOWED),
        )
