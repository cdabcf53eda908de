"""How far the other numbers can be trusted."""

from typing import Any

from advocacy.foundation.texts import marked
from advocacy.measurement.catalogue.metric import MONTH, OVER_TIME, WEEK, Metric, NullReason

# They count what people did: not told of a few, and not day by day.
NOT_OF_A_FEW: tuple[NullReason, ...] = ("suppressed", "not_collected", "no_denominator")


def _metric(key: str, short: str, **said: Any) -> Metric:
    base: dict[str, Any] = {
        "version": 1,
        "window": MONTH,
        "kind": "ratio",
        "unit": "share",
        "additivity": "ratio",
        "evidence": "O",
        "privacy": "org",
        "by": OVER_TIME,
        "interval": "none",
        "null_reasons": ("not_collected", "no_denominator"),
        "stage": "inputs",
        "goals": ("risk",),
        "owner": "Programme administration",
    }
    return Metric(key=key, short=short, **{**base, **said})


QUALITY: tuple[Metric, ...] = (
    _metric(
        "dq.bot_share",
        "bot_share",
        version=2,
        window=WEEK,
        by=("week", "month"),
        null_reasons=NOT_OF_A_FEW,
        interval="wilson",
        name=marked("Removed clicks"),
        question=marked("How many clicks were no people?"),
        definition=marked(
            "Clicks classed as anything but human, divided by all clicks, in the last week (Monday to Sunday) that is "
            "over."
        ),
        formula=marked("clicks not human / raw clicks"),
        denominator=marked("raw clicks of the week"),
        inputs=("activity_event.link_clicked", "activity_event.click_class"),
        expression="ratio(count(activity_event.click_class), count(activity_event.event_id))",
        caveats=(marked("A sudden change says that machines or our rules changed, not people."),),
    ),
    _metric(
        "dq.confirmation_rate",
        "confirmation_rate",
        name=marked("Confirmation rate"),
        question=marked("How many human clicks surely were?"),
        definition=marked("Human clicks whose landing page said that somebody was there."),
        formula=marked("confirmed / human clicks"),
        denominator=marked("human clicks"),
        inputs=("vis.confirmed_visits", "vis.human_clicks"),
        expression="ratio(vis.confirmed_visits, vis.human_clicks)",
        missing=marked("A script on the landing page that says a visit was real."),
    ),
    _metric(
        "dq.late_share",
        "late_share",
        version=2,
        window=WEEK,
        by=("week", "month"),
        null_reasons=NOT_OF_A_FEW,
        interval="wilson",
        name=marked("Lateness"),
        question=marked("How much do we hear only later?"),
        definition=marked(
            "Events recorded after their source's allowed lateness (clicks an hour, applications a day, what people "
            "tell two days), divided by all events, in the last week (Monday to Sunday) that is over."
        ),
        formula=marked("events recorded late / events"),
        denominator=marked("events of the week"),
        inputs=("daily_events_by_kind.late_events", "daily_events_by_kind.events"),
        expression="ratio(sum(daily_events_by_kind.late_events), sum(daily_events_by_kind.events))",
        caveats=(
            marked("A source of which too few people tell in the week, or too few late, is not in it."),
            marked("A share that is confirmed later happened when it was opened, and so counts as late."),
            marked("What networks report is told anew for weeks and is not in it."),
        ),
        higher_is="worse",
    ),
    _metric(
        "dq.restatement_rate",
        "restatement_rate",
        interval="wilson",
        name=marked("Restated"),
        question=marked("How often did a final number change?"),
        definition=marked(
            "Final day values of the whole company that later changed by at least one per cent, divided by all final "
            "ones. A value is one number on one day."
        ),
        formula=marked("values restated by 1 % or more / final values"),
        denominator=marked("final values of the window"),
        inputs=("restatement.is_announced", "rollup_fill.filled_at"),
        expression="ratio(count(restatement.is_announced), count(rollup_fill.filled_at))",
        caveats=(
            marked("A change that too few people stand behind is not told, and counts as none."),
            marked("What networks report is told anew for weeks and is not in it."),
        ),
        higher_is="worse",
    ),
    _metric(
        "dq.match_rate",
        "match_rate",
        version=2,
        by=("week", "month"),
        null_reasons=NOT_OF_A_FEW,
        interval="wilson",
        name=marked("Applications matched"),
        question=marked("How many applications did we find a link for?"),
        definition=marked("Applications that could be tied to a person's link, divided by all that were sent to us."),
        formula=marked("applications with a link / applications"),
        denominator=marked("applications received"),
        inputs=("application_event.link_key", "application_event.application_token"),
        expression="ratio(distinct(application_event.link_key), distinct(application_event.application_token))",
        higher_is="better",
    ),
    _metric(
        "dq.freshness",
        "freshness",
        name=marked("Freshness"),
        question=marked("How old is what the numbers do not know yet?"),
        definition=marked(
            "Hours since the oldest thing came in that waits to be counted: clicks to be imported, days to be counted "
            "anew. Nothing waits: zero."
        ),
        formula=marked("now − oldest arrival that is not counted"),
        kind="estimate",
        unit="hours",
        additivity="none",
        window=marked("now"),
        denominator=marked("none"),
        inputs=("click_segment.received_at", "day_touch.touched_at", "rollup_touch.heard_at"),
        expression="max(latest(click_segment.received_at), latest(day_touch.touched_at), "
        "latest(rollup_touch.heard_at))",
        by=(),
        caveats=(marked("A quiet source is not a stale one: that nothing came is no delay."),),
        higher_is="worse",
        null_reasons=("not_collected",),
    ),
)
