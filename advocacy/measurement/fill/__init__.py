"""Keeping roll-ups right: single days, past days in slices, and how far it has come."""

from advocacy.measurement.fill.backlog import Progress, progress
from advocacy.measurement.fill.choices import mark_person_due, mark_team_scores_due
from advocacy.measurement.fill.days import (
    BACKFILL_DAYS,
    Programme,
    days_due,
    fill_day,
    fill_running_days,
    mark_due,
    programme,
    spread_touches,
)
from advocacy.measurement.fill.past import Slice, fill_everything, fill_if_free, fill_past_days, past_days_ready
from advocacy.measurement.fill.retention import forget_old_months
from advocacy.measurement.fill.roster import mark_units_due

__all__ = (
    "BACKFILL_DAYS",
    "Programme",
    "Progress",
    "Slice",
    "days_due",
    "fill_day",
    "fill_everything",
    "fill_if_free",
    "fill_past_days",
    "fill_running_days",
    "forget_old_months",
    "mark_due",
    "mark_person_due",
    "mark_team_scores_due",
    "mark_units_due",
    "past_days_ready",
    "programme",
    "progress",
    "spread_touches",
)
