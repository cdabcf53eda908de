"""How each network's export names its columns, as data. Names are compared without case and punctuation.

Networks rename columns without notice, so a measure has every name it had. What is not listed is not read: a network's
own sums ("engagements") are no single thing we count.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MEASURES = ("impressions", "reactions", "comments", "reshares")

_HOST_PREFIXES = ("www.", "m.", "mobile.")
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One network's export: how it names the columns, and what identifies a post within an address.

    Of the names of the address the best comes first. Without a pattern host and path identify a post.
    """

    network: str
    address: tuple[str, ...]
    measures: Mapping[str, frozenset[str]]
    post: re.Pattern[str] | None = None

    def identity(self, address: str) -> str | None:
        """Return what tells this post from every other, or None where the address names no post."""
        cleaned = address.strip()
        if self.post is not None:
            found = self.post.search(cleaned)
            return found.group(1) if found else None
        bare = re.sub(r"^https?://", "", cleaned, flags=re.IGNORECASE).partition("?")[0].partition("#")[0]
        host, _slash, path = bare.rstrip("/").partition("/")
        host = host.lower()
        for prefix in _HOST_PREFIXES:
            host = host.removeprefix(prefix)
        return f"{host}/{path}" if "." in host and path else None


def normal_name(cell: str) -> str:
    """Return a column's name as it is compared: lower case, words divided by one blank."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", cell).casefold()).strip()


def _format(network: str, address: str, post: str | None = None, **measures: str) -> ExportFormat:
    return ExportFormat(
        network,
        tuple(address.split(", ")),
        MappingProxyType({name: frozenset(names.split(", ")) for name, names in measures.items()}),
        re.compile(post, re.IGNORECASE) if post is not None else None,
    )


FORMATS: Mapping[str, ExportFormat] = MappingProxyType(
    {
        each.network: each
        for each in (
            _format(
                "linkedin",
                address="post url, post link, url, link",
                # An address carries the number after a word of its kind, plainly or percent-encoded.
                post=r"(?:activity|share|ugcpost)(?::|-|%3a)(\d{10,})",
                impressions="impressions, total impressions",
                reactions="reactions, likes, total reactions",
                comments="comments, total comments",
                reshares="reposts, shares, total reposts",
            ),
            _format(
                "x",
                address="post link, post permalink, tweet permalink, permalink, link",
                post=r"/status(?:es)?/(\d{5,})",
                impressions="impressions",
                reactions="likes",
                comments="replies",
                reshares="reposts, retweets",
            ),
            _format(
                "facebook",
                address="permalink, post url, link",
                impressions="impressions, views, total impressions",
                reactions="reactions, likes and reactions",
                comments="comments",
                reshares="shares",
            ),
            _format(
                "threads",
                address="permalink, post url, link",
                impressions="views, impressions",
                reactions="likes",
                comments="replies",
                reshares="reposts, shares",
            ),
        )
    }
)
