"""Saying where one works. A first simple rule per country and network, checked on the final text.

A reader has to see that the author works for the organisation, close to what is said about it: before the
fold, not only in a profile and not hidden in a row of hashtags. What is missing is added; only a locked text
cannot be helped.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from advocacy.foundation import preferences
from advocacy.foundation.errors import Invalid
from config.networks import Network

RULES_VERSION = "2026-11"

# How much of a post is seen before "see more". A disclosure behind it is not near the claim.
DEFAULT_FOLD = 200
FOLDS = {"x": 280, "bluesky": 300, "threads": 280, "mastodon": 500, "email": 500, "teams": 500}


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether a disclosure is needed. None stands for every country or network; the first rule that fits counts."""

    countries: frozenset[str] | None
    networks: frozenset[str] | None
    is_needed: bool
    reason: str


RULES = (
    Rule(None, frozenset({"teams"}), False, "In the organisation's own chat everybody knows where one works."),
    Rule(None, None, True, "Readers have to see the connection between author and organisation."),
)

# The default wording in the languages of the product; a wording that an administrator chose is used as it is.
DEFAULT_LINES = {"de": "Ich arbeite bei {organisation}.", "es": "Trabajo en {organisation}."}

# Words that, in one sentence with the organisation's name, say that one works there.
_BELONGING = re.compile(
    r"\b(i work|we at|my (company|employer|team|colleagues)|our (company|team|product|new|own)|here at"
    r"|i'm (at|with)|i am (at|with)"
    r"|employee|ich arbeite|wir bei|mein(e|em|en)? (arbeitgeber|firma|team|unternehmen|kolleg\w*)|unser(e|er|em|en)?"
    r"|bei uns|mitarbeiter\w*|trabajo en|en mi (empresa|equipo)|mi empresa|nuestr[oa]s?|nosotros en|emplead[oa])\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
_HASHTAG = re.compile(r"#\w+")
_HASHTAG_ROW = re.compile(r"(?:#\w+[\s,]*){4,}")


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A text that discloses, and the evidence of how it does."""

    text: str
    evidence: dict[str, Any]

    @property
    def was_added(self) -> bool:
        return bool(self.evidence["added"])


def rule_for(country: str | None, network: Network) -> Rule:
    """Return the rule for a person's country and a network."""
    return next(
        rule
        for rule in RULES
        if (rule.countries is None or (country or "") in rule.countries)
        and (rule.networks is None or network.key in rule.networks)
    )


def line_for(language: str | None) -> str:
    """Return the line that is added: the administrator's wording, else the default in the reader's language."""
    organisation = preferences.deployment().organisation_name
    wording = preferences.get("disclosure_line")
    if wording == preferences.BY_NAME["disclosure_line"].default:
        wording = DEFAULT_LINES.get((language or "").partition("-")[0], wording)
    return str(wording).replace("{organisation}", organisation)


def find_disclosure(text: str, line: str, organisation: str) -> int | None:
    """Return where a text says that its author works for the organisation, or None when it does not."""
    folded, wanted = _fold(text), _fold(line)
    if wanted and wanted in folded:
        return folded.index(wanted)
    name = _fold(organisation)
    tag = re.compile(rf"#{''.join(filter(str.isalnum, name))}(employee|mitarbeiter\w*|emplead[oa])\b")
    found = tag.search(folded)
    if found is not None and not _is_among_hashtags(folded, found):
        return found.start()
    start = 0
    for sentence in _SENTENCE_END.split(folded):
        at = folded.index(sentence, start)
        start = at + len(sentence)
        plain = _HASHTAG.sub("", sentence)
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain) and _BELONGING.search(plain):
            return at
    return None


def _is_among_hashtags(text: str, found: re.Match[str]) -> bool:
    """Return whether a hashtag stands in a row of others, where nobody reads it."""
    return any(match.start() <= found.start() < match.end() for match in _HASHTAG_ROW.finditer(text))


def _fold(text: str) -> str:
    # Folding keeps one character for one, so that places in the folded text are places in the text.
    normal = unicodedata.normalize("NFC", text).replace("’", "'")
    return "".join(character.lower() if len(character.lower()) == 1 else character for character in normal)


def disclose(text: str, *, network: Network, country: str | None, language: str | None, is_locked: bool) -> Disclosed:
    """Return the text as it may go out, with the evidence. What is missing or too far down is added.

    Raises Invalid when the text is locked and does not disclose by itself.
    """
    organisation = preferences.deployment().organisation_name
    rule, line = rule_for(country, network), line_for(language)
    fold = FOLDS.get(network.key, DEFAULT_FOLD)
    at = find_disclosure(text, line, organisation)
    is_near = at is not None and at < fold
    evidence: dict[str, Any] = {
        "rules": RULES_VERSION,
        "needed": rule.is_needed,
        "reason": rule.reason,
        "line": line,
        "added": False,
        "near": is_near,
    }
    if is_near or not rule.is_needed:
        return Disclosed(text, evidence | {"at": at})
    if is_locked:
        raise Invalid.field(
            "text",
            _("This text is locked and does not say where its author works. Tell the people who made it."),
            code="disclosure_missing",
        )
    # Behind a short text it is still seen; a long one would hide it behind the fold.
    goes_last = len(text) < fold
    final = "\n\n".join(filter(None, (text, line) if goes_last else (line, text)))
    return Disclosed(final, evidence | {"added": True, "near": True, "at": final.index(line)})
