"""Data quality: how fresh the sources are, what clicks turned out to be, what changed after it was final."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from flask import Response
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy import Connection

from advocacy.activity.kinds import Cause, ClickClass
from advocacy.foundation import clock, db, preferences
from advocacy.foundation.access import Actor, Permission
from advocacy.foundation.web import current_actor, requires
from advocacy.measurement import arrivals, fill, queries, reading, restatements
from advocacy.measurement.catalogue import BY_KEY, QUALITY, Metric
from advocacy.measurement.reading import Asked, Point
from advocacy.measurement.readings import permission_of
from advocacy.portal.click_classes import class_names
from advocacy.portal.executive.blueprint import blueprint
from advocacy.portal.executive.ranges import Range, chooser, files_of, range_in_address
from advocacy.portal.measures import definitions_of, per_cent
from advocacy.portal.pages import page
from advocacy.portal.presenting import day, listed, short_day, translated, whole
from advocacy.portal.presenting import moment as moment_in_words

# A tone each: what counts has the accent, what people did otherwise its lighter tones, machines stand back in greys.
TONES = {
    ClickClass.HUMAN: 3,
    ClickClass.REPEATED: 2,
    ClickClass.OWN: 1,
    ClickClass.INTERNAL: 4,
    ClickClass.PREVIEW_BOT: 5,
    ClickClass.SCANNER: 6,
}
SHOWN_RESTATEMENTS = 40
EXPORTED = ("dq.bot_share", "dq.late_share", "dq.restatement_rate", "dq.match_rate")


@blueprint.get("/data-quality")
@requires(Permission.MEASUREMENT_READ)
def data_quality() -> Response:
    connection, actor = db.reporting(), current_actor()
    span = range_in_address(queries.today() - timedelta(days=1), steps=("week",))
    group = preferences.smallest_group()
    shown = [metric for metric in QUALITY if actor.may(permission_of(metric))]
    quality = _quality(connection, shown, span.last, group)
    weeks = arrivals.whole_weeks(span.first, span.last)
    clicks = arrivals.clicks(connection, first=span.first, last=span.last, smallest_group=group)
    told = arrivals.arrivals(connection, first=span.first, last=span.last, smallest_group=group)
    progress = fill.progress(connection)
    now = clock.now()
    return page(
        "executive/data_quality.html",
        span=span,
        weeks=weeks,
        chooser=chooser(span, "executive.data_quality", {}, steps=("week",)),
        smallest=group,
        fresh=_age(timedelta(hours=float(quality["freshness"].value or 0))),
        points=quality,
        said={name: _said(point) for name, point in quality.items()},
        between={name: _between(point) for name, point in quality.items()},
        sources=[_source(arrival, now) for arrival in told],
        chart_data=_chart(clicks),
        totals=_totals(clicks),
        restated=_restated(connection, actor, span),
        files=_files(connection, [metric.key for metric in shown if metric.key in EXPORTED], span),
        filling=_filling(progress),
        progress=progress,
        definitions=[
            *definitions_of(shown, on=span.last, as_of=quality["late_share"].as_of),
            *_definitions(span, quality["late_share"].as_of),
        ],
    )


def _quality(connection: Connection, metrics: list[Metric], last: date, group: int) -> dict[str, Point]:
    root = queries.root_unit_key(connection, last) or 0
    asked = Asked(root, last, last, None, group)
    return {metric.short: reading.read(connection, metric, asked)[0] for metric in metrics}


def _files(connection: Connection, keys: list[str], span: Range) -> list[dict[str, Any]]:
    """Return the same numbers as files; there are none without an organisation."""
    root = queries.root_unit_key(connection, span.last)
    if root is None:
        return []
    return files_of(keys, unit=queries.unit_named(connection, root)["id"], chosen=span)


def _percent(value: Fraction | float) -> str:
    share = float(value) * 100
    if 0 < share < 0.1:
        return str(_("below 0.1 %%"))
    return str(_("%(number)s %%", number=format_decimal(share, "#,##0.#")))


def _said(point: Point) -> str | None:
    return None if point.value is None else _percent(point.value)


def _between(point: Point) -> str:
    if point.low is None or point.high is None:
        return ""
    return str(_("between %(low)s and %(high)s", low=_percent(point.low), high=_percent(point.high)))


def _age(age: timedelta) -> str:
    """Return how long something lasts, in the words people use for delays."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return str(_("less than a minute"))
    if minutes == 1:
        return str(_("one minute"))
    if minutes < 120:
        return str(_("%(count)s minutes", count=minutes))
    if minutes < 48 * 60:
        return str(_("%(count)s hours", count=minutes // 60))
    return str(_("%(count)s days", count=minutes // (24 * 60)))


def _source(arrival: arrivals.Arrivals, now: datetime) -> dict[str, Any]:
    zone = preferences.zone()
    return {
        "name": translated(arrival.source.name),
        "newest": arrival.newest,
        "lateness": _age(arrival.source.lateness),
        "final_until": clock.day_of(arrival.final_until, zone) - timedelta(days=1),
        "waits": _age(lag)
        if (lag := now - arrival.source.lateness - arrival.final_until) > timedelta(minutes=1)
        else "",
        "events": arrival.events,
        "late": _percent(Fraction(arrival.late_events, arrival.events))
        if arrival.events and arrival.late_events is not None
        else None,
        "early": arrival.early_events,
        "is_mutable": arrival.source.is_mutable,
    }


def _chart(clicks: list[arrivals.Clicks]) -> dict[str, Any] | None:
    if not any(one.raw for one in clicks):
        return None
    return {
        "kind": "stacked",
        "labels": [short_day(one.sunday) for one in clicks],
        "series": [
            {"name": name, "values": [one.by_class[found] for one in clicks], "tone": TONES[found]}
            for found, (name, _meaning) in class_names().items()
        ],
    }


def _totals(clicks: list[arrivals.Clicks]) -> list[dict[str, Any]]:
    """Return each class and all clicks, summed over the weeks in which they are told, with their part of all there."""
    rows = [
        _total(f"class-{found.name.lower()}", name, [(one.by_class[found], one.raw) for one in clicks])
        for found, (name, _meaning) in class_names().items()
    ]
    return [*rows, _total("class-raw", _("All, raw"), [(one.raw, None) for one in clicks])]


def _total(name: str, title: str, weeks: list[tuple[int | None, int | None]]) -> dict[str, Any]:
    told = [(value, raw) for value, raw in weeks if value is not None]
    total = sum(value for value, _raw in told)
    is_told = len(told) == len(weeks) or total > 0  # "none in the other weeks" would only point at the hidden ones
    return {
        "id": name,
        "name": title,
        "value": whole(total) if is_told else None,
        "share": per_cent(total, sum(raw or 0 for _value, raw in told)) if is_told else None,
        "weeks": len(told),
    }


def _restated(connection: Connection, actor: Actor, span: Range) -> list[dict[str, Any]]:
    """Return what was told in the range, for the units an actor may see, the newest first."""
    zone = preferences.zone()
    found = restatements.history(
        connection,
        unit_keys=actor.unit_keys_for(Permission.MEASUREMENT_READ),
        first=clock.day_bounds(span.first, zone)[0],
        after=clock.now() + timedelta(minutes=1),
        at_most=SHOWN_RESTATEMENTS,
    )
    names = restatements.unit_names(connection, {told.unit_key for told in found})
    return [
        {
            "what": _what(told.metric),
            "unit": names.get(told.unit_key, ""),
            "days": _days(told),
            "why": listed(_why(cause) for cause in sorted(told.causes)),
            "when": told.restated_at,
            "is_choice": told.metric not in BY_KEY,
            "is_announced": told.is_announced,
            "by": _by(told),
        }
        for told in found
    ]


def _what(name: str) -> str:
    if name in BY_KEY:
        return translated(BY_KEY[name].name)
    return {
        "page_amplification": _("Numbers of amplification"),
        "page_recruiting": _("Numbers of recruiting"),
        "page_participation": _("Numbers of participation"),
        "page_retention": _("Numbers of staying"),
    }.get(name, name)


def _days(told: restatements.Told) -> str:
    if told.first == told.last:
        return short_day(told.first)
    return str(_("%(first)s to %(last)s", first=short_day(told.first), last=short_day(told.last)))


def _why(cause: Cause) -> str:
    return {
        Cause.EVENTS: _("late events"),
        Cause.CORRECTION: _("a correction"),
        Cause.CHOICE: _("people began or stopped to take part, or changed units"),
        Cause.RULES: _("newer rules for clicks"),
        Cause.DEFINITION: _("a new definition"),
        Cause.CALENDAR: _("another time zone"),
    }[cause]


def _by(told: restatements.Told) -> str | None:
    """Return by how much, or None where that may not be told."""
    if told.change is None:
        return None
    share = _percent(told.change)
    return share if told.days == 1 else str(_("at most %(share)s a day", share=share))


def _filling(progress: fill.Progress) -> list[dict[str, Any]]:
    """Return the tables of numbers with how far each is, those with something to do first."""
    rows = [
        {
            "name": name,
            "filled": backlog.filled,
            "due": backlog.due,
            "older": backlog.older,
            "oldest_due": backlog.oldest_due,
            "total": backlog.filled + backlog.due,
        }
        for name, backlog in progress.rollups.items()
        if backlog.filled or backlog.due
    ]
    return sorted(rows, key=lambda row: (-row["due"], row["name"]))


def _definitions(span: Range, counted: datetime | None) -> list[dict[str, Any]]:
    """Return what stands on this page and is in no catalogue: how the product itself is doing."""
    days = _(
        "whole weeks, Monday to Sunday, that ended from %(first)s to %(last)s",
        first=day(span.first),
        last=day(span.last),
    )
    moment, then = _("this moment"), _told_when(counted)
    people = _("clicks on links of people who take part")
    texts = [
        *(
            (f"class-{found.name.lower()}", name, meaning, people, days, then)
            for found, (name, meaning) in class_names().items()
        ),
        ("class-raw", _("All clicks, raw"), _("The sum of all classes. Nothing is deleted."), people, days, then),
        (
            "events",
            _("Events"),
            _("What a source told that happened in these weeks. Not shown where few people stand behind a week."),
            "",
            days,
            then,
        ),
        (
            "late",
            _("Came late"),
            _("Recorded later after it happened than the source may take."),
            _("events of the source"),
            days,
            then,
        ),
        (
            "early",
            _("Clock ahead"),
            _("Recorded more than five minutes before its own clock says it happened. It counts on that clock's day."),
            _("events of the source"),
            days,
            then,
        ),
        (
            "newest",
            _("Heard last"),
            _("When something of this source was recorded last. A quiet source is not a stale one."),
            "",
            moment,
            "",
        ),
        (
            "final",
            _("Final up to"),
            _("The last day that is over for longer than the source may take, with nothing of it waiting."),
            "",
            moment,
            "",
        ),
        (
            "restated-by",
            _("Changed by"),
            _("The largest change of a day, as a part of what stood before it."),
            _("the number that was final"),
            days,
            "",
        ),
        (
            "due",
            _("Days to count"),
            _("Touched, never counted, or counted by an older definition. A day counts once for each table."),
            "",
            moment,
            "",
        ),
        (
            "older",
            _("By an older definition"),
            _("Days whose numbers stand as they were counted before a definition changed, until their turn comes."),
            "",
            moment,
            "",
        ),
    ]
    return [
        {
            "id": name,
            "name": title,
            "summary": summary,
            "denominator": out_of,
            "window": window,
            "as_of": as_of,
            "evidence": "O",
        }
        for name, title, summary, out_of, window, as_of in texts
    ]


def _told_when(counted: datetime | None) -> str:
    return moment_in_words(counted) if counted is not None else str(_("not counted yet"))
