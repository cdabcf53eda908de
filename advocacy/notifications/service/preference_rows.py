"""The row that holds somebody's choices: made with the defaults where it is missing, and locked to be changed."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from advocacy.foundation import clock
from advocacy.foundation.db import session
from advocacy.notifications.choices import DEFAULTS
from advocacy.notifications.models import NotificationPreference


def first_row(employee_key: int) -> dict[str, Any]:
    """Return the values of a row for somebody who had none: the defaults."""
    return {
        "employee_key": employee_key,
        "version": DEFAULTS.version,
        "changed_at": clock.now(),
        "muted": list(DEFAULTS.muted),
        "digest_days": list(DEFAULTS.digest_days),
        "digest_hour": DEFAULTS.digest_hour,
        "quiet_from": DEFAULTS.quiet_from,
        "quiet_until": DEFAULTS.quiet_until,
        "most_a_day": DEFAULTS.most_a_day,
        "most_a_week": DEFAULTS.most_a_week,
    }


def locked_row(employee_key: int) -> NotificationPreference:
    """Return somebody's row, locked until the commit; made with the defaults where it is missing."""
    session.execute(insert(NotificationPreference).values(**first_row(employee_key)).on_conflict_do_nothing())
    return session.get_one(NotificationPreference, employee_key, with_for_update=True, populate_existing=True)
