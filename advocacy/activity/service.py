"""Recording what happened: one row in the ledger and one touched day, in the caller's transaction."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import insert, text

from advocacy.activity.kinds import Cause, Kind
from advocacy.activity.models import ActivityEvent, DayTouch
from advocacy.foundation import clock, preferences
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session


def record(
    kind: Kind,
    *,
    occurred_at: datetime | None = None,
    employee_key: int | None = None,
    item_key: int | None = None,
    share_key: int | None = None,
    link_key: int | None = None,
    network: int | None = None,
    detail: int | None = None,
    cause: Cause = Cause.EVENTS,
) -> None:
    """Write one event and mark its day as due. `occurred_at` defaults to now; the record time is always now."""
    happened = occurred_at or clock.now()
    ensure_partitions([happened.date()])
    session.execute(
        insert(ActivityEvent).values(
            event_id=new_id(),
            occurred_at=happened,
            kind=int(kind),
            employee_key=employee_key,
            item_key=item_key,
            share_key=share_key,
            link_key=link_key,
            network=network,
            detail=detail,
        )
    )
    touch([clock.day_of(happened, preferences.zone())], cause=cause)


def take_back(kind: Kind, *, occurred_at: datetime, detail: int, **keys: int | None) -> None:
    """Write that an event of this time, detail and these keys did not happen: what had been told was told anew.

    The event itself stays, for it was known until now: a row with its detail below zero takes it away from the count.
    """
    record(kind, occurred_at=occurred_at, detail=-detail, cause=Cause.CORRECTION, **keys)


def touch(days: Iterable[date], *, cause: Cause = Cause.EVENTS) -> None:
    """Mark programme days whose numbers may have changed. Appending only, so writers never wait for each other."""
    rows = [{"day": day, "cause": int(cause)} for day in sorted(set(days))]
    if rows:
        session.execute(insert(DayTouch), rows)


def ensure_partitions(days: Iterable[date]) -> None:
    """Make sure the ledger has the UTC months these days fall in. Cheap when it has."""
    for month in {day.replace(day=1) for day in days}:
        session.execute(text("SELECT ensure_activity_partition(:month)"), {"month": month})
