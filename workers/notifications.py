"""Jobs of notifications."""

from datetime import timedelta

from advocacy.notifications import service

DELIVERIES_KEPT = timedelta(days=90)
NOTIFICATIONS_KEPT = timedelta(days=90)


def forget_old() -> None:
    """Delete records of letters that are over, lines of lists that are old, and what leavers left behind."""
    service.forget_deliveries(DELIVERIES_KEPT)
    service.forget_notifications(NOTIFICATIONS_KEPT)
    service.forget_leavers()
