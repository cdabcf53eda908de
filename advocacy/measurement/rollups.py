"""The table of roll-ups, one SQL file each. Changing what a file counts means a higher version here."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

Source = Literal["events", "people", "rollups"]

SQL_FOLDER = Path(__file__).with_name("sql")


@dataclass(frozen=True)
class Rollup:
    """One derived table and how it stays right.

    `source` says what makes a day due: "events" when something that happened on it arrives; "people" once the day is
    over, and while it runs now and then, because consents and sizes change without an event of their own; "rollups"
    when one of `depends_on` was filled. A day reads `window_days` days of those, itself the last. `every_day` asks
    for a row set of every day of the programme, also of days nobody touched.
    """

    table: str
    version: int
    source: Source
    depends_on: tuple[str, ...] = ()
    window_days: int = 1
    every_day: bool = False

    @cached_property
    def sql(self) -> str:
        return (SQL_FOLDER / f"{self.table}.sql").read_text(encoding="utf-8")


# In the order in which a day is filled: what others read comes first.
ROLLUPS: tuple[Rollup, ...] = (
    Rollup("daily_clicks_by_link", version=1, source="events"),
    Rollup("daily_activity_by_person", version=1, source="events"),
    Rollup("daily_shares_by_person", version=1, source="events"),
    Rollup("daily_people_by_unit", version=1, source="people", every_day=True),
    Rollup("daily_audience_by_unit", version=1, source="people", every_day=True),
    Rollup("daily_job_audience_by_unit", version=1, source="people", every_day=True),
    Rollup("daily_clicks_by_unit", version=1, source="rollups", depends_on=("daily_activity_by_person",)),
    Rollup("daily_conversations_by_unit", version=1, source="rollups", depends_on=("daily_activity_by_person",)),
    Rollup("daily_applications_by_unit", version=1, source="rollups", depends_on=("daily_activity_by_person",)),
    Rollup(
        "page_amplification",
        version=1,
        source="rollups",
        depends_on=(
            "daily_people_by_unit",
            "daily_audience_by_unit",
            "daily_shares_by_person",
            "daily_activity_by_person",
        ),
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
        ),
        window_days=90,
        every_day=True,
    ),
)

BY_TABLE: dict[str, Rollup] = {rollup.table: rollup for rollup in ROLLUPS}


def dependents_of(rollup: Rollup) -> tuple[Rollup, ...]:
    """Return the roll-ups that read this one."""
    return tuple(other for other in ROLLUPS if rollup.table in other.depends_on)
