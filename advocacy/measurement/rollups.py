"""The table of roll-ups, one SQL file each. Changing what a file counts means a higher version here."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

Source = Literal["events", "people", "rollups"]
Grain = Literal["day", "period", "week", "month"]
Reads = Literal["window", "period", "ever"]

SQL_FOLDER = Path(__file__).with_name("sql")
# From a week's Thursday to its Sunday.
AFTER_THURSDAY = timedelta(days=3)


@dataclass(frozen=True)
class Rollup:
    """One derived table and how it stays right.

    `source` says what makes a day due: "events" when something that happened on it arrives; "people" once the day is
    over, and while it runs now and then, because consents and sizes change without an event of their own; "rollups"
    when one of `depends_on` was filled. A day reads `window_days` days of those, itself the last. `every_day` asks
    for a row set of every day of the programme, also of days nobody touched.

    A roll-up that is counted `once_over` has no rows of a running day: what it tells is not worth counting on every
    event. Its `grain` says of which days it has rows: all, the last ones of weeks and months, or of one of these.
    Instead of a window it may read the ISO week and the month that a day ends, or every month there ever was; of what
    is counted by weeks, such a month reads its own: those whose Thursdays are in it.

    One that is `only_running` is a shortcut for today and yesterday: it holds what their window is before the day
    itself, is counted about once a day, and forgotten with the day. Who reads it counts the same without it.
    """

    table: str
    version: int
    source: Source
    depends_on: tuple[str, ...] = ()
    window_days: int = 1
    every_day: bool = False
    once_over: bool = False
    only_running: bool = False
    grain: Grain = "day"
    reads: Reads = "window"

    def holds(self, day: date) -> bool:
        """Return whether there are rows of such a day."""
        ends_week, ends_month = day == last_of_week(day), day == last_of_month(day)
        return {"day": True, "period": ends_week or ends_month, "week": ends_week, "month": ends_month}[self.grain]

    def last_day(self, today: date) -> date:
        """Return the newest day that may be counted."""
        return today - timedelta(days=1) if self.once_over else today

    def first_day(self, today: date) -> date:
        """Return the oldest day that may be counted."""
        return today - timedelta(days=1) if self.only_running else date.min

    def days_reading(self, source: "Rollup", day: date, until: date) -> Iterator[date]:
        """Yield the days of this roll-up, up to `until`, that read a day of one of its sources.

        Of people only the day itself is read, but for periods, which need an average day of theirs.
        """
        found: Iterator[date]
        if self.reads == "period":
            found = iter(sorted({day, last_of_week(day), last_of_month(day)}))
        elif source.source == "people" or source.only_running:
            found = iter((day,))
        elif self.only_running:
            found = (day + timedelta(days=ahead) for ahead in range(1, self.window_days + 1))
        elif self.reads == "window":
            found = (day + timedelta(days=ahead) for ahead in range(self.window_days))
        elif source.grain == "week":
            found = iter((month_of_week(day),))
        else:
            found = _ends_of_months(day, until)
        return (reader for reader in found if self.first_day(until) <= reader <= until and self.holds(reader))

    def days_read(self, source: "Rollup", day: date, first: date) -> Iterator[date]:
        """Yield the days, not before `first`, of one of its sources that a day of this roll-up cannot do without."""
        found: Iterator[date]
        if source.only_running:
            found = iter(())
        elif self.reads == "period":
            found = _days_between(first_of_periods(day), day)
        elif source.source == "people":
            found = iter((day,))
        elif self.reads == "window":
            found = (day - timedelta(days=back) for back in range(self.window_days))
        elif source.grain == "week":
            found = iter(weeks_of_month(day))
        else:
            found = _ends_of_months(first, day)
        return (read for read in found if read >= first and source.holds(read))

    @cached_property
    def sql(self) -> str:
        return (SQL_FOLDER / f"{self.table}.sql").read_text(encoding="utf-8")


# In the order in which a day is filled: what others read comes first.
ROLLUPS: tuple[Rollup, ...] = (
    Rollup("daily_clicks_by_link", version=1, source="events"),
    Rollup("daily_activity_by_person", version=1, source="events"),
    Rollup("daily_shares_by_person", version=1, source="events"),
    Rollup("daily_events_by_kind", version=1, source="events", every_day=True, once_over=True),
    Rollup("daily_engagements_by_person", version=2, source="events"),
    Rollup("daily_people_by_unit", version=1, source="people", every_day=True),
    Rollup("daily_audience_by_unit", version=1, source="people", every_day=True),
    Rollup("daily_job_audience_by_unit", version=2, source="people", every_day=True),
    Rollup("daily_clicks_by_unit", version=1, source="rollups", depends_on=("daily_activity_by_person",)),
    Rollup("daily_conversations_by_unit", version=1, source="rollups", depends_on=("daily_activity_by_person",)),
    Rollup("daily_applications_by_unit", version=1, source="rollups", depends_on=("daily_activity_by_person",)),
    Rollup(
        "trailing_acts_by_person",
        version=1,
        source="rollups",
        depends_on=("daily_shares_by_person", "daily_activity_by_person"),
        window_days=29,
        every_day=True,
        only_running=True,
    ),
    Rollup(
        "page_amplification",
        version=1,
        source="rollups",
        depends_on=(
            "daily_people_by_unit",
            "daily_audience_by_unit",
            "daily_shares_by_person",
            "daily_activity_by_person",
            "trailing_acts_by_person",
        ),
        window_days=30,
        every_day=True,
    ),
    Rollup(
        "page_engagement",
        version=2,
        source="rollups",
        depends_on=("daily_people_by_unit", "daily_engagements_by_person"),
        window_days=30,
        every_day=True,
    ),
    Rollup(
        "page_recruiting",
        version=1,
        source="rollups",
        depends_on=(
            "daily_people_by_unit",
            "daily_job_audience_by_unit",
            "daily_shares_by_person",
            "daily_activity_by_person",
            "trailing_acts_by_person",
        ),
        window_days=90,
        every_day=True,
    ),
    Rollup(
        "monthly_acts_by_person",
        version=1,
        source="rollups",
        depends_on=("daily_shares_by_person", "daily_activity_by_person"),
        every_day=True,
        once_over=True,
        grain="month",
        reads="period",
    ),
    Rollup(
        "weekly_acts_by_person",
        version=1,
        source="rollups",
        depends_on=("daily_shares_by_person", "daily_activity_by_person"),
        window_days=7,
        every_day=True,
        once_over=True,
        grain="week",
    ),
    Rollup(
        "page_participation",
        version=1,
        source="rollups",
        depends_on=("daily_people_by_unit", "daily_shares_by_person", "daily_activity_by_person"),
        every_day=True,
        once_over=True,
        reads="period",
    ),
    Rollup(
        "page_participation_network",
        version=1,
        source="rollups",
        depends_on=("daily_shares_by_person",),
        every_day=True,
        once_over=True,
        grain="period",
        reads="period",
    ),
    Rollup(
        "page_retention",
        version=2,
        source="rollups",
        depends_on=("daily_people_by_unit", "monthly_acts_by_person", "weekly_acts_by_person"),
        every_day=True,
        once_over=True,
        grain="month",
        reads="ever",
    ),
    Rollup(
        "page_cohorts",
        version=1,
        source="rollups",
        depends_on=("monthly_acts_by_person",),
        every_day=True,
        once_over=True,
        grain="month",
        reads="ever",
    ),
    Rollup(
        "page_concentration",
        version=1,
        source="rollups",
        depends_on=("daily_people_by_unit", "daily_audience_by_unit"),
        every_day=True,
        once_over=True,
        grain="month",
    ),
    Rollup(
        "weekly_rate_prior",
        version=1,
        source="rollups",
        depends_on=("daily_audience_by_unit", "daily_shares_by_person", "daily_activity_by_person"),
        window_days=91,
        every_day=True,
        once_over=True,
        grain="week",
    ),
    Rollup(
        "page_team_scores",
        version=2,
        source="rollups",
        # A week, and the prior as it stood when that began.
        depends_on=(
            "daily_people_by_unit",
            "daily_shares_by_person",
            "daily_activity_by_person",
            "weekly_rate_prior",
        ),
        window_days=8,
        every_day=True,
        once_over=True,
        grain="week",
    ),
)

BY_TABLE: dict[str, Rollup] = {rollup.table: rollup for rollup in ROLLUPS}


def dependents_of(rollup: Rollup) -> tuple[Rollup, ...]:
    """Return the roll-ups that read this one."""
    return tuple(other for other in ROLLUPS if rollup.table in other.depends_on)


def last_of_week(day: date) -> date:
    """Return the Sunday that ends the day's ISO week."""
    return day + timedelta(days=7 - day.isoweekday())


def last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_of_week(sunday: date) -> date:
    """Return the last day of the month an ISO week belongs to: the one its Thursday is in, as ISO has it for years."""
    return last_of_month(sunday - AFTER_THURSDAY)


def weeks_of_month(month_end: date) -> list[date]:
    """Return the Sundays of the ISO weeks that belong to a month, the last up to three days after it."""
    days = _days_between(month_end.replace(day=1), month_end)
    return [day + AFTER_THURSDAY for day in days if day + AFTER_THURSDAY == last_of_week(day)]


def first_of_periods(day: date) -> date:
    """Return the first day of the longest of the ISO week and the month that end on a day, else the day."""
    starts = [day]
    if day == last_of_week(day):
        starts.append(day - timedelta(days=6))
    if day == last_of_month(day):
        starts.append(day.replace(day=1))
    return min(starts)


def _days_between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))


def _ends_of_months(day: date, until: date) -> Iterator[date]:
    end = last_of_month(day)
    while end <= until:
        yield end
        end = last_of_month(end + timedelta(days=1))
