"""Which final numbers are watched for changes: columns of pages whose sources have a time by which they tell all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from advocacy.measurement.catalogue import BY_KEY, METRICS, Metric
from advocacy.measurement.disclosure import Figure
from advocacy.measurement.models import Period, Topic
from advocacy.measurement.pages import figure_of
from advocacy.measurement.sources import lateness_of, sources_behind

# What a person adds to these numbers, and over how many days: a change of it is known person by person.
_TOPICS: dict[str, tuple[tuple[Topic, ...], int]] = {
    "act.shares": ((Topic.SHARES,), 30),
    "vis.human_clicks": ((Topic.CLICKS,), 30),
    "rec.job_shares": ((Topic.JOB_SHARES,), 30),
    "rec.job_clicks": ((Topic.JOB_CLICKS,), 30),
    "rec.applications": ((Topic.APPLICATIONS,), 90),
    "rec.interviews": ((Topic.INTERVIEWS,), 90),
    "rec.offers": ((Topic.OFFERS,), 90),
}
# Active people of whole months, and rates by the people above the line: these are counted, so these are what changes.
_MONTHLY: dict[str, tuple[tuple[str, str], ...]] = {
    "page_participation": (("act.active_advocates", "active_people"), ("act.participation_rate", "active_people")),
    "page_retention": (
        ("ret.retention_m", "active_people"),
        ("ret.sustained_rate", "sustained_people"),
        ("ret.one_and_done_rate", "one_day_people"),
    ),
}


@dataclass(frozen=True, slots=True)
class Watched:
    """One number of a page: its metric, the column, and what is known of the people in it."""

    metric: Metric
    column: str
    lateness: timedelta
    topics: tuple[Topic, ...] = ()
    window_days: int = 1
    period: int | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that the number and those it is a share of stand in."""
        if self.metric.value is None:
            return (self.column,)
        return (self.column, str(self.metric.behind), *self.metric.shares_of)

    def figure(self, row: Mapping[str, Any] | None) -> Figure:
        """Return the number with the people in it; without a row there is nobody."""
        if row is None:
            return Figure(0, 0, 0, (0,) * len(self.metric.shares_of))
        if self.metric.value is None:
            return Figure(int(row[self.column]), int(row[self.column]), int(row["employed"]))
        return figure_of(self.metric, row)


@cache
def watched_on(page: str) -> tuple[Watched, ...]:
    """Return the watched numbers of a page; what networks go on telling anew is not among them.

    Other roll-ups have none: nobody is shown their numbers as they are.
    """
    if not page.startswith("page_"):
        return ()
    topics = {metric: _TOPICS.get(metric.key, ((), 1)) for metric in METRICS if metric.page == page}
    found = [Watched(metric, str(metric.value), _lateness(metric), *topics[metric]) for metric in topics]
    for key, column in _MONTHLY.get(page, ()):
        period = int(Period.MONTH) if page == "page_participation" else None
        found.append(Watched(BY_KEY[key], column, _lateness(BY_KEY[key]), period=period))
    return tuple(one for one in found if not any(source.is_mutable for source in sources_behind(one.metric)))


def _lateness(metric: Metric) -> timedelta:
    return lateness_of(sources_behind(metric))
