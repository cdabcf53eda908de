"""Reading what was told to whom, and how people want to be told."""

from advocacy.notifications.queries.deliveries import deliveries_of
from advocacy.notifications.queries.inbox import (
    MOST_COUNTED,
    browsers_of,
    choices_of,
    count_unread,
    find_feed_owner,
    get_notification,
    notifications_of,
    own_data,
    private_feed_of,
)

__all__ = [
    "MOST_COUNTED",
    "browsers_of",
    "choices_of",
    "count_unread",
    "deliveries_of",
    "find_feed_owner",
    "get_notification",
    "notifications_of",
    "own_data",
    "private_feed_of",
]
