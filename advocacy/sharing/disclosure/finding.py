"""Finding a disclosure in a text: that its author works here, and that something can be won."""

import re
import unicodedata

# Words that, in one sentence with the organisation's name, say that one works there.
_BELONGING = re.compile(
    r"\b(i work|we at|my (company|employer|team|colleagues)|our (company|team|product|new|own)|here at"
    r"|i'm (at|with)|i am (at|with)"
    r"|employee|ich arbeite|wir bei|mein(e|em|en)? (arbeitgeber|firma|team|unternehmen|kolleg\w*)|unser(e|er|em|en)?"
    r"|bei uns|mitarbeiter\w*|trabajo en|en mi (empresa|equipo)|mi empresa|nuestr[oa]s?|nosotros en|emplead[oa])\b",
    re.IGNORECASE,
)
_PRIZE = re.compile(
    r"\b(i (can|could|may|might) (win|earn|get)|(win|earn)s? (a|me|points|rewards?)|i('m| am| get) (paid|rewarded)"
    r"|for a prize"
    r"|ich kann [\w ]{0,40}gewinnen|prämie\w*|belohnt|belohnung|puedo ganar|me premian|recibo (un )?premio)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_HASHTAG = re.compile(r"#\w+")
_HASHTAG_ROW = re.compile(r"(?:#\w+[\s,]*){4,}")

Span = tuple[int, int]


def find_disclosure(text: str, line: str, organisation: str) -> Span | None:
    """Return where a text first says that its author works for the organisation, or None when it does not."""
    folded, name = fold(text), fold(organisation)
    found = [_verbatim(folded, line), _own_hashtag(folded, name), _own_words(folded, name)]
    return min((span for span in found if span is not None), default=None)


def _verbatim(folded: str, line: str) -> Span | None:
    wanted = fold(line)
    at = folded.find(wanted) if wanted else -1
    return (at, at + len(wanted)) if at >= 0 else None


def _own_hashtag(folded: str, name: str) -> Span | None:
    tag = re.compile(rf"#{''.join(filter(str.isalnum, name))}(employee|mitarbeiter\w*|emplead[oa])\b")
    rows = [row.span() for row in _HASHTAG_ROW.finditer(folded)]
    # In a row of others nobody reads it.
    alone = (tag for tag in tag.finditer(folded) if not any(start <= tag.start() < end for start, end in rows))
    return next((tag.span() for tag in alone), None)


def _own_words(folded: str, name: str) -> Span | None:
    named = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    start = 0
    for sentence in _SENTENCE_END.split(folded):
        at = folded.index(sentence, start)
        start = at + len(sentence)
        # Hashtags make way for as many blanks, so that places stay what they are.
        plain = _HASHTAG.sub(lambda hashtag: " " * len(hashtag[0]), sentence)
        says, belongs = named.search(plain), _BELONGING.search(plain)
        if says is not None and belongs is not None:
            return at + min(says.start(), belongs.start()), at + max(says.end(), belongs.end())
    return None


def find_prize(text: str, line: str) -> Span | None:
    """Return where a text says that its author can win something for it, or None when it does not."""
    folded = fold(text)
    said = _PRIZE.search(folded)
    return min(filter(None, (_verbatim(folded, line), said.span() if said is not None else None)), default=None)


def fold(text: str) -> str:
    """Return a text for comparing: one case, one spelling of what is composed, one apostrophe."""
    # Folding keeps one character for one, so that places in the folded text are places in the text.
    normal = unicodedata.normalize("NFC", text).replace("’", "'")
    return "".join(character.lower() if len(character.lower()) == 1 else character for character in normal)
