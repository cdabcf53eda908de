"""Addresses in settings, read strictly. What is wrong is said as the rest of a sentence about the setting.

Nothing here quotes what it refuses: addresses hold passwords.
"""

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

USUAL_PORTS = {"http": 80, "https": 443}
ORIGIN = "Write it like https://advocacy.example.org or http://127.0.0.1:8000."

_BIND = re.compile(r"(?:\[[^\[\]\s]+\]|[^\[\]:\s/]+):([0-9]{1,5})\Z")
_HOST = re.compile(r"[^\s\\%,;<>\"'^`{|}@/?#]+\Z")
_MAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]+@[^\s@<>(),;:\"\\]+\Z")


def read_url(text: str, schemes: Sequence[str]) -> SplitResult:
    """Return an address with one of these schemes in its parts. Raises ValueError."""
    try:
        url = urlsplit(text)
    except ValueError as error:
        raise ValueError(
            "cannot be read as an address. Write brackets only around an IPv6 address, such as [::1], and what is "
            "special in a password as %5B and the like."
        ) from error
    if url.scheme not in schemes:
        raise ValueError(f"must start with one of: {', '.join(scheme + '://' for scheme in schemes)}")
    return url


def check_port(url: SplitResult) -> None:
    """Raise ValueError unless an address has a port that exists, or none."""
    try:
        if url.port != 0:
            return
    except ValueError:
        pass
    raise ValueError("has a port that does not exist. Use a number from 1 to 65535, or leave it out.")


def check_host(url: SplitResult, example: str) -> None:
    """Raise ValueError unless an address names a host."""
    if not url.hostname or not _HOST.match(url.hostname):
        raise ValueError(f"names no host. {example}")


def origin_of(text: str) -> str:
    """Return an origin as browsers write it, without its usual port. Raises ValueError."""
    url = read_url(text, tuple(USUAL_PORTS))
    check_host(url, ORIGIN)
    check_port(url)
    if url.path.strip("/") or url.query or url.fragment or "@" in url.netloc:
        raise ValueError(f"must be a scheme, a host and perhaps a port, and nothing more. {ORIGIN}")
    host = url.hostname or ""
    port = "" if url.port in (None, USUAL_PORTS[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def bind_of(text: str) -> str:
    """Return where to listen, such as 127.0.0.1:8000 or [::1]:8000. Raises ValueError."""
    found = _BIND.match(text)
    if found is None or not 1 <= int(found[1]) <= 65_535:
        raise ValueError(text)
    return text


def mail_address_of(text: str) -> str:
    """Return a mail address that is nothing more than one. Raises ValueError."""
    if not _MAIL.match(text) or not text.isprintable():
        raise ValueError(text)
    return text
