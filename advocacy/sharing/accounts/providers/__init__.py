"""The interfaces of the networks, one file each."""

from pathlib import Path

from advocacy.foundation import preferences
from advocacy.sharing.accounts.providers.base import (
    App,
    Begun,
    Connected,
    Held,
    Numbers,
    Provider,
    Published,
    Start,
    Words,
)
from advocacy.sharing.accounts.providers.bluesky import Bluesky
from advocacy.sharing.accounts.providers.linkedin import LinkedIn
from advocacy.sharing.accounts.providers.mastodon import Mastodon
from advocacy.sharing.accounts.providers.x import X
from config.network_apis import NetworkApi, network_apis
from config.networks import Network

__all__ = [
    "App",
    "Begun",
    "Bluesky",
    "Connected",
    "Held",
    "Mastodon",
    "Numbers",
    "Provider",
    "Published",
    "Start",
    "Words",
    "api_of",
    "known_apis",
    "provider_of",
]

PROVIDERS: dict[str, type[Mastodon] | type[Bluesky] | type[LinkedIn] | type[X]] = {
    "mastodon": Mastodon,
    "bluesky": Bluesky,
    "linkedin": LinkedIn,
    "x": X,
}


def known_apis() -> dict[str, NetworkApi]:
    """Return the interfaces this deployment knows, by the key of their network."""
    file: Path = preferences.deployment().network_apis
    return {key: api for key, api in network_apis(file).items() if key in PROVIDERS}


def api_of(network: Network) -> NetworkApi | None:
    """Return a network's interface, or None where there is none that we speak."""
    return known_apis().get(network.key)


def provider_of(network: Network) -> Provider:
    """Return what speaks to a network. Raises KeyError for one whose interface we do not know."""
    return PROVIDERS[network.key](known_apis()[network.key])
