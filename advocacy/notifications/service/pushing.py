"""Pushes: the browsers somebody chose, and the messages that go to them, each at most once."""

import hashlib
import json
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, select, text

from advocacy.foundation import clock, encryption, failpoints, jobs, preferences
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import own_transaction, session
from advocacy.foundation.errors import Conflict, Invalid, NotFound
from advocacy.notifications.models import Announcement, Message, MessageState, PushSubscription
from advocacy.notifications.senders import web_push
from advocacy.notifications.senders.email import Fate, Result
from advocacy.notifications.senders.web_push import Browser
from advocacy.notifications.service import messages, stops
from advocacy.people.models import Employee

MOST_BROWSERS = 5
LONGEST_ENDPOINT, LONGEST_DEVICE = 2_000, 200
SENT_AT_ONCE = 100
SEALED_FOR = "push_subscription"
JOB = "notifications.push_messages"

_PLAN = text("""
INSERT INTO message (id, employee_key, channel, occasion, state, attempts, created_at, due_at)
SELECT wanted.id, wanted.employee_key, 'web_push', :occasion, 'waiting', 0, :now, :now
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
    session.execute(
        _PLAN,
        {
            "ids": [new_id() for _key in reached],
            "keys": reached,
            "occasion": _occasion(announcement_id),
            "now": clock.now(),
        },
    )
    for start in range(0, len(reached), SENT_AT_ONCE):
        part = reached[start : start + SENT_AT_ONCE]
        jobs.enqueue(JOB, announcement_id=announcement_id, first_key=part[0], last_key=part[-1])


def push_slice(announcement_id: UUID, first_key: int, last_key: int) -> None:
    """Push what is due of an announcement, and want the rest pushed when it is due."""
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    announcement = session.get_one(Announcement, announcement_id)
    waiting = _waiting(announcement_id, first_key, last_key)
    for message_id, employee_key in session.execute(waiting.where(Message.due_at <= clock.now())).all():
        _push_one(announcement, message_id, employee_key)
    due = session.scalar(
        select(func.min(Message.due_at)).where(Message.id.in_(_waiting(announcement_id, first_key, last_key, "id")))
    )
    if due is not None:
        delay = max(due - clock.now(), messages.PAUSES[0] / 5)
        jobs.enqueue(JOB, delay=delay, announcement_id=announcement_id, first_key=first_key, last_key=last_key)


def _waiting(announcement_id: UUID, first_key: int, last_key: int, *only: str) -> Any:
    columns = [getattr(Message, name) for name in only or ("id", "employee_key")]
    return select(*columns).where(
        Message.occasion == _occasion(announcement_id),
        Message.employee_key.between(first_key, last_key),
        Message.state == MessageState.WAITING,
    )


def _push_one(announcement: Announcement, message_id: UUID, employee_key: int) -> None:
    with own_transaction() as store:
        if not messages.claim(store, message_id):
            return
    failpoints.hit("after_message_row", JOB)
    results = [_push_to(row, announcement) for row in _browsers(employee_key)]
    failpoints.hit("after_message_left", JOB)
    with own_transaction() as store:
        messages.settle(store, message_id, _together(results))


def _browsers(employee_key: int) -> list[PushSubscription]:
    return list(
        session.scalars(
            select(PushSubscription).where(PushSubscription.employee_key == employee_key).order_by(PushSubscription.id)
        )
    )


def _push_to(row: PushSubscription, announcement: Announcement) -> Result:
    opened = encryption.decrypt(row.sealed, purpose=SEALED_FOR, owner=row.endpoint_hash.hex())
    language = (session.get_one(Employee, row.employee_key).language or "").split("-")[0]
    known = language if language in announcement.titles else next(iter(announcement.titles))
    result = web_push.send(
        Browser(*json.loads(opened)),
        title=announcement.titles[known],
        text=announcement.note or "",
        url=f"{preferences.deployment().portal_url}/items/{announcement.item_id}/share",
        language=known,
    )
    if result.fate is Fate.ADDRESS_REFUSED:
        with own_transaction() as store:
            store.execute(delete(PushSubscription).where(PushSubscription.id == row.id))
    return result


def _together(results: list[Result]) -> Result:
    """Return what became of a message that went to all browsers of one person: the best of it."""
    for fate in (Fate.SENT, Fate.UNKNOWN, Fate.LATER):
        for result in results:
            if result.fate is fate:
                return result
    return Result(Fate.LETTER_REFUSED, results[0].reason if results else "no browser")


def _occasion(announcement_id: UUID) -> str:
    return f"announcement:{announcement_id}"
