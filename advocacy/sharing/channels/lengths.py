"""How long a text is for a network, by the network's own rule. The browser counts the same way; the server decides."""

import unicodedata
from dataclasses import dataclass
from typing import Any

import regex as untyped_regex

from advocacy.sharing.channels.links import LINK_ON_MASTODON, LINK_ON_X
from config.networks import Counting, Network

LINK_SEPARATOR = "\n"

# Python's own `re` knows neither graphemes nor emoji.
regex: Any = untyped_regex

_GRAPHEME = regex.compile(r"\X")
# One visible emoji, however many code points it is made of, weighs two.
_EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Regional_Indicator}{2}|\p{Emoji}\uFE0F|[0-9#*]\uFE0F?\u20E3")

# The light ranges as X publishes them (twitter-text configuration 3); everything outside weighs two.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


@dataclass(frozen=True, slots=True)
class Measured:
    """A post as a network would count it: the text, the link we add, and what is left."""

    length: int
    limit: int

    @property
    def fits(self) -> bool:
        return self.length <= self.limit

    @property
    def left(self) -> int:
        return self.limit - self.length


def count(text: str, counting: Counting, link_length: int = 0) -> int:
    """Return a text's length. With `link_length` every web address in it counts that much, as on X and Mastodon."""
    if counting == "weighted":
        text = unicodedata.normalize("NFC", text)
    if not link_length:
        return _plain_length(text, counting)
    around = (LINK_ON_X if counting == "weighted" else LINK_ON_MASTODON).split(text)
    return sum(_plain_length(part, counting) for part in around) + (len(around) - 1) * link_length


def measure(text: str, link: str | None, network: Network) -> Measured:
    """Return how much of a network's limit a text with its link takes."""
    if link is None:
        return Measured(count(text, network.counting, network.link_length), network.limit)
    if network.link_in_text or network.link_length:
        # Where the link is a parameter of its own, the network puts it behind the text with a space.
        separator = LINK_SEPARATOR if network.link_in_text else " "
        whole = f"{text}{separator}{link}" if text else link
        return Measured(count(whole, network.counting, network.link_length), network.limit)
    return Measured(count(text, network.counting), network.limit)


def fold_post(text: str, network: Network) -> tuple[str, str]:
    """Return what is seen of a post before its reader opens it, and the rest. Nothing seen as one is cut in two."""
    seen, lines = 0, 1
    for grapheme in _GRAPHEME.findall(text):
        lines += "\n" in grapheme
        if seen + len(grapheme) > network.fold or (network.fold_lines and lines > network.fold_lines):
            break
        seen += len(grapheme)
    return text[:seen], text[seen:]


def _plain_length(text: str, counting: Counting) -> int:
    if counting == "weighted":
        return sum(_weight(grapheme) for grapheme in _GRAPHEME.findall(text))
    if counting == "graphemes":
        return len(_GRAPHEME.findall(text))
    return len(text)


def _weight(grapheme: str) -> int:
    if _EMOJI.search(grapheme):
        return 2
    return sum(1 if any(first <= ord(c) <= last for first, last in _LIGHT) else 2 for c in grapheme)
