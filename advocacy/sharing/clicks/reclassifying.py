"""Judging history again: somebody asks, each UTC day is a task of its own, and how far it is can be read.

Raw clicks are never deleted, so new rules can reach back. They do so when somebody asks, and not by themselves: numbers
that were told to people change by a decision, and it is on the audit trail.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, select

from advocacy.foundation import audit, clock, jobs, preferences
from advocacy.foundation.access import Actor, Permission, require
from advocacy.foundation.db import session
from advocacy.foundation.errors import Invalid
from advocacy.people.service.leaving import ledger_months
from advocacy.sharing.clicks import judgements, judging, rules
from advocacy.sharing.clicks.judging import Judged
from advocacy.sharing.models import ClickClassChange, ClickJudgement, ClickReclassification

DAYS_A_MONTH = 31  # as the roll-ups count how long single events are kept


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reclassification is. `changed` counts clicks whose class it changed so far."""

    id: UUID
    first_day: date
    last_day: date
    asked_at: datetime
    asked_by: UUID | None
    rules_key: int
    days: int
    days_done: int
    changed: int

    @property
    def is_done(self) -> bool:
        return self.days_done >= self.days


def days_that_can_be_judged() -> tuple[date, date] | None:
    """Return the first and the last UTC day whose clicks are kept and that is over; None when there is none."""
    months, today = ledger_months(), judgements.today()
    if not months:
        return None
    kept_from = today - timedelta(days=int(preferences.get("retention_ledger_months")) * DAYS_A_MONTH)
    first, last = max(months[0], kept_from), today - timedelta(days=1)
    return (first, last) if first <= last else None


def preview(first: date, last: date) -> Iterator[Judged]:
    """Judge days by today's rules, newest first, and change nothing. Raises Invalid as `ask` does."""
    for day in _days(first, last):
        yield judging.look_at(day)


def ask(actor: Actor | None, first: date, last: date) -> ClickReclassification:
    """Have the clicks of UTC days judged again, newest day first, and write down who asked.

    Without an actor an operator asked. Raises NotPermitted, and Invalid for days that are not kept or not over.
    """
    if actor is not None:
        require(actor, Permission.SETTINGS_WRITE)
    days = _days(first, last)
    wanted = ClickReclassification(
        rules_key=rules.key_in_force(),
        first_day=first,
        last_day=last,
        asked_at=clock.now(),
        asked_by=actor.account_id if actor is not None else None,
    )
    session.add(wanted)
    session.flush()  # its key goes into the tasks
    for day in days:
        jobs.enqueue("sharing.judge_clicks", day=day, asked_in=wanted.key)
    audit.record(
        actor,
        "clicks.reclassified",
        subject_kind="click_reclassification",
        subject_id=wanted.id,
        first_day=first.isoformat(),
        last_day=last.isoformat(),
        rules=wanted.rules_key,
    )
    return wanted


def settle_due_days() -> int:
    """Have ended days judged as a whole, so that no verdict depends on what came in first; return how many.

    Rules that hold anew are noted by the way.
    """
    rules.note_installation(rules.key_in_force(), rules.current_parts())
    days = judgements.days_to_settle()
    for day in days:
        jobs.enqueue("sharing.judge_clicks", day=day, asked_in=None)
    return len(days)


def reclassifications(*, limit: int) -> list[Progress]:
    """Return what was asked for, newest first, and how far it is."""
    asked = session.scalars(select(ClickReclassification).order_by(ClickReclassification.key.desc()).limit(limit))
    return [_progress(each) for each in asked.all()]


def _progress(asked: ClickReclassification) -> Progress:
    done = session.scalar(
        select(func.count(ClickJudgement.day.distinct())).where(
            ClickJudgement.day >= asked.first_day,
            ClickJudgement.day <= asked.last_day,
            ClickJudgement.judged_at >= asked.asked_at,
            ClickJudgement.rules_key.is_not(None),
            ClickJudgement.is_whole_day,
        )
    )
    changed = session.scalar(
        select(func.count()).select_from(ClickClassChange).where(ClickClassChange.asked_in_key == asked.key)
    )
    days = (asked.last_day - asked.first_day).days + 1
    return Progress(
        asked.id,
        asked.first_day,
        asked.last_day,
        asked.asked_at,
        asked.asked_by,
        asked.rules_key,
        days,
        min(done or 0, days),
        changed or 0,
    )


def _days(first: date, last: date) -> list[date]:
    """Return the days of a range, newest first. Raises Invalid where they are not kept or not over."""
    kept = days_that_can_be_judged()
    if kept is None:
        raise Invalid.field("first_day", _("There are no clicks of a day that is over."))
    if first > last:
        raise Invalid.field("first_day", _("The first day comes after the last one."))
    if first < kept[0]:
        raise Invalid.field("first_day", _("Single clicks are kept from %(day)s on.", day=kept[0].isoformat()))
    if last > kept[1]:
        raise Invalid.field(
            "last_day",
            _("Only days that are over are judged again; in UTC the last one is %(day)s.", day=kept[1].isoformat()),
        )
    return [last - timedelta(days=back) for back in range((last - first).days + 1)]
