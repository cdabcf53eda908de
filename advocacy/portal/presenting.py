"""Numbers, days and networks as people read them, in the reader's language and time zone."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from babel import Locale
from babel.dates import get_datetime_format, match_skeleton
from flask_babel import format_date, format_decimal, format_percent, format_time, get_locale
from flask_babel import gettext as _

from advocacy.foundation import clock, preferences
from config.networks import Network, network_of

SECONDS_A_MINUTE, MINUTES_AN_HOUR, HOURS_A_DAY = 60, 60, 24
DAYS_TOLD_APART = 7


def translated(text: str) -> str:
    """Return a text that was declared elsewhere, in the reader's language; it stays plain text."""
    return str(_(text)) if text else ""


def whole(value: float) -> str:
    """Return a number with the separators of the reader's language; most are whole, and none ends in needless zeros."""
    return str(format_decimal(value))


def points(value: float) -> str:
    """Return a score with one digit behind the point."""
    return str(format_decimal(value, "#,##0.0"))


def percent(value: float) -> str:
    return str(format_percent(value, "#,##0.# %"))


def _is_english() -> bool:
    return str(get_locale() or "en").startswith("en")


def _in_order(skeleton: str, english: str) -> str:
    """Return the pattern of a date with these parts in the reader's language.

    English is read on both sides of an ocean, so it keeps an order that is understood on both.
    """
    if _is_english():
        return english
    known = Locale.parse(str(get_locale())).datetime_skeletons
    nearest = match_skeleton(skeleton, known)
    if nearest is None:
        return english
    pattern = str(known[nearest].pattern)
    # A language has one pattern for every width of its parts; the widths are those that were asked for.
    for width in re.findall("E+|M+", skeleton):
        pattern = re.sub(f"{width[0]}+", width, pattern)
    return pattern


def day(value: date | datetime) -> str:
    """Return a day in words, such as 22 November 2026."""
    return str(format_date(value, "d MMMM y" if _is_english() else "long"))


def weekday(value: date | datetime) -> str:
    """Return today's kind of date, such as Sunday 22 November."""
    return str(format_date(value, _in_order("MMMMEEEEd", "EEEE d MMMM")))


def short_day(value: date | datetime) -> str:
    return str(format_date(value, _in_order("MMMd", "d MMM")))


def short_weekday(value: date | datetime) -> str:
    return str(format_date(value, "EEE"))


def month(value: date | datetime) -> str:
    """Return a month, such as November 2026."""
    return str(format_date(value, _in_order("yMMMM", "LLLL y")))


def short_month(value: date | datetime) -> str:
    return str(format_date(value, _in_order("yMMM", "MMM y")))


def month_on_axis(value: date | datetime) -> str:
    """Return a month as a chart has room for it."""
    return str(format_date(value, _in_order("yMMM", "MMM yy")))


def clock_time(value: datetime) -> str:
    """Return a time of day in the programme's zone: makers plan together, wherever they are."""
    return str(format_time(value.astimezone(preferences.zone()), "short", rebase=False))


def own_moment(value: datetime) -> str:
    """Return a moment that is already on its reader's own clock."""
    return _own(value, "MMMEEEd", "EEE d MMM")


def own_moment_in_words(value: datetime) -> str:
    """Return such a moment at length, such as Sunday 22 November, 10:30."""
    return _own(value, "MMMMEEEEd", "EEEE d MMMM")


def _own(value: datetime, skeleton: str, english: str) -> str:
    on = str(format_date(value, _in_order(skeleton, english), rebase=False))
    return _together(on, str(format_time(value, "HH:mm" if _is_english() else "short", rebase=False)))


def moment(value: datetime) -> str:
    """Return an instant to the minute, in the reader's own time zone."""
    return _together(str(format_date(value, "medium")), str(format_time(value, "short")))


def _together(on: str, at: str) -> str:
    glue = str(get_datetime_format("medium", locale=get_locale())).replace("'", "")
    return glue.replace("{0}", at).replace("{1}", on)


def ago(value: datetime) -> str:
    """Return how long ago something was, and the day once that says more."""
    minutes = int((clock.now() - value).total_seconds()) // SECONDS_A_MINUTE
    if minutes < 1:
        return _("just now")
    if minutes < MINUTES_AN_HOUR:
        return _("one minute ago") if minutes == 1 else _("%(count)s minutes ago", count=minutes)
    hours = minutes // MINUTES_AN_HOUR
    if hours < HOURS_A_DAY:
        return _("one hour ago") if hours == 1 else _("%(count)s hours ago", count=hours)
    days = hours // HOURS_A_DAY
    if days <= DAYS_TOLD_APART:
        return _("yesterday") if days == 1 else _("%(count)s days ago", count=days)
    return _("on %(day)s", day=day(value))


def until(value: datetime) -> str:
    """Return when something ends, in the words people plan with."""
    last = clock.day_of(value, preferences.zone())
    days = (last - clock.day_of(clock.now(), preferences.zone())).days
    if days <= 0:
        return _("until tonight")
    if days == 1:
        return _("until tomorrow")
    if days < DAYS_TOLD_APART:
        return _("until %(weekday)s", weekday=format_date(last, "EEEE"))
    return _("until %(day)s", day=format_date(last, _in_order("MMMMd", "d MMMM")))


def in_words(number: int) -> str:
    """Return a small number as a word, as a sentence wants it; larger ones as figures."""
    words = (_("no"), _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"))
    return words[number] if 0 <= number < len(words) else whole(number)


def network_name(number: int) -> str:
    return network_of(number).name


def network_icon(network: Network | int) -> str:
    """Return the icon of a network, by number or itself."""
    known = network_of(network) if isinstance(network, int) else network
    return {"email": "mail", "other": "copy"}.get(known.key, f"brand-{known.key}")


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence lists them."""
    texts = list(names)
    if len(texts) <= 1:
        return "".join(texts)
    return _("%(first)s and %(last)s", first=", ".join(texts[:-1]), last=texts[-1])


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def browser(agent: str | None) -> str:
    """Return a browser and its system in words people recognise."""
    name = next((words for mark, words in BROWSERS if mark in (agent or "")), _("A browser"))
    system = next((words for mark, words in SYSTEMS if mark in (agent or "")), None)
    return _("%(browser)s on %(system)s", browser=name, system=system) if system else name


FILTERS: dict[str, Callable[..., Any]] = {
    "translated": translated,
    "whole": whole,
    "points": points,
    "percent": percent,
    "day": day,
    "weekday": weekday,
    "short_day": short_day,
    "short_weekday": short_weekday,
    "month": month,
    "short_month": short_month,
    "month_on_axis": month_on_axis,
    "clock_time": clock_time,
    "moment": moment,
    "own_moment": own_moment,
    "ago": ago,
    "until": until,
    "in_words": in_words,
    "network_name": network_name,
    "network_icon": network_icon,
    "listed": listed,
    "browser": browser,
}
