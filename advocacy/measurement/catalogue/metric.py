"""What a metric is declared with."""

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any, Literal

from advocacy.foundation.texts import marked

Kind = Literal["simple", "distinct", "ratio", "derived", "survival", "estimate"]
Unit = Literal["people", "connections", "shares", "clicks", "views", "followers", "applications", "acts", "share",
               "times", "days", "hours", "index", "reactions", "values"]  # fmt: skip
Additivity = Literal["sum", "sum_org", "none", "ratio"]
Evidence = Literal["X", "Q", "A", "T", "S", "O", "M"]
Privacy = Literal["self", "k5", "k10", "k10r", "org"]  # k5 and k10 both mean the one setting
Interval = Literal["wilson", "poisson", "kaplan_meier", "three_sd", "bounds", "quantiles", "none"]
Stage = Literal["inputs", "activities", "outputs", "outtakes", "outcomes", "impact"]
Direction = Literal["better", "worse", "neutral"]
Dimension = Literal["unit", "day", "week", "month", "network", "cohort"]
NullReason = Literal["suppressed", "not_collected", "no_denominator", "below_min_n", "not_reachable"]

EVIDENCE = {
    "X": "shown by a randomised experiment",
    "Q": "shown beside a comparison group",
    "A": "adjusted observation",
    "T": "credited by a rule",
    "S": "told by people themselves",
    "O": "observed by a system",
    "M": "modelled from assumptions",
}
ADDITIVITY = {
    "sum": "adds up over time and units",
    "sum_org": "adds up over units, not over time",
    "none": "distinct: never added up",
    "ratio": "computed anew from its parts, never averaged",
}
PRIVACY = {
    "self": marked("Shown to the person alone."),
    "k5": marked("Shown for groups only: at least the smallest group must stand behind it."),
    "k10": marked(
        "Shown for groups only: at least the smallest group must stand behind it, and nothing beside it lets a smaller "
        "group be worked out."
    ),
    "k10r": marked("Shown for groups only, and rounded."),
    "org": marked("About the organisation as a whole, not about people."),
}
# What can stand over time: the value as of each period's last day, never a sum of windows that overlap.
OVER_TIME: tuple[Dimension, ...] = ("day", "week", "month")

AS_OF_DAY = marked("as of the day")
WEEK = marked("a whole week")
MONTH = marked("the 30 days that end on the day")
QUARTER = marked("the 90 days that end on the day")
EVER = marked("all days up to the day")
CONSENT = marked("A person who has not said yes, or no longer, is in none of it, past days included.")
GROSS = marked("Counts a connection once for every colleague who has it; it is not a number of people.")
# How many days a window looks back; what is not in here is a state of the day itself, or of all days before it.
WINDOW_DAYS = {WEEK: 7, MONTH: 30, QUARTER: 90}
# Who wrote the definition down: the measurement specification of this product.
SOURCE = "measurement specification"


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: what it means, how it is computed, and what protects the people in it.

    `formula` is for people, `expression` for machines: function calls over metric keys and columns, from which the
    lineage is parsed. `version` grows when the number can change.

    Where the number comes from is one of three: columns of a `page` table (`value`, the people `behind` it, and the
    larger groups shown beside it of which it is a share, `shares_of`); for a ratio its two inputs; else a reader that
    `measurement.reading` knows under the key. What cannot be collected yet says in `missing` what it would need.
    `short` names the number in answers that show several.
    """

    key: str
    short: str
    version: int
    name: str
    question: str
    definition: str
    formula: str
    kind: Kind
    unit: Unit
    window: str
    denominator: str
    inputs: tuple[str, ...]
    expression: str
    additivity: Additivity
    evidence: Evidence
    privacy: Privacy = "k10"
    page: str | None = None
    value: str | None = None
    behind: str | None = None
    shares_of: tuple[str, ...] = ()
    by: tuple[Dimension, ...] = ("unit", *OVER_TIME)
    null_reasons: tuple[NullReason, ...] = ("suppressed", "not_collected")
    interval: Interval = "none"
    min_n: int = 0
    maturity_days: int = 0
    stage: Stage = "outputs"
    higher_is: Direction = "neutral"
    goals: tuple[str, ...] = ("visibility",)
    audiences: tuple[str, ...] = ("executive", "curator")
    owner: str = "Communications"
    steward: str = "Programme administration"
    sources: tuple[str, ...] = (SOURCE,)
    examples: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    missing: str | None = None
    deprecated_by: str | None = None

    @property
    def domain(self) -> str:
        return self.key.partition(".")[0]

    @property
    def window_days(self) -> int | None:
        """Return after how many days two windows have no day in common; None where they always have."""
        return WINDOW_DAYS.get(self.window)

    @property
    def definition_hash(self) -> str:
        """Return twelve digits that change whenever the number could: wording alone leaves them as they are."""
        canonical = json.dumps(self.said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    @property
    def said(self) -> dict[str, Any]:
        """Return everything the number hangs on, without the wording."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in _WORDING}

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


_WORDING = frozenset(
    {"short", "name", "question", "definition", "formula", "denominator", "caveats", "owner", "steward",
     "sources", "audiences", "goals", "stage", "higher_is", "missing", "examples", "deprecated_by", "by"}
)  # fmt: skip
