"""Sending some people's digests over one connection. A person is written to at most once a day, whatever breaks."""

import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from advocacy.foundation import clock, failpoints, jobs, preferences
from advocacy.foundation.db import own_transaction, session
from advocacy.notifications.letters import Letter
from advocacy.notifications.models import Channel, DigestRun, Message, MessageState
from advocacy.notifications.senders import email
from advocacy.notifications.senders.email import ConnectionGone, Fate, Postbox, Result
from advocacy.notifications.service import messages
from advocacy.people.models import Employee
from advocacy.sharing.digests.writing import write_digest

JOB = "notifications.send_digests"
ENOUGH_SECONDS = 120  # then the rest of a slice is another task
GONE_PAUSE, WAY_OUT_PAUSE = timedelta(seconds=5), timedelta(minutes=2)

log = structlog.get_logger("advocacy.digests")


def send_slice(run_id: UUID, first_key: int, last_key: int) -> None:
    """Send what is due in a slice of a run, and want the rest sent when it is due."""
    # While a mail server takes its time, the transaction of the task waits for longer than a request's may.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    pause = _send(session.get_one(DigestRun, run_id), first_key, last_key)
    due = messages.next_due(run_id, first_key, last_key)
    if due is not None:
        delay = max(pause, due - clock.now())
        jobs.enqueue(JOB, delay=delay, run_id=run_id, first_key=first_key, last_key=last_key)


def _send(run: DigestRun, first_key: int, last_key: int) -> timedelta:
    """Send what is due; return how long to leave the mail server alone."""
    began = time.monotonic()
    waiting = messages.waiting(run.id, first_key, last_key)
    if not waiting:
        return timedelta(0)
    try:
        with email.postbox(preferences.deployment()) as box:
            for message_id, employee_key in waiting:
                if time.monotonic() - began > ENOUGH_SECONDS:
                    break
                _send_one(box, run, message_id, employee_key)
    except ConnectionGone as error:
        log.warning("mail_connection_gone", error=str(error))
        return GONE_PAUSE
    except OSError as error:  # SMTPException is one
        # No way out at all: nothing was claimed, so nothing is lost. The reader's hours and day still hold then.
        log.error("mail_server_unreachable", error=type(error).__name__)
        return WAY_OUT_PAUSE
    return timedelta(0)


def _send_one(box: Postbox, run: DigestRun, message_id: UUID, employee_key: int) -> None:
    """Write, claim and send one digest, and write down what became of it. Raises ConnectionGone."""
    employee = session.get_one(Employee, employee_key)
    digest, reason = None, "nothing_new"
    if employee.email is not None:
        try:
            digest = write_digest(employee, local_on=run.local_on, since=_told_before(employee_key))
        except SQLAlchemyError:
            raise
        except Exception as error:
            # One item that cannot be written about must not keep everybody behind it from their mail.
            log.error("digest_not_written", exc_info=error, message_id=str(message_id))
            reason = "not_written"
    if digest is None:
        with own_transaction() as store:
            messages.cancel(store, message_id, reason)
        return
    hand_over(box, message_id, str(employee.email), digest.letter, digest.headers, job=JOB)


def hand_over(
    box: Postbox,
    message_id: UUID,
    address: str,
    letter: Letter,
    headers: dict[str, str] | None = None,
    *,
    job: str,
) -> None:
    """Claim a message, hand its letter over and write down what became of it. Raises ConnectionGone."""
    with own_transaction() as store:
        if not messages.claim(store, message_id):
            return
    failpoints.hit("after_message_row", job)
    try:
        message = email.compose(preferences.deployment(), message_id, address, letter, headers)
        result = box.post(message_id, message, lambda: _is_still_wanted(message_id))
    except ConnectionGone:
        with own_transaction() as store:
            messages.put_back(store, message_id)
        raise
    except (ValueError, IndexError):
        # No mail server was asked: what stands in the roster is no address at all.
        result = Result(Fate.ADDRESS_REFUSED, "this is not an address")
    failpoints.hit("after_message_left", job)
    with own_transaction() as store:
        messages.settle(store, message_id, result)


def _is_still_wanted(message_id: UUID) -> bool:
    with own_transaction() as store:
        return messages.is_still_wanted(store, message_id)


def _told_before(employee_key: int) -> datetime | None:
    """Return when somebody's last digest left, or None for the first one."""
    return session.scalar(
        select(func.max(Message.claimed_at)).where(
            Message.employee_key == employee_key,
            Message.channel == Channel.MAIL,
            Message.run_id.is_not(None),
            Message.state.in_((MessageState.SENT, MessageState.UNKNOWN)),
        )
    )
