"""What is counted once and read often. All of it is derived: it can be emptied and filled again from `sql/`.

`daily_*` tables have the day first and stand for people's own units; `page_*` tables have the unit first and one row
for every node of the tree, so that a page reads a handful of rows. What is counted leaves the ledger as whole numbers;
only what is fitted, a prior and a middle score, is not one.
"""

from advocacy.measurement.models.daily import (
    DailyActivityByPerson,
    DailyApplicationsByUnit,
    DailyAudienceByUnit,
    DailyClicksByLink,
    DailyClicksByUnit,
    DailyConversationsByUnit,
    DailyEngagementsByPerson,
    DailyEventsByKind,
    DailyJobAudienceByUnit,
    DailyPeopleByUnit,
    DailySharesByPerson,
    TrailingActsByPerson,
)
from advocacy.measurement.models.filling import RollupFill, RollupTouch
from advocacy.measurement.models.pages import (
    MonthlyActsByPerson,
    PageAmplification,
    PageCohorts,
    PageConcentration,
    PageEngagement,
    PageParticipation,
    PageParticipationNetwork,
    PageRecruiting,
    PageRetention,
    PageTeamScores,
    Period,
    WeeklyActsByPerson,
    WeeklyRatePrior,
)
from advocacy.measurement.models.restatements import Restatement, RollupChange, Topic

# Imported by `import_models` with the others, though they live with what they are for.
from advocacy.measurement.overlap import models as _reach  # noqa: F401

__all__ = [
    "DailyActivityByPerson",
    "DailyApplicationsByUnit",
    "DailyAudienceByUnit",
    "DailyClicksByLink",
    "DailyClicksByUnit",
    "DailyConversationsByUnit",
    "DailyEngagementsByPerson",
    "DailyEventsByKind",
    "DailyJobAudienceByUnit",
    "DailyPeopleByUnit",
    "DailySharesByPerson",
    "MonthlyActsByPerson",
    "PageAmplification",
    "PageCohorts",
    "PageConcentration",
    "PageEngagement",
    "PageParticipation",
    "PageParticipationNetwork",
    "PageRecruiting",
    "PageRetention",
    "PageTeamScores",
    "Period",
    "Restatement",
    "RollupChange",
    "RollupFill",
    "RollupTouch",
    "Topic",
    "TrailingActsByPerson",
    "WeeklyActsByPerson",
    "WeeklyRatePrior",
]
