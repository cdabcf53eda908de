"""All pages of administration, by importing the modules that hold them."""

from advocacy.portal.administration import (
    chats,
    clicks,
    disclosure,
    hosts,
    importing,
    network_access,
    people,
    person,
    phrases,
    policy,
    review_rules,
    running,
    settings,
)
from advocacy.portal.administration.blueprint import blueprint

__all__ = [
    "blueprint",
    "chats",
    "clicks",
    "disclosure",
    "hosts",
    "importing",
    "network_access",
    "people",
    "person",
    "phrases",
    "policy",
    "review_rules",
    "running",
    "settings",
]
