"""Finding a disclosure in a text: that its author works here, and that something can be won."""

import re
import unicodedata

# Words that, in one sentence with the organisation's name, say that one works there. A possessive alone says nothing:
# "our new dishwasher" is what a customer writes too. A line too many does no harm, one that is missing does.
_BELONGING = re.compile(
    r"\b((my|our) (company|employer|teams?|colleagues?)"
    r"|(i'm|i am|as) an? ((?!former |ex-)[^\s,;:]+ ){0,6}employee"
    r"|(mein|unser)(e[mnrs]?)? (arbeitgeber\w*|firma|teams?|unternehmen|betrieb|kolleg\w*)"
    r"|(als|ich bin) (eine? )?((stolze|langjährige)[rs]? )?mitarbeite(r|nde)\w*"
    r"|(mis?|nuestr[oa]s?) (empresa|equipo|compañía|empleador\w*|colegas)|(soy|como) (una? )?emplead[oa])\b",
    re.IGNORECASE,
)
# Words that say so only where the name follows as the place: many work at home, and not all who are here are staff.
_WORKING = re.compile(
    r"\b(i work|ich arbeite)\b(?! (not|nicht|out)\b)"
    r"|(^|(?<=[^\w\s])|(?<=[^\w\s] )|(?<=\byo )|(?<=\by )|(?<=\bque )|(?<=\bmi ))trabajo\b",  # not "gran trabajo"
    re.IGNORECASE,
)
# What may stand between that and the place: "I work from home and bought a dishwasher at" says nothing of the kind.
_BETWEEN = re.compile(r"(?: (?!(?:and|und|y|but|aber|pero|that|which|who|que|with|mit|con)\b)[^\s,;:()]+){0,5} ?")
_AT = r"\b(at|for|bei|für|en|para) (the |der |dem |la |el )?"
_WE_AT = r"\b(here at |we at (the )?|(wir|wir hier|bei uns) bei (der |dem )?|nosotros en (la |el )?)"
# "Come and win a pump" says nothing about who writes.
_PRIZE = re.compile(
    r"\b(i (can|could|may|might) (win|earn)|i ((can|could|may|might) get|get|win|earn) (an? )?(points|prize|reward)"
    r"|(wins?|earns?) me|i('m| am| get| can get) (paid|rewarded)"
    r"|ich kann [\w ]{0,40}gewinnen|ich (bekomme|erhalte) [\w ]{0,40}(prämie|belohnung)|ich werde [\w ]{0,40}belohnt"
    r"|puedo ganar|me premian|recibo (una? )?(premio|recompensa))\b",
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
    named = rf"(?<!\w){re.escape(name)}(?!\w)"
    anywhere, at_name, we_at = (re.compile(before + named) for before in ("", _AT, _WE_AT))
    start = 0
    for sentence in _SENTENCE_END.split(folded):
        at = folded.index(sentence, start)
        start = at + len(sentence)
        # Hashtags make way for as many blanks, so that places stay what they are.
        plain = _HASHTAG.sub(lambda hashtag: " " * len(hashtag[0]), sentence)
        span = _with_name(plain, anywhere) or _working(plain, at_name) or _span(we_at.search(plain))
        if span is not None:
            return at + span[0], at + span[1]
    return None


def _with_name(sentence: str, name: re.Pattern[str]) -> Span | None:
    says, belongs = name.search(sentence), _BELONGING.search(sentence)
    if says is None or belongs is None:
        return None
    return min(says.start(), belongs.start()), max(says.end(), belongs.end())


def _working(sentence: str, at_name: re.Pattern[str]) -> Span | None:
    for works in _WORKING.finditer(sentence):
        there = at_name.search(sentence, works.end())
        if there is not None and _BETWEEN.fullmatch(sentence, works.end(), there.start()):
            return works.start(), there.end()
    return None


def _span(found: re.Match[str] | None) -> Span | None:
    return found.span() if found is not None else None


def find_prize(text: str, line: str) -> Span | None:
    """Return where a text says that its author can win something for it, or None when it does not."""
    folded = fold(text)
    return min(filter(None, (_verbatim(folded, line), _span(_PRIZE.search(folded)))), default=None)


def fold(text: str) -> str:
    """Return a text for comparing: one case, one spelling of what is composed, one apostrophe."""
    # Folding keeps one character for one, so that places in the folded text are places in the text.
    normal = unicodedata.normalize("NFC", text).replace("’", "'")
    return "".join(character.lower() if len(character.lower()) == 1 else character for character in normal)
