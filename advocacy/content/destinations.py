"""Where a link may lead. Checked when an item is saved; the redirect checks the host again at every click."""

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.content.models import AllowedHost
from advocacy.foundation import audit
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.foundation.web_addresses import LONGEST_URL, WebAddress, host_matches, normal_host, read_address

# What a tracked link adds has to fit behind a destination, or the link would lead nowhere.
ROOM_FOR_CAMPAIGN = 150
LONGEST_DESTINATION = LONGEST_URL - ROOM_FOR_CAMPAIGN


def is_allowed_host(host: str) -> bool:
    """Return whether links may lead to a host."""
    try:
        name = normal_host(host.strip("[]"))
    except ValueError:
        return False
    labels = name.split(".")
    parents = [".".join(labels[start:]) for start in range(len(labels))]
    rows = session.scalars(select(AllowedHost).where(AllowedHost.host.in_(parents)))
    return any(host_matches(name, row.host, row.includes_subdomains) for row in rows)


def check_destination(url: str, *, field: str = "destination") -> str:
    """Return a destination in the spelling we store. Raises Invalid: no web address, or a host that is not allowed."""
    try:
        address = read_destination(url)
    except ValueError as error:
        raise Invalid.field(field, str(error)) from error
    if not is_allowed_host(address.host):
        raise Invalid.field(
            field,
            _("Links may not lead to %(host)s. Ask an administrator to add this host.", host=address.host),
            code="host_not_allowed",
        )
    return address.url


def read_destination(url: str) -> WebAddress:
    """Return the parts of a destination on any host. Raises ValueError with what is wrong, in words for people."""
    address = read_address(url.strip(" "))
    if len(address.url) > LONGEST_DESTINATION:
        raise ValueError(
            _(
                "As links carry it, this address has %(length)s characters. Use one of at most %(most)s, so that there"
                " is room for where readers came from.",
                length=len(address.url),
                most=LONGEST_DESTINATION,
            )
        )
    return address


def allow_host(actor: Actor, host: str, *, includes_subdomains: bool = False) -> AllowedHost:
    """Let links lead to a host. Raises NotPermitted, Invalid."""
    require(actor, Permission.SETTINGS_WRITE)
    try:
        name = normal_host(host.strip().strip("[]"))
    except ValueError as error:
        raise Invalid.field("host", str(error)) from error
    if includes_subdomains and "." not in name:
        raise Invalid.field("host", _("A whole top-level domain is too wide. Name the organisation's own domain."))
    row = session.get(AllowedHost, name)
    if row is None:
        row = AllowedHost(host=name, added_by=actor.account_id)
        session.add(row)
    row.includes_subdomains = includes_subdomains
    session.flush()  # the answer shows what is stored
    audit.record(actor, "host.allowed", host=name, includes_subdomains=includes_subdomains)
    return row


def forbid_host(actor: Actor, host: str) -> None:
    """Take a host off the list: links that lead there stop within seconds. Raises NotPermitted, NotFound."""
    require(actor, Permission.SETTINGS_WRITE)
    row = session.get(AllowedHost, host)
    if row is None:
        raise NotFound(_("This host is not on the list."))
    session.delete(row)
    audit.record(actor, "host.forbidden", host=host)


def allowed_hosts() -> list[AllowedHost]:
    return list(session.scalars(select(AllowedHost).order_by(AllowedHost.host)))
