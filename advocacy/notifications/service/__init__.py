"""Telling people things, and letting them decide how."""

from advocacy.notifications.service.choosing import change_choices, mute, turn_everything_off, turn_on_again
from advocacy.notifications.service.digests import plan_slice, start_runs
from advocacy.notifications.service.duties import send_duty_letter, tell_of_duty
from advocacy.notifications.service.feeds import make_private_feed, revoke_private_feed
from advocacy.notifications.service.keeping import (
    forget_answers,
    forget_deliveries,
    forget_leavers,
    forget_messages,
    forget_notifications,
)
from advocacy.notifications.service.push_sending import push_slice
from advocacy.notifications.service.pushing import subscribe, unsubscribe
from advocacy.notifications.service.security import send_letter
from advocacy.notifications.service.stops import reapply_stops
from advocacy.notifications.service.telling import mark_read, notify

__all__ = [
    "change_choices",
    "forget_answers",
    "forget_deliveries",
    "forget_leavers",
    "forget_messages",
    "forget_notifications",
    "make_private_feed",
    "mark_read",
    "mute",
    "notify",
    "plan_slice",
    "push_slice",
    "reapply_stops",
    "revoke_private_feed",
    "send_duty_letter",
    "send_letter",
    "start_runs",
    "subscribe",
    "tell_of_duty",
    "turn_everything_off",
    "turn_on_again",
    "unsubscribe",
]
