"""Telling people of a live item: started and stopped by its makers, done in slices by a worker."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from advocacy.content import queries
from advocacy.content.models import ContentItem
from advocacy.foundation import audit, clock, jobs, preferences
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotFound
from advocacy.notifications.models import Announcement, AnnouncementState, MessageState
from advocacy.notifications.queries.chats import posts_of
from advocacy.notifications.service import announcing, push_slice
from advocacy.notifications.service.chats.planning import plan_posts
from advocacy.people.models import Audience
from advocacy.people.queries import count_audience

LONGEST_NOTE = 280
REST = timedelta(days=7)  # the same item again sooner is what people call noise
JOB = "notifications.tell_people"


@dataclass(frozen=True, slots=True)
class Posted:
    """An announcement in one channel of Teams, and why it is not there where it is not."""

    channel: str
    state: MessageState
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an announcement is: who opted out cannot be counted.

    `told` is rounded down to full smallest groups, and None where fewer than one, but not nobody, were meant and not
    told: beside `meant` it would tell of those few. `is_everybody` says that whoever was meant was told.
    """

    announcement: Announcement
    told: int | None
    meant: int | None
    is_everybody: bool
    share: float
    posts: tuple[Posted, ...]

    @classmethod
    def of(cls, announcement: Announcement) -> "Progress":
        smallest = preferences.smallest_group()
        told, meant = announcement.told, announcement.meant
        share = announcement.told_to / announcement.last_key if announcement.last_key else 1.0
        posts = tuple(
            Posted(name, post.state, post.outcome)
            for post, name in posts_of([announcement.id]).get(announcement.id, ())
        )
        is_everybody = told == meant and not announcement.is_meant_rounded
        is_told = meant is None or is_everybody or meant - told >= smallest
        shown = told if is_everybody else told - told % smallest
        return cls(announcement, shown if is_told else None, meant, is_everybody, min(share, 1.0), posts)


def announce_item(actor: Actor, item_id: UUID, *, note: str = "", channel_ids: Iterable[UUID] = ()) -> Announcement:
    """Begin to tell everybody whom a live item is meant for; each is told once, those who want no such news never.

    `channel_ids` are channels of Teams into which it is posted as well: all who read there see it.
    Raises NotPermitted, NotFound, Invalid, and Conflict for an item that is not live or was announced this week.
    """
    item = queries.get_item(item_id, visible_to=actor, lock=True)
    require_in(actor, Permission.CONTENT_WRITE, item.unit_key)
    words = note.strip()
    if len(words) > LONGEST_NOTE:
        raise Invalid.field("note", _("Enter at most %(maximum)s characters.", maximum=LONGEST_NOTE))
    if not is_live(item):
        raise Conflict(_("Only what is live can be announced: people would find nothing."), code="not_live")
    if _rests(item):
        raise Conflict(_("This was announced less than a week ago. Again so soon would be noise."), code="announced")
    assert item.live_version_id is not None  # noqa: S101
    assert actor.account_id is not None  # noqa: S101
    size = count_audience(session.get_one(Audience, item.audience_key))
    announcement = Announcement(
        meant=size.people if size is not None else None,
        is_meant_rounded=size is not None and size.is_rounded,
        item_id=item.id,
        audience_key=item.audience_key,
        titles={text.language: text.title for text in queries.texts_of(item.live_version_id)},
        note=words or None,
        state=AnnouncementState.TELLING,
        last_key=announcing.last_key(),
        started_at=clock.now(),
        started_by=actor.account_id,
    )
    session.add(announcement)
    session.flush()  # of two at once one fails here
    jobs.enqueue(JOB, announcement_id=announcement.id)
    plan_posts(actor, announcement.id, item.unit_key, channel_ids)
    audit.record(actor, "item.announced", subject_kind="content_item", subject_id=item.id)
    return announcement


def cancel_announcement(actor: Actor, announcement_id: UUID) -> Announcement:
    """Stop telling. Who was told already stays told. Raises NotPermitted, NotFound, and Conflict when it is over."""
    announcement = session.get(Announcement, announcement_id, with_for_update=True)
    if announcement is None:
        raise NotFound(_("There is no such announcement."))
    item = queries.get_item(announcement.item_id, visible_to=actor)
    require_in(actor, Permission.CONTENT_WRITE, item.unit_key)
    if announcement.state is not AnnouncementState.TELLING:
        raise Conflict(_("It is over already."), code="announcement_over")
    announcing.end(announcement, AnnouncementState.CANCELLED)
    audit.record(actor, "announcement.cancelled", subject_kind="content_item", subject_id=item.id)
    return announcement


def get_announcement(announcement_id: UUID, *, visible_to: Actor) -> Announcement:
    """Return an announcement of an item the actor may see. Raises NotFound."""
    announcement = session.get(Announcement, announcement_id)
    if announcement is None:
        raise NotFound(_("There is no such announcement."))
    queries.get_item(announcement.item_id, visible_to=visible_to)
    return announcement


def announcements_of(item: ContentItem) -> list[Announcement]:
    """Return an item's announcements, the newest first."""
    return list(
        session.scalars(
            select(Announcement).where(Announcement.item_id == item.id).order_by(Announcement.started_at.desc())
        )
    )


def may_announce(item: ContentItem) -> bool:
    """Return whether people could be told of an item now: it is live and was not told of within the week."""
    return is_live(item) and not _rests(item)


def _rests(item: ContentItem) -> bool:
    latest = next(iter(announcements_of(item)), None)
    return latest is not None and latest.started_at > clock.now() - REST


def is_live(item: ContentItem) -> bool:
    """Return whether people see the item at this moment."""
    return bool(session.scalar(select(queries.is_live_at(clock.now())).where(ContentItem.key == item.key)))


def tell_people(announcement_id: UUID) -> None:
    """Tell the next slice and want the one after it. What is no longer live is told no further."""
    announcement = session.get(Announcement, announcement_id)
    if announcement is None or announcement.state is not AnnouncementState.TELLING:
        return
    item = session.scalar(select(ContentItem).where(ContentItem.id == announcement.item_id))
    if item is None or not is_live(item):
        announcing.end(announcement, AnnouncementState.CANCELLED)
        return
    told = announcing.tell_slice(announcement_id)
    if told is not None and not told.is_last:
        jobs.enqueue(JOB, announcement_id=announcement_id)


def push_people(announcement_id: UUID, first_key: int, last_key: int) -> None:
    """Push an announcement to the browsers of a slice of people, as long as its item is live."""
    announcement = session.get_one(Announcement, announcement_id)
    key = session.scalar(select(ContentItem.key).where(ContentItem.id == announcement.item_id))

    def is_live_now() -> bool:
        return bool(session.scalar(select(queries.is_live_at(clock.now())).where(ContentItem.key == key)))

    push_slice(announcement_id, first_key, last_key, is_live=is_live_now)
