"""Jobs of notifications. From above every capability they bring together what notifications itself must not know."""

from datetime import timedelta
from uuid import UUID

from advocacy.content import announcing
from advocacy.notifications import service
from advocacy.sharing.digests import sending

DELIVERIES_KEPT = timedelta(days=90)
NOTIFICATIONS_KEPT = timedelta(days=90)
MESSAGES_KEPT = timedelta(days=30)  # caps look back a week; what was new since the last digest looks back to that one


def start_digests() -> None:
    """Begin the digests whose hour has come on somebody's clock."""
    service.start_runs()


def plan_digests(run_id: str) -> None:
    """Write down whom a run goes to, a slice of people at a time."""
    service.plan_slice(UUID(run_id))


def send_digests(run_id: str, first_key: int, last_key: int) -> None:
    """Send the digests of a slice. What was handed over stays so, whatever becomes of this task."""
    sending.send_slice(UUID(run_id), first_key, last_key)


def tell_people(announcement_id: str) -> None:
    """Tell the next slice of people of an announced item."""
    announcing.tell_people(UUID(announcement_id))


def push_messages(announcement_id: str, first_key: int, last_key: int) -> None:
    """Push an announcement to the browsers of a slice of people."""
    announcing.push_people(UUID(announcement_id), first_key, last_key)


def forget_old() -> None:
    """Delete records of letters that are over, lines of lists that are old, and what leavers left behind."""
    service.forget_deliveries(DELIVERIES_KEPT)
    service.forget_messages(MESSAGES_KEPT)
    service.forget_notifications(NOTIFICATIONS_KEPT)
    service.forget_leavers()
