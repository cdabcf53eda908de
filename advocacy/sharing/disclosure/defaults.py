"""The rules a new deployment starts with, and where each comes from. Not legal advice: counsel reads them first.

An administrator replaces one by a dated rule for the same case. A default that changes keeps its old entry with
`valid_until`, and the new one gets a name of its own, so that a share always names what held on its day.
"""

from dataclasses import dataclass
from datetime import date

from advocacy.foundation.texts import marked
from advocacy.sharing.rule_models import Incentive, Relationship, Requirement, Statement

# The version of this file, kept with every share. Raise it with any change below.
RULES_VERSION = "2026-11-26"
START = date(2024, 1, 1)  # before there was any deployment


@dataclass(frozen=True, slots=True)
class DefaultRule:
    """A rule as delivered. None stands for every case."""

    name: str
    requirement: Requirement
    why: str
    source: str
    country: str | None = None
    network: str | None = None
    relationship: Relationship | None = None
    incentive: Incentive | None = None
    valid_from: date = START
    valid_until: date | None = None


OUTSIDE = marked("No reader from outside")
CHAT = marked("In the organisation's own chat everybody knows where one works.")
WORKS_COUNCIL = marked(
    "A duty to name one's employer needs an agreement with the works council, so here it is the author's own choice."
)
BETRVG = "BetrVG § 87 (1) no. 1; BAG, 22 July 2008, 1 ABR 40/07 (Honeywell)"

DEFAULT_RULES: tuple[DefaultRule, ...] = (
    DefaultRule(
        "everywhere",
        Requirement.REQUIRED,
        marked("Readers have to see the connection between author and organisation."),
        marked("The strictest rule we know, taken for every country without its own"),
    ),
    DefaultRule(
        "us",
        Requirement.REQUIRED,
        marked("Who speaks about their employer or what it sells has to say so, clearly and close to the claim."),
        "16 CFR § 255.5(a), 88 FR 48092 (26 July 2023)",
        country="US",
    ),
    DefaultRule(
        "prize",
        Requirement.REQUIRED,
        marked("Where one can win something for sharing, readers have to be told that too."),
        "16 CFR § 255.5(a), 88 FR 48092 (26 July 2023)",
        incentive=Incentive.PRIZE,
    ),
    DefaultRule("us-teams", Requirement.NOT_NEEDED, CHAT, OUTSIDE, country="US", network="teams"),
    DefaultRule("de", Requirement.OWN_CHOICE, WORKS_COUNCIL, BETRVG, country="DE"),
    DefaultRule("de-teams", Requirement.NOT_NEEDED, CHAT, OUTSIDE, country="DE", network="teams"),
    DefaultRule("teams", Requirement.NOT_NEEDED, CHAT, OUTSIDE, network="teams"),
)

# Where a duty to say where one works rests on an agreement. Without one it is the author's choice, whatever the rule.
NEED_AGREEMENT: dict[str, str] = {"DE": BETRVG}

DEFAULT_WORDINGS: dict[tuple[Statement, str], str] = {
    (Statement.EMPLOYER, "en"): "I work at {organisation}.",
    (Statement.EMPLOYER, "de"): "Ich arbeite bei {organisation}.",
    (Statement.EMPLOYER, "es"): "Trabajo en {organisation}.",
    (Statement.PRIZE, "en"): "I can win something for sharing this.",
    (Statement.PRIZE, "de"): "Ich kann etwas gewinnen, weil ich das teile.",
    (Statement.PRIZE, "es"): "Puedo ganar algo por compartir esto.",
}
