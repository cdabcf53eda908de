"""From a draft to an end: submitted, decided by somebody else, published as it was approved, expired, withdrawn."""

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from advocacy.content import queries, reviewing
from advocacy.content.models import ContentItem, Decision, ItemState, Review
from advocacy.content.phrases import refuse_blocked_in
from advocacy.foundation import audit, clock, jobs
from advocacy.foundation.access import Actor, Permission, require_in
from advocacy.foundation.db import session
from advocacy.foundation.errors import Conflict, Invalid, NotPermitted, PreconditionFailed

LONGEST_REASON = 2_000
MOST_DUE = 500


def submit_item(actor: Actor, item_id: UUID, *, seen_version: int | None = None) -> ContentItem:
    """Put a draft in front of an approver; where review is switched off and allowed to be, it is published at once.

    Raises NotFound, NotPermitted, PreconditionFailed, Conflict unless it is a draft, Invalid when its time is over or
    its words hold a phrase that may not go out.
    """
    item = lock(actor, item_id, Permission.CONTENT_WRITE)
    if seen_version is not None and item.row_version != seen_version:
        raise PreconditionFailed(_("Somebody changed this item meanwhile. Load it again and decide anew."))
    if item.state is not ItemState.DRAFT:
        raise Conflict(_("Only a draft can be sent to review, and this item is no longer one."))
    _check_not_over(item)
    refuse_blocked_in(queries.current_version(item))
    item.changed_at = clock.now()
    asked = reviewing.request_for(item, queries.current_version(item))
    if asked.approvals:
        item.state = ItemState.IN_REVIEW
    else:
        rules = [rule["id"] for rule in asked.rules]
        audit.record(
            actor, "content.published_without_review", subject_kind="content_item", subject_id=item.id, rules=rules
        )
        publish_or_schedule(item)
    session.flush()  # the new row version is the answer's ETag
    return item


def decide(actor: Actor, item_id: UUID, *, decision: Decision, seen_hash: str, reason: str = "") -> ContentItem:
    """Approve exactly the version that was seen, or ask for changes with a reason.

    Raises NotFound, NotPermitted for one's own work, PreconditionFailed when the version is another one by now,
    Conflict unless it is in review, Invalid without a reason for changes.
    """
    item = lock(actor, item_id, Permission.CONTENT_REVIEW)
    version = queries.current_version(item)
    if version.hash.hex() != seen_hash.strip().strip('"').lower():
        raise PreconditionFailed(_("This is not the version you looked at any more. Load it again and decide anew."))
    if item.state is not ItemState.IN_REVIEW:
        raise Conflict(_("This item does not wait for a decision any more."))
    if actor.account_id in (version.created_by, item.author_account_id):
        raise NotPermitted(_("Somebody other than the author has to decide about this."), code="own_work")
    reason = reason.strip()
    if len(reason) > LONGEST_REASON or "\x00" in reason:
        raise Invalid.field("reason", _("Write at most %(most)s characters.", most=LONGEST_REASON))
    if decision is Decision.CHANGES_REQUESTED and not reason:
        raise Invalid.field("reason", _("Say what should change."), code="missing")
    if decision is Decision.APPROVED:
        _check_not_over(item)
        if account_of(actor) in reviewing.standing_of(version).approvers:
            raise Conflict(_("You approved this version already. Somebody else has to decide as well."))
    decided_at = clock.now()
    session.add(
        Review(
            version_id=version.id,
            version_hash=version.hash,
            reviewer_account_id=account_of(actor),
            decision=decision,
            reason=reason,
            decided_at=decided_at,
        )
    )
    audit.record(
        actor,
        f"content.{decision.value}",
        subject_kind="content_item",
        subject_id=item.id,
        version=version.hash.hex(),
        number=version.number,
        at=decided_at.isoformat(),
    )
    item.changed_at = clock.now()
    if decision is Decision.CHANGES_REQUESTED:
        item.state = ItemState.DRAFT
    else:
        session.flush()  # publishing looks for the approval
        if reviewing.standing_of(version).is_met:
            publish_or_schedule(item)
    session.flush()  # the new row version is the answer's ETag
    return item


def withdraw_item(actor: Actor, item_id: UUID, *, reason: str, stops_links: bool = False) -> ContentItem:
    """Take an item out of every feed at once, for good.

    Links already shared keep leading where they led; with `stops_links` they show a page that says that they are no
    longer in use. Curators and approvers of its unit may. Raises NotFound, NotPermitted, Invalid without a reason,
    Conflict when it already was.
    """
    item = queries.get_item(item_id, visible_to=actor, lock=True)
    if not actor.may_in(Permission.CONTENT_REVIEW, item.unit_key):
        require_in(actor, Permission.CONTENT_WRITE, item.unit_key)
    if item.state is ItemState.WITHDRAWN:
        raise Conflict(_("This item was withdrawn already."))
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON or "\x00" in reason:
        raise Invalid.field(
            "reason",
            _("Say why, in at most %(most)s characters.", most=LONGEST_REASON),
            code="missing",
        )
    item.state = ItemState.WITHDRAWN
    _take_out(item, clock.now())
    item.withdrawn_reason = reason
    item.changed_at = clock.now()
    if stops_links:
        jobs.enqueue("sharing.stop_links", item_key=item.key)
    audit.record(actor, "content.withdrawn", subject_kind="content_item", subject_id=item.id, stops_links=stops_links)
    session.flush()  # the new row version is the answer's ETag
    return item


def expire_item(actor: Actor, item_id: UUID) -> ContentItem:
    """End an item now: out of every feed, with its links going on. It can come back with a later end and a new review.

    Raises NotFound, NotPermitted, Conflict unless people see it or it waits for its day.
    """
    item = lock(actor, item_id, Permission.CONTENT_WRITE)
    if item.live_version_id is None and item.state is not ItemState.SCHEDULED:
        raise Conflict(_("Only what is live or scheduled can end."))
    item.expires_at = item.changed_at = clock.now()
    _take_out(item, item.changed_at)
    if item.state in {ItemState.LIVE, ItemState.SCHEDULED}:
        item.state = ItemState.EXPIRED
    audit.record(actor, "content.expired", subject_kind="content_item", subject_id=item.id)
    session.flush()  # the new row version is the answer's ETag
    return item


def _take_out(item: ContentItem, at: datetime) -> None:
    """Let nobody see an item any more, and keep until when people did: its end may be moved afterwards."""
    if item.live_version_id is not None:
        item.last_live_at = min(at, item.expires_at or at)
    item.live_version_id = None


def advance_items(now: datetime | None = None) -> int:
    """Publish what is due and expire what is over; return how many items moved. Safe to run twice at once."""
    instant = now or clock.now()
    due = session.scalars(
        select(ContentItem)
        .where(
            or_(
                (ContentItem.state == ItemState.SCHEDULED)
                & (func.coalesce(func.greatest(ContentItem.live_from, ContentItem.embargo_until), instant) <= instant),
                ContentItem.live_version_id.is_not(None) & (ContentItem.expires_at <= instant),
            )
        )
        .order_by(ContentItem.key)
        .limit(MOST_DUE)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for item in due:
        if item.expires_at is not None and item.expires_at <= instant:
            _take_out(item, instant)
            if item.state in {ItemState.LIVE, ItemState.SCHEDULED}:
                item.state = ItemState.EXPIRED
        else:
            _publish(item)
        item.changed_at = instant
    return len(due)


def lock(actor: Actor, item_id: UUID, permission: Permission) -> ContentItem:
    """Return the item under a row lock, so that two decisions about it are made one after the other."""
    item = queries.get_item(item_id, visible_to=actor, lock=True)
    require_in(actor, permission, item.unit_key)
    return item


def account_of(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise NotPermitted(_("Content is written and decided about by people."))
    return actor.account_id


def publish_or_schedule(item: ContentItem) -> None:
    # A live item has its date behind it: the next approved version takes over at once.
    starts = [instant for instant in (item.live_from, item.embargo_until) if instant is not None]
    if item.live_version_id is None and starts and max(starts) > clock.now():
        item.state = ItemState.SCHEDULED
    else:
        _publish(item)


def _publish(item: ContentItem) -> None:
    """Let people see the current version. Raises Conflict rather than show what was not approved as it stands."""
    version = queries.current_version(item)
    if not reviewing.may_go_out(item, version):
        raise Conflict(_("This version was not approved."))
    item.state = ItemState.LIVE
    item.live_version_id = version.id
    item.languages = [text.language for text in queries.texts_of(version.id)]
    item.first_live_at = item.first_live_at or clock.now()
    if item.live_from is None or item.live_from > clock.now():
        item.live_from = clock.now()


def _check_not_over(item: ContentItem) -> None:
    if item.expires_at is not None and item.expires_at <= clock.now():
        raise Invalid.field("expires_at", _("Its last day is over. Choose a later one first."))
