"""Telling an announcement: a slice of people a transaction, each once, whatever is killed in between."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, any_, func, literal, not_, or_, select, text

from advocacy.foundation import clock
from advocacy.foundation.columns import new_id
from advocacy.foundation.db import session
from advocacy.notifications.choices import pair
from advocacy.notifications.models import (
    Announcement,
    AnnouncementState,
    Channel,
    Kind,
    NotificationPreference,
    Subject,
)
from advocacy.notifications.service.chats.planning import plan_slack_messages
from advocacy.notifications.service.pushing import plan_pushes
from advocacy.people.models import Audience, Consent, Employee, Purpose, UnitMembership
from advocacy.people.queries import is_meant, today

SLICE = 10_000  # keys, not people: a slice takes the same time wherever it lies
WANTED = pair(Channel.IN_APP, Subject.SUGGESTIONS)

_TELL = text("""
INSERT INTO notification (id, employee_key, kind, subject_id, announcement_id, details, created_at)
SELECT told.id, told.employee_key, :kind, :item_id, :announcement_id, '{}', :now
FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS int[])) AS told (id, employee_key)
ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice did: how many were told, and whether people are left."""

    told: int
    is_last: bool


def tell_slice(announcement_id: UUID) -> Slice | None:
    """Tell the people of the next keys who are meant, take part and want to hear of it. None when it is over.

    The consent is read in the transaction that tells. Cancelling waits for at most one slice.
    """
    announcement = session.get(Announcement, announcement_id, with_for_update=True)
    if announcement is None or announcement.state is not AnnouncementState.TELLING:
        return None
    until = min(announcement.told_to + SLICE, announcement.last_key)
    keys = list(session.scalars(_meant(announcement, until)))
    if keys:
        session.execute(
            _TELL,
            {
                "kind": Kind.NEW_ITEM.value,
                "item_id": announcement.item_id,
                "announcement_id": announcement.id,
                "now": clock.now(),
                "ids": [new_id() for _ in keys],
                "keys": keys,
            },
        )
        plan_pushes(announcement.id, keys)
        plan_slack_messages(announcement.id, keys)
    announcement.told += len(keys)
    announcement.told_to = until
    if until >= announcement.last_key:
        end(announcement, AnnouncementState.DONE)
    return Slice(len(keys), announcement.state is not AnnouncementState.TELLING)


def end(announcement: Announcement, state: AnnouncementState) -> None:
    """Let an announcement be over."""
    announcement.state, announcement.ended_at = state, clock.now()


def last_key() -> int:
    """Return the key of the newest employee: who comes later was not there when it was said."""
    return session.scalar(select(func.max(Employee.key))) or 0


def _meant(announcement: Announcement, until: int) -> Select[int]:
    day = today()
    chosen = NotificationPreference
    is_off = or_(chosen.everything_off_at.is_not(None), literal(WANTED) == any_(chosen.muted))
    return (
        select(Employee.key)
        .join(Consent, (Consent.employee_key == Employee.key) & (Consent.purpose == Purpose.TAKE_PART))
        .join(UnitMembership, UnitMembership.employee_key == Employee.key)
        .outerjoin(chosen, chosen.employee_key == Employee.key)
        .where(
            Employee.key > announcement.told_to,
            Employee.key <= until,
            UnitMembership.valid_during.contains(day),
            is_meant(session.get_one(Audience, announcement.audience_key), day),
            not_(func.coalesce(is_off, False)),
        )
        .order_by(Employee.key)
    )
