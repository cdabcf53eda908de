"""What a metric is declared with."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from advocacy.foundation.texts import marked

Kind = Literal["simple", "distinct", "ratio", "estimate"]
Additivity = Literal["sum", "sum_org", "none", "ratio"]
Evidence = Literal["O", "S", "M"]
Privacy = Literal["self", "k", "org"]
PageTable = Literal["page_amplification", "page_recruiting", "reach_published"]

EVIDENCE = {"O": "observed by a system", "S": "told by people themselves", "M": "modelled from assumptions"}
ADDITIVITY = {
    "sum": "adds up over time and units",
    "sum_org": "adds up over units, not over time",
    "none": "distinct: never added up",
    "ratio": "computed anew from its parts, never averaged",
}

AS_OF_DAY = marked("as of the day")
MONTH = marked("the 30 days that end on the day")
QUARTER = marked("the 90 days that end on the day")
CONSENT = marked("A person who has not said yes, or no longer, is in none of it, past days included.")
GROSS = marked("Counts a connection once for every colleague who has it; it is not a number of people.")


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: what it means, how it is computed, and what protects the people in it.

    `version` grows when the number can change. `value`, `behind` and `shares_of` are columns of `page`: the value,
    the people behind it, and the larger groups shown beside it of which it is a share. `short` names it in answers.
    """

    key: str
    short: str
    version: int
    name: str
    question: str
    definition: str
    formula: str
    kind: Kind
    unit: str
    window: str
    denominator: str
    inputs: tuple[str, ...]
    additivity: Additivity
    evidence: Evidence
    privacy: Privacy = "k"
    page: PageTable | None = None
    value: str | None = None
    behind: str | None = None
    shares_of: tuple[str, ...] = ()
    null_reasons: tuple[str, ...] = ("suppressed",)
    interval: str = "none"
    owner: str = "Communications"
    steward: str = "Programme administration"
    examples: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    @property
    def definition_hash(self) -> str:
        """Return twelve digits that change whenever anything said here changes."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def as_definition(self) -> dict[str, Any]:
        """Return what goes beside the number in an answer."""
        return {
            "key": self.key,
            "version": self.version,
            "hash": self.definition_hash,
            "name": self.name,
            "definition": self.definition,
            "formula": self.formula,
            "window": self.window,
            "denominator": self.denominator,
            "unit": self.unit,
            "evidence": EVIDENCE[self.evidence],
            "caveats": list(self.caveats),
        }
