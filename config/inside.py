"""Places inside the organisation's own network that the guarded client may open although they are not public."""

import ipaddress
import re
from dataclasses import dataclass

WEB_PORTS = frozenset({80, 443})

_HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class Inside:
    """A range of addresses or one host name, on web ports or one port of its own."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None
    host: str | None
    ports: frozenset[int] = WEB_PORTS


def parse_inside(entries: str) -> tuple[Inside, ...]:
    """Read entries such as `10.2.0.0/16, wiki.example.internal, 10.0.0.7:8443, [fd00::]/8`. Raises ValueError."""
    return tuple(_entry(text.strip().lower()) for text in entries.split(",") if text.strip())


def _entry(text: str) -> Inside:
    place, ports = text, WEB_PORTS
    head, colon, tail = text.rpartition(":")
    if colon and tail.isdecimal() and ("]" in head or ":" not in head):
        place, ports = head, frozenset({int(tail)})
        if not 0 < int(tail) < 65_536:
            raise ValueError(text)
    bare = place.replace("[", "").replace("]", "")
    if ":" in bare or "/" in bare or re.fullmatch(r"[0-9.]+", bare):
        return Inside(ipaddress.ip_network(bare), None, ports)
    if not _HOST.match(bare):
        raise ValueError(text)
    return Inside(None, bare, ports)
