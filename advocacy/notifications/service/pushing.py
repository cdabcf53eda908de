"""Pushes: the browsers somebody chose, and the messages that are planned for them."""

import hashlib
import json
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, select, text

from advocacy.foundation import clock, encryption, jobs
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound
from advocacy.notifications.models import Channel, PushSubscription
from advocacy.notifications.senders.web_push import Browser
from advocacy.notifications.service import stops

MOST_BROWSERS = 5
LONGEST_ENDPOINT, LONGEST_DEVICE = 2_000, 200
SENT_AT_ONCE = 100
SEALED_FOR = "push_subscription"
JOB = "notifications.push_messages"
OCCASION = "announcement:"

_PLAN = text("""
INSERT INTO message (id, employee_key, channel, occasion, state, attempts, created_at, due_at)
SELECT wanted.id, wanted.employee_key, :channel, :occasion, 'waiting', 0, :now, :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS int[])) AS wanted (id, employee_key)
ON CONFLICT DO NOTHING
""")


def subscribe(actor: Actor, *, endpoint: str, p256dh: str, auth: str, device: str) -> PushSubscription:
    """Let a browser of the actor take pushes. The same browser twice is one; whose it was before does not matter.

    Raises Invalid for an address that is not one of a known push service, and Conflict for one browser too many.
    """
    key = require_self(actor)
    browser = Browser(endpoint, p256dh, auth)
    if len(endpoint) > LONGEST_ENDPOINT or not browser.is_acceptable():
        raise Invalid.field("endpoint", _("This is no address of a push service that browsers use."))
    endpoint_hash = hashlib.sha256(endpoint.encode()).digest()
    _forget(PushSubscription.endpoint_hash == endpoint_hash, PushSubscription.employee_key != key)
    session.execute(delete(PushSubscription).where(PushSubscription.endpoint_hash == endpoint_hash))
    owned = select(func.count()).where(PushSubscription.employee_key == key)
    if (session.scalar(owned) or 0) >= MOST_BROWSERS:
        raise Conflict(_("You have %(most)s browsers already. Take one away first.", most=MOST_BROWSERS))
    row = PushSubscription(
        employee_key=key,
        endpoint_hash=endpoint_hash,
        sealed=encryption.encrypt(json.dumps([endpoint, p256dh, auth]), purpose=SEALED_FOR, owner=endpoint_hash.hex()),
        device=device[:LONGEST_DEVICE],
    )
    session.add(row)
    session.flush()
    return row


def unsubscribe(actor: Actor, subscription_id: UUID) -> None:
    """Let a browser of the actor take no more pushes. Raises NotFound for one that is not theirs."""
    if not _forget(PushSubscription.id == subscription_id, PushSubscription.employee_key == require_self(actor)):
        raise NotFound(_("There is no such browser."))


def _forget(*which: ColumnElement[bool]) -> bool:
    """Take browsers away for good, also from a copy that is put back; return whether there was one."""
    gone = session.execute(
        delete(PushSubscription).where(*which).returning(PushSubscription.employee_key, PushSubscription.endpoint_hash)
    ).all()
    for employee_key, endpoint_hash in gone:
        stops.keep_removed_browser(employee_key, endpoint_hash)
    return bool(gone)


def plan_pushes(announcement_id: UUID, keys: list[int]) -> None:
    """Write a message for each of these people who has a browser, and want them sent: in the transaction that tells."""
    reached = list(
        session.scalars(
            select(PushSubscription.employee_key)
            .where(PushSubscription.employee_key.in_(keys))
            .distinct()
            .order_by(PushSubscription.employee_key)
        )
    )
    if not reached:
        return
    plan_messages(Channel.WEB_PUSH, announcement_id, reached)
    for start in range(0, len(reached), SENT_AT_ONCE):
        part = reached[start : start + SENT_AT_ONCE]
        jobs.enqueue(JOB, announcement_id=announcement_id, first_key=part[0], last_key=part[-1])


def plan_messages(channel: Channel, announcement_id: UUID, keys: list[int]) -> None:
    """Write a message of an announcement for each of these people on a channel, once whatever is run again."""
    values = {
        "ids": [new_id() for _key in keys],
        "keys": keys,
        "channel": channel.value,
        "occasion": occasion_of(announcement_id),
        "now": clock.now(),
    }
    session.execute(_PLAN, values)


def occasion_of(announcement_id: UUID) -> str:
    """Return what the messages of an announcement are called: a person has one of that name on each channel."""
    return f"{OCCASION}{announcement_id}"
