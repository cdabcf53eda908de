"""Does a rule for people forbid what the law lets them say? A warning for whoever writes it, never a verdict.

In the United States section 7 of the National Labor Relations Act protects talk about pay, hours and conditions, with
colleagues and in public, in firms without a union too; a rule that could reasonably keep a dependent employee from it
is presumed unlawful (Stericycle, 372 NLRB No. 113, 2 August 2023; how the Board reads it since 2025 was not verified).
European constitutions protect much the same. Words are looked for in English, German and Spanish.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from advocacy.foundation.texts import marked

SOURCE = "NLRA § 7; Stericycle, 372 NLRB No. 113 (2 August 2023)"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place that could keep people from protected talk: the words, where they stand, and what about them."""

    topic: str
    words: str
    start: int
    end: int
    why: str
    source: str = SOURCE


TOPICS: Mapping[str, str] = {
    "pay": marked("pay and benefits"),
    "hours": marked("hours and shifts"),
    "conditions": marked("working conditions"),
    "organising": marked("organising"),
    "charge": marked("those in charge"),
}
_DATA = tomllib.loads(Path(__file__).with_name("protected_words.toml").read_text(encoding="utf-8"))


def _words(patterns: Iterable[str], *, whole: bool = True) -> re.Pattern[str]:
    end = r"(?!\w)" if whole else ""
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)}){end}", re.IGNORECASE)


TOPIC_WORDS = {name: _words(_DATA["topics"][key]) for key, name in TOPICS.items()}
FORBIDS, CHILLS, FREES = _words(_DATA["forbids"]), _words(_DATA["chills"]), _words(_DATA["frees"], whole=False)
_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")

WHY_FORBIDDEN = marked(
    "People may talk about this, with each other and in public. This sentence could keep them from it."
)
WHY_CHILLED = marked(
    "So wide a rule also forbids talk about pay, hours and conditions. Name the harm you mean instead."
)
WHY_WORD = marked("Avoiding this word would keep people from talking about their own work, which is their right.")
GENERAL = marked("speech in general")
# Everyday words of the product's own trade; as single words to avoid they are no sign of anything.
_EVERYDAY = frozenset({"leave", "breaks", "break", "management", "leadership", "executive", "executives", "safety"})


def findings_in(text: str) -> list[Finding]:
    """Return the places of a rule for people that could keep them from protected talk, in the order of the text."""
    found: list[Finding] = []
    for sentence in _SENTENCE.finditer(text.replace("’", "'")):
        words = sentence[0]
        if FREES.search(words):
            continue
        if FORBIDS.search(words):
            found.extend(_topics_of(words, sentence.start()))
        chilled = CHILLS.search(words)
        if chilled is not None:
            start, end = (sentence.start() + place for place in chilled.span())
            found.append(Finding(GENERAL, text[start:end], start, end, WHY_CHILLED))
    return sorted(found, key=lambda one: one.start)


def _topics_of(sentence: str, start: int) -> Iterator[Finding]:
    for topic, pattern in TOPIC_WORDS.items():
        match = pattern.search(sentence)
        if match is not None:
            yield Finding(topic, match[0], start + match.start(), start + match.end(), WHY_FORBIDDEN)


def findings_in_phrase(phrase: str) -> list[Finding]:
    """Return why a word or phrase that people are to avoid should not be on such a list."""
    if phrase.strip().casefold() in _EVERYDAY:
        return []
    return [
        Finding(topic, match[0], match.start(), match.end(), WHY_WORD)
        for topic, pattern in TOPIC_WORDS.items()
        for match in [pattern.search(phrase)]
        if match is not None
    ]


def findings_in_policy(body: Mapping[str, Iterable[Mapping[str, str]]]) -> dict[str, list[Finding]]:
    """Return the findings of a policy by the pointer to their text, such as `body/en/3/text`."""
    found: dict[str, list[Finding]] = {}
    for language, paragraphs in body.items():
        for number, paragraph in enumerate(paragraphs):
            for part in ("heading", "text"):
                if places := findings_in(paragraph.get(part, "")):
                    found[f"body/{language}/{number}/{part}"] = places
    return found
