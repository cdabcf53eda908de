"""The networks' own rules: how they count a text, and the address that opens their dialog."""

from advocacy.sharing.channels.intents import checked_post_url, intent_url, normal_server
from advocacy.sharing.channels.lengths import LINK_SEPARATOR, Measured, count, fold_post, measure

__all__ = [
    "LINK_SEPARATOR",
    "Measured",
    "checked_post_url",
    "count",
    "fold_post",
    "intent_url",
    "measure",
    "normal_server",
]
