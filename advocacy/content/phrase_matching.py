"""Finding phrases as people write them: whatever the case, accents, hyphens, blanks or line breaks between words."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import regex as untyped_regex

# Python's own `re` knows no scripts.
regex: Any = untyped_regex

# Scripts that put no blanks between words: a phrase in them may stand anywhere.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_APOSTROPHES = frozenset("'’‘ʼ`´＇")
AROUND = 24


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a text, in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in the one form phrases are compared in, and where each of its characters came from."""

    text: str
    origins: tuple[int, ...]


def fold(text: str) -> Folded:
    """Return a text without case, accents and invisible characters; any run of blanks and hyphens is one blank."""
    characters: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character).casefold()):
            kind = unicodedata.category(part)
            if kind in {"Mn", "Me", "Cf"} or part in _APOSTROPHES:
                continue  # accents, soft hyphens, joiners, apostrophes
            if kind.startswith("Z") or kind in {"Pd", "Cc", "Pc"} or part in "\u2010\u2011\u00b7•/":
                if characters and characters[-1] == " ":
                    continue
                characters.append(" ")
            else:
                characters.append(part)
            origins.append(place)
    return Folded("".join(characters), tuple(origins))


def canonical(phrase: str) -> str:
    """Return the form under which a phrase is the same phrase."""
    return fold(phrase).text.strip()


def places_of(phrase: str, text: Folded) -> Iterator[Place]:
    """Yield where a canonical phrase stands in a text, as whole words; in a hashtag also written together."""
    if not phrase:
        return
    yield from _whole_words(phrase, text)
    together = phrase.replace(" ", "")
    if " " in phrase:
        yield from (place for place in _whole_words(together, text) if _is_hashtag(text, place))


def _whole_words(phrase: str, text: Folded) -> Iterator[Place]:
    at = text.text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        if _ends_word(text.text[at - 1 : at], phrase[0]) and _ends_word(text.text[end : end + 1], phrase[-1]):
            yield Place(text.origins[at], text.origins[end - 1] + 1)
        at = text.text.find(phrase, at + 1)


def _ends_word(neighbour: str, edge: str) -> bool:
    """Return whether a word ends between a neighbour (or nothing) and the edge of a phrase."""
    return not (neighbour.isalnum() and edge.isalnum()) or bool(_UNSPACED.match(edge))


def _is_hashtag(text: Folded, place: Place) -> bool:
    at = text.origins.index(place.start)
    return at > 0 and text.text[at - 1] == "#"


def around(text: str, place: Place) -> str:
    """Return a piece of the text around a place, for showing where it is."""
    start, end = max(0, place.start - AROUND), min(len(text), place.end + AROUND)
    # Words that would be cut in two are left out, unless nothing else is there.
    while 0 < start < place.start and text[start - 1].isalnum() and text[start].isalnum():
        start += 1
    while place.end < end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end -= 1
    piece = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{piece}{'…' if end < len(text) else ''}"


def first_of_each(phrases: Iterable[str], text: str) -> dict[str, Place]:
    """Return for each canonical phrase that a text holds the first place it stands at."""
    folded = fold(text)
    found: dict[str, Place] = {}
    for phrase in phrases:
        place = min(places_of(phrase, folded), key=lambda one: one.start, default=None)
        if place is not None:
            found[phrase] = place
    return found
