"""The metric catalogue: every number the product shows, declared once. Pages, the API and docs/metrics.md read it."""

from typing import Any

from advocacy.measurement.catalogue.amplification import AMPLIFICATION
from advocacy.measurement.catalogue.metric import ADDITIVITY, EVIDENCE, Metric
from advocacy.measurement.catalogue.reach import UNIQUE_REACH
from advocacy.measurement.catalogue.recruiting import RECRUITING
from advocacy.measurement.models import PageAmplification, PageRecruiting, ReachPublished

__all__ = [
    "ADDITIVITY",
    "AMPLIFICATION",
    "EVIDENCE",
    "METRICS",
    "PAGE_MODELS",
    "RECRUITING",
    "UNIQUE_REACH",
    "Metric",
    "definitions",
    "problems",
]

METRICS: tuple[Metric, ...] = (*AMPLIFICATION, *UNIQUE_REACH, *RECRUITING)
PAGE_MODELS = {
    "page_amplification": PageAmplification,
    "page_recruiting": PageRecruiting,
    "reach_published": ReachPublished,
}


def definitions(metrics: tuple[Metric, ...]) -> dict[str, dict[str, Any]]:
    """Return what goes beside the numbers of one answer, by the names the numbers have there."""
    return {metric.short: metric.as_definition() for metric in metrics}


def problems(metrics: tuple[Metric, ...] = METRICS) -> list[str]:
    """Return what is wrong with the declarations, one sentence each. A test keeps this empty."""
    found = []
    keys = [metric.key for metric in metrics]
    found += [f"{key} is declared twice" for key in sorted({key for key in keys if keys.count(key) > 1})]
    for metric in metrics:
        found += [
            f"{metric.key} has no {field}"
            for field in ("name", "question", "definition", "formula", "unit", "window", "denominator", "owner")
            if not getattr(metric, field)
        ]
        if not metric.inputs:
            found.append(f"{metric.key} has no inputs")
        if metric.kind == "ratio":
            found += [f"{metric.key} needs {name}" for name in metric.inputs if name not in keys]
        elif metric.privacy == "k":
            columns = {metric.value, metric.behind, *metric.shares_of}
            existing = set(PAGE_MODELS[metric.page].__table__.columns.keys()) if metric.page is not None else set()
            found += [f"{metric.key} reads {column}, which no page has" for column in columns - existing]
    return found
