"""Reading web addresses: one strict reader for everybody who stores one, redirects to one or opens one."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import idna
from flask_babel import gettext as _

LONGEST_URL = 2_000
SCHEMES = ("https", "http")

# Only what RFC 3986 allows may stand in what we store; the rest is percent-encoded or refused.
_SAFE_IN_PATH = "/:@!$&'()*+,;=-._~%"
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?"
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+\](:[0-9]+)?\Z")
_NUMERIC_HOST = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A URL taken apart by one strict reader, so that nobody reads it differently later."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    fragment: str

    @property
    def url(self) -> str:
        authority = self.host if self.port is None else f"{self.host}:{self.port}"
        return urlunsplit((self.scheme, authority, self.path, self.query, self.fragment))


def read_address(url: str) -> WebAddress:
    """Return the parts of a web address in one spelling. Raises ValueError with what is wrong, in words for people.

    What is returned is an address that this reads again, also by its length.
    """
    if not url or len(url) > LONGEST_URL:
        raise ValueError(_("Enter an address of at most %(most)s characters.", most=LONGEST_URL))
    if any(ord(character) <= 0x20 or 0x7F <= ord(character) <= 0xA0 for character in url):
        raise ValueError(_("The address contains a space or a control character."))
    if "\\" in url:
        raise ValueError(_("The address contains a backslash."))
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.lower() not in SCHEMES or rest.startswith("/"):
        raise ValueError(_("The address must start with https:// or http://."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(_("The address cannot be read.")) from error
    if "[" in parts.netloc and not _BRACKETED.match(parts.netloc):
        raise ValueError(_("The host of the address cannot be read."))
    if "@" in parts.netloc:
        raise ValueError(_("The address must not contain a user name or password."))
    host = normal_host(parts.hostname or "")
    if port == 0 or parts.netloc.endswith(":"):
        raise ValueError(_("The port of the address is not usable."))
    if port == {"https": 443, "http": 80}[scheme.lower()]:
        port = None
    for part in (parts.path, parts.query, parts.fragment):
        if _BROKEN_ESCAPE.search(part):
            raise ValueError(_("The address contains a broken percent sign."))
        # The codepoints half-read as line breaks or direction marks by browsers never reach a header raw.
        if any(0xD800 <= ord(character) <= 0xDFFF for character in part):
            raise ValueError(_("The address contains half a character."))
    address = WebAddress(
        scheme.lower(),
        host,
        port,
        quote(parts.path, safe=_SAFE_IN_PATH) or "/",
        quote(parts.query, safe=_SAFE_IN_QUERY),
        quote(parts.fragment, safe=_SAFE_IN_QUERY),
    )
    # One letter of another script becomes nine.
    if len(address.url) > LONGEST_URL:
        raise ValueError(
            _(
                "Written out as links carry it, the address has %(length)s characters. Enter one of at most %(most)s.",
                length=len(address.url),
                most=LONGEST_URL,
            )
        )
    return address


def normal_host(host: str) -> str:
    """Return a host name as A-labels in lower case. Raises ValueError for what is no public name or plain address."""
    bare = host.rstrip(".") if host.count(".") and not host.endswith("..") else host
    if not bare:
        raise ValueError(_("The address names no host."))
    if ":" in bare:
        try:
            return f"[{ipaddress.IPv6Address(bare).compressed}]"
        except ValueError as error:
            raise ValueError(_("The host of the address cannot be read.")) from error
    try:
        # UTS 46 maps what browsers map (case, full-width letters and dots), then IDNA 2008 decides.
        name = bare.lower() if bare.isascii() else idna.encode(bare, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError(_("The host of the address is not a valid name.")) from error
    name = name.lower()
    if len(name) > 253 or not all(_HOST_LABEL.match(label) for label in name.split(".")):
        raise ValueError(_("The host of the address is not a valid name."))
    for label in name.split("."):
        if label.startswith("xn--"):
            try:
                idna.ulabel(label)
            except (idna.IDNAError, UnicodeError) as error:
                raise ValueError(_("The host of the address is not a valid name.")) from error
    if _NUMERIC_HOST.match(name.rsplit(".", 1)[-1]):
        # Browsers read 0x7f.1 and 2130706433 as addresses; we accept the plain spelling only.
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise ValueError(_("The host of the address is not a valid name.")) from error
    return name


def host_matches(host: str, allowed: str, includes_subdomains: bool) -> bool:
    """Return whether an allow-list entry covers a host. Both are in the spelling of `normal_host`."""
    return host == allowed or (includes_subdomains and host.endswith("." + allowed))


def host_is_among(host: str, patterns: Iterable[str]) -> bool:
    """Return whether a host is one of those named; `*.` stands for everything below, not for the name itself."""
    return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in patterns)
