"""Recognition: how progress would be scored so that neither size nor noise counts, and what that still needs."""

from advocacy.foundation.texts import marked
from advocacy.measurement.catalogue.metric import Metric

WEEK = marked("a whole week")
_PRIOR = marked("A prior fitted to everybody's last quarter once a week: few clicks on a small network say little.")
_SCORES = marked("The scores of a team's members, which are not kept yet.")
_CLICKERS = marked("Visitors told apart for longer than a day: keys of visitors last a day, by design.")

RECOGNITION: tuple[Metric, ...] = (
    Metric(
        key="lead.score",
        short="progress_score",
        version=1,
        name=marked("Personal progress score"),
        question=marked("How did my week go, whatever the size of my network?"),
        definition=marked(
            "A few good shares, the share of people who answered, conversations, lessons and help given. More than five"
            " shares a week add nothing."
        ),
        formula=marked(
            "log2(1 + min(shares, 5)) × min(2, shrunken rate / prior) + 3 × log2(1 + conversations) + learning + help"
            " given"
        ),
        kind="estimate",
        unit="index",
        window=WEEK,
        denominator=marked("none: a score"),
        inputs=("activity_event.share_published", "activity_event.conversation_logged", "external.rate_prior"),
        expression=(
            "sum(activity_event.share_published) * external.rate_prior + sum(activity_event.conversation_logged)"
        ),
        additivity="none",
        evidence="O",
        privacy="self",
        by=(),
        null_reasons=("not_collected",),
        stage="outtakes",
        higher_is="better",
        audiences=("employee",),
        missing=_PRIOR,
        caveats=(marked("A raw count of shares would put whoever posts most first; this does not."),),
    ),
    Metric(
        key="lead.team_score",
        short="team_score",
        version=1,
        name=marked("Team score"),
        question=marked("Which teams find their voice, large and small alike?"),
        definition=marked("The middle score of a team's members times the part of the team that takes part."),
        formula=marked("median score of members × participation"),
        kind="estimate",
        unit="index",
        window=WEEK,
        denominator=marked("none: a score"),
        inputs=("external.member_score", "act.participation_rate"),
        expression="quantile(external.member_score) * act.participation_rate",
        additivity="none",
        evidence="O",
        privacy="k5",
        by=("unit",),
        null_reasons=("not_collected", "suppressed"),
        stage="outtakes",
        higher_is="better",
        audiences=("employee",),
        missing=_SCORES,
    ),
    Metric(
        key="lead.concentration_flag",
        short="ring_flag",
        version=1,
        name=marked("Few clickers behind many clicks"),
        question=marked("Do the same few people open everything somebody shares?"),
        definition=marked("How far the clicks on one person's links come from few visitors, for a human to look at."),
        formula=marked("sum of squared shares of clicks by visitor, from 20 clicks on"),
        kind="estimate",
        unit="index",
        window=WEEK,
        denominator=marked("human clicks on a person's links"),
        inputs=("external.clicks_by_visitor",),
        expression="sum(external.clicks_by_visitor)",
        additivity="none",
        evidence="O",
        privacy="self",
        by=(),
        null_reasons=("not_collected", "below_min_n"),
        stage="outtakes",
        audiences=("employee",),
        examples=("F6_click_concentration",),
        missing=_CLICKERS,
        caveats=(marked("Never a penalty by itself."),),
    ),
)
