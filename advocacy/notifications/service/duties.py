"""Telling somebody that they have to do something: in their list, and by a letter unless they want no mail at all.

A duty is about one's work or one's own post, so the line in the list asks for no yes to taking part. It is no news
either: its letter has no day, no hour and no cap. Whoever turned everything off, or whose address was refused, gets no
letter, and none about a post goes to somebody who takes part no longer; that is read just before it leaves. One letter
asks for nothing and goes whatever is off: that others can read what one wrote.
"""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from babel.dates import format_date

from advocacy.foundation import jobs, preferences
from advocacy.foundation.db import session
from advocacy.notifications import queries
from advocacy.notifications.letters import DUTIES
from advocacy.notifications.models import Kind, Notification
from advocacy.notifications.service.security import send_letter
from advocacy.notifications.service.telling import notify
from advocacy.people.models import Employee, Purpose
from advocacy.people.queries import has_consent

JOB = "notifications.send_duty_letter"
TOLD_WHATEVER_IS_OFF = frozenset({Kind.TEXTS_IN_EVIDENCE})


def tell_of_duty(employee_key: int, kind: Kind, *, subject_id: UUID, **details: Any) -> None:
    """Put a duty into somebody's list and want a letter sent, in the caller's transaction."""
    line = notify(employee_key, kind, subject_id=subject_id, **details)
    if line is not None:
        session.flush()  # the task names it
        jobs.enqueue(JOB, notification_id=line.id)


def send_duty_letter(notification_id: UUID) -> UUID | None:
    """Send the letter to a line, at least once; return its id, or None where it was read already or is not wanted.

    Raises OSError or SMTPException.
    """
    line = session.get(Notification, notification_id)
    if line is None or line.read_at is not None:
        return None
    employee = session.get_one(Employee, line.employee_key)
    choices = queries.choices_of(line.employee_key)
    if employee.email is None or choices.mail_paused_at is not None:
        return None
    if choices.is_everything_off and line.kind not in TOLD_WHATEVER_IS_OFF:
        return None
    if line.kind is Kind.POST_TO_MEND and not has_consent(employee.key, Purpose.TAKE_PART):
        return None
    address = f"{preferences.deployment().portal_url}{DUTIES[line.kind].format(subject=line.subject_id)}"
    return send_letter(
        line.kind.value,
        task_id=jobs.current_task_id(),
        address=employee.email,
        language=employee.language,
        employee_key=employee.key,
        make_url=lambda _store: address,
        facts=_facts(line) if line.kind is Kind.TEXTS_IN_EVIDENCE else None,
    )


def _facts(line: Notification) -> Callable[[str], dict[str, str]]:
    """Return how a letter about texts in evidence names the item, the reason and the last day, by language."""

    def facts(language: str) -> dict[str, str]:
        titles = line.details["titles"]
        return {
            "title": titles.get(language) or next(iter(titles.values())),
            "reason": line.details["reason"],
            "until": format_date(date.fromisoformat(line.details["until"]), "long", locale=language),
        }

    return facts
