"""The catalogue as a page: docs/metrics.md is written from here and compared in a test."""

from collections.abc import Iterator

from advocacy.measurement.catalogue import ADDITIVITY, AMPLIFICATION, EVIDENCE, RECRUITING, UNIQUE_REACH, Metric

PRIVACY = {
    "k": "shown for groups only: at least the smallest group must stand behind it",
    "org": "about the organisation, not about people",
    "self": "shown to the person alone",
}


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
        "- `below_min_n`: too little was given for the number to mean anything.",
    ]
    groups = (("Amplification", AMPLIFICATION), ("Unique reach", UNIQUE_REACH), ("Recruiting", RECRUITING))
    for title, metrics in groups:
        lines += ["", f"## {title}"]
        for metric in metrics:
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
        ("From", ", ".join(f"`{name}`" for name in metric.inputs)),
        ("Adding up", ADDITIVITY[metric.additivity]),
        ("Evidence", EVIDENCE[metric.evidence]),
        ("Privacy", PRIVACY[metric.privacy]),
        ("Null means", ", ".join(f"`{reason}`" for reason in metric.null_reasons)),
        ("Owner", f"{metric.owner}; steward: {metric.steward}"),
        ("Definition", f"`{metric.definition_hash}`"),
    )
    for name, value in facts:
        yield f"- {name}: {value}"
    for caveat in metric.caveats:
        yield f"- Mind: {caveat}"
