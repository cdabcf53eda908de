"""Goals: what the other numbers are for."""

from advocacy.foundation.texts import marked
from advocacy.measurement.catalogue.metric import AS_OF_DAY, Metric

_GOALS_NEEDED = marked("Goals with an owner, a baseline and a target: they are not kept in this version.")

GOALS: tuple[Metric, ...] = (
    Metric(
        key="goal.progress",
        short="goal_progress",
        version=1,
        name=marked("Goal progress"),
        question=marked("How far have we come from where we started to where we want to be?"),
        definition=marked("How far the goal's own metric moved from its baseline towards its target."),
        formula=marked("(current − baseline) / (target − baseline)"),
        kind="ratio",
        unit="share",
        window=AS_OF_DAY,
        denominator=marked("target less baseline"),
        inputs=("external.goal_current", "external.goal_baseline", "external.goal_target"),
        expression="(external.goal_current - external.goal_baseline) / (external.goal_target - external.goal_baseline)",
        additivity="ratio",
        evidence="O",
        privacy="org",
        by=("month",),
        null_reasons=("not_collected", "no_denominator"),
        stage="impact",
        higher_is="better",
        missing=_GOALS_NEEDED,
        caveats=(marked("May pass 1 or fall below 0; inherits the interval and the evidence of its metric."),),
    ),
    Metric(
        key="goal.coverage",
        short="goal_coverage",
        version=1,
        name=marked("Numbers tied to goals"),
        question=marked("How many of the numbers we look at serve a goal?"),
        definition=marked("Numbers on pages that belong to a goal with an owner and a sponsor."),
        formula=marked("numbers with a goal / all numbers"),
        kind="ratio",
        unit="share",
        window=AS_OF_DAY,
        denominator=marked("all numbers on pages"),
        inputs=("external.goal_metric", "external.page_metric"),
        expression="ratio(external.goal_metric, external.page_metric)",
        additivity="ratio",
        evidence="O",
        privacy="org",
        by=("month",),
        null_reasons=("not_collected", "no_denominator"),
        stage="inputs",
        higher_is="better",
        missing=_GOALS_NEEDED,
    ),
)
