"""Putting what is missing where readers see it: near the claim, before a network folds the post away."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from advocacy.foundation import preferences
from advocacy.foundation.errors import Invalid
from advocacy.sharing.disclosure.defaults import RULES_VERSION
from advocacy.sharing.disclosure.finding import Span, find_disclosure, find_prize, fold
from advocacy.sharing.disclosure.rulebook import Case, Rulebook, Ruling
from advocacy.sharing.rule_models import Incentive, Relationship, Requirement, Statement
from config.networks import Network


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A text that discloses, and the evidence of how it does."""

    text: str
    evidence: dict[str, Any]
    ruling: Ruling

    @property
    def was_added(self) -> bool:
        return bool(self.evidence["added"])

    @property
    def requirement(self) -> Requirement:
        return self.ruling.requirement


def disclose(
    text: str,
    *,
    network: Network,
    country: str | None,
    language: str | None,
    is_locked: bool,
    is_product: bool = False,
    is_wanted: bool = True,
    incentive: Incentive | None = None,
    book: Rulebook | None = None,
) -> Disclosed:
    """Return the text as it may go out today, with the evidence. What is missing or too far down is added.

    `is_wanted` is the author's decision, heard where a rule leaves it to them. Raises Invalid when a disclosure is
    required, and the text is locked and does not disclose by itself.
    """
    book = book or Rulebook.in_force()
    relationship = Relationship.PRODUCT if is_product else Relationship.EMPLOYER
    case = Case(country, network, relationship, incentive if incentive is not None else book.incentive)
    ruling = book.ruling_for(case)
    lines = {says: book.line_for(says, language) for says in _statements(case)}
    found = {says: _find(says, text, line) for says, line in lines.items()}
    far = [says for says, span in found.items() if not is_before_fold(text, span, network)]
    # Where our own line stands first of all, nothing could be nearer, however long somebody made it.
    missing = [] if fold(text).startswith(fold(" ".join(lines.values()))) else far
    line = " ".join(lines[says] for says in missing or lines)
    places = [span[0] for span in found.values() if span is not None]
    evidence: dict[str, Any] = {
        "rules": RULES_VERSION,
        "rule": ruling.rule.name,
        "rule_version": ruling.rule.version,
        "rule_since": ruling.rule.valid_from.isoformat(),
        "day": book.day.isoformat(),
        "country": country,
        "relationship": case.relationship.value,
        "incentive": case.incentive.value,
        "requirement": ruling.requirement.value,
        "needed": ruling.requirement is Requirement.REQUIRED,
        "reason": ruling.rule.why,
        "source": ruling.rule.source,
        "line": line,
        "added": False,
        "near": not far,
        "at": min(places) if places and not missing else None,
    }
    is_left_alone = ruling.requirement is Requirement.NOT_NEEDED or (
        ruling.requirement is Requirement.OWN_CHOICE and (is_locked or not is_wanted)
    )
    if not missing or is_left_alone:
        return Disclosed(text, evidence, ruling)
    if is_locked:
        raise Invalid.field(
            "text",
            _("This text is locked and does not say where its author works. Tell the people who made it."),
            code="disclosure_missing",
        )
    final = _placed(text, line, network)
    if not all(is_before_fold(final, _find(says, final, lines[says]), network) for says in lines):
        # What was near enough made way for what is put before it: then all of it goes there.
        line = " ".join(lines.values())
        final = f"{line}\n\n{text}"
    is_near = is_before_fold(final, (final.index(line), final.index(line) + len(line)), network)
    return Disclosed(final, evidence | {"added": True, "line": line, "near": is_near, "at": final.index(line)}, ruling)


def leaves_choice(country: str | None, is_product: bool, wanted: Iterable[Network]) -> bool:
    """Return whether a rule in force leaves it to the author on any of these networks."""
    book = Rulebook.in_force()
    relationship = Relationship.PRODUCT if is_product else Relationship.EMPLOYER
    cases = (Case(country, network, relationship, book.incentive) for network in wanted)
    return any(book.ruling_for(case).requirement is Requirement.OWN_CHOICE for case in cases)


def is_before_fold(text: str, span: Span | None, network: Network) -> bool:
    """Return whether all of a place is seen before a reader opens the post."""
    if span is None:
        return False
    _start, end = span
    is_in_lines = not network.fold_lines or text.count("\n", 0, end) < network.fold_lines
    return end <= network.fold and is_in_lines


def _statements(case: Case) -> tuple[Statement, ...]:
    """Return what has to be said: that one works here, and where it is so, that one can win."""
    return (Statement.EMPLOYER,) if case.incentive is Incentive.NONE else (Statement.EMPLOYER, Statement.PRIZE)


def _find(says: Statement, text: str, line: str) -> Span | None:
    if says is Statement.PRIZE:
        return find_prize(text, line)
    return find_disclosure(text, line, preferences.deployment().organisation_name)


def _placed(text: str, line: str, network: Network) -> str:
    """Return the text with the line behind it where that is still seen, else before it."""
    behind = "\n\n".join(filter(None, (text, line)))
    if is_before_fold(behind, (len(behind) - len(line), len(behind)), network):
        return behind
    return f"{line}\n\n{text}"


def explain(found: Disclosed) -> tuple[str, str]:
    """Return how it stands (ok or hint) and a sentence for the author."""
    line = found.evidence["line"]
    if found.requirement is Requirement.NOT_NEEDED:
        return "ok", _(found.ruling.rule.why)
    if found.was_added and found.requirement is Requirement.OWN_CHOICE:
        return "hint", _("We add “%(line)s”. Here that is your own choice.", line=line)
    if found.was_added:
        return "hint", _("We add “%(line)s”, so that readers know where you work.", line=line)
    if found.evidence["near"]:
        return "ok", _("Says that you work here, near the claim")
    return "ok", _("Does not say where you work. Here that is your own choice.")
