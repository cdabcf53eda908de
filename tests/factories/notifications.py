"""Notifications and choices for tests."""

from typing import Any

from advocacy.foundation.db import session
from advocacy.notifications import service
from advocacy.notifications.choices import Choices, choices_in
from advocacy.notifications.models import Kind, Notification, NotificationPreference
from advocacy.people.models import Employee
from tests.factories.people import actor_for, make_advocate


def make_notification(employee: Employee | None = None, kind: Kind = Kind.NEW_ITEM, **fields: Any) -> Notification:
    """Return a line in somebody's list, whatever they chose."""
    person = employee or make_advocate()
    line = Notification(
        employee_key=person.key, kind=kind, **{"details": {"title": "A pump that saves water"}, **fields}
    )
    session.add(line)
    session.flush()
    return line


def choose(employee: Employee, **changes: Any) -> Choices:
    """Write how somebody wants to be told, changing only what is named. What the service refuses is refused here."""
    present = choices_in(session.get(NotificationPreference, employee.key))
    wanted: dict[str, Any] = {
        "off": present.muted,
        "time_zone": present.time_zone,
        "digest_days": present.digest_days,
        "digest_hour": present.digest_hour,
        "quiet_from": present.quiet_from,
        "quiet_until": present.quiet_until,
        "most_a_day": present.most_a_day,
        "most_a_week": present.most_a_week,
        **changes,
    }
    return service.change_choices(actor_for(employee), seen_version=None, **wanted)
