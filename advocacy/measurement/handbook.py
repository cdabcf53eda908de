"""The catalogue as a page: docs/metrics.md is written from here and compared in a test."""

from collections.abc import Iterator

from advocacy.measurement.catalogue import ADDITIVITY, BY_KEY, EVIDENCE, METRICS, PRIVACY, Metric, history
from advocacy.measurement.catalogue.lineage import sources_of

INTERVALS = {
    "wilson": "Wilson score, 95 %",
    "poisson": "exact Poisson, 95 %",
    "kaplan_meier": "Kaplan and Meier with Greenwood's variance, 95 %",
    "three_sd": "three standard deviations of the sketch",
    "bounds": "lower and upper bound",
    "quantiles": "5 % and 95 % quantile",
    "none": "",
}
DOMAINS = (
    ("goal", "Goals"),
    ("act", "Participation"),
    ("ret", "Staying"),
    ("amp", "Amplification"),
    ("vis", "Visibility"),
    ("rec", "Recruiting"),
    ("edu", "Education"),
    ("lead", "Recognition"),
    ("dq", "Data quality"),
)


def markdown() -> str:
    """Return the whole page."""
    lines = [
        "# Metrics",
        "",
        "Written by `make docs` from `advocacy/measurement/catalogue`; change it there.",
        "",
        "A number is shown only if at least the smallest group (a setting, 10 unless changed, never below 5) is in its",
        "group and behind its value, or if it is 0. What could be worked out from numbers shown beside it counts as",
        "shown: where one unit is hidden, enough others are. Unknown is not zero: a missing number is null.",
        "",
        "- `suppressed`: too few people stand behind it.",
        "- `not_collected`: nobody told us yet, or the day was not counted yet.",
        "- `no_denominator`: there is nothing to divide by.",
        "- `below_min_n`: too few observations for the number to mean anything.",
        "- `not_reachable`: the value lies outside of what can happen.",
    ]
    for domain, title in DOMAINS:
        lines += ["", f"## {title}"]
        for metric in METRICS:
            if metric.domain == domain:
                lines += ["", *_section(metric)]
    return "\n".join(lines) + "\n"


def _section(metric: Metric) -> Iterator[str]:
    yield f"### {metric.name} (`{metric.key}`, version {metric.version})"
    yield ""
    yield f"*{metric.question}* {metric.definition}"
    yield ""
    facts = (
        ("In answers", f"`{metric.short}`"),
        ("Formula", f"`{metric.formula}`"),
        ("Unit", metric.unit),
        ("Window", metric.window),
        ("Denominator", metric.denominator),
        ("Computed as", f"`{metric.expression}`"),
        ("From", ", ".join(f"`{name}`" for name in metric.inputs)),
        ("Stands on", ", ".join(f"`{name}`" for name in sorted(sources_of(metric, BY_KEY)))),
        ("Can be asked by", ", ".join(metric.by) or "nothing"),
        ("Interval", INTERVALS[metric.interval]),
        ("Adding up", ADDITIVITY[metric.additivity]),
        ("Evidence", EVIDENCE[metric.evidence]),
        ("Privacy", PRIVACY[metric.privacy]),
        ("Null means", ", ".join(f"`{reason}`" for reason in metric.null_reasons)),
        ("Least observations", str(metric.min_n) if metric.min_n else ""),
        ("Worked examples", ", ".join(f"`{name}`" for name in metric.examples)),
        ("Owner", f"{metric.owner}; steward: {metric.steward}"),
        ("Definition", f"`{metric.definition_hash}`"),
    )
    if metric.missing is not None:
        yield f"- **Not collected yet.** It would need: {metric.missing}"
    for name, value in facts:
        if value:
            yield f"- {name}: {value}"
    for caveat in metric.caveats:
        yield f"- Mind: {caveat}"
    for edition in history.editions().get(metric.key, ())[1:]:
        before = "; ".join(f"{name} was `{value}`" for name, value in edition.before.items())
        yield f"- Version {edition.version} since {edition.on}: {before}"
