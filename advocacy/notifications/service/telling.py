"""Writing into somebody's list, and marking it read."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import update

from advocacy.foundation import clock
from advocacy.foundation.access import Actor, require_self
from advocacy.foundation.db import session
from advocacy.notifications.models import Channel, Kind, Notification
from advocacy.notifications.queries import choices_of
from advocacy.notifications.wording import SUBJECTS
from advocacy.people.models import Purpose
from advocacy.people.queries import has_consent


def notify(employee_key: int, kind: Kind, *, subject_id: UUID | None = None, **details: Any) -> Notification | None:
    """Put a line into somebody's list, in the caller's transaction; None when they do not want to hear of it.

    What is not about the account itself is told only to people who take part. `details` holds no one else's data.
    """
    subject = SUBJECTS[kind]
    if subject is not None and not (
        has_consent(employee_key, Purpose.TAKE_PART) and choices_of(employee_key).wants(Channel.IN_APP, subject)
    ):
        return None
    line = Notification(employee_key=employee_key, kind=kind, subject_id=subject_id, details=details)
    session.add(line)
    return line


def mark_read(actor: Actor, ids: Collection[UUID] | None = None) -> int:
    """Mark the actor's own notifications read, all of them without `ids`; return how many were unread.

    Ids of somebody else's are passed over: whether they exist is not told.
    """
    unread = update(Notification).where(
        Notification.employee_key == require_self(actor), Notification.read_at.is_(None)
    )
    if ids is not None:
        unread = unread.where(Notification.id.in_(ids))
    return len(
        session.execute(
            unread.values(read_at=clock.now()).returning(Notification.id).execution_options(synchronize_session=False)
        ).all()
    )
