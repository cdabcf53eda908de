"""What differs between two states of an item's content, field by field and word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from flask_babel import gettext as _

from advocacy.portal.comms.drafts import Draft
from advocacy.portal.comms.labels import kind_name, language_name

# Words with the blanks behind them, so that putting the pieces together gives the text back.
_PIECES = re.compile(r"\s+|[\w’'-]+|[^\w\s]")
MOST_PIECES = 4_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words: `same`, `gone` or `new`."""

    change: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is not the same in both, with its words in order."""

    field: str
    pieces: tuple[Piece, ...]


def differences(before: Draft, after: Draft) -> list[Difference]:
    """Return every field that differs, in the order of the form. Nothing differs: an empty list."""
    old, new = dict(_fields(before)), dict(_fields(after))
    names = list(dict.fromkeys([*new, *old]))
    return [
        Difference(name, words_between(old.get(name, ""), new.get(name, "")))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def _fields(draft: Draft) -> Iterator[tuple[str, str]]:
    yield _("Kind"), kind_name(draft.kind)
    for text in draft.texts:
        language = language_name(text.language)
        yield _("Title, %(language)s", language=language), text.title
        yield _("Summary, %(language)s", language=language), text.summary
    yield _("Link"), draft.destination or ""
    yield _("Picture"), (draft.image_sha256 or "")[:12]
    yield _("What the picture shows"), draft.image_alternative or ""
    counted: dict[str, int] = {}
    for caption in draft.captions:
        network = caption.network.name if caption.network is not None else _("Any network")
        place = _("Caption, %(network)s, %(language)s", network=network, language=language_name(caption.language))
        counted[place] = counted.get(place, 0) + 1
        yield f"{place} {counted[place]}" if counted[place] > 1 else place, caption.text
    yield _("Wording"), _("locked") if draft.is_text_locked else ""
    yield _("Product or service"), _("yes") if draft.is_product else ""
    yield _("Opening"), draft.opening_reference or ""


def words_between(before: str, after: str) -> tuple[Piece, ...]:
    """Return the words of two texts in one row: what stayed, what went, what came.

    Texts of very many words are told as wholes: comparing them word by word would take too long.
    """
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) + len(new) > MOST_PIECES:
        return tuple(piece for piece in (Piece("gone", before), Piece("new", after)) if piece.text)
    found: list[Piece] = []
    for kind, first, last, begin, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece("same", "".join(old[first:last])))
            continue
        found += [
            piece
            for piece in (Piece("gone", "".join(old[first:last])), Piece("new", "".join(new[begin:end])))
            if piece.text
        ]
    return tuple(found)
