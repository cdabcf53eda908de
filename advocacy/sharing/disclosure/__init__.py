"""Saying where one works: dated rules, the words for it, and putting them where readers see them."""

from advocacy.sharing.disclosure.finding import find_disclosure
from advocacy.sharing.disclosure.placing import Disclosed, disclose, explain, is_before_fold, leaves_choice
from advocacy.sharing.disclosure.rulebook import Case, Rule, Rulebook, Ruling, today

__all__ = [
    "Case",
    "Disclosed",
    "Rule",
    "Rulebook",
    "Ruling",
    "disclose",
    "explain",
    "find_disclosure",
    "is_before_fold",
    "leaves_choice",
    "today",
]
