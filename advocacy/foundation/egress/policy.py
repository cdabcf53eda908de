"""Which addresses may be opened. What is not plainly public is refused, however it is written."""

import ipaddress
from dataclasses import dataclass

from advocacy.foundation.web_addresses import WebAddress
from config.inside import WEB_PORTS, Inside

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Beside what `is_global` knows: it takes multicast, relays and ways of writing an IPv4 address in IPv6 for public ones.
_NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata service of one cloud
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own agent, reachable from inside only
        "169.254.0.0/16",  # link-local, and the metadata service of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, benchmarking, ORCHID and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
# An entry of the deployment never opens these: no site lives there.
_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8")
)


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet, beyond doubt."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in _NOT_PUBLIC_4)
    return (
        address.scope_id is None
        and address in _PUBLIC_6
        and address.is_global
        and not any(address in network for network in _NOT_PUBLIC_6)
    )


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """What may be opened beside the public web on its usual ports."""

    inside: tuple[Inside, ...] = ()

    def allows_port(self, address: WebAddress) -> bool:
        """Return whether the port is one we open somewhere, as far as that can be told yet."""
        port = port_of(address)
        return port in WEB_PORTS or any(port in entry.ports for entry in self.inside)

    def allows(self, host: str, address: Address, port: int) -> bool:
        """Return whether a connection may be made to what a host's name stands for at this moment."""
        if port in WEB_PORTS and is_public(address):
            return True
        if any(address in network for network in _NEVER if network.version == address.version):
            return False
        return any(
            port in entry.ports
            and (
                (entry.network is not None and entry.network.version == address.version and address in entry.network)
                or (entry.host is not None and entry.host == host)
            )
            for entry in self.inside
        )


def is_named_inside(host: str, inside: tuple[Inside, ...]) -> bool:
    """Return whether the deployment names this very host, or its one address, as a place inside."""
    return any(host in {entry.host, str(entry.network).removesuffix("/32")} for entry in inside)


def port_of(address: WebAddress) -> int:
    """Return the port a web address means."""
    if address.port is not None:
        return address.port
    return 443 if address.scheme == "https" else 80
