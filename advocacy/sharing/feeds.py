"""One's feed for programs: RSS for readers, iCalendar for calendars, under a secret address.

Whoever holds the address reads what is meant for its person, so nothing of the person is inside: no name, no unit, no
reason why, and no link that opens anything without signing in.
"""

from datetime import date, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from flask_babel import gettext as _
from icalendar import Calendar, Event, vDuration

from advocacy.content.queries import FeedEntry, pick_for
from advocacy.foundation import clock, preferences
from advocacy.foundation.db import session
from advocacy.foundation.errors import Gone
from advocacy.notifications import queries
from advocacy.notifications.service.feeds import hash_of
from advocacy.people.models import Employee, Purpose
from advocacy.people.queries import has_consent, has_left
from advocacy.sharing.digests.links import is_shut_out, reader

MOST_ITEMS = 50
REFRESH_MINUTES = 30
NO_CHARACTERS = "\ufffe\uffff"


def find_entries(token: str) -> list[FeedEntry] | None:
    """Return what is in the feed behind a secret address, or None for an address that does not exist.

    Raises Gone for somebody who left, was shut out, or stopped taking part.
    """
    key = queries.find_feed_owner(hash_of(token))
    if key is None:
        return None
    employee = session.get_one(Employee, key)
    if has_left(employee) or is_shut_out(key) or not has_consent(key, Purpose.TAKE_PART):
        raise Gone(_("This address works no longer."), code="feed_gone")
    return pick_for(reader(employee), most=MOST_ITEMS)[0]


def as_rss(entries: list[FeedEntry]) -> bytes:
    """Return entries as RSS 2.0. The address of the feed itself is left out: it is a secret."""
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    _add(channel, "title", _title())
    _add(channel, "link", f"{preferences.deployment().portal_url}/")
    _add(channel, "description", _("What there is to share, in your own words."))
    _add(channel, "ttl", str(REFRESH_MINUTES))
    if entries:
        _add(channel, "lastBuildDate", format_datetime(max(entry.live_from for entry in entries)))
    for entry in entries:
        item = ElementTree.SubElement(channel, "item")
        _add(item, "title", entry.title)
        _add(item, "link", _address(entry))
        _add(item, "description", entry.summary)
        _add(item, "guid", f"urn:uuid:{entry.id}", isPermaLink="false")
        _add(item, "pubDate", format_datetime(entry.live_from))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def as_calendar(entries: list[FeedEntry]) -> bytes:
    """Return entries as a calendar: each on the day it appeared, and again on its last day where it has one."""
    calendar = Calendar()
    calendar.add("prodid", "-//advocacy//feed//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", _title())
    calendar.add("x-wr-calname", _title())
    refresh = vDuration(timedelta(minutes=REFRESH_MINUTES))
    refresh.params["VALUE"] = "DURATION"
    calendar.add("refresh-interval", refresh)
    zone = preferences.zone()
    for entry in entries:
        calendar.add_component(_day("new", entry, clock.day_of(entry.live_from, zone), entry.title))
        if entry.expires_at is not None:
            last = clock.day_of(entry.expires_at - timedelta(seconds=1), zone)
            calendar.add_component(_day("last", entry, last, _("Last day: %(title)s", title=entry.title)))
    return bytes(calendar.to_ical())


def _day(what: str, entry: FeedEntry, on: date, title: str) -> Event:
    host = urlsplit(preferences.deployment().portal_url).hostname or "localhost"
    event = Event()
    event.add("uid", f"{entry.id}-{what}@{host}")
    event.add("dtstamp", _stamp(entry))
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(days=1))
    event.add("summary", title)
    event.add("description", entry.summary)
    event.add("url", _address(entry))
    event.add("transp", "TRANSPARENT")  # nobody is busy because of it
    return event


def _stamp(entry: FeedEntry) -> datetime:
    """Return when the entry was made known: an instant that stays, so that an unchanged calendar is unchanged."""
    return entry.live_from


def _title() -> str:
    return _("Worth sharing at %(organisation)s", organisation=preferences.deployment().organisation_name)


def _address(entry: FeedEntry) -> str:
    return f"{preferences.deployment().portal_url}/items/{entry.id}/share"


def _add(parent: ElementTree.Element, name: str, text: str, **attributes: Any) -> None:
    """Add an element. Characters that XML cannot hold are left out; texts of ours hold none."""
    child = ElementTree.SubElement(parent, name, attributes)
    child.text = "".join(c for c in text if c in "\n\t" or (c >= " " and c not in NO_CHARACTERS))
