"""Forgetting single events once their time is over: whole months of the ledger go, their numbers stay as they are."""

import re
from datetime import UTC, date, datetime, time

import structlog
from sqlalchemy import Connection, text

from advocacy.foundation import clock
from advocacy.measurement.fill import changes
from advocacy.measurement.fill.days import Programme, transaction

log = structlog.get_logger(__name__)

_MONTH = re.compile(r"activity_event_(\d{4})_(\d{2})")


def forget_old_months(connection: Connection, *, calendar: Programme) -> list[date]:
    """Drop the ledger's months that end before the frozen days begin, and return their first days.

    A month with a touched day that nobody has taken yet stays until the next time. What was asked of frozen days is
    forgotten too: they are never counted again, so their numbers keep the version they were counted by.
    """
    frozen_until = clock.day_bounds(calendar.frozen_before, calendar.zone)[0]
    dropped = []
    for first, after in _months(connection):
        if datetime.combine(after, time(), tzinfo=UTC) > frozen_until:
            continue
        with transaction(connection):
            waiting = connection.execute(
                text("SELECT EXISTS (SELECT FROM day_touch WHERE day >= :first AND day < :after)"),
                {"first": first, "after": after},
            ).scalar_one()
            if not waiting:
                connection.execute(text("SELECT drop_activity_partition(:month)"), {"month": first})
                dropped.append(first)
    with transaction(connection):
        connection.execute(text("DELETE FROM rollup_touch WHERE day < :frozen"), {"frozen": calendar.frozen_before})
        changes.forget(connection, before=clock.now() - changes.KEPT)
    if dropped:
        log.info("months_forgotten", count=len(dropped), partition=f"{dropped[-1]:%Y_%m}")
    return dropped


def _months(connection: Connection) -> list[tuple[date, date]]:
    """Return the first day of each month the ledger has, and that of the month after it, oldest first."""
    with transaction(connection):
        names = connection.execute(
            text(
                "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
                "WHERE inhparent = CAST('activity_event' AS regclass) ORDER BY relname"
            )
        ).scalars()
        found = [(int(year), int(month)) for year, month in (_MONTH.fullmatch(name).groups() for name in names)]  # type: ignore[union-attr]
    return [(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)) for year, month in found]
