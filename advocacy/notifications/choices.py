"""How somebody wants to be told: what they chose, the defaults for all else, and what follows for an instant."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from advocacy.foundation import clock, preferences
from advocacy.notifications.models import Channel, NotificationPreference, Subject

# What a channel can carry at all; everything else is not offered.
OFFERED: dict[Channel, tuple[Subject, ...]] = {
    Channel.IN_APP: (Subject.SUGGESTIONS, Subject.ANSWERS, Subject.THANKS),
    Channel.MAIL: (Subject.SUGGESTIONS,),
    Channel.WEB_PUSH: (Subject.SUGGESTIONS,),
    Channel.SLACK: (Subject.SUGGESTIONS,),
}
MOST_A_DAY_ALLOWED, MOST_A_WEEK_ALLOWED = 10, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Somebody's preferences in force: few messages unless they want more, and quiet from evening to morning."""

    everything_off_at: datetime | None = None
    muted: tuple[str, ...] = ()
    time_zone: str | None = None
    digest_days: tuple[int, ...] = (2, 4)
    digest_hour: int = 9
    quiet_from: int | None = 20
    quiet_until: int | None = 7
    most_a_day: int = 1
    most_a_week: int = 3
    mail_paused_at: datetime | None = None
    mail_pause_reason: str | None = None
    version: int = 0

    @property
    def is_everything_off(self) -> bool:
        return self.everything_off_at is not None

    def wants(self, channel: Channel, subject: Subject) -> bool:
        """Return whether somebody wants to hear about a subject on a channel."""
        return not self.is_everything_off and pair(channel, subject) not in self.muted

    def zone_of(self, roster_zone: str | None) -> ZoneInfo:
        """Return the time zone somebody lives by: their own choice, what the roster says, else the programme's."""
        return known_zone(self.time_zone) or known_zone(roster_zone) or preferences.zone()


DEFAULTS = Choices()
_COPIED = tuple(field.name for field in fields(Choices) if field.name not in {"muted", "digest_days"})


def choices_in(row: NotificationPreference | Any | None) -> Choices:
    """Return what a row says, or the defaults without one. A row of SQL with the same names will do."""
    if row is None or row.version is None:
        return DEFAULTS
    copied = {name: getattr(row, name) for name in _COPIED}
    return Choices(muted=tuple(row.muted), digest_days=tuple(row.digest_days), **copied)


def pair(channel: Channel, subject: Subject) -> str:
    """Return how a channel and a subject stand together in `muted`."""
    return f"{channel.value}:{subject.value}"


def offered_pairs() -> tuple[str, ...]:
    return tuple(pair(channel, subject) for channel, subjects in OFFERED.items() for subject in subjects)


def known_zone(name: str | None) -> ZoneInfo | None:
    """Return a time zone by its IANA name, or None when there is none of that name."""
    return ZoneInfo(name) if name and name in zone_names() else None


@cache
def zone_names() -> Collection[str]:
    """Return every time zone this process knows; looking into the folders takes longer than sending a mail."""
    return frozenset(available_timezones())


def is_quiet(hour: int, quiet_from: int | None, quiet_until: int | None) -> bool:
    """Return whether an hour of the day lies in the quiet hours, which may reach over midnight."""
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return False
    if quiet_from < quiet_until:
        return quiet_from <= hour < quiet_until
    return hour >= quiet_from or hour < quiet_until


def local_now(zone: ZoneInfo) -> datetime:
    """Return this instant on somebody's own clock."""
    return clock.now().astimezone(zone)
