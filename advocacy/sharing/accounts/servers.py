"""Servers that people name: host names in one spelling, and only https, except where the deployment says otherwise."""

import re

from flask_babel import gettext as _

from advocacy.foundation import preferences
from advocacy.foundation.errors import Invalid
from advocacy.foundation.web_addresses import normal_host, read_address
from advocacy.sharing.accounts.calling import CallFailed, Trouble
from config.networks import Network

LONGEST_SERVER = 253
_HANDLE = re.compile(r"@?([A-Za-z0-9._-]{1,200})(?:@([^@\s]+))?\Z")


def checked_origin(text: str) -> str:
    """Return an origin in one spelling. Raises CallFailed for what is none, or for http to anywhere but inside.

    Whether its address may be opened is decided by the guarded client each time a connection is made.
    """
    try:
        address = read_address(text)
    except ValueError as error:
        raise CallFailed(Trouble.NOT_UNDERSTOOD) from error
    if address.path != "/" or address.query or address.fragment:
        raise CallFailed(Trouble.NOT_UNDERSTOOD)
    if address.scheme != "https" and not _is_inside(address.host, address.port or 80):
        raise CallFailed(Trouble.NOT_UNDERSTOOD)
    return address.url.rstrip("/")


def checked_endpoint(text: str, origin: str) -> str:
    """Return an address to be called on a checked origin. Raises CallFailed for one that is anywhere else.

    So whoever runs a server cannot have us call another one, such as one inside that the deployment lets us open.
    """
    try:
        address = read_address(text)
    except ValueError as error:
        raise CallFailed(Trouble.NOT_UNDERSTOOD) from error
    if not address.url.startswith(f"{origin}/") or address.fragment:
        raise CallFailed(Trouble.NOT_UNDERSTOOD)
    return address.url


def server_for(network: Network, typed: str | None) -> str:
    """Return where an account lives, from what somebody typed: an origin for Mastodon, a handle for Bluesky.

    Raises Invalid for what is neither.
    """
    text = (typed or "").strip()
    return _handle(text) if network.key == "bluesky" else _mastodon(text)


def _mastodon(text: str) -> str:
    found = _HANDLE.match(text)
    host = found.group(2) if found is not None and found.group(2) else text
    try:
        return checked_origin(host if "://" in host else f"https://{host}")
    except CallFailed as failed:
        raise Invalid.field(
            "server", _("Name your server, such as mastodon.example, or your whole handle."), code="not_a_server"
        ) from failed


def _handle(text: str) -> str:
    bare = text.removeprefix("@").removeprefix("https://bsky.app/profile/").rstrip("/").lower()
    try:
        if "." not in bare or len(bare) > LONGEST_SERVER:
            raise ValueError(bare)
        return normal_host(bare)
    except ValueError as error:
        raise Invalid.field(
            "server", _("Enter your handle, such as robin.bsky.social."), code="not_a_handle"
        ) from error


def _is_inside(host: str, port: int) -> bool:
    """Return whether the deployment names this very host and port as one inside: only then plain http will do."""
    return any(
        host in {entry.host, str(entry.network).removesuffix("/32")} and port in entry.ports
        for entry in preferences.deployment().egress_inside
    )
