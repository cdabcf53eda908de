"""The organisation's own addresses: clicks from there are colleagues, not an audience."""

import ipaddress

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.foundation import audit
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.sharing.models import InternalRange

LONGEST_NOTE = 200
WIDEST = {4: 8, 6: 20}


def internal_ranges() -> list[InternalRange]:
    return list(session.scalars(select(InternalRange).order_by(InternalRange.range)))


def add_internal_range(actor: Actor, text: str, *, note: str = "") -> InternalRange:
    """Count clicks from a range of addresses as internal from now on. Raises NotPermitted, Invalid."""
    require(actor, Permission.SETTINGS_WRITE)
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise Invalid.field("range", _("Write a range such as 203.0.113.0/24 or 2001:db8::/32.")) from error
    if network.prefixlen < WIDEST[network.version]:
        raise Invalid.field("range", _("This range is too wide: half the world would be colleagues."))
    cleaned = " ".join(note.split())
    if len(cleaned) > LONGEST_NOTE or not cleaned.isprintable():
        raise Invalid.field("note", _("Write at most %(most)s characters.", most=LONGEST_NOTE))
    row = session.get(InternalRange, str(network))
    if row is None:
        row = InternalRange(range=str(network))
        session.add(row)
    row.note = cleaned or None
    session.flush()
    audit.record(actor, "internal_range.added", range=str(network))
    return row


def remove_internal_range(actor: Actor, text: str) -> None:
    """Count clicks from a range like any others from now on. Raises NotPermitted, NotFound."""
    require(actor, Permission.SETTINGS_WRITE)
    try:
        row = session.get(InternalRange, str(ipaddress.ip_network(text)))
    except ValueError:
        row = None
    if row is None:
        raise NotFound(_("This range is not on the list."))
    session.delete(row)
    audit.record(actor, "internal_range.removed", range=text)
