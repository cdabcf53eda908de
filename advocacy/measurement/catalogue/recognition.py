"""Recognition: how progress is scored so that neither size nor noise counts, and what is missing for the rest."""

from advocacy.foundation.texts import marked
from advocacy.measurement.catalogue.metric import WEEK, Metric

_CLICKERS = marked("Visitors told apart for longer than a day: keys of visitors last a day, by design.")

RECOGNITION: tuple[Metric, ...] = (
    Metric(
        key="lead.score",
        short="progress_score",
        version=2,
        name=marked("Personal progress score"),
        question=marked("How did my week go, whatever the size of my network?"),
        definition=marked(
            "Published shares of a week (from the sixth on they add nothing) weighed by how many of the people they"
            " could reach opened them against what is usual, conversations, lessons passed, and suggestions taken up."
        ),
        formula=marked(
            "log2(1 + min(shares, 5)) × min(2, rate / usual rate) + 3 × log2(1 + conversations) + min(2, lessons) +"
            " min(2, suggestions); rate = (human clicks + a) / (people reached + a + b), usual rate = a / (a + b)"
        ),
        kind="estimate",
        unit="index",
        window=WEEK,
        denominator=marked("none: a score"),
        inputs=(
            "activity_event.share_published",
            "activity_event.link_clicked",
            "activity_event.conversation_logged",
            "network_profile.audience_size",
            "lesson_pass.passed_at",
            "source_entry.decided_at",
        ),
        expression=(
            "sum(activity_event.share_published) * ratio(sum(activity_event.link_clicked),"
            " sum(network_profile.audience_size)) + sum(activity_event.conversation_logged)"
            " + count(lesson_pass.passed_at) + count(source_entry.decided_at)"
        ),
        additivity="none",
        evidence="O",
        privacy="self",
        by=(),
        null_reasons=("not_collected",),
        stage="outtakes",
        higher_is="better",
        audiences=("employee",),
        caveats=(
            marked("A raw count of shares would put whoever posts most first; this does not."),
            marked(
                "Where a network's size is unknown, or too few people share to say what is usual, the rate counts as"
                " usual."
            ),
            marked("One's own clicks, colleagues' and programs' are no human clicks. Clicks count in their week."),
            marked("Nobody compares texts for it, and it knows nothing of leave or part-time."),
        ),
    ),
    Metric(
        key="lead.team_score",
        short="team_score",
        version=2,
        name=marked("Team score"),
        question=marked("Which teams find their voice, large and small alike?"),
        definition=marked(
            "The middle weekly score of a team's members who said yes to being in it and acted in the week, times the"
            " part of the team that was active."
        ),
        formula=marked("median score of members × active people / average daily eligible"),
        kind="estimate",
        unit="index",
        window=WEEK,
        denominator=marked("none: a score"),
        inputs=("lead.score", "act.participation_rate", "consent.granted_at"),
        expression="quantile(lead.score) * act.participation_rate",
        additivity="none",
        evidence="O",
        privacy="k5",
        by=("unit", "week"),
        null_reasons=("suppressed", "not_collected", "no_denominator"),
        interval="wilson",
        stage="outtakes",
        higher_is="better",
        audiences=("employee",),
        caveats=(
            marked("Teams are put in the order of the lower bound, so that a few lucky people do not come first."),
            marked("It knows nothing of leave or part-time: people away count as not active."),
        ),
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
