"""Sending planned pushes: at most once each, and not at all once the item, the announcement or the person says no."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, func, select, text

from advocacy.foundation import clock, encryption, failpoints, jobs, preferences
from advocacy.foundation.db import own_transaction, session
from advocacy.notifications.models import (
    Announcement,
    AnnouncementState,
    Channel,
    Message,
    MessageState,
    PushSubscription,
)
from advocacy.notifications.senders import web_push
from advocacy.notifications.senders.email import Fate, Result
from advocacy.notifications.senders.web_push import Browser
from advocacy.notifications.service import messages
from advocacy.notifications.service.pushing import JOB, SEALED_FOR, occasion_of
from advocacy.people.models import Employee

ENOUGH_SECONDS = 120  # then the rest of a slice is another task: a slow service must not outlive this one
LEAST_PAUSE = messages.PAUSES[0] / 5


@dataclass(frozen=True, slots=True)
class Words:
    """What a push says, and the page it opens."""

    title: str
    text: str
    url: str
    language: str


@dataclass(slots=True)
class Sending:
    """What is being told to whom, whether it still may be, and until when push services asked to be left alone.

    `is_over` is asked anew each time.
    """

    words_for: Callable[[int], Words]
    is_over: Callable[[], bool]
    job: str = JOB
    resting: dict[str, datetime] = field(default_factory=dict)

    def rests_until(self, browser: Browser) -> datetime | None:
        """Return until when a browser's push service wants nothing, or None when it takes something now."""
        until = self.resting.get(_service_of(browser))
        return until if until is not None and until > clock.now() else None


def push_slice(announcement_id: UUID, first_key: int, last_key: int, *, is_live: Callable[[], bool]) -> None:
    """Push what is due of an announcement, and want the rest pushed when it is due.

    `is_live` tells, each time it is asked, whether people may see the item at that moment.
    """
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    announcement = session.get_one(Announcement, announcement_id)
    sending = Sending(
        lambda employee_key: _announced(announcement, employee_key),
        lambda: _is_stopped(announcement_id) or not is_live(),
    )
    waiting = _waiting(announcement_id, first_key, last_key)
    began = time.monotonic()
    for message_id, employee_key in session.execute(waiting.where(Message.due_at <= clock.now())).all():
        push_one(sending, message_id, employee_key)
        if time.monotonic() - began > ENOUGH_SECONDS:
            break
    due = session.scalar(
        select(func.min(Message.due_at)).where(Message.id.in_(_waiting(announcement_id, first_key, last_key, "id")))
    )
    if due is not None:
        delay = max(due - clock.now(), LEAST_PAUSE)
        jobs.enqueue(JOB, delay=delay, announcement_id=announcement_id, first_key=first_key, last_key=last_key)


def _waiting(announcement_id: UUID, first_key: int, last_key: int, *only: str) -> Any:
    columns = [getattr(Message, name) for name in only or ("id", "employee_key")]
    return (
        select(*columns)
        .where(
            Message.occasion == occasion_of(announcement_id),
            Message.channel == Channel.WEB_PUSH,
            Message.employee_key.between(first_key, last_key),
            Message.state == MessageState.WAITING,
        )
        .order_by(Message.employee_key)
    )


def _is_stopped(announcement_id: UUID) -> bool:
    state = session.scalar(select(Announcement.state).where(Announcement.id == announcement_id))
    return state is AnnouncementState.CANCELLED


def _announced(announcement: Announcement, employee_key: int) -> Words:
    language = (session.get_one(Employee, employee_key).language or "").split("-")[0]
    known = language if language in announcement.titles else next(iter(announcement.titles))
    url = f"{preferences.deployment().portal_url}/items/{announcement.item_id}/share"
    return Words(announcement.titles[known], announcement.note or "", url, known)


def push_one(sending: Sending, message_id: UUID, employee_key: int) -> None:
    """Claim one message, push it to the browsers of its reader, and write down what became of it."""
    browsers = _browsers(employee_key)
    rests = [sending.rests_until(browser) for _id, browser in browsers]
    with own_transaction() as store:
        if sending.is_over():
            messages.cancel(store, message_id, "withdrawn")
            return
        if rests and all(rests):
            messages.put_off(store, message_id, min(until for until in rests if until is not None))
            return
        if not messages.claim(store, message_id):
            return
    failpoints.hit("after_message_row", sending.job)
    results = [_push_to(sending, message_id, employee_key, *one) for one in browsers]
    failpoints.hit("after_message_left", sending.job)
    with own_transaction() as store:
        messages.settle(store, message_id, _together(results))


def _browsers(employee_key: int) -> list[tuple[UUID, Browser]]:
    rows = session.scalars(
        select(PushSubscription)
        .where(PushSubscription.employee_key == employee_key)
        .order_by(PushSubscription.id)
        .execution_options(populate_existing=True)
    )
    return [
        (
            row.id,
            Browser(*json.loads(encryption.decrypt(row.sealed, purpose=SEALED_FOR, owner=row.endpoint_hash.hex()))),
        )
        for row in rows
    ]


def _push_to(sending: Sending, message_id: UUID, employee_key: int, browser_id: UUID, browser: Browser) -> Result:
    """Push to one browser, unless somebody said no since the message was claimed."""
    until = sending.rests_until(browser)
    if until is not None:
        return Result(Fate.LATER, "asked_to_wait", until - clock.now())
    if sending.is_over():
        return Result(Fate.UNWANTED, "withdrawn")
    with own_transaction() as store:
        if not messages.is_still_wanted(store, message_id):
            return Result(Fate.UNWANTED)
    words = sending.words_for(employee_key)
    result = web_push.send(browser, title=words.title, text=words.text, url=words.url, language=words.language)
    if result.fate is Fate.ADDRESS_REFUSED:
        with own_transaction() as store:
            store.execute(delete(PushSubscription).where(PushSubscription.id == browser_id))
    if result.wait:
        sending.resting[_service_of(browser)] = clock.now() + result.wait
    return result


def _service_of(browser: Browser) -> str:
    return urlsplit(browser.endpoint).netloc


def _together(results: list[Result]) -> Result:
    """Return what became of a message that went to all browsers of one person: the best of it.

    Once one took it, or may have taken it, the others are not tried again.
    """
    for fate in (Fate.SENT, Fate.UNKNOWN, Fate.UNWANTED, Fate.LATER):
        for result in results:
            if result.fate is fate:
                return result
    return Result(Fate.LETTER_REFUSED, results[0].reason if results else "no browser")
