"""The metric catalogue: every number the product shows, declared once. Pages, the API and docs/metrics.md read it."""

from typing import Any

from advocacy.foundation.db import Base
from advocacy.measurement import models as _tables  # noqa: F401 - the page tables must be known
from advocacy.measurement.catalogue.amplification import AMPLIFICATION
from advocacy.measurement.catalogue.goals import GOALS
from advocacy.measurement.catalogue.learning import LEARNING
from advocacy.measurement.catalogue.lineage import EXTERNAL, ExpressionError, names_in, sources_of
from advocacy.measurement.catalogue.metric import ADDITIVITY, EVIDENCE, PRIVACY, Metric
from advocacy.measurement.catalogue.networks import NETWORKS
from advocacy.measurement.catalogue.participation import PARTICIPATION
from advocacy.measurement.catalogue.quality import QUALITY
from advocacy.measurement.catalogue.reach import UNIQUE_REACH
from advocacy.measurement.catalogue.recognition import RECOGNITION
from advocacy.measurement.catalogue.recruiting import RECRUITING
from advocacy.measurement.catalogue.visibility import VISIBILITY

__all__ = [
    "ADDITIVITY",
    "AMPLIFICATION",
    "BY_KEY",
    "EVIDENCE",
    "LEARNING",
    "METRICS",
    "PARTICIPATION",
    "PRIVACY",
    "QUALITY",
    "RECOGNITION",
    "RECRUITING",
    "UNIQUE_REACH",
    "VISIBILITY",
    "Metric",
    "definitions",
    "problems",
]

METRICS: tuple[Metric, ...] = (
    *GOALS,
    *AMPLIFICATION,
    *PARTICIPATION,
    *NETWORKS,
    *UNIQUE_REACH,
    *VISIBILITY,
    *RECRUITING,
    *LEARNING,
    *RECOGNITION,
    *QUALITY,
)
BY_KEY: dict[str, Metric] = {metric.key: metric for metric in METRICS}
_REQUIRED = ("name", "question", "definition", "formula", "unit", "window", "denominator", "owner", "steward",
             "audiences", "goals", "sources", "null_reasons")  # fmt: skip


def definitions(metrics: tuple[Metric, ...]) -> dict[str, dict[str, Any]]:
    """Return what goes beside the numbers of one answer, by the names the numbers have there."""
    return {metric.short: metric.as_definition() for metric in metrics}


def problems(metrics: tuple[Metric, ...] = METRICS) -> list[str]:
    """Return what is wrong with the declarations, one sentence each. A test keeps this empty."""
    found = []
    keys = [metric.key for metric in metrics]
    found += [f"{key} is declared twice" for key in sorted({key for key in keys if keys.count(key) > 1})]
    by_key = {metric.key: metric for metric in metrics}
    for metric in metrics:
        found += [f"{metric.key} has no {field}" for field in _REQUIRED if not getattr(metric, field)]
        if not metric.inputs:
            found.append(f"{metric.key} has no inputs")
        if metric.page is not None:
            found += _column_problems(metric)
        found += _expression_problems(metric, by_key)
        if metric.deprecated_by is not None and metric.deprecated_by not in by_key:
            found.append(f"{metric.key} is followed by {metric.deprecated_by}, which does not exist")
    return found


def _column_problems(metric: Metric) -> list[str]:
    table = Base.metadata.tables.get(metric.page or "")
    existing = set(table.columns.keys()) if table is not None else set()
    columns = {str(metric.value), str(metric.behind), *metric.shares_of}
    return [f"{metric.key} reads {column}, which no page has" for column in sorted(columns - existing)]


def _expression_problems(metric: Metric, by_key: dict[str, Metric]) -> list[str]:
    try:
        named = names_in(metric.expression)
        sources_of(metric, by_key)
    except ExpressionError as error:
        return [f"{metric.key}: {error}"]
    found = []
    if metric.kind == "ratio" and metric.additivity != "ratio":
        found.append(f"{metric.key} is a ratio that claims to add up")
    if metric.missing is None and any(name.startswith(EXTERNAL) for name in (*metric.inputs, *named)):
        found.append(f"{metric.key} reads what is not collected and does not say so")
    return found
