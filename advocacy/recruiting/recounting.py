"""Bringing the ledger to what applications come to, where an earlier release wrote it by other rules."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select

from advocacy.activity.kinds import Kind
from advocacy.activity.models import ActivityEvent
from advocacy.foundation import clock, preferences
from advocacy.foundation.db import session
from advocacy.recruiting import ledger, queries
from advocacy.recruiting.models import ApplicationEvent, Stage
from advocacy.recruiting.steps import Entry, entries_of
from advocacy.sharing.attribution import credits_of

LONGEST_MONTH = timedelta(days=31)


def links_of_applications() -> list[int]:
    """Return every link that an application came through or names."""
    named = select(ApplicationEvent.link_key).where(ApplicationEvent.link_key.is_not(None)).distinct()
    return [key for key in session.scalars(named.order_by(ApplicationEvent.link_key)) if key is not None]


def recount(link_key: int, *, is_dry_run: bool = False) -> int:
    """Correct what the ledger holds of one link's applications; return how many rows that takes. Twice changes nothing.

    Steps that are older than the ledger is kept stay as they were counted, and so does what is nobody's.
    """
    if credits_of([link_key])[link_key].employee_key is None:
        return 0
    applications = session.execute(
        select(ApplicationEvent.source, ApplicationEvent.application_token)
        .where(ApplicationEvent.link_key == link_key)
        .distinct()
        .order_by(ApplicationEvent.source, ApplicationEvent.application_token)
    ).all()
    kept_from = clock.now() - LONGEST_MONTH * int(preferences.get("retention_ledger_months"))
    wanted, instants = Counter[Entry](), set[datetime]()
    for source, token in applications:
        ledger.lock_source(source)
        ledger.lock_application(source, token)
        steps = queries.steps_of(source, token)
        instants |= {step.occurred_at for step in steps if step.occurred_at >= kept_from}
        wanted.update(entry for entry in entries_of(steps) if entry.link_key == link_key)
    wanted = Counter({entry: count for entry, count in wanted.items() if entry.occurred_at in instants})
    stands = _standing(link_key, instants)
    if is_dry_run:
        return (wanted - stands).total() + (stands - wanted).total()
    return ledger.correct(stands, wanted)


def _standing(link_key: int, instants: Collection[datetime]) -> Counter[Entry]:
    """Return what the ledger holds of a link at these instants, without what was taken back."""
    found = Counter[Entry]()
    if instants:
        rows = session.execute(
            select(ActivityEvent.detail, ActivityEvent.occurred_at).where(
                ActivityEvent.occurred_at.between(min(instants), max(instants)),
                ActivityEvent.occurred_at == func.any(list(instants)),
                ActivityEvent.kind == Kind.APPLICATION,
                ActivityEvent.link_key == link_key,
            )
        )
        for detail, occurred_at in rows:
            if detail is not None:
                entry = Entry(occurred_at, list(Stage)[abs(detail) - 1], link_key)
                found[entry] += 1 if detail > 0 else -1
    return found
